"""Signals: samples with what is needed to restore them, read whole or part by part.

A signal's kind, a `SignalFormat`, says what its samples are and how networks see them. All that
follows, from fitting to rendering, knows of axes and channels only.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.coordinates import Raster, Region, TileGrid
from inrcodec.errors import LimitError, UsageError
from inrcodec.fields import UINT, coded
from inrcodec.limits import MAX_FRAMES, MAX_SIDE
from inrcodec.views import View, rounded_size

__all__ = [
    "FRAMES_AT_ONCE",
    "LONGEST_GROUP",
    "MAX_CHANNELS",
    "MAX_METADATA_BYTES",
    "SHORTEST_GROUP",
    "SIGNAL_FORMATS",
    "AnyFormat",
    "AudioFormat",
    "Color",
    "ImageFormat",
    "Metadata",
    "SampleType",
    "Signal",
    "SignalFormat",
    "Source",
]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]

MAX_CHANNELS = 8
MAX_RATE = 1 << 24
MAX_OVERLAP = 1 << 16
# Of a block of metadata.
MAX_METADATA_BYTES = 1 << 24
# What is fitted at a time: 24 seconds at 44.1 kHz.
LONGEST_GROUP = 1 << 20
# What is drawn of a recording at a time, and the bytes that are then known of a frame.
FRAMES_AT_ONCE = 1 << 18
_OF_FRAME = 64
# So that no header claims more groups than can be gone through.
SHORTEST_GROUP = 1 << 10
_OVERLAP = 32


class SignalFormat(ABC):
    """What a signal is: the fields of its `SIGN` section, and what follows from them."""

    number: ClassVar[int]
    name: ClassVar[str]

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """Values per sample."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples in memory."""

    @property
    def groups(self) -> TileGrid:
        """The parts that have networks of their own; of a picture, one."""
        return TileGrid(self.shape, self.shape)

    def covered(self, group: int) -> Region:
        """What a group covers, with what it shares with its neighbours. Groups follow each other
        along the first axis."""
        return self.groups.covered((group, *[0] * (len(self.shape) - 1)))

    @abstractmethod
    def values(self, samples: Samples) -> Floats:
        """Samples as networks give them, about -1 to 1."""

    @abstractmethod
    def samples(self, values: Floats) -> Samples:
        """Samples of values, rounded and clamped; `values` may be overwritten."""

    @abstractmethod
    def raster(self, view: View) -> Raster:
        """The output grid of a view.

        Raises `UsageError` where the view does not suit the signal, `LimitError` where its output
        is more than any file can hold.
        """

    @abstractmethod
    def points(self, raster: Raster) -> int:
        """How many points networks are evaluated at for a raster."""

    @abstractmethod
    def held(self, raster: Raster) -> int:
        """Bytes of a raster's samples that are held at a time."""

    @abstractmethod
    def shown_as(self, view: View, lengths: tuple[int, ...]) -> SignalFormat:
        """The format of a view's output, which has so many samples along each axis."""


class Color(IntEnum):
    """What the channels of a picture mean; the value is the number of channels."""

    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGBA = 4


@dataclass(frozen=True)
class ImageFormat(SignalFormat):
    """A picture's size, colour and bit depth. Samples are uint8 or uint16, of shape (height, width,
    channels).

    Raises `UsageError` where a field is out of range.
    """

    number = 1
    name = "image"

    height: int = coded(UINT)
    width: int = coded(UINT)
    color: Color = coded(UINT)
    bits_per_sample: int = coded(UINT)

    def __post_init__(self) -> None:
        if not (1 <= self.height <= MAX_SIDE and 1 <= self.width <= MAX_SIDE):
            raise UsageError(f"a picture of {self.width}×{self.height} pixels")
        if self.bits_per_sample not in (8, 16):
            raise UsageError(f"{self.bits_per_sample} bits per sample; 8 and 16 are possible")
        if self.color not in tuple(Color):
            raise UsageError(f"{self.color} is not the number of a colour model")
        object.__setattr__(self, "color", Color(self.color))

    @property
    def shape(self) -> tuple[int, ...]:
        """Samples along each axis: (height, width)."""
        return (self.height, self.width)

    @property
    def channels(self) -> int:
        """Values per pixel."""
        return int(self.color)

    @property
    def dtype(self) -> np.dtype[Any]:
        """uint8 or uint16."""
        return np.dtype(f"u{self.bits_per_sample // 8}")

    @property
    def peak(self) -> int:
        """The largest sample value."""
        return (1 << self.bits_per_sample) - 1

    def values(self, samples: Samples) -> Floats:
        """-1 for black, 1 for the peak."""
        scaled: Floats = samples.astype(np.float32)
        scaled *= 2 / self.peak
        scaled -= 1
        return scaled

    def samples(self, values: Floats) -> Samples:
        """See `SignalFormat`."""
        # fmax takes a NaN, which unbounded activations can come to, as -1; and what is clamped
        # does not overflow.
        levels = np.fmin(np.fmax(values, -1, out=values), 1, out=values)
        levels += 1
        levels *= self.peak / 2
        levels += 0.5
        return levels.astype(self.dtype)

    def covered(self, group: int) -> Region:
        """See `SignalFormat`."""
        return Region.whole(self.shape)

    def points(self, raster: Raster) -> int:
        """See `SignalFormat`."""
        factors = (raster.oversampling(axis) for axis in range(len(raster.size)))
        return math.prod(raster.lengths) * math.prod(factors)

    def held(self, raster: Raster) -> int:
        """All of them."""
        return math.prod(raster.lengths) * self.channels * self.dtype.itemsize

    def raster(self, view: View) -> Raster:
        """See `SignalFormat`."""
        view.refuse("a picture", "rate", "time")
        x, y, width, height = view.region or (0, 0, self.width, self.height)
        part = Region((y, x), (height, width))
        part.check_within(self.shape)
        size = view.size or (rounded_size(view.factor, width), rounded_size(view.factor, height))
        if max(size) > MAX_SIDE:
            raise LimitError(f"{size[0]}×{size[1]} has a side of more than {MAX_SIDE} pixels")
        return Raster(part, size[::-1])

    def shown_as(self, view: View, lengths: tuple[int, ...]) -> ImageFormat:
        """See `SignalFormat`."""
        height, width = lengths
        return replace(self, height=height, width=width)


