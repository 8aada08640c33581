"""Signal information: the base of what images and audio say of themselves.

All that follows, from fitting to rendering, knows of axes and channels only. What is true of one
kind of signal and not of the other is a method here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError
from inrcodec.progress import Report
from inrcodec.signal.geometry import Raster, Region, Tiling
from inrcodec.signal.metrics import Comparison
from inrcodec.signal.renderer import Renderer
from inrcodec.signal.views import View

__all__ = ["SignalInfo"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]
# Reads the samples (*region.length, channels) of a region.
Read = Callable[[Region], Samples]


class SignalInfo(ABC):
    """The description of a signal: the fields of its `SIGN` section, and what follows from them.

    Attributes
    ----------
    number
        Of the kind of signal, as files have it.
    kind, plural
        The kind in words: `image` and `images`.
    value_range
        The values of the least and the largest integer samples.
    has_silence
        Whether chunks may be silent, and so cost nothing; those that are not have a loudness.
    """

    number: ClassVar[int]
    kind: ClassVar[str]
    plural: ClassVar[str]
    value_range: ClassVar[tuple[float, float]]
    has_silence: ClassVar[bool]

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
    def sample_bits(self) -> int:
        """Bits of a sample as the source stores it."""

    @property
    @abstractmethod
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples in memory."""

    @property
    @abstractmethod
    def peak(self) -> float:
        """The sample value that PSNR is relative to."""

    @property
    def chunks(self) -> Tiling:
        """The parts that are encoded on their own; an image is one chunk."""
        return Tiling(self.shape, self.shape)

    def covered(self, chunk: int) -> Region:
        """Return what a chunk covers, with what it shares with its neighbors. Chunks follow each
        other along the first axis."""
        return self.chunks.covered((chunk, *[0] * (len(self.shape) - 1)))

    @abstractmethod
    def split_into_chunks(self, seconds: float | None) -> Self:
        """The signal in chunks of at most so many seconds, all of about one length.

        Raises `UsageError` where such a signal has no chunks of that length.
        """

    @abstractmethod
    def values(self, samples: Samples) -> Floats:
        """Samples as float32 within `value_range`."""

    @abstractmethod
    def samples(self, values: Floats) -> Samples:
        """Values as samples, rounded and clamped; `values` may be overwritten."""

    @abstractmethod
    def in_8_bits(self, blocks: Iterable[Samples]) -> tuple[Self, Iterator[Samples]]:
        """An image whose samples come in blocks with their upper 8 bits alone, if they have 16.

        Raises `UsageError` where it is none.
        """

    @abstractmethod
    def raster(self, view: View) -> Raster:
        """The output grid of a view.

        Raises `UsageError` where the view does not suit the signal, `LimitError` where its output
        is more than any file can hold.
        """

    def dependencies(self, raster: Raster) -> Raster:
        """A raster over all of the signal that a raster's samples depend on."""
        return raster

    @abstractmethod
    def blocks(
        self, renderer: Renderer, raster: Raster, report: Report | None = None
    ) -> Iterator[Samples]:
        """The samples of a raster in blocks of bounded size, along the first axis."""

    @abstractmethod
    def points(self, raster: Raster) -> int:
        """Count the points that networks are evaluated at for a raster."""

    @abstractmethod
    def held(self, raster: Raster) -> int:
        """Bytes of a raster's samples that are held at a time."""

    @abstractmethod
    def seen_through(self, view: View, lengths: tuple[int, ...]) -> Self:
        """Describe a view's output, which has so many samples along each axis."""

    @abstractmethod
    def part(self, region: Region) -> Self:
        """Describe a region as a signal of its own."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """Return what only this kind of signal has, fit for JSON."""

    @abstractmethod
    def output_fields(self) -> dict[str, Any]:
        """Return what a decoded signal is described by, fit for JSON."""

    @abstractmethod
    def __str__(self) -> str:
        """Size and resolution in words: `768×512`, `2.50 s at 44100 Hz`."""

    @abstractmethod
    def position(self, sample: int) -> str:
        """Tell where a sample along the first axis is, in words."""

    @abstractmethod
    def details(self) -> str:
        """The same with channels and bits in words."""

    @property
    @abstractmethod
    def extent(self) -> tuple[str, float]:
        """The divisor of a file's bits: `bits_per_pixel` and the number of pixels, or
        `kbps` and the seconds in thousands."""

    @abstractmethod
    def quality(self, comparison: Comparison) -> dict[str, float]:
        """The measures of this kind of signal by name, the first being the one to show."""

    @abstractmethod
    def compare(self, original: Read, other: Read) -> dict[str, float | None]:
        """Measures of a signal beside its original by name; None where one is not defined. Both
        are of this kind and shape."""

    @abstractmethod
    def loss(self, regions: Sequence[Region], cause: Exception) -> str:
        """Tell what is lost, in words, where regions cannot be decoded."""

    @property
    @abstractmethod
    def compared_fields(self) -> tuple[str, ...]:
        """The fields in which signals must agree to be compared sample by sample."""

    def check_alike(self, other: SignalInfo) -> None:
        """Raise `UsageError` where the samples of two signals cannot be compared one by one."""
        if type(self) is not type(other):
            raise UsageError("an image and an audio signal do not compare")
        for field in self.compared_fields:
            a, b = getattr(self, field), getattr(other, field)
            if a != b:
                raise UsageError(f"cannot compare: {field.replace('_', ' ')} {a} and {b}")
