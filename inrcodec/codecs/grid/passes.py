"""The order of coding: levels from coarse to fine, in each every channel's bands, in each four
passes.

A band is coded in four passes by the parity of row and column, so that a later pass sees
neighbors on every side and all latents of a pass are independent of each other: decoding is a few
vector operations for each pass. A pass's positions are those of the band one level coarser (the
parent), so its windows need no upsampling.

The band of high frequency along rows is treated as the one along columns with its axes swapped:
both share their networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from inrcodec.codecs.grid.subbands import BANDS, BOTH_HIGH, ROWS_HIGH, Subbands

__all__ = ["PASSES", "SLOPE_STEPS", "Kind", "Pass", "Place", "places", "turned"]

# Row and column parity of each pass.
PASSES = ((0, 0), (1, 1), (0, 1), (1, 0))
# Down and across, from one place of a slope of the low band to the other; a network sees the slopes
# from its place and to it.
SLOPE_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0))
_SLOPES = 2 * len(SLOPE_STEPS)


def _own_offsets(number: int) -> tuple[tuple[int, int], ...]:
    """Return the offsets within 5×5 at which earlier passes have decoded latents."""
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
    """A kind of pass, with a network of its own: a channel (0 to 2), whether the band is high along
    both axes, and a pass number."""

    channel: int
    diagonal: bool
    number: int

    @property
    def own_offsets(self) -> tuple[tuple[int, int], ...]:
        """Offsets at which earlier passes of the band have decoded latents."""
        return _OWN[self.number]

    @property
    def magnitudes(self) -> int:
        """Count the magnitudes that its network sees."""
        windows = 2 + self.diagonal + self.channel
        return len(self.own_offsets) + 9 * windows + 2 + 2 * (self.channel > 0) + _SLOPES

    @property
    def values(self) -> int:
        """Count the signed values that its network sees."""
        return len(self.own_offsets) + 9 * (1 + self.channel) + _SLOPES


@dataclass(frozen=True)
class Place:
    """A band of a channel. `level` counts from the coarsest, `depth` from the finest."""

    level: int
    depth: int
    channel: int
    band: int

    def of(self, subbands: Subbands[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return its latents (rows, columns)."""
        plane: npt.NDArray[Any] = subbands.levels[self.level][self.band][self.channel]
        return plane

    def passes(self, subbands: Subbands[npt.NDArray[Any]]) -> Iterator[Pass]:
        """Iterate over its passes that have latents."""
        for number in range(len(PASSES)):
            one = Pass(self, number)
            if one.of(subbands).size:
                yield one


@dataclass(frozen=True)
class Pass:
    """A pass over a band."""

    place: Place
    number: int

    @property
    def kind(self) -> Kind:
        """The kind of network that it uses."""
        return Kind(self.place.channel, self.place.band == BOTH_HIGH, self.number)

    def of(self, subbands: Subbands[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return a view of its latents (rows, columns), as its network sees them."""
        row, column = PASSES[self.number]
        return turned(self.place.of(subbands), self.place.band)[row::2, column::2]


def places(subbands: Subbands[npt.NDArray[Any]]) -> Iterator[Place]:
    """Iterate over the bands of all channels in the order of coding."""
    count = len(subbands.levels)
    for level in range(count):
        for channel in range(subbands.channels):
            for band in range(BANDS):
                yield Place(level, count - 1 - level + subbands.finer, channel, band)


def turned(plane: npt.NDArray[Any], band: int) -> npt.NDArray[Any]:
    """Return a band as its network sees it: with the last two axes swapped if it is high along
    rows."""
    return plane.swapaxes(-1, -2) if band == ROWS_HIGH else plane
