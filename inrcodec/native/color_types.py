"""The parts of maps of colors, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "MARGIN",
    "NONE",
    "OUTCOMES",
    "PATTERNS",
    "SEEING",
    "ColorCosts",
    "ColorMap",
    "Labels",
    "Levels",
    "contexts",
]

# See `color_map.h`.
MARGIN, PATTERNS, OUTCOMES = 2, 256, 5
# Pixels that see one: itself, and those after it.
SEEING = 7
# The outcome of a pixel that is as none of its neighbors.
NONE = OUTCOMES - 1

Labels = npt.NDArray[np.int32]
Levels = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class ColorMap:
    """A map of colors.

    Attributes
    ----------
    labels
        (height + 4, width + 4): the color of each pixel, and of a margin around them. What settles
        colors changes it in place.
    kept
        Likewise: whether a pixel is coded; of the margin none is.
    levels
        (colors, channels).
    """

    labels: Labels
    kept: npt.NDArray[np.uint8]
    levels: Levels

    @property
    def inner(self) -> Labels:
        """The map without its margin (height, width)."""
        return self.labels[MARGIN:-MARGIN, MARGIN:-MARGIN]


@dataclass(frozen=True)
class ColorCosts:
    """The costs of a map.

    Attributes
    ----------
    patterns
        (256, 5): bits of each outcome, by which of a pixel's neighbors are alike.
    colors
        Bits of each color where no neighbor has it.
    weight
        Squared levels that a bit is worth.
    """

    patterns: npt.NDArray[np.float64]
    colors: npt.NDArray[np.float64]
    weight: float


def contexts(labels: Labels) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which neighbors of each pixel are alike, and which of them it is like (height,
    width), as `pattern_at` and `outcome_at` of `color_costs.h` do."""
    height, width = (length - 2 * MARGIN for length in labels.shape)

    def at(down: int, right: int) -> Labels:
        return labels[MARGIN + down :, MARGIN + right :][:height, :width]

    here, west, north = at(0, 0), at(0, -1), at(-1, 0)
    north_west, north_east = at(-1, -1), at(-1, 1)
    pairs = (
        *((west, north), (west, north_west), (north, north_west), (north, north_east)),
        *((west, north_east), (north_west, north_east), (west, at(0, -2)), (north, at(-2, 0))),
    )
    patterns = np.zeros(here.shape, np.intp)
    for bit, (one, other) in enumerate(pairs):
        patterns |= (one == other).astype(np.intp) << bit
    outcomes = np.full(here.shape, NONE, np.intp)
    for outcome, neighbor in reversed([*enumerate((west, north, north_east, north_west))]):
        outcomes[here == neighbor] = outcome
    return patterns, outcomes
