"""A latent grid as a function of coordinates: any region of it at any resolution.

The lattice gives the image at its own pixel centres; between them it is the Lanczos
interpolation of those, the nearest that a function with the same samples can come to one without
detail above the image's own. Output coarser than the image is low-passed by the same kernel,
widened.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.interpolation import Axis, lanczos, resampled
from inrcodec.codecs.grid.reach import LOBES
from inrcodec.progress import Progress, Report
from inrcodec.signal import ImageInfo, SignalInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["GridRenderer"]

# Samples along both axes together that are held of a strip.
_SAMPLES_AT_ONCE = 1 << 18
_COLUMNS_AT_ONCE = 1 << 16
_POINTS_AT_ONCE = 1 << 18
_ROWS_AT_ONCE = 256


class GridRenderer:
    """Samples (channels, height, width) of a part of an image, as a function.

    Parameters
    ----------
    samples
        From 0 to 1, not clamped.
    window
        The part of the image that they are; it must reach beyond all that will be drawn as far
        as interpolation does, where the image does.
    shape
        Of the whole image.
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
        return _POINTS_AT_ONCE

    def _axis(self, raster: Raster, axis: int) -> Axis:
        return Axis(
            raster.region.start[axis],
            raster.region.length[axis],
            raster.size[axis],
            self.window.start[axis],
            self.samples.shape[1 + axis],
        )

    def _parts(self, raster: Raster) -> Iterator[tuple[int, int, Tensor]]:
        """Parts of a raster of bounded size: row and column of the first pixel, and (channels,
        rows, columns)."""
        if raster.size == raster.region.length:
            offsets = [a - b for a, b in zip(raster.region.start, self.window.start, strict=True)]
            rows, columns = (slice(o, o + n) for o, n in zip(offsets, raster.size, strict=True))
            yield 0, 0, self.samples[:, rows, columns]
            return
        down, across = (self._axis(raster, axis) for axis in (0, 1))
        count = max(1, _SAMPLES_AT_ONCE // (across.count + self.samples.shape[2]))
        for row in range(0, down.count, count):
            strip = range(row, min(row + count, down.count))
            tall = resampled(self.samples, 1, down, strip)
            for column in range(0, across.count, _COLUMNS_AT_ONCE):
                part = range(column, min(column + _COLUMNS_AT_ONCE, across.count))
                yield row, column, resampled(tall, 2, across, part)

    @torch.no_grad()
    def render(
        self, raster: Raster, info: SignalInfo, report: Report | None = None
    ) -> npt.NDArray[np.unsignedinteger]:
        """Integer samples (rows, columns, channels) of a raster; see `rendering.Drawing`."""
        assert isinstance(info, ImageInfo)
        out = np.empty((*raster.size, len(self.samples)), info.dtype)
        began = time.monotonic()
        for row, column, part in self._parts(raster):
            _, rows, columns = part.shape
            # What is not resampled comes in one part.
            for first in range(0, rows, _ROWS_AT_ONCE):
                some = part[:, first : first + _ROWS_AT_ONCE]
                levels = (some * info.peak + 0.5).clamp_(0, info.peak).permute(1, 2, 0)
                place = slice(row + first, row + first + some.shape[1])
                out[place, column : column + columns] = levels.cpu().numpy()
            if report is not None:
                elapsed = time.monotonic() - began
                report(Progress(row + rows, len(out), None, elapsed, "rendering"))
        return out

    def sample(self, coordinates: Tensor) -> Tensor:
        """Values (points, channels) from -1 to 1 at coordinates (points, 2) in [-1, 1],
        differentiable by the coordinates; the window must be the whole image."""
        coordinates = coordinates.float()
        shape = coordinates.new_tensor(self.shape)
        positions = (coordinates + 1) / 2 * shape - 0.5
        first = positions.detach().floor().long() - LOBES + 1
        index = first[..., None] + torch.arange(2 * LOBES, device=coordinates.device)
        weights = lanczos(index - positions[..., None])
        weights = weights / weights.sum(-1, keepdim=True)
        limit = (shape - 1).long()[:, None]
        rows, columns = torch.minimum(index.clamp(min=0), limit).unbind(1)
        values = self.samples[:, rows[:, :, None], columns[:, None, :]]
        drawn = torch.einsum("cpij,pi,pj->pc", values, weights[:, 0], weights[:, 1])
        return 2 * drawn - 1

    def read_all(self) -> None:
        """Nothing is left to be read."""
