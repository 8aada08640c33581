"""Signals to audio files, block by block."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from inrcodec.errors import SignalError, UsageError
from inrcodec.media.audio.formats import FORMATS, LOSSY, PIECE, SAMPLE_TYPES
from inrcodec.media.audio.streams import SoundFile, Stream, errors
from inrcodec.media.audio.tags import write_tags
from inrcodec.signal import AudioInfo, Metadata, SampleType

__all__ = ["check_extension", "write"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]

# What a sample type is written as: the first that a format holds.
_SUBTYPES = {
    SampleType.UINT8: ("PCM_U8", "PCM_S8"),
    SampleType.INT8: ("PCM_S8", "PCM_U8"),
    SampleType.INT16: ("PCM_16",),
    SampleType.INT24: ("PCM_24",),
    SampleType.INT32: ("PCM_32", "PCM_24"),
    SampleType.FLOAT32: ("FLOAT", "PCM_24"),
    SampleType.FLOAT64: ("DOUBLE", "PCM_24"),
}
# Above this rate libvorbis crashes.
_VORBIS_RATE = 200_000
# Samples of as many bytes fit into a chunk of 32 bits, with what is beside them.
_LONGEST_CHUNK = (1 << 32) - (1 << 16)
# Of libsndfile's commands.
_SET_ADD_PEAK_CHUNK = 0x1050
# soundfile's scale is from 0, the best, to 1.
_LOSSY_LEVEL = 0.0


def check_extension(extension: str, quality: int | None = None) -> str:
    """soundfile's name of the audio format of an extension (".wav").

    Raises `UsageError` where there is none to write, or a quality is given, which none has.
    """
    if quality is not None:
        raise UsageError("an audio file has no output quality")
    name = FORMATS.get(extension.lower())
    if name is None or not soundfile.check_format(name, LOSSY.get(extension.lower())):
        raise UsageError(f"no audio format has the extension {extension or '(none)'!r}")
    return name


def write(
    target: BinaryIO,
    extension: str,
    info: AudioInfo,
    metadata: Metadata,
    blocks: Iterable[Floats],
    quality: int | None = None,
) -> None:
    """Write an audio file block by block, of float32 arrays (frames, channels) that follow on each
    other; warns of what the file's format cannot hold. The file object must be able to seek; where
    an error is raised, what was written until then is left.

    Raises
    ------
    UsageError
        The extension (".wav") is of no format that soundfile writes.
    SignalError
        The format cannot hold so many channels, or the rate, or the length.
    OSError
        The file cannot be written.
    """
    name = check_extension(extension, quality)
    subtype = LOSSY.get(extension.lower()) or _subtype(name, info.sample_type)
    name = _container(name, subtype, info)
    stream = Stream(target)
    file = _create(stream, name, subtype, info)
    may_clip = info.sample_type.is_float and not _holds_floats(subtype)
    failed = f"{name} could not be written ({{}})"
    try:
        with errors(stream, OSError, failed):
            write_tags(file, name, metadata.tags)
        for piece in _pieces(blocks):
            if may_clip and np.abs(piece).max() > 1:
                may_clip = False  # It is said once.
                warnings.warn(
                    f"{name} cannot hold samples beyond -1 and 1; they are clipped", stacklevel=2
                )
            with errors(stream, OSError, failed):
                file.write(_stored(piece, subtype))
    finally:
        with errors(stream, OSError, failed):
            file.close()


def _create(stream: Stream, name: str, subtype: str, info: AudioInfo) -> SoundFile:
    """A file of a format, without samples; raises `SignalError` where the format refuses."""
    refused = f"{name} cannot hold {info.channels} channels at {info.rate} Hz; use .wav"
    if subtype == "VORBIS" and info.rate > _VORBIS_RATE:
        raise SignalError(refused)
    with errors(stream, SignalError, refused):
        file = SoundFile(
            stream,
            "w",
            info.rate,
            info.channels,
            subtype,
            format=name,
            compression_level=None if subtype in SAMPLE_TYPES else _LOSSY_LEVEL,
        )
        _leave_out_peak(file)
    return file


def _leave_out_peak(file: SoundFile) -> None:
    """Keep libsndfile from writing a chunk with the highest sample, as it holds the time of day: a
    audio signal would never be the same file twice. soundfile has no function for it, and of RF64
    libsndfile does not take the order."""
    library, ffi = getattr(soundfile, "_snd", None), getattr(soundfile, "_ffi", None)
    handle = getattr(file, "_file", None)
    if library is not None and ffi is not None and handle is not None:
        library.sf_command(handle, _SET_ADD_PEAK_CHUNK, ffi.NULL, 0)


def _pieces(blocks: Iterable[Floats]) -> Iterator[Floats]:
    """Blocks in parts of no more than `PIECE` frames."""
    for block in blocks:
        for start in range(0, len(block), PIECE):
            yield block[start : start + PIECE]


def _subtype(name: str, kind: SampleType) -> str:
    """Choose what a format is to hold samples as; warn where they lose by it."""
    subtype = next(s for s in _SUBTYPES[kind] if soundfile.check_format(name, s))
    written = SAMPLE_TYPES[subtype]
    if written.bits < kind.bits:
        warnings.warn(
            f"{name} cannot hold {kind.name.lower()} samples; "
            f"{written.name.lower()} ones are written",
            stacklevel=3,
        )
    return subtype


def _container(name: str, subtype: str, info: AudioInfo) -> str:
    """The format that holds so many samples: RF64 for a long WAV.

    Raises `SignalError` where they are too many for the format.
    """
    bits = SAMPLE_TYPES.get(subtype, SampleType.INT16).bits
    if info.frames * info.channels * bits // 8 <= _LONGEST_CHUNK:
        return name
    if name in ("AIFF", "AU"):
        raise SignalError(f"{name} cannot hold more than 4 GiB; use .wav")
    return "RF64" if name == "WAV" else name


def _holds_floats(subtype: str) -> bool:
    kind = SAMPLE_TYPES.get(subtype)
    return kind is not None and kind.is_float


def _stored(block: Floats, subtype: str) -> Samples:
    """Samples as soundfile is to write them: integers in the upper bits of int32, so that it
    neither rounds nor scales."""
    kind = SAMPLE_TYPES.get(subtype)
    if kind is None:
        return block.clip(-1, 1)
    if kind.is_float:
        return block
    half = 2.0 ** (kind.bits - 1)
    levels = np.rint(block.astype(np.float64) * half).clip(-half, half - 1)
    shifted: Samples = levels.astype(np.int32) << (32 - kind.bits)
    return shifted
