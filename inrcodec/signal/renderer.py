"""Renderers: a signal, or a part of one, as a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.progress import Report
from inrcodec.signal.geometry import Raster

if TYPE_CHECKING:
    import torch

__all__ = ["Renderer"]


class Renderer(Protocol):
    """A signal, or a part of one, as a function. Threads may share it."""

    @property
    def band_limited(self) -> bool:
        """Tell whether values at a lower resolution are free of what that cannot hold."""

    @property
    def points_at_once(self) -> int:
        """Points to ask `sample` for in one call."""

    def values(self, raster: Raster) -> npt.NDArray[np.float32]:
        """Values (*raster.lengths, channels) of a raster, not clamped."""

    def render(self, raster: Raster, report: Report | None = None) -> npt.NDArray[Any]:
        """Samples (*raster.lengths, channels) of a raster; a report is told of each part."""

    def sample(self, coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        """Values (points, channels) at coordinates (points, axes) in [-1, 1] over the signal."""

    def differentiable(self, coordinates: torch.Tensor) -> torch.Tensor:
        """The same of tensors, on their device, differentiable by the coordinates."""

    def read_all(self) -> None:
        """Read what is otherwise read when it is rendered; `FormatError` where it is damaged."""
