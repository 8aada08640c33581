"""Levels of bands, and the quantization steps that follow from them, in integers.

A step is told by its exponent, in eighths of an octave: it grows by a share of what levels mask,
and with the frequency, as the ear forgives most where it is least exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, EIGHTHS, Bands
from inrcodec.codecs.audio_grid.streams import Layout

__all__ = [
    "EXPONENT_OF_1",
    "LEVEL_OF_1",
    "MOST_EXPONENT",
    "MOST_LEVEL",
    "coded_bands",
    "expected_of",
    "exponents_of",
    "step_sizes",
]

Ints = npt.NDArray[np.int64]

# Levels are half octaves: that of coefficients of 1, and the highest; 0 is silence.
LEVEL_OF_1, MOST_LEVEL = 40, 63
# The exponent of a step of 1.
EXPONENT_OF_1 = 256
# Exponents are smaller, in size.
MOST_EXPONENT = 1 << 11
_SIZES = 2.0 ** ((np.arange(-MOST_EXPONENT, MOST_EXPONENT) - EXPONENT_OF_1) / 8)
# Bands so many eighths of an octave below their step are faint: they have hardly a coefficient
# other than 0.
_FAINT = 20


def exponents_of(levels: Ints, bands: Bands, layout: Layout) -> Ints:
    """Return the exponents of bands' steps (bands,), from levels of these bands."""
    masked = layout.masking * bands.masked(levels) >> 4
    tilted = layout.tilt * (bands.places - EAR_BANDS) >> 4
    exponents: Ints = layout.step + masked + tilted
    return exponents


def step_sizes(exponents: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.float64]:
    """Return the steps of exponents."""
    sizes: npt.NDArray[np.float64] = _SIZES[exponents + MOST_EXPONENT]
    return sizes


def expected_of(levels: Ints, exponents: Ints) -> Ints:
    """Return how far levels are above steps, in eighths of an octave."""
    expected: Ints = EIGHTHS * (levels - LEVEL_OF_1) - (exponents - EXPONENT_OF_1)
    return expected


def coded_bands(levels: Ints, exponents: Ints) -> int:
    """Count the bands that there are coefficients of: all up to the last that is not faint."""
    heard = (levels > 0) & (expected_of(levels, exponents) >= -_FAINT)
    return int(np.flatnonzero(heard)[-1]) + 1 if heard.any() else 0
