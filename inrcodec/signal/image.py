"""What an image is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import MAX_SIDE
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.info import Floats, Samples, SignalInfo
from inrcodec.signal.views import View, rounded_size

__all__ = ["Color", "ImageInfo"]


class Color(IntEnum):
    """What the channels of an image mean; the value is the number of channels."""

    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGBA = 4


@dataclass(frozen=True)
class ImageInfo(SignalInfo):
    """An image's size, color and bit depth. Samples are uint8 or uint16, of shape (height, width,
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
            raise UsageError(f"an image of {self.width}×{self.height} pixels")
        if self.bits_per_sample not in (8, 16):
            raise UsageError(f"{self.bits_per_sample} bits per sample; 8 and 16 are possible")
        if self.color not in tuple(Color):
            raise UsageError(f"{self.color} is not the number of a color model")
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
        """See `SignalInfo`."""
        # fmax takes a NaN, which unbounded activations can come to, as -1; and what is clamped
        # does not overflow.
        levels = np.fmin(np.fmax(values, -1, out=values), 1, out=values)
        levels += 1
        levels *= self.peak / 2
        levels += 0.5
        return levels.astype(self.dtype)

    def covered(self, chunk: int) -> Region:
        """See `SignalInfo`."""
        return Region.whole(self.shape)

    def points(self, raster: Raster) -> int:
        """See `SignalInfo`."""
        factors = (raster.oversampling(axis) for axis in range(len(raster.size)))
        return math.prod(raster.lengths) * math.prod(factors)

    def held(self, raster: Raster) -> int:
        """All of them."""
        return math.prod(raster.lengths) * self.channels * self.dtype.itemsize

    def raster(self, view: View) -> Raster:
        """See `SignalInfo`."""
        view.refuse("an image", "rate", "time")
        x, y, width, height = view.region or (0, 0, self.width, self.height)
        part = Region((y, x), (height, width))
        part.check_within(self.shape)
        size = view.size or (rounded_size(view.factor, width), rounded_size(view.factor, height))
        if max(size) > MAX_SIDE:
            raise LimitError(f"{size[0]}×{size[1]} has a side of more than {MAX_SIDE} pixels")
        return Raster(part, size[::-1])

    def shown_as(self, view: View, lengths: tuple[int, ...]) -> ImageInfo:
        """See `SignalInfo`."""
        height, width = lengths
        return replace(self, height=height, width=width)
