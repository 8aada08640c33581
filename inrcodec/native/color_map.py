"""Maps of colors: which color of a list each pixel of a tile has, and what that costs.

Compiled, or by Python itself.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library

__all__ = [
    "MARGIN",
    "NONE",
    "OUTCOMES",
    "PATTERNS",
    "ColorCosts",
    "ColorMap",
    "settle_colors",
    "settle_regions",
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


class _Map(ctypes.Structure):
    _fields_ = (
        *(
            (name, ctypes.c_void_p)
            for name in ("colors", "kept", "favored", "samples", "levels", "patterns", "bits")
        ),
        *((name, ctypes.c_int32) for name in ("height", "width", "channels", "count")),
        ("weight", ctypes.c_double),
    )


class _Room(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("found", "marks", "members", "affected")),
        ("most", ctypes.c_int32),
    )


def settle_colors(
    colors: ColorMap, samples: Levels, favored: Labels, costs: ColorCosts, backward: bool = False
) -> int:
    """Give each pixel, one after another, the color of least cost among its own, a favored one and
    those around it; return how many get another.

    What a color costs is its squared error and, by what a bit is worth, the bits of the pixel and
    of those after it that see it: iterated conditional modes (Besag, 1986).

    Parameters
    ----------
    samples
        Originals (height, width, channels).
    favored
        (height, width).
    backward
        Whether the last pixel is the first.
    """
    if library() is None:
        from inrcodec.native.color_map_python import settle_colors as settle

        return settle(colors, samples, favored, costs, backward)
    changed = ctypes.c_int64()
    described = _described(colors, samples, favored, costs)
    call(
        "inr_settle_colors",
        ctypes.byref(described),
        ctypes.c_int32(backward),
        ctypes.byref(changed),
    )
    return changed.value


def settle_regions(colors: ColorMap, samples: Levels, costs: ColorCosts, most: int) -> int:
    """Give each region of a color, of so many pixels at most, the color of least cost among its own
    and those beside it; return how many get another.

    Pixels of a region have one beside them to the left, to the right, above or below. See
    `settle_colors`.
    """
    if library() is None:
        from inrcodec.native.color_map_python import settle_regions as settle

        return settle(colors, samples, costs, most)
    changed, unused = ctypes.c_int64(), np.zeros(samples.shape[:2], np.int32)
    described = _described(colors, samples, unused, costs)
    arrays = [np.zeros(size, np.int32) for size in (*[colors.labels.size] * 2, most, SEEING * most)]
    room = _Room(*(address(array, np.int32) for array in arrays), most)
    call("inr_settle_regions", ctypes.byref(described), ctypes.byref(room), ctypes.byref(changed))
    return changed.value


def _described(
    colors: ColorMap, samples: Levels, favored: Labels, costs: ColorCosts
) -> ctypes.Structure:
    height, width, channels = samples.shape
    return _Map(
        address(colors.labels, np.int32),
        address(colors.kept, np.uint8),
        address(favored, np.int32),
        address(samples, np.uint16),
        address(colors.levels, np.uint16),
        address(costs.patterns, np.float64),
        address(costs.colors, np.float64),
        *(height, width, channels, len(colors.levels)),
        costs.weight,
    )
