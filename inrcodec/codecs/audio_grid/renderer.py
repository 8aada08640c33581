"""A latent grid of audio as a function of time: any part of it at any rate.

    streams ──▶ blocks ──▶ cosines under windows ──▶ samples

At the signal's own rate blocks are inverted by their transform; at others each block is evaluated
at the output's times, without the cosines that a lower rate cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.costs import KEPT_STREAMS
from inrcodec.codecs.audio_grid.lapped import reaches, render_block, sample_block, synthesize
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.progress import Report
from inrcodec.signal import AudioInfo
from inrcodec.signal.geometry import Raster

__all__ = ["AudioGridRenderer", "Placed", "Reaching"]

Doubles = npt.NDArray[np.float64]

_POINTS_AT_ONCE = 1 << 12


class Placed(NamedTuple):
    """A block's coefficients (channels, length), and the sample at which it starts."""

    start: int
    coefficients: Doubles

    @property
    def length(self) -> int:
        """Count its samples."""
        return int(self.coefficients.shape[1])


class Reaching(NamedTuple):
    """A block, and how far it reaches over its joints."""

    block: Placed
    before: int
    after: int


class AudioGridRenderer:
    """The `Renderer` of a latent grid of audio; threads may share it.

    Parameters
    ----------
    read
        Reads the blocks of a stream by its number.
    """

    band_limited = True

    def __init__(
        self, info: AudioInfo, spec: AudioGridSpec, read: Callable[[int], list[Placed]]
    ) -> None:
        self.info = info
        self._frame, self._stream = 1 << spec.frame, spec.stream
        self._frames = -(-info.frames >> spec.frame)
        self._read = lru_cache(KEPT_STREAMS)(read)
        self._reading = RLock()

    @property
    def points_at_once(self) -> int:
        """Points to ask `sample` for in one call."""
        return _POINTS_AT_ONCE

    def read_all(self) -> None:
        """Implement `Renderer`."""
        for number in range(-(-self.info.frames // self._stream)):
            self._blocks_of(number)

    def _blocks_of(self, number: int) -> list[Placed]:
        with self._reading:
            return self._read(number)

    def _blocks(self, start: int, stop: int) -> list[Placed]:
        """Return the blocks that samples depend on, and one more on either side, if there is."""
        first = max(start // self._frame - 1, 0)
        last = min(-(-stop // self._frame) + 1, self._frames)
        per_stream = self._stream // self._frame
        blocks = [
            block
            for number in range(first // per_stream, (last - 1) // per_stream + 1)
            for block in self._blocks_of(number)
        ]
        return [
            block
            for block in blocks
            if block.start + block.length > first * self._frame and block.start < last * self._frame
        ]

    def _reaching(self, start: int, stop: int) -> list[Reaching]:
        """Return the blocks that reach samples, with how far each reaches over its joints."""
        blocks = self._blocks(start, stop)
        joints = [0, *reaches([block.length for block in blocks]), 0]
        reaching = [
            Reaching(block, *both) for block, both in zip(blocks, pairwise(joints), strict=True)
        ]
        return [
            one
            for one in reaching
            if one.block.start - one.before < stop
            and one.block.start + one.block.length + one.after > start
        ]

    def render(self, raster: Raster, report: Report | None = None) -> npt.NDArray[np.float32]:
        """Implement `Renderer`; a report is told of nothing, as parts are small."""
        samples: npt.NDArray[np.float32] = self.info.samples(self.values(raster))
        return samples

    def values(self, raster: Raster) -> npt.NDArray[np.float32]:
        """Implement `Renderer`."""
        span, (start,), (length,) = raster.span(0), raster.region.start, raster.region.length
        if raster.size == raster.region.length:
            return self._samples(start + span.start, start + span.stop)
        apart = length / raster.size[0]
        first = start + (span.start + 0.5) * apart
        return self._at_times(first, apart, len(span))

    def _samples(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        blocks = self._blocks(start, stop)
        origin = blocks[0].start
        found = synthesize([block.coefficients for block in blocks])
        return found[:, start - origin : stop - origin].T.astype(np.float32)

    def _at_times(self, first: float, apart: float, count: int) -> npt.NDArray[np.float32]:
        """Return values at times, in samples, the first and so far apart."""
        values = np.zeros((self.info.channels, count))
        end = first + apart * (count - 1)
        for block, before, after in self._reaching(int(first), int(np.ceil(end)) + 1):
            begins = (block.start - before - first) / apart
            ends = (block.start + block.length + after - first) / apart
            own = slice(max(0, int(np.ceil(begins))), min(count, int(np.ceil(ends))))
            if own.start >= own.stop:
                continue
            at = first + own.start * apart - block.start
            many = own.stop - own.start
            values[:, own] += render_block(block.coefficients, before, after, at, apart, many)
        return values.T.astype(np.float32)

    def reaching(self, positions: Doubles) -> list[tuple[Reaching, npt.NDArray[np.int64]]]:
        """Return the blocks that positions, in samples, depend on, each with which these are."""
        found: list[tuple[Reaching, npt.NDArray[np.int64]]] = []
        last = self.info.frames
        for number in np.unique(np.clip(positions, 0, last - 1) // self._frame).astype(int):
            start = int(number) * self._frame
            is_first, is_last = start == 0, start + self._frame >= last
            inside = (positions >= start) | is_first
            inside &= (positions < start + self._frame) | is_last
            (own,) = np.nonzero(inside)
            found += [(one, own) for one in self._reaching(start, min(start + self._frame, last))]
        return found

    def sample(self, coordinates: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Implement `Renderer`."""
        positions = (coordinates[:, 0].astype(np.float64) + 1) / 2 * self.info.frames
        values = np.zeros((len(positions), self.info.channels))
        for (block, before, after), own in self.reaching(positions):
            times = positions[own] - block.start
            values[own] += sample_block(block.coefficients, before, after, times).T
        return values.astype(np.float32)

    def differentiable(self, coordinates: Any) -> Any:
        """Implement `Renderer`."""
        from inrcodec.codecs.audio_grid.differentiable import sample_tensor

        positions = (coordinates[:, 0] + 1) / 2 * self.info.frames
        reaching = self.reaching(positions.detach().cpu().double().numpy())
        parts = [(*block, before, after, own) for (block, before, after), own in reaching]
        return sample_tensor(parts, positions, self.info.channels)
