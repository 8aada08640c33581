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
        (height + 4, width + 4): the color of each pixel, and of a margin around them.
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
