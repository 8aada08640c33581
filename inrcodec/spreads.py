"""Tables of whole numbers that are spread about 0, told by three bytes
(`formats/inr-v1.md`, section 5.3).

A weight, or what it is above that which its fit started from, is a whole number of steps. How
these are spread is one of three shapes, and how far; the frequencies follow in integers, so that no
machine's floating point can change how a file is parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError
from inrcodec.schema import Reader
from inrcodec.stacks import SymbolStack, stack_type

__all__ = ["SpreadCoder", "SpreadTable", "frequencies_of"]

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]

_TOTAL = 1 << 24
GAUSS, LAPLACE, FLAT = range(3)
_SHAPES = (GAUSS, LAPLACE, FLAT)
# Beside the shape: of numbers that are differences.
_FROM_START = 4
# Deviations are 2^(k/8 - 3) steps; the largest number is so many of them, of a flat table two.
_TABLES, _REACH, _FLAT_REACH = 81, 8, 2
# Wider ones have that table for all but the lowest bits, which are as good as random: at most 12.
_SPREADS = _TABLES + 8 * 12
# Of tables that have all numbers, so many more spreads are tried than the least.
_TRIED = 24
# Steps are 2^((e - 192)/8).
_STEP_OF_1, _STEPS = 192, 256
_ONE = 1 << 32

_Stack = stack_type()


def _deviation(spread: int) -> Decimal:
    return Decimal(2) ** (Decimal(spread - 24) / 8)


@lru_cache(None)
def _largest(shape: int, spread: int) -> int:
    """Return the largest number of a table."""
    with localcontext(prec=40):
        reach = _FLAT_REACH if shape == FLAT else _REACH
        return int((reach * _deviation(spread)).to_integral_value(rounding="ROUND_CEILING"))


@lru_cache(None)
def _ratio(shape: int, spread: int) -> int:
    """Return, in 2^-32, how much rarer 1 is than 0."""
    with localcontext(prec=40):
        deviation = _deviation(spread)
        exponent = -1 / (2 * deviation**2) if shape == GAUSS else -Decimal(2).sqrt() / deviation
        return int((_ONE * exponent.exp()).to_integral_value(rounding="ROUND_HALF_EVEN"))


@lru_cache(None)
def frequencies_of(shape: int, spread: int) -> tuple[int, ...]:
    """Return the frequencies of -M to M, each at least 1, with sum 2^24; of spreads up to 80."""
    largest = _largest(shape, spread)
    weights = [_ONE]
    ratio = step = _ratio(shape, spread) if shape != FLAT else 0
    square = ratio * ratio >> 32
    for _ in range(largest):
        weights.append(_ONE if shape == FLAT else weights[-1] * step >> 32)
        if shape == GAUSS:
            step = step * square >> 32
    both = [*weights[:0:-1], *weights]
    total, left = sum(both), _TOTAL - len(both)
    found = [1 + weight * left // total for weight in both]
    found[largest] += _TOTAL - sum(found)
    return tuple(found)


@lru_cache(None)
def _bits_of(shape: int, spread: int) -> npt.NDArray[np.float64]:
    """Return the bits of -M to M."""
    bits: npt.NDArray[np.float64] = 24 - np.log2(np.array(frequencies_of(shape, spread)))
    return bits


@dataclass(frozen=True)
class SpreadTable:
    """The step of a tensor's weights, and how whole numbers of it are spread.

    Attributes
    ----------
    exponent
        Of the step, in eighths of an octave: 0 to 255.
    shape
        0 Gauss's, 1 Laplace's, 2 flat.
    spread
        Of the deviation, in eighths of an octave: 0 to 176.
    from_start
        Whether numbers are what weights are above those that their fit started from.
    """

    exponent: int
    shape: int
    spread: int
    from_start: bool = False

    @classmethod
    def measure(cls, values: Floats, step: float, start: Floats | None = None) -> SpreadTable:
        """The table of least bits for values at about a step, or at a larger one where they are
        too many steps; of values above a start, if one is given and these take fewer bits."""
        alone, bits = cls._measured(values, step)
        if start is None:
            return alone
        above, fewer = cls._measured(values - start, step)
        return replace(above, from_start=True) if fewer < bits else alone

    @classmethod
    def _measured(cls, values: Floats, step: float) -> tuple[SpreadTable, float]:
        """Return the table of least bits for values at about a step, and the bits."""
        size = float(np.abs(values).max(initial=0))
        most = cls(0, FLAT, _SPREADS - 1).largest
        wanted = round(8 * np.log2(max(step, 2.0**-24)))
        least = np.ceil(8 * np.log2(size / most)) if size else wanted
        exponent = int(np.clip(max(wanted, least) + _STEP_OF_1, 0, _STEPS - 1))
        counts = np.bincount(np.abs(cls(exponent, GAUSS, 0)._in_steps(values)).ravel())
        tables = cls._that_hold(exponent, len(counts) - 1)
        bits, _, table = min((t._cost(counts), k, t) for k, t in enumerate(tables))
        return table, bits

    @classmethod
    def _that_hold(cls, exponent: int, size: int) -> Iterator[SpreadTable]:
        """Iterate over the tables that have a number."""
        for shape in _SHAPES:
            tables = (cls(exponent, shape, spread) for spread in range(_SPREADS))
            yield from islice((table for table in tables if table.largest >= size), _TRIED)

    def _cost(self, counts: npt.NDArray[np.integer[Any]]) -> float:
        """Return the bits of so many numbers of each size."""
        table, sizes = self.table, np.flatnonzero(counts)
        bits = _bits_of(self.shape, table)[_largest(self.shape, table) + (sizes >> self.low_bits)]
        return float((bits + self.low_bits) @ counts[sizes])

    @property
    def low_bits(self) -> int:
        """Count the lowest bits of numbers that no table tells of."""
        return max(0, -(-(self.spread - _TABLES + 1) // 8))

    @property
    def table(self) -> int:
        """The spread of the others."""
        return self.spread - 8 * self.low_bits

    @property
    def largest(self) -> int:
        """The largest number that it has, of either sign."""
        return _largest(self.shape, self.table) << self.low_bits

    @property
    def step(self) -> float:
        """The step."""
        return float(2.0 ** ((self.exponent - _STEP_OF_1) / 8))

    def _in_steps(self, values: Floats) -> Ints:
        most = float(SpreadTable(0, FLAT, _SPREADS - 1).largest)
        numbers = np.rint(np.asarray(values, np.float64) / self.step).clip(-most, most)
        return numbers.astype(np.int32)

    def quantize(self, values: Floats, start: Floats | None = None) -> Ints:
        """Return the nearest numbers that the table has; it needs the start that it is from."""
        return self._in_steps(values - self._base(start)).clip(-self.largest, self.largest)

    def dequantize(self, numbers: Ints, start: Floats | None = None) -> Floats:
        """Return the values of numbers; it needs the start that it is from."""
        if self.from_start:
            values: Floats = (self._base(start) + numbers * self.step).astype(np.float32)
            return values
        # Files of few bytes may have many weights: none is held in binary64.
        values = np.empty(numbers.shape, np.float32)
        return np.multiply(numbers, self.step, values, dtype=np.float64, casting="unsafe")

    def _base(self, start: Floats | None) -> Any:
        """Return what numbers are above."""
        if not self.from_start:
            return 0.0
        assert start is not None
        return start.astype(np.float64)

    def to_bytes(self) -> bytes:
        """Exponent, shape with `from_start`, spread; a byte each."""
        return bytes([self.exponent, self.shape | _FROM_START * self.from_start, self.spread])

    @classmethod
    def read(cls, reader: Reader) -> SpreadTable:
        """Read what `to_bytes` wrote; `MalformedError` where it is no table."""
        exponent, kind, spread = reader.take(3)
        from_start = bool(kind & _FROM_START)
        shape = kind - _FROM_START * from_start
        if shape not in _SHAPES or spread >= _SPREADS:
            raise MalformedError("a table of weights is not valid")
        return cls(exponent, shape, spread, from_start)

    def coder(self, size: int) -> SpreadCoder:
        """Return what codes a tensor of so many weights."""
        return SpreadCoder(self, size)


class SpreadCoder:
    """Codes one tensor's share of a stream: `size` numbers under a table."""

    least_bits = 0

    def __init__(self, table: SpreadTable, size: int) -> None:
        self.size, self._low_bits = size, table.low_bits
        self._largest = np.int32(_largest(table.shape, table.table))
        self._table = _Stack.table(frequencies_of(table.shape, table.table))

    def push(self, stack: SymbolStack, numbers: Ints) -> None:
        """Put a tensor's weights on the stack."""
        whole = numbers.astype(np.int32)
        if self._low_bits:
            stack.push_plain(whole & np.int32((1 << self._low_bits) - 1), self._low_bits)
        stack.push((whole >> self._low_bits) + self._largest, self._table)

    def pop(self, stack: SymbolStack) -> Ints:
        """Take them off again."""
        numbers = stack.pop(self._table, self.size)
        numbers -= self._largest
        if self._low_bits:
            numbers <<= self._low_bits
            numbers |= stack.pop_plain(self._low_bits, self.size)
        return numbers
