"""Signals from files of any kind, told apart by their first bytes, and back to files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from inrcodec import pictures, sound
from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.signal import SignalInfo, AudioInfo, Source
from inrcodec.signal.views import View

if TYPE_CHECKING:
    from inrcodec.decoding import Representation

__all__ = ["check_extension", "open_signal", "save_signal"]

_HEAD = 64


@contextmanager
def open_signal(source: Path | BinaryIO, limits: Limits, name: str = "") -> Iterator[Source]:
    """A picture, read whole, or a recording, to be read part by part within the context.

    Parameters
    ----------
    source
        A file, or a seekable stream.
    name
        Of the stream's file; its extension tells what bytes that look like nothing were to be.

    Raises `SignalError`, `LimitError` or `OSError`, as `read_picture` and `open_recording` do.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream, open_signal(stream, limits, source.name) as signal:
            yield signal
        return
    head = source.read(_HEAD)
    source.seek(0)
    of_sound = Path(name).suffix.lower() in sound.AUDIO_EXTENSIONS
    if sound.is_recording(head) or (of_sound and not pictures.is_picture(source)):
        with sound.open_recording(source, limits) as recording:
            yield recording
    else:
        yield pictures.read_picture(source, limits)


def check_extension(format: SignalInfo, extension: str, quality: int | None = None) -> None:
    """Raise `UsageError` where no format of an extension (".png") holds such a signal, or it has no
    quality where one is given."""
    if isinstance(format, AudioInfo):
        sound.check_audio_extension(extension)
        if quality is not None:
            raise UsageError("a recording has no output quality")
    else:
        pictures.check_extension(extension, quality)


def save_signal(
    representation: Representation,
    view: View,
    stream: BinaryIO,
    extension: str,
    quality: int | None = None,
) -> tuple[int, ...]:
    """Write what a representation shows to a seekable stream, a recording part by part; returns
    its samples along each axis. The quality is as of `picture_bytes`.

    Raises `SignalError` where the format cannot hold it, else as `Representation.render`.
    """
    if not isinstance(representation.format, AudioInfo):
        signal = representation.decode(view)
        stream.write(pictures.picture_bytes(signal, extension, quality))
        return signal.format.shape
    lengths = representation.lengths(view)
    format = representation.format.shown_as(view, lengths)
    metadata, blocks = representation.kept_metadata(), representation.blocks(view)
    sound.write_recording(stream, extension, format, metadata, blocks)
    return lengths
