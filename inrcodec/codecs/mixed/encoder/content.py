"""What the cells of an image look like: drawn, as text and lines are, or photographed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CellContent", "by_cells", "look_at_cells"]

Samples = npt.NDArray[np.unsignedinteger]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# From which share of repeats on a cell may be drawn, and of levels that its samples range over;
# below which it may be photographed.
_REPEATS, _RANGE, _FEW = 0.4, 0.12, 0.3


@dataclass(frozen=True)
class CellContent:
    """What each cell has.

    Attributes
    ----------
    side
        Of a cell, in pixels.
    repeats
        (rows, columns): the share of its pixels that are as the one to their left or above.
    ranges
        How far apart its samples are, from 0 to 1.
    """

    side: int
    repeats: Doubles
    ranges: Doubles

    @property
    def drawn(self) -> float:
        """The share of cells with lines or text."""
        return float(((self.repeats >= _REPEATS) & (self.ranges >= _RANGE)).mean())

    @property
    def photographed(self) -> float:
        """The share of cells in which hardly anything repeats."""
        return float((self.repeats < _FEW).mean())


def look_at_cells(samples: Samples, side: int, peak: int) -> CellContent:
    """Look at all cells of samples (height, width, channels)."""
    same = np.zeros(samples.shape[:2], bool)
    same[:, 1:] = (samples[:, 1:] == samples[:, :-1]).all(-1)
    same[1:] |= (samples[1:] == samples[:-1]).all(-1)
    counts = by_cells(np.ones(same.shape, np.float32), side)
    least, most = samples.min(-1), samples.max(-1)
    for axis in (0, 1):
        starts = np.arange(0, samples.shape[axis], side)
        least = np.minimum.reduceat(least, starts, axis)
        most = np.maximum.reduceat(most, starts, axis)
    ranges = (most.astype(np.float64) - least) / peak
    return CellContent(side, by_cells(same, side) / counts, ranges)


def by_cells(values: npt.NDArray[np.floating] | npt.NDArray[np.bool_], side: int) -> Doubles:
    """Return the sums of values (height, width) over cells."""
    sums = values.astype(np.float64)
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, values.shape[axis], side), axis)
    return sums
