"""Maps of colors: which color of a list each pixel of a tile has, and what that costs.

Compiled, or by Python itself.
"""

from __future__ import annotations

import ctypes

import numpy as np

from inrcodec.errors import InrError
from inrcodec.native.color_types import (
    MARGIN,
    OUTCOMES,
    PATTERNS,
    SEEING,
    ColorCosts,
    ColorMap,
    Labels,
    Levels,
)
from inrcodec.native.door import address, call, library

__all__ = ["ColorCosts", "ColorMap", "settle_colors", "settle_regions"]


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
    """Give each pixel of a map, one after another, the color of least cost among its own, a favored
    one and those around it; return how many get another. The map is changed in place.

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
    and those beside it; return how many get another. The map is changed in place.

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
    """Return what a kernel is told of a map; `InrError` where shapes, which it does not see, do not
    suit."""
    height, width, channels = samples.shape
    margins, count = (height + 2 * MARGIN, width + 2 * MARGIN), len(colors.levels)
    shapes = {
        "colors": (colors.labels.shape, margins),
        "kept pixels": (colors.kept.shape, margins),
        "favored colors": (favored.shape, (height, width)),
        "levels": (colors.levels.shape, (count, channels)),
        "bits of outcomes": (costs.patterns.shape, (PATTERNS, OUTCOMES)),
        "bits of colors": (costs.colors.shape, (count,)),
    }
    for name, (found, expected) in shapes.items():
        if found != expected:
            raise InrError(f"{name} of a map have the shape {found}, not {expected}")
    return _Map(
        address(colors.labels, np.int32),
        address(colors.kept, np.uint8),
        address(favored, np.int32),
        address(samples, np.uint16),
        address(colors.levels, np.uint16),
        address(costs.patterns, np.float64),
        address(costs.colors, np.float64),
        *(height, width, channels, count),
        costs.weight,
    )
