"""Signals from files of any kind, told apart by their first bytes, and back to files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from inrcodec import images, sound
from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.signal import AudioInfo, SignalInfo, Source
from inrcodec.signal.views import View

if TYPE_CHECKING:
    from inrcodec.decoding import Representation

__all__ = ["check_extension", "open_signal", "save_signal"]

_HEAD = 64


@contextmanager
def open_signal(source: Path | BinaryIO, limits: Limits, name: str = "") -> Iterator[Source]:
    """An image, read whole, or an audio signal, to be read part by part within the context.

    Parameters
    ----------
    source
        A file, or a seekable stream.
    name
        Of the stream's file; its extension tells what bytes that look like nothing were to be.

    Raises `SignalError`, `LimitError` or `OSError`, as `read_image` and `open_audio` do.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream, open_signal(stream, limits, source.name) as signal:
            yield signal
        return
    head = source.read(_HEAD)
    source.seek(0)
    of_sound = Path(name).suffix.lower() in sound.AUDIO_EXTENSIONS
    if sound.is_audio(head) or (of_sound and not images.is_image(source)):
        with sound.open_audio(source, limits) as audio:
            yield audio
    else:
        yield images.read_image(source, limits)


def check_extension(info: SignalInfo, extension: str, quality: int | None = None) -> None:
    """Raise `UsageError` where no format of an extension (".png") holds such a signal, or it has no
    quality where one is given."""
    if isinstance(info, AudioInfo):
        sound.check_audio_extension(extension)
        if quality is not None:
            raise UsageError("an audio signal has no output quality")
    else:
        images.check_extension(extension, quality)


def save_signal(
    representation: Representation,
    view: View,
    stream: BinaryIO,
    extension: str,
    quality: int | None = None,
) -> tuple[int, ...]:
    """Write what a representation shows to a seekable stream, an audio signal part by part; returns
    its samples along each axis. The quality is as of `image_bytes`.

    Raises `SignalError` where the format cannot hold it, else as `Representation.render`.
    """
    if not isinstance(representation.info, AudioInfo):
        signal = representation.decode(view)
        stream.write(images.image_bytes(signal, extension, quality))
        return signal.info.shape
    lengths = representation.lengths(view)
    info = representation.info.shown_as(view, lengths)
    metadata, blocks = representation.kept_metadata(), representation.blocks(view)
    sound.write_audio(stream, extension, info, metadata, blocks)
    return lengths
