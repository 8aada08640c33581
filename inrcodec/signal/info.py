"""What a signal is: the base of what images and audio say of themselves.

All that follows, from fitting to rendering, knows of axes and channels only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from inrcodec.signal.geometry import Raster, Region, Tiling
from inrcodec.signal.views import View

__all__ = ["SignalInfo"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]


class SignalInfo(ABC):
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
    def chunks(self) -> Tiling:
        """The parts that have networks of their own; of an image, one."""
        return Tiling(self.shape, self.shape)

    def covered(self, chunk: int) -> Region:
        """What a chunk covers, with what it shares with its neighbours. Chunks follow each other
        along the first axis."""
        return self.chunks.covered((chunk, *[0] * (len(self.shape) - 1)))

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
    def shown_as(self, view: View, lengths: tuple[int, ...]) -> SignalInfo:
        """The format of a view's output, which has so many samples along each axis."""