class SampleType(IntEnum):
    """How the samples of a sound file are stored."""

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
class AudioFormat(SignalFormat):
    """A recording's length, rate, channels and sample type, and how it is cut into groups. Samples
    are float32 of shape (frames, channels), from -1 to 1 or, of float files, beyond.

    Attributes
    ----------
    frames
        Samples of each channel.
    rate
        Frames a second.
    group, overlap
        Frames of a group, and by how many groups, and tiles within them, reach into each other.

    Raises `UsageError` where a field is out of range.
    """

    number = 2
    name = "recording"

    frames: int = coded(UINT)
    channel_count: int = coded(UINT)
    rate: int = coded(UINT)
    sample_type: SampleType = coded(UINT)
    group: int = coded(UINT, default=LONGEST_GROUP)
    overlap: int = coded(UINT, default=_OVERLAP)

    def __post_init__(self) -> None:
        if not 1 <= self.frames <= MAX_FRAMES:
            raise UsageError(f"a recording of {self.frames} samples")
        if not 1 <= self.channel_count <= MAX_CHANNELS:
            raise UsageError(f"{self.channel_count} channels; 1 to {MAX_CHANNELS} are possible")
        if not 1 <= self.rate <= MAX_RATE:
            raise UsageError(f"a rate of {self.rate} Hz; 1 to {MAX_RATE} are possible")
        if self.sample_type not in tuple(SampleType):
            raise UsageError(f"{self.sample_type} is not the number of a sample type")
        if not SHORTEST_GROUP <= self.group <= MAX_SIDE:
            raise UsageError(f"groups of {self.group} samples")
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
    def groups(self) -> TileGrid:
        """See `SignalFormat`."""
        return TileGrid(self.shape, (self.group,), self.overlap)

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
        """See `SignalFormat`."""
        return max(raster.lengths[0], raster.region.length[0])

    def held(self, raster: Raster) -> int:
        """Those of a part, with what is known of each point."""
        return min(raster.lengths[0], FRAMES_AT_ONCE) * (_OF_FRAME + 12 * self.channels)

    def raster(self, view: View) -> Raster:
        """See `SignalFormat`."""
        view.refuse("a recording", "scale", "size", "region")
        start, stop = view.frames(self.frames, self.rate)
        size = rounded_size((view.rate or self.rate) / self.rate, stop - start)
        if size > MAX_FRAMES:
            raise LimitError(f"{size} samples; {MAX_FRAMES} are the most")
        return Raster(Region((start,), (stop - start,)), (size,))

    def shown_as(self, view: View, lengths: tuple[int, ...]) -> AudioFormat:
        """See `SignalFormat`."""
        rate = view.rate or self.rate
        return AudioFormat(lengths[0], self.channels, rate, self.sample_type)


AnyFormat = ImageFormat | AudioFormat

SIGNAL_FORMATS: dict[int, type[ImageFormat] | type[AudioFormat]] = {
    kind.number: kind for kind in (ImageFormat, AudioFormat)
}


@dataclass(frozen=True)
class Metadata:
    """Opaque blocks that travel with a signal; empty where there is none.

    Attributes
    ----------
    icc, exif, xmp, iptc
        An ICC profile, an EXIF block from its TIFF header on, an XMP packet, IPTC records.
    resolution
        Of a picture: dots per inch along its width and its height, two float32, little-endian.
    tags
        Texts by name, such as title and comment: a JSON object.
    """

    icc: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    resolution: bytes = b""
    tags: bytes = b""


class Source(Protocol):
    """A signal that is read part by part."""

    @property
    def format(self) -> AnyFormat:
        """What it is."""

    @property
    def metadata(self) -> Metadata:
        """What travels with it."""

    def read(self, region: Region) -> Samples:
        """Samples (*region.length, channels); `SignalError` where they cannot be had."""


@dataclass(frozen=True)
class Signal:
    """Samples of shape (*format.shape, channels), of the format's type, and their format."""

    samples: Samples
    format: AnyFormat
    metadata: Metadata = field(default_factory=Metadata)

    def read(self, region: Region) -> Samples:
        """See `Source`."""
        axes = zip(region.start, region.length, strict=True)
        return self.samples[tuple(slice(start, start + length) for start, length in axes)]
