"""Bands as wide as those of the ear, and how far each masks the others.

Levels are in half octaves of amplitude (3 dB), what they mask in eighths; all of it is integer
arithmetic, as context networks see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["EAR_BANDS", "EIGHTHS", "Bands", "bands_of"]

Ints = npt.NDArray[np.int64]
_T = TypeVar("_T", bound=np.generic)

# In Hz: Zwicker's critical bands, and what is above them.
_EDGES = (
    *(0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700),
    *(3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500, 20000),
)
EAR_BANDS = len(_EDGES)
# Coefficients, of blocks too short to tell the ear's bands apart.
_LEAST_WIDTH = 4
# Of a level, its eighths of an octave.
EIGHTHS = 4
# What a band masks falls by so many eighths of an octave for half a band of the ear, towards high
# frequencies and towards low ones.
_FALL_UP, _FALL_DOWN = 3, 7


@dataclass(frozen=True)
class Bands:
    """The bands of blocks of one length.

    Attributes
    ----------
    edges
        (bands + 1,): the first coefficient of each, and the end of the last.
    places
        (bands,): the middle of each among the bands of the ear, in halves.
    """

    edges: Ints
    places: Ints

    @property
    def count(self) -> int:
        """Count the bands."""
        return len(self.places)

    @cached_property
    def widths(self) -> Ints:
        """Coefficients of each band."""
        return np.diff(self.edges)

    def spread(self, values: npt.NDArray[_T]) -> npt.NDArray[_T]:
        """Return for each coefficient the value (…, bands) of its band."""
        return np.repeat(values, self.widths, axis=-1)

    def sums(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return for each band the sum of the values (…, length) of its coefficients."""
        sums: npt.NDArray[np.float64] = np.add.reduceat(values, self.edges[:-1], axis=-1)
        return sums

    def masked(self, levels: Ints) -> Ints:
        """Return what levels (bands,) mask in each band, in eighths of an octave."""
        away = self.places[:, None] - self.places
        falls = np.where(away > 0, _FALL_UP * away, -_FALL_DOWN * away)
        masked: Ints = (EIGHTHS * levels - falls).max(axis=1)
        return masked

    def nearest(self, other: Bands) -> Ints:
        """Return for each band that of other bands which is nearest, the lower one of two."""
        away = np.abs(self.places[:, None] - other.places)
        nearest: Ints = away.argmin(axis=1)
        return nearest


@lru_cache(64)
def bands_of(length: int, rate: int) -> Bands:
    """Return the bands of blocks of a length, at a rate in Hz."""
    ends = [min((4 * length * hz + rate) // (2 * rate), length) for hz in _EDGES[1:]] + [length]
    edges, places, first = [0], [], 0
    for band, end in enumerate(ends):
        if end - edges[-1] >= _LEAST_WIDTH:
            edges.append(end)
            places.append(first + band)
            first = band + 1
    edges[-1] = length
    return Bands(np.array(edges, np.int64), np.array(places, np.int64))
