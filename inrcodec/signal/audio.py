"""What an audio signal is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import MAX_FRAMES, MAX_SIDE
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Raster, Region, Tiling
from inrcodec.signal.info import Floats, Samples, SignalInfo
from inrcodec.signal.views import View, rounded_size

__all__ = [
    "FRAMES_AT_ONCE",
    "LONGEST_CHUNK",
    "MAX_CHANNELS",
    "SHORTEST_CHUNK",
    "AudioInfo",
    "SampleType",
]

MAX_CHANNELS = 8
MAX_RATE = 1 << 24
MAX_OVERLAP = 1 << 16
# What is fitted at a time: 24 seconds at 44.1 kHz.
LONGEST_CHUNK = 1 << 20
# What is drawn of an audio signal at a time, and the bytes that are then known of a frame.
FRAMES_AT_ONCE = 1 << 18
_OF_FRAME = 64
# So that no header claims more chunks than can be gone through.
SHORTEST_CHUNK = 1 << 10
_OVERLAP = 32


class SampleType(IntEnum):
    """How the samples of an audio file are stored."""

    UINT8 = 1
    INT16 = 2
    INT24 = 3
    INT32 = 4
    FLOAT32 = 5
    FLOAT64 = 6
    INT8 = 7

    @property
    def bits(self) -> int:
        """Of a sample."""
        return {1: 8, 2: 16, 3: 24, 4: 32, 5: 32, 6: 64, 7: 8}[self]

    @property
    def is_float(self) -> bool:
        """Whether samples may be beyond -1 and 1."""
        return self in (SampleType.FLOAT32, SampleType.FLOAT64)


@dataclass(frozen=True)
class AudioInfo(SignalInfo):
    """An audio signal's length, rate, channels and sample type, and how it is cut into chunks. Samples
    are float32 of shape (frames, channels), from -1 to 1 or, of float files, beyond.

    Attributes
    ----------
    frames
        Samples of each channel.
    rate
        Frames a second.
    chunk, overlap
        Frames of a chunk, and by how many chunks, and tiles within them, reach into each other.

    Raises `UsageError` where a field is out of range.
    """

    number = 2
    name = "audio"

    frames: int = coded(UINT)
    channel_count: int = coded(UINT)
    rate: int = coded(UINT)
    sample_type: SampleType = coded(UINT)
    chunk: int = coded(UINT, default=LONGEST_CHUNK)
    overlap: int = coded(UINT, default=_OVERLAP)

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES:
            raise UsageError(f"an audio signal of {self.frames} samples")
        if not 1 <= self.channel_count <= MAX_CHANNELS:
            raise UsageError(f"{self.channel_count} channels; 1 to {MAX_CHANNELS} are possible")
        if not 1 <= self.rate <= MAX_RATE:
            raise UsageError(f"a rate of {self.rate} Hz; 1 to {MAX_RATE} are possible")
        if self.sample_type not in tuple(SampleType):
            raise UsageError(f"{self.sample_type} is not the number of a sample type")
        if not SHORTEST_CHUNK <= self.chunk <= MAX_SIDE:
            raise UsageError(f"chunks of {self.chunk} samples")
        if not 0 <= self.overlap <= MAX_OVERLAP:
            raise UsageError(f"an overlap of {self.overlap}; 0 to {MAX_OVERLAP} are possible")
        object.__setattr__(self, "sample_type", SampleType(self.sample_type))

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis: (frames,)."""
        return (self.frames,)

    @property
    def channels(self) -> int:
        """Values per frame."""
        return self.channel_count

    @property
    def bits_per_sample(self) -> int:
        """Of the sample type."""
        return self.sample_type.bits

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32."""
        return np.dtype(np.float32)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.frames / self.rate

    @property
    def chunks(self) -> Tiling:
        """See `SignalInfo`."""
        return Tiling(self.shape, (self.chunk,), self.overlap)

    def values(self, samples: Samples) -> Floats:
        """As they are."""
        return samples.astype(np.float32, copy=False)

    def samples(self, values: Floats) -> Samples:
        """Rounded to what the sample type has between -1 and 1; of floats, as they are."""
        heard = np.nan_to_num(values, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        if self.sample_type.is_float:
            return heard
        # Of 32 bits float32 holds the upper 24, and no integer type has 1.
        bits = min(self.sample_type.bits, 24)
        step = np.float32(2.0 ** (1 - bits))
        return np.rint(heard.clip(-1, 1 - step) / step) * step

    def points(self, raster: Raster) -> int:
        """See `SignalInfo`."""
        return max(raster.lengths[0], raster.region.length[0])

    def held(self, raster: Raster) -> int:
        """Those of a part, with what is known of each point."""
        return min(raster.lengths[0], FRAMES_AT_ONCE) * (_OF_FRAME + 12 * self.channels)

    def raster(self, view: View) -> Raster:
        """See `SignalInfo`."""
        view.refuse("an audio signal", "scale", "size", "region")
        start, stop = view.frames(self.frames, self.rate)
        size = rounded_size((view.rate or self.rate) / self.rate, stop - start)
        if size > MAX_FRAMES:
            raise LimitError(f"{size} samples; {MAX_FRAMES} are the most")
        return Raster(Region((start,), (stop - start,)), (size,))

    def shown_as(self, view: View, lengths: tuple[int, ...]) -> AudioInfo:
        """See `SignalInfo`."""
        rate = view.rate or self.rate
        return AudioInfo(lengths[0], self.channels, rate, self.sample_type)
