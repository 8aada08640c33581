"""The 9/7 wavelet of images: planes to the coefficients of all levels, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.reach import STRIP_MARGIN
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native.wavelet import join, join_adjoint, split

__all__ = [
    "Crop",
    "analyze",
    "analyze_strips",
    "level_shape",
    "synthesize",
    "synthesize_adjoint",
]

Floats = npt.NDArray[np.float32]

# What a level results in may be corrected; it is told how many finer levels an image has.
Correct = Callable[[Floats, int], Floats]
# Rows and columns.
Crop = tuple[slice, slice]


def level_shape(shape: Sequence[int], level: int) -> tuple[int, int]:
    """Return the size of the low band after so many levels."""
    height, width = shape
    return (height + (1 << level) - 1) >> level, (width + (1 << level) - 1) >> level


def analyze(planes: Floats, levels: int) -> Subbands[Floats]:
    """Transform planes (channels, height, width) to the coefficients of so many levels."""
    details = []
    low = planes
    for _ in range(levels):
        low, *bands = split(low)
        details.append(bands)
    return Subbands(low, details[::-1])


def analyze_strips(
    planes: Callable[[range], Floats], shape: tuple[int, int, int], levels: int, strips: list[range]
) -> Subbands[Floats]:
    """Transform planes (channels, height, width) that are given some rows at a time.

    Parameters
    ----------
    planes
        Returns some rows (channels, rows, width).
    strips
        Of all rows, which begin at even ones.
    """
    channels, height, width = shape
    if levels == 0:
        return Subbands(planes(range(height)), [])
    lows, highs = level_shape((height, width), 1), (height // 2, width // 2)
    sizes = (lows, (lows[0], highs[1]), (highs[0], lows[1]), highs)
    bands = [np.empty((channels, *size), np.float32) for size in sizes]
    for rows in strips:
        start = max(0, rows.start - STRIP_MARGIN)
        parts = split(planes(range(start, min(height, rows.stop + STRIP_MARGIN))))
        for number, (band, part) in enumerate(zip(bands, parts, strict=True)):
            first, last = rows.start // 2, (rows.stop + (number < 2)) // 2
            own = slice(first - start // 2, last - start // 2)
            band[:, first:last] = part[:, own]
    coarser = analyze(bands[0], levels - 1)
    return Subbands(coarser.low, [*coarser.levels, bands[1:]])


def synthesize(
    subbands: Subbands[npt.NDArray[Any]],
    corrected: Correct | None = None,
    crops: Sequence[Crop] = (),
) -> Floats:
    """Transform coefficients, of any type, back to planes.

    Parameters
    ----------
    crops
        The part of what is known that each level refines, the coarsest first; all of it where there
        are none.
    """
    low, left = subbands.low.astype(np.float32, copy=False), len(subbands.levels) + subbands.finer
    for level, bands in enumerate(subbands.levels):
        if level < len(crops):
            low = np.ascontiguousarray(low[(slice(None), *crops[level])])
        left -= 1
        # Floats of one level at a time.
        low = join(low, [band.astype(np.float32, copy=False) for band in bands])
        if corrected is not None:
            low = corrected(low, left)
    return low


def synthesize_adjoint(
    gradients: Floats, levels: int, corrected: Correct | None = None
) -> Subbands[Floats]:
    """Return the gradients by coefficients from those by planes; `corrected` is the adjoint of what
    corrects levels on the way there."""
    details = []
    for left in range(levels):
        if corrected is not None:
            gradients = corrected(gradients, left)
        gradients, *bands = join_adjoint(gradients)
        details.append(bands)
    return Subbands(gradients, details[::-1])
