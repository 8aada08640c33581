"""A latent grid as a function of coordinates: any region of it at any resolution.

The grid gives the image at its own pixel centers; between them it is the Lanczos
interpolation of those, the nearest that a function with the same samples can come to one without
detail above the image's own. Output coarser than the image is low-passed by the same kernel,
widened.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.interpolation import Axis, lanczos, resampled
from inrcodec.codecs.grid.reach import LOBES
from inrcodec.codecs.grid.strips import Rows, strips
from inrcodec.progress import Report, Told
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["GridRenderer"]

Floats = npt.NDArray[np.float32]

# Samples along both axes together that are held of a strip.
_SAMPLES_AT_ONCE = 1 << 18
_COLUMNS_AT_ONCE = 1 << 16
# Strips that are kept.
_KEPT = 2
_POINTS_AT_ONCE = 1 << 18
_ROWS_AT_ONCE = 256


class GridRenderer:
    """Samples (channels, height, width) of a part of an image, as a function.

    Parameters
    ----------
    rows
        Of samples from 0 to 1, not clamped.
    window
        The part of the image that they are; it must reach beyond all that will be rendered as far
        as interpolation does, where the image does.
    info
        Of the whole image.
    spacing
        Of samples, those that `window` counts, too, in pixels: a power of two.
    """

    band_limited = True

    def __init__(self, rows: Rows, window: Region, info: ImageInfo, spacing: float = 1) -> None:
        self._rows, self._spacing = rows, spacing
        self._channels, *self._shape = rows.shape
        # Strips of an output depend on the same ones, or on neighbors.
        self._strip = lru_cache(_KEPT)(rows.rows)
        self.window = window
        self.info = info

    @cached_property
    def samples(self) -> Floats:
        """All samples of the window."""
        return np.concatenate([self._rows.rows(rows) for rows in self._strips()], axis=1)

    def _strips(self) -> Iterator[range]:
        height, width = self._shape
        return strips((height, width))

    @property
    def points_at_once(self) -> int:
        """Points to ask for in one call."""
        return _POINTS_AT_ONCE

    def _axis(self, raster: Raster, axis: int) -> Axis:
        start, length = self._in_samples(raster, axis)
        return Axis(
            start,
            length,
            raster.size[axis],
            self.window.start[axis],
            self._shape[axis],
        )

    def _in_samples(self, raster: Raster, axis: int) -> tuple[float, float]:
        """Return the start and the length of a raster's region in samples.

        Coarse samples have the centers of pixels, fine ones divide pixels up.
        """
        first = 0.5 * min(1, self._spacing)
        start = (raster.region.start[axis] - first) / self._spacing + 0.5
        return start, raster.region.length[axis] / self._spacing

    def _parts(self, raster: Raster) -> Iterator[tuple[int, int, Floats]]:
        """Parts of a raster of bounded size: row and column of the first pixel, and (channels,
        rows, columns)."""
        starts, lengths = zip(*(self._in_samples(raster, axis) for axis in (0, 1)), strict=True)
        if raster.size == lengths and all(start == int(start) for start in starts):
            offsets = [int(a) - b for a, b in zip(starts, self.window.start, strict=True)]
            rows, columns = (range(o, o + n) for o, n in zip(offsets, raster.size, strict=True))
            for kept in self._strips():
                known = range(max(kept.start, rows.start), min(kept.stop, rows.stop))
                if known:
                    drawn = self._rows.rows(known)[:, :, columns.start : columns.stop]
                    yield known.start - rows.start, 0, drawn
            return
        down, across = (self._axis(raster, axis) for axis in (0, 1))
        count = max(1, _SAMPLES_AT_ONCE // (across.count + self._shape[1]))
        for row in range(0, down.count, count):
            strip = range(row, min(row + count, down.count))
            tall = self._resampled_rows(down, strip)
            for column in range(0, across.count, _COLUMNS_AT_ONCE):
                part = range(column, min(column + _COLUMNS_AT_ONCE, across.count))
                yield row, column, resampled(tall, 2, across, part)

    def _resampled_rows(self, down: Axis, strip: range) -> Floats:
        """Resample rows, of all of the window's columns."""
        needed = down.needed(strip)
        held = [s for s in self._strips() if s.start < needed.stop and needed.start < s.stop]
        parts = [self._strip(rows) for rows in held]
        known = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return resampled(known, 1, down.moved(range(held[0].start, held[-1].stop)), strip)

    def _pieces(
        self, raster: Raster, report: Report | None
    ) -> Iterator[tuple[slice, slice, Floats]]:
        """Values (rows, columns, channels) of a raster piece by piece, and where each belongs."""
        told = Told("rendering", raster.size[0], report)
        for row, column, part in self._parts(raster):
            _, rows, columns = part.shape
            # What is not resampled comes in one part.
            for first in range(0, rows, _ROWS_AT_ONCE):
                some = part[:, first : first + _ROWS_AT_ONCE].transpose(1, 2, 0)
                place = slice(row + first, row + first + some.shape[0])
                yield place, slice(column, column + columns), np.array(some)
            told.advance(row + rows - told.done)

    def render(
        self, raster: Raster, report: Report | None = None
    ) -> npt.NDArray[np.unsignedinteger]:
        """Implement `Renderer`."""
        out = np.empty((*raster.size, self._channels), self.info.dtype)
        for rows, columns, values in self._pieces(raster, report):
            out[rows, columns] = self.info.samples(values)
        return out

    def values(self, raster: Raster) -> Floats:
        """Implement `Renderer`."""
        out = np.empty((*raster.size, self._channels), np.float32)
        for rows, columns, values in self._pieces(raster, None):
            out[rows, columns] = values
        return out

    def sample(self, coordinates: npt.NDArray[Any]) -> Floats:
        """Implement `Renderer`; beyond the window samples are as at its border."""
        index, positions = self._neighbors(coordinates)
        weights = lanczos(index - positions[..., None])
        weights /= weights.sum(-1, keepdims=True)
        rows, columns = np.clip(index, 0, np.array(self._shape)[:, None] - 1).swapaxes(0, 1)
        values = self.samples[:, rows[:, :, None], columns[:, None, :]]
        down, across = weights.astype(np.float32).swapaxes(0, 1)
        sampled: Floats = np.einsum("cpij,pi,pj->pc", values, down, across)
        return sampled

    def _neighbors(
        self, coordinates: npt.NDArray[Any]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return the samples (points, 2, taps) of the window around points, and where in it these
        are (points, 2)."""
        positions = (coordinates.astype(np.float64) + 1) / 2 * np.array(self.info.shape) - 0.5
        positions -= self.window.start
        first = np.floor(positions).astype(np.int64) - LOBES + 1
        return first[..., None] + np.arange(2 * LOBES), positions

    def differentiable(self, coordinates: Any) -> Any:
        """Implement `Renderer`."""
        from inrcodec.codecs.grid.differentiable import sample_tensor

        return sample_tensor(self.samples, self.window, self.info.shape, coordinates)

    def read_all(self) -> None:
        """Nothing is left to be read."""
