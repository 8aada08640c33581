"""The encoder's search for rows of weight deltas, by rate and distortion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.delta_coder import Rates, measure_rates, probabilities_of
from inrcodec.codecs.grid.encoder.quantizer import code_lengths
from inrcodec.native.optimizer import improve_deltas

__all__ = ["search_deltas"]

Doubles = npt.NDArray[np.float64]

_ROUNDS = 8
# Where a search begins.
_FIRST_RATES = (8, 8)


def search_deltas(gram: Doubles, moment: Doubles, weight: float, most: int = 63) -> Ints:
    """Find the row d of magnitudes up to `most` that makes d·gram·d − 2·d·moment + weight·bits
    least, as far as changing one number after another gets."""
    gram, rest = np.ascontiguousarray(gram, np.float64), moment.astype(np.float64)
    row = np.zeros(len(rest), np.int32)
    rates: Rates = _FIRST_RATES
    for _ in range(_ROUNDS):
        costs = np.asarray(weight * _code_lengths(rates, most), np.float64)
        before = row.copy()
        improve_deltas(gram, rest, row, costs)
        if not row.any() or (row == before).all():
            break
        rates = measure_rates(row)
    return row


def _code_lengths(rates: Rates, most: int) -> npt.NDArray[np.floating[Any]]:
    """Return the bits of numbers of magnitudes from 0 to the most."""
    sizes = np.arange(most + 1, dtype=np.int32)
    lengths = code_lengths(sizes, probabilities_of(rates, len(sizes)))
    lengths[1:] += 1
    return lengths
