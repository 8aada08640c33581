"""Rows of weight deltas, small whole numbers most of which are 0: how they are coded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import LatentReader, Probabilities, write_latents
from inrcodec.entropy import DecisionReader, DecisionWriter

__all__ = ["Rates", "measure_rates", "probabilities_of", "read_deltas", "write_deltas"]

Ints = npt.NDArray[np.int32]
# How often numbers are not 0, and how often a magnitude is larger still, in sixteenths.
Rates = tuple[int, int]

_EVEN = 1 << 15
_RATE_BITS = 4


def measure_rates(row: Ints) -> Rates:
    """Measure the two rates of a row."""
    sizes = np.abs(row)
    some = int(np.count_nonzero(sizes))
    more = int(sizes.sum()) - some
    return some * 16 // (sizes.size + 1), more * 16 // (more + some + 1)


def probabilities_of(rates: Rates, count: int) -> Probabilities:
    """Return the probabilities of so many numbers, coded as latents are, from a row's rates."""
    some, more = (4096 * rate + 2048 for rate in rates)
    rows = (np.full(count, value, np.int32) for value in (some, more, more, more, _EVEN))
    return Probabilities(*rows)


def write_deltas(writer: DecisionWriter, row: Ints) -> None:
    """Write a row, flat."""
    writer.put_even(np.array([int(row.any())]), 1)
    if row.any():
        rates = measure_rates(row)
        writer.put_even(np.array(rates), _RATE_BITS)
        write_latents(writer, row, probabilities_of(rates, row.size))


def read_deltas(reader: DecisionReader, count: int) -> Ints:
    """Read a row of so many."""
    if not reader.take_even(1, 1)[0]:
        return np.zeros(count, np.int32)
    some, more = reader.take_even(2, _RATE_BITS).tolist()
    return LatentReader(reader).read(probabilities_of((some, more), count))
