"""Contexts: what the probability of a latent is computed from, latents already decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid import low_band
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.passes import PASSES, SLOPE_STEPS, Pass, Place, turned
from inrcodec.codecs.grid.subbands import BANDS, ROWS_HIGH, Subbands
from inrcodec.native.blocks import Coarser

__all__ = ["BlockContexts"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

# Other bands of the level, as seen by each: those at the parent, and those at the same level.
_OTHERS = ((1, 2), (0, 2), (0, 1))
_SIBLINGS = ((1,), (0,), (0, 1))

_MAGNITUDES, _VALUES = 0, 1

_PAD = 3


class BlockContexts:
    """The latents of one block that are decoded so far, as contexts see them: for each band its
    magnitudes and signed values, padded by zeros.

    Parameters
    ----------
    block
        Its subbands, as far as they are decoded.
    network
        That sees them.
    coarser
        What is known before them, if they begin above the lowest band.
    """

    def __init__(
        self,
        block: Subbands[npt.NDArray[Any]],
        network: ContextNetwork,
        coarser: Coarser | None = None,
    ) -> None:
        def padded(plane: npt.NDArray[Any]) -> Floats:
            channels, height, width = plane.shape
            return np.zeros((channels, 2, height + 2 * _PAD, width + 2 * _PAD), np.float32)

        self._block, self._coarser = block, coarser
        self._planes = [[padded(band) for band in bands] for bands in block.levels]
        self._network = network
        self._parents: list[Floats] = []
        for band in () if coarser is None else coarser.parents:
            plane, values = padded(band), network.compress(band)
            rows, columns = (slice(_PAD, _PAD + n) for n in band.shape[1:])
            plane[:, _VALUES, rows, columns] = values
            plane[:, _MAGNITUDES, rows, columns] = np.abs(values)
            self._parents.append(plane)
        self._lows: dict[tuple[int, int], Ints] = {}
        # Of one level and channel, as its bands see them.
        self._slopes: dict[tuple[int, int, bool], Floats] = {}

    def _plane(self, level: int, band: int, channel: int) -> Floats:
        planes = self._planes[level] if level >= 0 else self._parents
        plane: Floats = planes[band][channel]
        return plane

    def put(self, one: Pass, compressed: Floats) -> None:
        """Set a pass's latents, (rows, columns): the signed logarithm of each."""
        view = self.at(one)
        view[_VALUES] = compressed
        np.abs(compressed, out=view[_MAGNITUDES])

    def at(self, one: Pass) -> Floats:
        """Return a view (2, rows, columns) of what is held of a pass: magnitudes, then values."""
        rows, columns = one.of(self._block).shape
        place = one.place
        plane = turned(self._plane(place.level, place.band, place.channel), place.band)
        top, left = (_PAD + parity for parity in PASSES[one.number])
        view: Floats = plane[:, top : top + 2 * rows - 1 : 2, left : left + 2 * columns - 1 : 2]
        return view

    def _views(self, one: Pass) -> tuple[list[Floats], int]:
        """Return views (2, offsets, rows, columns) of all that a pass is predicted from, and how
        many of them, from the first on, count as values too."""
        place: Place = one.place
        level, band, channel = place.level, place.band, place.channel
        rows, columns = one.of(self._block).shape
        row, column = PASSES[one.number]

        def fine(c: int, source: int, at: tuple[int, int], side: int) -> Floats:
            plane, first = self._plane(level, source, c), (row + at[0], column + at[1])
            return _windows(plane, band, first, 2, (2, side, side, rows, columns))

        def nothing(side: int) -> Floats:
            return np.zeros((2, side, side, rows, columns), np.float32)

        def coarse(source: int, at: tuple[int, int], side: int) -> Floats:
            if level == 0 and not self._parents:
                return nothing(side)
            plane = self._plane(level - 1, source, channel)
            return _windows(plane, band, at, 1, (2, side, side, rows, columns))

        around, here = (-1, -1), (0, 0)
        both = [fine(channel, band, at, 1) for at in one.kind.own_offsets]
        both.append(coarse(band, around, 3))
        both += [fine(c, band, around, 3) for c in range(channel)]
        more = [coarse(other, here, 1) for other in _OTHERS[band]]
        for sibling in _SIBLINGS[band]:
            # Of a band that comes later nothing is known.
            more.append(fine(channel, sibling, around, 3) if sibling < band else nothing(3))
        if channel:
            more += [fine(0, other, here, 1) for other in _OTHERS[band]]
        return both + more, len(both)

    def _low(self, level: int, channel: int) -> Ints:
        """Return the low band that a level refines, all coarser ones being decoded."""
        key = level, channel
        if key not in self._lows and level == 0 and self._coarser is not None:
            self._lows[key] = self._coarser.low[channel]
        elif key not in self._lows and level == 0:
            self._lows[key] = low_band.start(self._block.low[channel])
        elif key not in self._lows:
            details = [band[channel] for band in self._block.levels[level - 1]]
            unit = self._network.units[len(self._block.levels) - level + self._block.finer]
            self._lows[key] = low_band.join(self._low(level - 1, channel), details, unit)
        return self._lows[key]

    def _slopes_at(self, place: Place) -> Floats:
        """Return the slopes of the low band (6, 2, rows, columns), padded, as a band sees them."""
        key = place.level, place.channel, place.band == ROWS_HIGH
        if key not in self._slopes:
            low = turned(self._low(*key[:2]), place.band)
            values = self._network.compress_slopes(low_band.slopes(low))
            pairs = np.stack([np.abs(values), values], axis=1)
            padded = np.pad(pairs, ((0, 0), (0, 0), (_PAD, _PAD), (_PAD, _PAD)))
            if len(self._slopes) == BANDS - 1:
                self._slopes.clear()
            self._slopes[key] = padded
        return self._slopes[key]

    def _slope_views(self, one: Pass) -> list[Floats]:
        """Return views (2, rows, columns) of the slopes from a pass's places, and to them."""
        rows, columns = one.of(self._block).shape
        views = []
        for plane, step in zip(self._slopes_at(one.place), SLOPE_STEPS, strict=True):
            for back in (0, 1):
                top, left = (
                    _PAD + parity - back * size
                    for parity, size in zip(PASSES[one.number], step, strict=True)
                )
                bottom, right = top + 2 * rows - 1, left + 2 * columns - 1
                views.append(plane[:, top:bottom:2, left:right:2])
        return views

    def gather(self, one: Pass, spare: int = 0) -> tuple[Floats, Floats]:
        """Gather what a pass is predicted from.

        Returns
        -------
        Magnitudes (inputs + spare, positions), the spare ones unset, and signed values (inputs,
        positions). Positions run over rows and columns as the network sees them.
        """
        kind = one.kind
        rows, columns = one.of(self._block).shape
        magnitudes = np.empty((kind.magnitudes + spare, rows, columns), np.float32)
        values = np.empty((kind.values, rows, columns), np.float32)
        views, signed = self._views(one)
        start = 0
        for number, view in enumerate(views):
            stop = start + view.shape[1] * view.shape[2]
            shape = view.shape[1:]
            magnitudes[start:stop].reshape(shape)[...] = view[_MAGNITUDES]
            if number < signed:
                values[start:stop].reshape(shape)[...] = view[_VALUES]
            start = stop
        slopes = self._slope_views(one)
        for number, view in enumerate(slopes):
            magnitudes[start + number] = view[_MAGNITUDES]
            values[number - len(slopes)] = view[_VALUES]
        count = rows * columns
        return magnitudes.reshape(-1, count), values.reshape(-1, count)

    def scatter(self, one: Pass, magnitudes: Floats, values: Floats) -> None:
        """Add to each place what was computed for its copies: the adjoint of `gather`, for which
        slopes are constants."""
        rows, columns = one.of(self._block).shape
        views, signed = self._views(one)
        start = 0
        for number, view in enumerate(views):
            # Windows overlap, their samples of one offset do not.
            for i, j in np.ndindex(view.shape[1:3]):
                view[_MAGNITUDES, i, j] += magnitudes[start].reshape(rows, columns)
                if number < signed:
                    view[_VALUES, i, j] += values[start].reshape(rows, columns)
                start += 1


def _windows(
    plane: Floats, band: int, first: tuple[int, int], step: int, shape: tuple[int, ...]
) -> Floats:
    """Return a view (2, side, side, rows, columns) of a padded plane (2, height, width) as the
    network of `band` sees it: the windows that begin at `first` and every `step` samples from
    there."""
    whole, down, across = plane.strides
    if band == ROWS_HIGH:
        down, across = across, down
    start = (_PAD + first[0]) * down + (_PAD + first[1]) * across
    strides = (whole, down, across, step * down, step * across)
    # `as_strided` would be ten times slower, and this is called for every window of every pass.
    # A contiguous view, so that its buffer begins at its first sample.
    return np.ndarray(shape, np.float32, plane, start, strides)
