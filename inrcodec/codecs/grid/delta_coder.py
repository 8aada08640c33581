"""Rows of small whole numbers, most of them 0: how they are coded, and how an encoder chooses them.

They are what an image's own networks differ by from the prior's.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import Ints, Reading, write_latents
from inrcodec.codecs.grid.encoder.quantizer import code_lengths
from inrcodec.entropy import DecisionReader, DecisionWriter

__all__ = ["chosen_differences", "read_differences", "write_differences"]

Doubles = npt.NDArray[np.float64]

_EVEN = 1 << 15
_RATE_BITS = 4
_ROUNDS = 8
# Where a choice begins.
_FIRST_RATES = (8, 8)


def _rates(row: Ints) -> tuple[int, int]:
    """How often numbers are not 0, and how often a magnitude is larger still, in sixteenths."""
    sizes = np.abs(row)
    some = int(np.count_nonzero(sizes))
    more = int(sizes.sum()) - some
    return some * 16 // (sizes.size + 1), more * 16 // (more + some + 1)


def _chances(rates: tuple[int, int], count: int) -> Ints:
    """The chances (5, count) of numbers, as those of latents, from a row's two rates."""
    some, more = (4096 * rate + 2048 for rate in rates)
    return np.repeat(np.array([some, more, more, more, _EVEN], np.int32)[:, None], count, 1)


def write_differences(writer: DecisionWriter, row: Ints) -> None:
    """A row, flat."""
    writer.put_even(np.array([int(row.any())]), 1)
    if row.any():
        rates = _rates(row)
        writer.put_even(np.array(rates), _RATE_BITS)
        write_latents(writer, row, _chances(rates, row.size))


def read_differences(reader: DecisionReader, count: int) -> Ints:
    """A row of so many."""
    if not reader.take_even(1, 1)[0]:
        return np.zeros(count, np.int32)
    some, more = reader.take_even(2, _RATE_BITS).tolist()
    return Reading(reader).latents((0, 0, 0, 0), _chances((some, more), count))


def chosen_differences(gram: Doubles, moment: Doubles, weight: float, most: int = 63) -> Ints:
    """The row d of magnitudes up to `most` that makes d·gram·d − 2·d·moment + weight·bits least,
    as far as changing one number after another gets."""
    rest = moment.copy()
    row = np.zeros(len(rest), np.int32)
    rates = _FIRST_RATES
    for _ in range(_ROUNDS):
        prices = weight * _code_lengths(rates, most)
        before = row.copy()
        for place in np.flatnonzero(np.diag(gram) > 0).tolist():
            old, curvature = int(row[place]), float(gram[place, place])
            new = _best(old + float(rest[place]) / curvature, curvature, prices)
            if new != old:
                rest -= gram[:, place] * (new - old)
                row[place] = new
        if not row.any() or (row == before).all():
            break
        rates = _rates(row)
    return row


def _code_lengths(rates: tuple[int, int], most: int) -> npt.NDArray[np.floating[Any]]:
    """Bits of numbers of magnitudes from 0 to the most."""
    sizes = np.arange(most + 1, dtype=np.int32)
    lengths = code_lengths(sizes, _chances(rates, len(sizes)))
    lengths[1:] += 1
    return lengths


def _best(exact: float, curvature: float, prices: npt.NDArray[np.floating[Any]]) -> int:
    """Of the whole numbers around an exact one, the next towards 0, and 0: the one that costs
    least."""
    size = min(abs(exact), len(prices) - 1.5)
    below = int(size)
    options = {0, max(below - 1, 0), below, below + 1}
    best = min(options, key=lambda n: curvature * (n - size) ** 2 + float(prices[n]))
    return best if exact > 0 else -best
