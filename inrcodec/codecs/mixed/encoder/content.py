"""The look of an image's cells: drawn, as text and lines are, or photographed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CellContent", "by_cells", "look_at_cells"]

Samples = npt.NDArray[np.unsignedinteger]
Mask = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]

# Levels, of 1, that samples of what was drawn differ by from both neighbors where they differ.
_JUMP = 0.047
# Of a cell with lines or text: the least share of pixels that repeat others, the most of those that
# nearly do, as noise has it, and how far its samples are apart, of 1.
_REPEATS, _NOISE, _RANGE = 0.4, 0.02, 0.2
# Below which share of repeats a cell looks photographed.
_FEW = 0.3
_PIXELS_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class CellContent:
    """The look of each cell (rows, columns).

    Attributes
    ----------
    side
        Of a cell, in pixels.
    repeats
        The share of its pixels that are as the one to their left or above.
    is_drawn
        Whether there are lines or text in it.
    """

    side: int
    repeats: Doubles
    is_drawn: Mask

    @property
    def drawn(self) -> float:
        """The share of cells with lines or text: of photographs less than 0.004."""
        return float(self.is_drawn.mean())

    @property
    def photographed(self) -> float:
        """The share of cells in which hardly anything repeats."""
        return float((self.repeats < _FEW).mean())


def look_at_cells(samples: Samples, side: int, peak: int) -> CellContent:
    """Look at all cells of samples (height, width, channels), some rows of them at a time."""
    rows = max(1, _PIXELS_AT_ONCE // (side * samples.shape[1])) * side
    parts = [
        _look(samples[max(0, start - 1) : start + rows], side, peak, int(start > 0))
        for start in range(0, len(samples), rows)
    ]
    repeats, is_drawn = (np.concatenate(maps) for maps in zip(*parts, strict=True))
    return CellContent(side, repeats, is_drawn)


def _look(samples: Samples, side: int, peak: int, before: int) -> tuple[Doubles, Mask]:
    """Return the repeats of some cells, and which are drawn; so many rows come before them."""
    near = np.minimum(*(_differences(samples, axis)[before:] for axis in (0, 1)))
    counts = by_cells(np.ones(near.shape, bool), side)
    repeats = by_cells(near == 0, side) / counts
    noise = by_cells((near > 0) & (near < _JUMP * peak), side) / counts
    least, most = samples[before:].min(-1), samples[before:].max(-1)
    for axis in (0, 1):
        starts = np.arange(0, near.shape[axis], side)
        least = np.minimum.reduceat(least, starts, axis)
        most = np.maximum.reduceat(most, starts, axis)
    is_wide = most.astype(np.float64) - least >= _RANGE * peak
    return repeats, is_wide & (repeats >= _REPEATS) & (noise <= _NOISE)


def _differences(samples: Samples, axis: int) -> npt.NDArray[np.int32]:
    """Return how far pixels are from those before them, by the channel that differs most; the first
    of all are far from any."""
    wide = np.moveaxis(samples, axis, 0).astype(np.int32)
    out = np.full(wide.shape[:2], 1 << 16, np.int32)
    out[1:] = np.abs(np.diff(wide, axis=0)).max(-1)
    return np.moveaxis(out, 0, axis)


def by_cells(values: npt.NDArray[np.floating] | npt.NDArray[np.bool_], side: int) -> Doubles:
    """Return the sums of values (height, width) over cells."""
    sums = values.astype(np.float64)
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, values.shape[axis], side), axis)
    return sums
