"""A latent grid of audio as a function of time: any part of it at any rate.

    streams ──▶ blocks ──▶ cosines under windows ──▶ samples

At the signal's own rate blocks are inverted by their transform; at others each block is evaluated
at the output's times, without the cosines that a lower rate cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.costs import KEPT_STREAMS
from inrcodec.codecs.audio_grid.lapped import (
    cosines_held,
    reaches,
    render_block,
    sample_block,
    synthesize,
)
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.progress import Report
from inrcodec.signal import AudioInfo
from inrcodec.signal.geometry import Raster

__all__ = ["AudioGridRenderer", "Placed", "Reaching", "needed_frames"]

Doubles = npt.NDArray[np.float64]

# Points of one call, which share streams; and times of a block.
_POINTS_AT_ONCE, _TIMES_AT_ONCE = 1 << 16, 1 << 14


def needed_frames(start: int, stop: int, frame: int, count: int) -> range:
    """Return the frames that samples of a signal of `count` depend on, and one more on either
    side, if there is."""
    return range(max(start // frame - 1, 0), min(-(-stop // frame) + 1, -(-count // frame)))


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
        frames = needed_frames(start, stop, self._frame, self.info.frames)
        first, last = frames.start, frames.stop
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
        values = np.empty((len(span), self.info.channels), np.float32)
        # A stream's time at once, whatever the rate.
        at_once = max(1, int(self._stream / apart))
        for begin in range(0, len(span), at_once):
            count = min(at_once, len(span) - begin)
            part = self._at_times(first + begin * apart, count, raster.size[0], length)
            values[begin : begin + count] = part.T
        return values

    def _samples(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        blocks = self._blocks(start, stop)
        origin = blocks[0].start
        found = synthesize([block.coefficients for block in blocks])
        return found[:, start - origin : stop - origin].T.astype(np.float32)

    def _at_times(self, first: float, count: int, size: int, span: int) -> Doubles:
        """Return values (channels, count) at times, in samples, of which there are `size` in a span
        of the signal's."""
        values, apart = np.zeros((self.info.channels, count)), span / size
        end = first + apart * (count - 1)
        for block, before, after in self._reaching(int(first), int(np.ceil(end)) + 1):
            begins = (block.start - before - first) / apart
            ends = (block.start + block.length + after - first) / apart
            stop = min(count, int(np.ceil(ends)))
            held = cosines_held(block.length, size, span)
            for begin in range(max(0, int(np.ceil(begins))), stop, _TIMES_AT_ONCE):
                own = slice(begin, min(begin + _TIMES_AT_ONCE, stop))
                at, many = first + begin * apart - block.start, own.stop - begin
                values[:, own] += render_block(
                    block.coefficients, before, after, at, apart, many, held
                )
        return values

    def reaching(self, positions: Doubles) -> Iterator[tuple[Reaching, npt.NDArray[np.int64]]]:
        """Iterate over the blocks that positions, in samples, depend on, each with which these
        are."""
        last = self.info.frames
        frames = (np.nan_to_num(positions).clip(0, last - 1) // self._frame).astype(np.int64)
        order = np.argsort(frames, kind="stable")
        starts = np.flatnonzero(np.diff(frames[order], prepend=-1))
        for own in np.split(order, starts[1:]):
            start = int(frames[own[0]]) * self._frame if len(own) else 0
            for one in self._reaching(start, min(start + self._frame, last)):
                yield one, own

    def sample(self, coordinates: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Implement `Renderer`."""
        asked = (coordinates[:, 0].astype(np.float64) + 1) / 2 * self.info.frames
        # Beyond its ends a signal is what it is there.
        positions = np.nan_to_num(asked).clip(0, self.info.frames)
        values = np.zeros((len(positions), self.info.channels))
        for (block, before, after), own in self.reaching(positions):
            times = positions[own] - block.start
            values[own] += sample_block(block.coefficients, before, after, times).T
        values[np.isnan(asked)] = np.nan
        return values.astype(np.float32)

    def differentiable(self, coordinates: Any) -> Any:
        """Implement `Renderer`."""
        from inrcodec.codecs.audio_grid.differentiable import sample_tensor

        frames = self.info.frames
        positions = ((coordinates[:, 0] + 1) / 2 * frames).clamp(0, frames)
        reaching = self.reaching(positions.detach().cpu().double().numpy())
        parts = ((*block, before, after, own) for (block, before, after), own in reaching)
        return sample_tensor(parts, positions, self.info.channels)
