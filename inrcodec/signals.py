"""Signals: arrays of integer samples with what is needed to restore them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from inrcodec.errors import UsageError
from inrcodec.fields import UINT, coded
from inrcodec.limits import MAX_SIDE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["SIGNAL_FORMATS", "Color", "ImageFormat", "Metadata", "Signal"]


class Color(IntEnum):
    """What the channels of a picture mean; the value is the number of channels."""

    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGBA = 4


@dataclass(frozen=True)
class ImageFormat:
    """A picture's size, colour and bit depth: the fields of its `SIGN` section.

    Raises `UsageError` where a field is out of range.
    """

    number: ClassVar[int] = 1
    name: ClassVar[str] = "image"

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
    def peak(self) -> int:
        """The largest sample value."""
        return (1 << self.bits_per_sample) - 1


SIGNAL_FORMATS: dict[int, type[ImageFormat]] = {ImageFormat.number: ImageFormat}


@dataclass(frozen=True)
class Metadata:
    """Opaque blocks that travel with a picture; empty where there is none."""

    icc: bytes = b""
    exif: bytes = b""
    xmp: bytes = b""


@dataclass(frozen=True)
class Signal:
    """Samples of shape (*format.shape, channels), uint8 or uint16, and their format."""

    samples: npt.NDArray[np.unsignedinteger]
    format: ImageFormat
    metadata: Metadata = field(default_factory=Metadata)
