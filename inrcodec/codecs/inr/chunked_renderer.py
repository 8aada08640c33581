"""Rendering signals in chunks: a network for each, cross-faded where they overlap, or silence.

A chunk is to an audio signal what a tile is to a chunk. Its network is opened when what it covers
is first rendered, and forgotten when the next but one is: memory does not grow with the length of
an audio signal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Frame, Raster
from inrcodec.signal.points import axis_points

__all__ = ["ChunkedRenderer"]

# Neighbors overlap, so two are in use at a time.
_KEPT = 2
_POINTS_AT_ONCE = 1 << 16

# Opens a chunk; None where it is silent.
OpenChunk = Callable[[int], NetworkRenderer | None]


class ChunkedRenderer:
    """The `Renderer` of a signal of one axis that is cut into chunks; threads may share it.

    Parameters
    ----------
    info
        The signal, and how it is cut.
    open_chunk
        Opens the network of a chunk by its number.
    """

    band_limited = False

    def __init__(self, info: SignalInfo, open_chunk: OpenChunk) -> None:
        self.info = info
        self.chunks = info.chunks
        self.channels = info.channels
        self._open_chunk = open_chunk
        self._open: dict[int, NetworkRenderer | None] = {}
        self._opening = RLock()

    @property
    def points_at_once(self) -> int:
        return _POINTS_AT_ONCE

    def _chunk(self, number: int) -> NetworkRenderer | None:
        """Return the renderer of a chunk, opened unless it is one of the last two."""
        with self._opening:
            if number not in self._open:
                while len(self._open) >= _KEPT:
                    del self._open[next(iter(self._open))]
                self._open[number] = self._open_chunk(number)
            return self._open[number]

    def read_all(self) -> None:
        for number in range(self.chunks.count):
            self._chunk(number)

    def render(self, raster: Raster, report: Report | None = None) -> npt.NDArray[np.float32]:
        # Blocks of audio are small; they are reported as a whole.
        samples: npt.NDArray[np.float32] = self.info.samples(self.values(raster))
        return samples

    @np.errstate(all="ignore")
    def values(self, raster: Raster) -> npt.NDArray[np.float32]:
        values = np.zeros((*raster.lengths, self.channels), np.float32)
        points = axis_points(raster, 0, 1, self.chunks, Frame.SIGNAL)
        span = raster.span(0)
        for number in np.union1d(points.tiles, points.neighbors).tolist():
            covered = self.chunks.covered((number,))
            start, stop = covered.start[0], covered.start[0] + covered.length[0]
            window = raster.within(start, stop)
            renderer = self._chunk(number) if window else None
            if renderer is None:
                continue
            part = slice(window.start - span.start, window.stop - span.start)
            own, beside = points.tiles[part] == number, points.neighbors[part] == number
            share = np.where(own, 1 - points.shares[part], beside * points.shares[part])
            rendered = renderer.values(replace(raster, window=window).from_origin(covered.start))
            # Not 0 times what may be infinite.
            some = share > 0
            values[part][some] += rendered[some] * share[some, None].astype(np.float32)
        return values

    @np.errstate(all="ignore")
    def sample(self, coordinates: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
        (size,), total = self.chunks.shape, np.zeros((len(coordinates), self.channels), np.float32)
        positions = (coordinates[:, 0] + 1) / 2 * size
        for number in self._numbers(positions):
            share = self._share(positions, number)
            (inside,) = np.nonzero(share > 0)
            renderer = self._chunk(number) if len(inside) else None
            if renderer is not None:
                values = renderer.sample(self._local(positions[inside], number)[:, None])
                total[inside] += values * share[inside, None].astype(np.float32)
        return total

    def differentiable(self, coordinates: Any) -> Any:
        from inrcodec.codecs.inr.differentiable import chunk_share

        (size,), total = self.chunks.shape, coordinates.new_zeros(len(coordinates), self.channels)
        positions = (coordinates[:, 0] + 1) / 2 * size
        for number in self._numbers(positions.detach().cpu().numpy()):
            share = chunk_share(positions, *self._reach(number))
            (inside,) = (share > 0).nonzero(as_tuple=True)
            renderer = self._chunk(number) if len(inside) else None
            if renderer is not None:
                values = renderer.differentiable(self._local(positions[inside], number)[:, None])
                total = total.index_add(0, inside, values * share[inside, None])
        return total

    def _numbers(self, positions: npt.NDArray[np.float64]) -> list[int]:
        """Return the chunks that positions, in samples, may lie in."""
        last = self.chunks.count - 1
        found = np.clip(np.floor(positions / self.chunks.tile[0]), 0, last).astype(np.int64)
        near = np.unique(found)[:, None] + np.arange(-1, 2)
        numbers: list[int] = np.unique(np.clip(near, 0, last)).tolist()
        return numbers

    def _local(self, positions: Any, number: int) -> Any:
        """Return the coordinates in a chunk of positions in the signal."""
        covered = self.chunks.covered((number,))
        return 2 * (positions - covered.start[0]) / covered.length[0] - 1

    def _reach(self, number: int) -> tuple[int, int, int, int]:
        """Return where a chunk starts and stops, how far it reaches, and the signal's length."""
        (size,), (chunk,), (reach,) = self.chunks.shape, self.chunks.tile, self.chunks.reach
        return number * chunk, (number + 1) * chunk, reach, size

    def _share(self, positions: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.float64]:
        """Return the share of a point's value that is of a chunk.

        It rises and falls within `reach` samples of either end, save at those of the signal.
        """
        start, stop, reach, size = self._reach(number)
        rise, fall = positions - start, stop - positions
        if reach:
            rise, fall = (np.clip(x / (2 * reach) + 0.5, 0, 1) for x in (rise, fall))
        else:
            rise, fall = (rise >= 0).astype(np.float64), (fall > 0).astype(np.float64)
        rise = np.ones_like(rise) if start == 0 else rise
        fall = np.ones_like(fall) if stop >= size else fall
        return rise * fall
