"""The 9/7 wavelet of images: planes to the coefficients of all levels, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native.wavelet import join, join_adjoint, split

__all__ = ["analyze", "level_shape", "synthesize", "synthesize_adjoint"]

Floats = npt.NDArray[np.float32]
# What a level results in may be corrected; it is told how many levels are left to do.
Correct = Callable[[Floats, int], Floats]


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


def synthesize(subbands: Subbands[Floats], corrected: Correct | None = None) -> Floats:
    """Transform coefficients back to planes."""
    low, count = subbands.low, len(subbands.levels)
    for level, bands in enumerate(subbands.levels):
        low = join(low, bands)
        if corrected is not None:
            low = corrected(low, count - 1 - level)
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
