"""Signals from files of any kind, told apart by their first bytes, and back to files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from inrcodec.limits import Limits
from inrcodec.media import audio, images
from inrcodec.signal import AudioInfo, ImageInfo, Metadata, SignalInfo, Source
from inrcodec.signal.info import Samples

__all__ = ["check_extension", "open_signal", "write_signal"]

_HEAD = 64
# What reads and writes the files of a kind of signal.
_MEDIA: dict[str, ModuleType] = {ImageInfo.kind: images, AudioInfo.kind: audio}


@contextmanager
def open_signal(
    source: Path | BinaryIO, limits: Limits, name: str = "", bits: int | None = None
) -> Iterator[Source]:
    """Open an image, which is read whole, or an audio file, which is read part by part within the
    context.

    Parameters
    ----------
    source
        A file, or a seekable stream.
    name
        Of the stream's file; its extension tells what bytes that look like nothing were to be.
    bits
        Of an image: 8 for the upper 8 bits of samples that have 16; else all are read.

    Raises `SignalError`, `LimitError`, `UsageError` or `OSError`, as `read_image` and `open_audio`
    do.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream, open_signal(stream, limits, source.name, bits) as signal:
            yield signal
        return
    head = source.read(_HEAD)
    source.seek(0)
    named_audio = Path(name).suffix.lower() in audio.AUDIO_EXTENSIONS
    if audio.is_audio(head) or (named_audio and not images.is_image(source)):
        with audio.open_audio(source, limits) as opened:
            yield opened
    else:
        yield images.read_image(source, limits, bits)


def check_extension(info: SignalInfo, extension: str, quality: int | None = None) -> None:
    """Raise `UsageError` where no format of an extension (".png") holds such a signal, or it has no
    quality where one is given."""
    _MEDIA[info.kind].check_extension(extension, quality)


def write_signal(
    stream: BinaryIO,
    extension: str,
    info: SignalInfo,
    metadata: Metadata,
    blocks: Iterable[Samples],
    quality: int | None = None,
) -> None:
    """Write a signal whose samples come in blocks along the first axis to a seekable stream, in the
    format of an extension (".png"), with a quality of 1 to 100 where that has one.

    Raises `SignalError` where the format cannot hold it, `UsageError` where there is none.
    """
    _MEDIA[info.kind].write(stream, extension, info, metadata, blocks, quality)
