"""What the probability of a latent is computed from: latents already decoded.

A band is coded in four passes by the parity of row and column, so that a later pass sees
neighbours on every side and all latents of a pass are independent of each other: decoding is a few
vector operations for each pass. A pass's grid of positions is that of the band one level coarser
(the parent), so its windows need no upsampling.

The band of high frequency along rows is treated as the one along columns with its axes swapped:
both share their networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "BANDS",
    "PASSES",
    "BlockLatents",
    "Kind",
    "band_order",
    "kind_of",
    "turned",
]

Floats = npt.NDArray[np.float32]

# Row and column parity of each pass.
PASSES = ((0, 0), (1, 1), (0, 1), (1, 0))
# Bands of a level: high along columns, along rows, along both.
BANDS = 3
_ROWS_HIGH = 1
_BOTH_HIGH = 2

# Other bands of the level, as seen by each: those at the parent, and those at the same level.
_OTHERS = ((1, 2), (0, 2), (0, 1))
_SIBLINGS = ((1,), (0,), (0, 1))

_MAGNITUDES, _VALUES = 0, 1

_PAD = 3


def _own_offsets(number: int) -> tuple[tuple[int, int], ...]:
    """Offsets within 5×5 at which earlier passes have decoded latents."""
    parity = PASSES[number]
    earlier = set(PASSES[:number])
    return tuple(
        (i, j)
        for i in range(-2, 3)
        for j in range(-2, 3)
        if ((parity[0] + i) % 2, (parity[1] + j) % 2) in earlier
    )


_OWN = tuple(_own_offsets(number) for number in range(len(PASSES)))


@dataclass(frozen=True)
class Kind:
    """What has a network of its own: a channel (0 to 2), whether the band is high along both axes,
    and a pass."""

    channel: int
    diagonal: bool
    number: int

    @property
    def magnitudes(self) -> int:
        """How many magnitudes its network sees."""
        windows = 2 + self.diagonal + self.channel
        return len(_OWN[self.number]) + 9 * windows + 2 + 2 * (self.channel > 0)

    @property
    def values(self) -> int:
        """How many signed values its network sees."""
        return len(_OWN[self.number]) + 9 * (1 + self.channel)


def kind_of(channel: int, band: int, number: int) -> Kind:
    """The kind of network that a pass of a band uses."""
    return Kind(channel, band == _BOTH_HIGH, number)


def band_order(channels: int) -> list[tuple[int, int]]:
    """(channel, band) of a level in order of coding."""
    return [(channel, band) for channel in range(channels) for band in range(BANDS)]


class BlockLatents:
    """The latents of one block that are decoded so far, as contexts see them: for each band its
    magnitudes and signed values, padded by zeros.

    Parameters
    ----------
    shapes
        For each level from the coarsest to the finest, the (rows, columns) of its three bands.
    channels
        1 to 3.
    """

    def __init__(self, shapes: Sequence[Sequence[tuple[int, int]]], channels: int) -> None:
        self.shapes = shapes
        self._planes = [
            [
                [np.zeros((2, h + 2 * _PAD, w + 2 * _PAD), np.float32) for h, w in level]
                for _ in range(channels)
            ]
            for level in shapes
        ]

    def put(self, level: int, channel: int, band: int, number: int, coded: Floats) -> None:
        """Set a pass's latents, (rows, columns) of `pass_shape`: the signed logarithm of each."""
        view = self.at(level, channel, band, number)
        view[_VALUES] = coded
        np.abs(coded, out=view[_MAGNITUDES])

    def pass_shape(self, level: int, band: int, number: int) -> tuple[int, int]:
        """Rows and columns of a pass over a band, as its network sees them."""
        height, width = self.shapes[level][band]
        if band == _ROWS_HIGH:
            height, width = width, height
        row, column = PASSES[number]
        return (height - row + 1) // 2, (width - column + 1) // 2

    def at(self, level: int, channel: int, band: int, number: int) -> Floats:
        """A view (2, rows, columns) of what is held of a pass: magnitudes, then values."""
        rows, columns = self.pass_shape(level, band, number)
        plane = turned(self._planes[level][channel][band], band)
        top, left = (_PAD + parity for parity in PASSES[number])
        view: Floats = plane[:, top : top + 2 * rows - 1 : 2, left : left + 2 * columns - 1 : 2]
        return view

    def _views(self, level: int, channel: int, band: int, number: int) -> tuple[list[Floats], int]:
        """Views (2, offsets, rows, columns) of all that a pass of a band is predicted from, and how
        many of them, from the first on, count as values too."""
        rows, columns = self.pass_shape(level, band, number)
        row, column = PASSES[number]

        def fine(c: int, source: int, at: tuple[int, int], side: int) -> Floats:
            plane, first = self._planes[level][c][source], (row + at[0], column + at[1])
            return _windows(plane, band, first, 2, (2, side, side, rows, columns))

        def coarse(source: int, at: tuple[int, int], side: int) -> Floats:
            if level == 0:
                return np.zeros((2, side, side, rows, columns), np.float32)
            plane = self._planes[level - 1][channel][source]
            return _windows(plane, band, at, 1, (2, side, side, rows, columns))

        around, here = (-1, -1), (0, 0)
        both = [fine(channel, band, at, 1) for at in _OWN[number]]
        both.append(coarse(band, around, 3))
        both += [fine(c, band, around, 3) for c in range(channel)]
        more = [coarse(other, here, 1) for other in _OTHERS[band]]
        # Bands that are not decoded yet are zero.
        more += [fine(channel, sibling, around, 3) for sibling in _SIBLINGS[band]]
        if channel:
            more += [fine(0, other, here, 1) for other in _OTHERS[band]]
        return both + more, len(both)

    def gather(
        self, level: int, channel: int, band: int, number: int, spare: int = 0
    ) -> tuple[Floats, Floats]:
        """What a pass of a band is predicted from.

        Returns
        -------
        Magnitudes (inputs + spare, positions), the spare ones unset, and signed values (inputs,
        positions). Positions run over rows and columns as the network sees them.
        """
        kind = kind_of(channel, band, number)
        rows, columns = self.pass_shape(level, band, number)
        magnitudes = np.empty((kind.magnitudes + spare, rows, columns), np.float32)
        values = np.empty((kind.values, rows, columns), np.float32)
        views, signed = self._views(level, channel, band, number)
        start = 0
        for place, view in enumerate(views):
            stop = start + view.shape[1] * view.shape[2]
            shape = view.shape[1:]
            magnitudes[start:stop].reshape(shape)[...] = view[_MAGNITUDES]
            if place < signed:
                values[start:stop].reshape(shape)[...] = view[_VALUES]
            start = stop
        count = rows * columns
        return magnitudes.reshape(-1, count), values.reshape(-1, count)

    def scatter(
        self,
        level: int,
        channel: int,
        band: int,
        number: int,
        magnitudes: Floats,
        values: Floats,
    ) -> None:
        """The adjoint of `gather`: add to each place what was computed for its copies."""
        rows, columns = self.pass_shape(level, band, number)
        views, signed = self._views(level, channel, band, number)
        start = 0
        for place, view in enumerate(views):
            # Windows overlap, their samples of one offset do not.
            for i, j in np.ndindex(view.shape[1:3]):
                view[_MAGNITUDES, i, j] += magnitudes[start].reshape(rows, columns)
                if place < signed:
                    view[_VALUES, i, j] += values[start].reshape(rows, columns)
                start += 1


def _windows(
    plane: Floats, band: int, first: tuple[int, int], step: int, shape: tuple[int, ...]
) -> Floats:
    """A view (2, side, side, rows, columns) of a padded plane (2, height, width) as the network of
    `band` sees it: the windows that begin at `first` and every `step` samples from there."""
    whole, down, across = plane.strides
    if band == _ROWS_HIGH:
        down, across = across, down
    start = (_PAD + first[0]) * down + (_PAD + first[1]) * across
    strides = (whole, down, across, step * down, step * across)
    # `as_strided` would be ten times slower, and this is called for every window of every pass.
    return np.ndarray(shape, np.float32, plane, start, strides)


def turned(plane: npt.NDArray[Any], band: int) -> npt.NDArray[Any]:
    """A band as its network sees it: with the last two axes swapped if it is high along rows."""
    return plane.swapaxes(-1, -2) if band == _ROWS_HIGH else plane
