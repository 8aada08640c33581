"""Images: size, color, bit depth, and how they are rendered and measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np

from inrcodec.errors import LimitError, UsageError
from inrcodec.limits import MAX_SIDE
from inrcodec.native.pixels import whole_numbers
from inrcodec.progress import Report
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.info import Floats, Read, Samples, SignalInfo
from inrcodec.signal.metrics import Comparison, psnr, ssim
from inrcodec.signal.renderer import Renderer
from inrcodec.signal.views import View, rounded_size

__all__ = ["Color", "ImageInfo"]


class Color(IntEnum):
    """The meaning of an image's channels; the value is their number."""

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
    kind = "image"
    plural = "images"
    value_range = (0.0, 1.0)
    has_silence = False
    compared_fields = ("width", "height", "channels", "bits_per_sample")

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
    def sample_bits(self) -> int:
        """Bits of a sample: 8 or 16."""
        return self.bits_per_sample

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of samples: uint8 or uint16."""
        return np.dtype(f"u{self.bits_per_sample // 8}")

    @property
    def peak(self) -> int:
        """The largest sample value."""
        return (1 << self.bits_per_sample) - 1

    def values(self, samples: Samples) -> Floats:
        """0 for black, 1 for the peak."""
        scaled: Floats = samples.astype(np.float32)
        scaled *= 1 / self.peak
        return scaled

    def samples(self, values: Floats) -> Samples:
        """Implement `SignalInfo`."""
        return whole_numbers(values, self.dtype)

    def covered(self, chunk: int) -> Region:
        """Implement `SignalInfo`."""
        return Region.whole(self.shape)

    def split_into_chunks(self, seconds: float | None) -> ImageInfo:
        """Implement `SignalInfo`."""
        if seconds is not None:
            raise UsageError("an image has no chunks")
        return self

    def in_8_bits(self, blocks: Iterable[Samples]) -> tuple[ImageInfo, Iterator[Samples]]:
        """Implement `SignalInfo`."""
        if self.bits_per_sample == 8:
            return self, iter(blocks)
        return replace(self, bits_per_sample=8), ((b >> 8).astype(np.uint8) for b in blocks)

    def raster(self, view: View) -> Raster:
        """Implement `SignalInfo`."""
        view.refuse("an image", "rate", "time")
        x, y, width, height = view.region or (0, 0, self.width, self.height)
        part = Region((y, x), (height, width))
        part.check_within(self.shape)
        size = view.size or (rounded_size(view.factor, width), rounded_size(view.factor, height))
        if max(size) > MAX_SIDE:
            raise LimitError(f"{size[0]}×{size[1]} has a side of more than {MAX_SIDE} pixels")
        return Raster(part, size[::-1])

    def blocks(
        self, renderer: Renderer, raster: Raster, report: Report | None = None
    ) -> Iterator[Samples]:
        """Return all of them in one block."""
        return iter([renderer.render(raster, report)])

    def points(self, raster: Raster) -> int:
        """Implement `SignalInfo`."""
        factors = (raster.oversampling(axis) for axis in range(len(raster.size)))
        return math.prod(raster.lengths) * math.prod(factors)

    def held(self, raster: Raster) -> int:
        """Count all of them."""
        return math.prod(raster.lengths) * self.channels * self.dtype.itemsize

    def seen_through(self, view: View, lengths: tuple[int, ...]) -> ImageInfo:
        """Implement `SignalInfo`."""
        height, width = lengths
        return replace(self, height=height, width=width)

    def part(self, region: Region) -> ImageInfo:
        """Implement `SignalInfo`."""
        height, width = region.length
        return replace(self, height=height, width=width)

    def fields(self) -> dict[str, Any]:
        """Width and height."""
        return {"width": self.width, "height": self.height}

    def output_fields(self) -> dict[str, Any]:
        """Width and height."""
        return self.fields()

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"

    def position(self, sample: int) -> str:
        """Implement `SignalInfo`."""
        return f"row {sample}"

    def details(self) -> str:
        """Implement `SignalInfo`."""
        return f"{self}, {self.channels} × {self.bits_per_sample} bit"

    @property
    def extent(self) -> tuple[str, float]:
        """Implement `SignalInfo`."""
        return "bits_per_pixel", float(self.width * self.height)

    def quality(self, comparison: Comparison) -> dict[str, float]:
        """PSNR in dB."""
        return {"psnr_db": comparison.psnr_db(self.peak)}

    def compare(self, original: Read, other: Read) -> dict[str, float | None]:
        """PSNR in dB, and SSIM."""
        whole = Region.whole(self.shape)
        a, b = original(whole), other(whole)
        return {"psnr": psnr(a, b), "ssim": ssim(a, b)}

    def loss(self, regions: Sequence[Region], cause: Exception) -> str:
        """Implement `SignalInfo`."""
        tiles = "a tile is" if len(regions) == 1 else f"{len(regions)} tiles are"
        return f"{tiles} damaged: gray, or without detail ({cause})"
