"""A latent grid as a function of coordinates: any region of it at any resolution.

The lattice gives the picture at its own pixel centres; between them it is the Lanczos
interpolation of those, the nearest that a function with the same samples can come to one without
detail above the picture's own. Output coarser than the picture is low-passed by the same kernel,
widened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.coordinates import Raster, Region
from inrcodec.progress import Progress, Report
from inrcodec.signals import ImageFormat, SignalFormat

__all__ = ["LatticeDrawing", "interpolation_reach"]

Floats = npt.NDArray[np.floating[Any]]

_LOBES = 3
_PIXELS_AT_ONCE = 1 << 21


def _lanczos(x: Tensor) -> Tensor:
    return torch.where(x.abs() < _LOBES, torch.sinc(x) * torch.sinc(x / _LOBES), 0.0)


def interpolation_reach(raster: Raster) -> int:
    """How many pixels beyond its region a raster depends on."""
    factors = (n / m for n, m in zip(raster.region.length, raster.size, strict=True))
    return math.ceil(_LOBES * max(1.0, *factors))


def _taps(positions: Floats, widening: float, first: int, count: int) -> tuple[Tensor, Tensor]:
    """For outputs at positions along an axis, in samples, whose centres are at whole numbers plus
    a half: the indices (outputs, taps) of the samples that each depends on, from `first` on, and
    their weights. Beyond `first` and `count` samples from there, the outermost repeats."""
    radius = math.ceil(_LOBES * widening)
    start = np.floor(positions - 0.5).astype(np.int64) - radius + 1
    index = start[:, None] + np.arange(2 * radius)
    weights = _lanczos(torch.from_numpy((index + 0.5 - positions[:, None]) / widening))
    weights = weights / weights.sum(1, keepdim=True)
    return torch.from_numpy(np.clip(index - first, 0, count - 1)), weights


class LatticeDrawing:
    """Samples (channels, height, width) of a part of a picture, as a function.

    Parameters
    ----------
    samples
        From 0 to 1, not clamped.
    window
        The part of the picture that they are; it must reach beyond all that will be drawn as far
        as interpolation does, where the picture does.
    shape
        Of the whole picture.
    """

    def __init__(self, samples: Tensor, window: Region, shape: tuple[int, ...]) -> None:
        self.samples = samples
        self.window = window
        self.shape = shape

    @property
    def device(self) -> torch.device:
        """Where it is computed."""
        return self.samples.device

    @property
    def points_at_once(self) -> int:
        """Points to ask for in one call."""
        return _PIXELS_AT_ONCE // 8

    def _axis_taps(self, raster: Raster, axis: int) -> tuple[Tensor, Tensor]:
        start, length, count = (
            raster.region.start[axis],
            raster.region.length[axis],
            raster.size[axis],
        )
        positions = start + (np.arange(count) + 0.5) * (length / count)
        return _taps(
            positions,
            max(1.0, length / count),
            self.window.start[axis],
            self.samples.shape[1 + axis],
        )

    def _strips(self, raster: Raster) -> Iterator[tuple[int, Tensor]]:
        """Rows of a raster, a few at a time: the number of the first, and (channels, rows,
        columns)."""
        if raster.size == raster.region.length:
            offsets = [a - b for a, b in zip(raster.region.start, self.window.start, strict=True)]
            rows, columns = (slice(o, o + n) for o, n in zip(offsets, raster.size, strict=True))
            yield 0, self.samples[:, rows, columns]
            return
        (row_index, row_weights), (column_index, column_weights) = (
            (index.to(self.device), weights.to(self.samples))
            for index, weights in (self._axis_taps(raster, axis) for axis in (0, 1))
        )
        count = max(1, _PIXELS_AT_ONCE // (raster.size[1] + self.samples.shape[2]))
        for start in range(0, raster.size[0], count):
            index, weights = row_index[start : start + count], row_weights[start : start + count]
            tall = torch.zeros(
                len(self.samples), len(index), self.samples.shape[2], device=self.device
            )
            for tap in range(index.shape[1]):
                tall.add_(self.samples[:, index[:, tap]] * weights[:, tap, None])
            wide = torch.zeros(len(self.samples), len(index), raster.size[1], device=self.device)
            for tap in range(column_index.shape[1]):
                wide.add_(tall[..., column_index[:, tap]] * column_weights[:, tap])
            yield start, wide

    @torch.no_grad()
    def render(
        self, raster: Raster, format: SignalFormat, report: Report | None = None
    ) -> npt.NDArray[np.unsignedinteger]:
        """Integer samples (rows, columns, channels) of a raster; see `rendering.Drawing`."""
        assert isinstance(format, ImageFormat)
        out = np.empty((*raster.size, len(self.samples)), format.dtype)
        began = time.monotonic()
        for start, strip in self._strips(raster):
            levels = (strip * format.peak + 0.5).clamp_(0, format.peak).permute(1, 2, 0)
            rows = start + strip.shape[1]
            out[start:rows] = levels.cpu().numpy()
            if report is not None:
                elapsed = time.monotonic() - began
                report(Progress(rows, len(out), None, elapsed, "rendering"))
        return out

    def sample(self, coordinates: Tensor) -> Tensor:
        """Values (points, channels) from -1 to 1 at coordinates (points, 2) in [-1, 1],
        differentiable by the coordinates; the window must be the whole picture."""
        coordinates = coordinates.float()
        shape = coordinates.new_tensor(self.shape)
        positions = (coordinates + 1) / 2 * shape - 0.5
        first = positions.detach().floor().long() - _LOBES + 1
        index = first[..., None] + torch.arange(2 * _LOBES, device=coordinates.device)
        weights = _lanczos(index - positions[..., None])
        weights = weights / weights.sum(-1, keepdim=True)
        limit = (shape - 1).long()[:, None]
        rows, columns = torch.minimum(index.clamp(min=0), limit).unbind(1)
        values = self.samples[:, rows[:, :, None], columns[:, None, :]]
        drawn = torch.einsum("cpij,pi,pj->pc", values, weights[:, 0], weights[:, 1])
        return 2 * drawn - 1

    def read_all(self) -> None:
        """Nothing is left to be read."""
