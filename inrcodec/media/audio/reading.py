"""Audio files to signals, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from inrcodec.errors import SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.audio.formats import PIECE, SAMPLE_TYPES
from inrcodec.media.audio.heads import check_whole, is_audio, tells_length
from inrcodec.media.audio.streams import Forward, Stream, errors
from inrcodec.media.audio.tags import read_tags
from inrcodec.signal import AudioInfo, Metadata, SampleType, Signal
from inrcodec.signal.audio import MAX_CHANNELS, MAX_OVERLAP
from inrcodec.signal.geometry import Region

__all__ = ["AudioFile", "from_samples", "open_audio"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]

# After a seek, decoders of the others give some samples that differ, or seek to another place.
_SEEKABLE = {"PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW"}

# Frames that are kept after they were read: a group reaches so far into the one before it.
_KEPT = 2 * MAX_OVERLAP
# How many times longer than they are MPEG files are shown: 8 kbit/s may follow on 320.
_STRETCH = 64
# Lengths from here on stand for one that the file does not tell.
_UNTOLD = 1 << 62
_UNREADABLE = "not an audio signal in a format that soundfile reads"


class AudioFile:
    """An audio file that is read part by part: a `Source`.

    Parts that follow on each other are read without seeking. See `open_audio` for what is
    raised.
    """

    def __init__(self, source: BinaryIO, limits: Limits) -> None:
        self._source = source
        self._file: Any = None
        source.seek(0)
        if not is_audio(source.read(16)):
            raise SignalError(_UNREADABLE)
        check_whole(source)
        told = tells_length(source)
        self._stream = Stream(source, 1 if told else _STRETCH)
        try:
            self._rewind()
            self._format = self._read_format(limits, told)
            self._metadata = Metadata(tags=read_tags(self._file))
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> AudioInfo:
        """Implement `Source`."""
        return self._format

    @property
    def metadata(self) -> Metadata:
        """The tags."""
        return self._metadata

    def close(self) -> None:
        """Close the file; the file object stays open."""
        if self._file is not None:
            self._file.close()

    def read(self, region: Region) -> Floats:
        """Samples (length, channels) of a region of one axis.

        Raises `UsageError` where the region is not within the audio signal, `SignalError` where the
        file is damaged, ends early or has samples that are not numbers.
        """
        region.check_within(self._format.shape)
        (start,), (length,) = region.start, region.length
        if not self._position - len(self._kept) <= start <= self._position:
            self._go_to(start)
        offset = start - (self._position - len(self._kept))
        known = self._kept[offset : offset + length]
        samples = self._next(length - len(known))
        if len(known):
            samples = np.concatenate([known, samples])
        if not np.isfinite(samples).all():
            raise SignalError("samples that are not numbers")
        return samples

    def _rewind(self) -> None:
        if self._file is not None:
            self._file.close()
        self._source.seek(0)
        with errors(self._stream, SignalError, f"{_UNREADABLE} ({{}})"):
            self._file = Forward(self._stream)
        self._position = 0
        self._kept = np.empty((0, self._file.channels), np.float32)

    def _read_format(self, limits: Limits, told: bool) -> AudioInfo:
        file = self._file
        if file.format == "RAW":
            # From names such as .au, libsndfile concludes that anything is sound.
            raise SignalError(_UNREADABLE)
        if file.channels > MAX_CHANNELS:
            raise SignalError(f"{file.channels} channels; {MAX_CHANNELS} are the most")
        frames = file.frames
        if not told or frames >= _UNTOLD:
            frames = self._count(limits)
        limits.check_audio(frames, file.channels)
        _check_length(frames)
        sample_type = SAMPLE_TYPES.get(file.subtype, SampleType.INT16)
        try:
            return AudioInfo(frames, file.channels, file.samplerate, sample_type)
        except UsageError as error:
            raise SignalError(str(error)) from error

    def _count(self, limits: Limits) -> int:
        frames = 0
        while taken := len(self._take(PIECE)):
            frames += taken
            limits.check_audio(frames, self._file.channels)
        self._rewind()
        return frames

    def _go_to(self, frame: int) -> None:
        if self._file.subtype in _SEEKABLE:
            with errors(self._stream, SignalError, "a damaged audio signal ({})"):
                self._file.seek(frame)
            self._position, self._kept = frame, self._kept[:0]
            return
        if frame < self._position:
            self._rewind()
        while self._position < frame:
            self._next(min(PIECE, frame - self._position))

    def _next(self, count: int) -> Floats:
        samples = self._take(count)
        self._position += len(samples)
        self._kept = np.concatenate([self._kept, samples[-_KEPT:]])[-_KEPT:]
        if len(samples) < count:
            raise SignalError(
                f"the file ends early: {self._position} of {self._format.frames} samples"
            )
        return samples

    def _take(self, count: int) -> Floats:
        with errors(self._stream, SignalError, "a damaged audio signal ({})"):
            samples: Floats = self._file.read(count, dtype="float32", always_2d=True)
        return samples


@contextmanager
def open_audio(source: Path | BinaryIO, limits: Limits) -> Iterator[AudioFile]:
    """An audio file, to be read part by part within the context. A file object must be able to
    seek, and stays open.

    Raises
    ------
    SignalError
        It is no audio that soundfile reads, is damaged or cut short, or cannot be represented.
    LimitError
        It is over a limit.
    OSError
        The file cannot be opened or read.
    """
    if isinstance(source, Path):
        with source.open("rb") as stream, open_audio(stream, limits) as audio:
            yield audio
        return
    with closing(AudioFile(source, limits)) as audio:
        yield audio


def _check_length(frames: int) -> None:
    if frames < 1:
        raise SignalError("an audio signal without samples")
    if frames == 1:
        raise SignalError("an audio signal of one sample; two are the least")


def from_samples(samples: Samples, rate: int) -> Signal:
    """An array (frames,) or (frames, channels) of float32, float64, int16, int32 or uint8 as a
    audio signal of so many frames a second.

    Raises `SignalError` where it is none, `UsageError` where the rate is out of range.
    """
    names = {kind.name.lower(): kind for kind in SampleType}
    kind = names.get(samples.dtype.name)
    if kind is None or kind is SampleType.INT8:
        raise SignalError(
            f"samples of type {samples.dtype}; "
            "float32, float64, int16, int32 and uint8 are possible"
        )
    if not isinstance(rate, int):
        raise UsageError(f"rate {rate!r}; it must be a whole number")
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= MAX_CHANNELS:
        raise SignalError(f"an array of shape {samples.shape} is no audio signal")
    _check_length(len(samples))
    with np.errstate(over="ignore"):
        values = samples.astype(np.float32, order="C")
    if kind is SampleType.UINT8:
        values -= 128
    if not kind.is_float:
        values *= np.float32(2.0 ** (1 - kind.bits))
    if not np.isfinite(values).all():
        raise SignalError("samples that are not numbers")
    return Signal(values, AudioInfo(len(values), values.shape[1], rate, kind))
