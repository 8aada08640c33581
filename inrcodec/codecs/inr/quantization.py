"""Quantization: a network's weights as integer symbols, and back.

A precision maps each weight to an integer, under a table of its tensor's that also tells how often
which comes. `fp16` is IEEE 754 binary16: its symbol is the 16-bit pattern, so that exponents (few
values, well predicted) and sign and mantissa (as good as random) can be coded apart. `auto` has a
step for each tensor, of which weights are whole numbers, or what a fit has changed of them is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import AUTO, FP16, PRIOR
from inrcodec.entropy import Coder, ExponentTable
from inrcodec.errors import MalformedError, UsageError
from inrcodec.schema import Reader
from inrcodec.spreads import SpreadTable

__all__ = [
    "TABLES",
    "Quantized",
    "Symbols",
    "Table",
    "Weights",
    "dequantized",
    "of_patterns",
    "quantize",
    "quantized_by",
]

Values = npt.NDArray[np.float32]
Symbols = Mapping[str, npt.NDArray[Any]]
Weights = dict[str, Values]


class Table(Protocol):
    """A tensor's table: `ExponentTable` or `SpreadTable`."""

    @property
    def from_start(self) -> bool:
        """Tell whether symbols are of what weights are above those that a fit started from."""

    def coder(self, size: int) -> Coder:
        """Return what codes a tensor of so many weights."""

    def quantize(self, values: Values, start: Values | None = None) -> npt.NDArray[Any]:
        """Return the symbols of the nearest weights that the table has."""

    def dequantize(self, symbols: npt.NDArray[Any], start: Values | None = None, /) -> Values:
        """Return the values of symbols."""

    def to_bytes(self) -> bytes:
        """Return what a file has of it."""


# What reads a table, by the number of a precision.
TABLES: dict[int, Callable[[Reader], Table]] = {
    FP16: ExponentTable.read,
    AUTO: SpreadTable.read,
    PRIOR: SpreadTable.read,
}


@dataclass(frozen=True)
class Quantized:
    """Weights as symbols by the names of tensors, the tables that these are coded under, and the
    starts of tensors whose tables need them."""

    symbols: Symbols
    tables: Mapping[str, Table]
    starts: Mapping[str, Values] = field(default_factory=dict)

    @property
    def weights(self) -> Weights:
        """The weights that a file of them gives."""
        return {
            name: dequantized(name, symbols, self.tables[name], self.starts.get(name))
            for name, symbols in self.symbols.items()
        }


_EXPONENT_MASK = 0x7C00


def quantize(weights: Mapping[str, Values]) -> Quantized:
    """Round float32 weights to the nearest binary16.

    Raises `UsageError` where a weight is not finite or above 65504: the fit diverged.
    """
    with np.errstate(over="ignore"):
        symbols = {name: array.astype("<f2").view("<u2") for name, array in weights.items()}
    for name, array in symbols.items():
        if np.any((array & _EXPONENT_MASK) == _EXPONENT_MASK):
            raise UsageError(
                f"tensor {name} has a weight that 16 bits do not hold: the fit diverged; "
                "try a lower --lr or another --omega"
            )
    return of_patterns(symbols)


def of_patterns(symbols: Mapping[str, npt.NDArray[np.uint16]]) -> Quantized:
    """Return binary16 patterns with their tables."""
    return Quantized(symbols, {n: ExponentTable.measure(s) for n, s in symbols.items()})


def quantized_by(
    weights: Mapping[str, Values],
    tables: Mapping[str, Table],
    starts: Mapping[str, Values] | None = None,
) -> Quantized:
    """Return the nearest weights that some tables have."""
    known = starts or {}
    symbols = {n: tables[n].quantize(w, known.get(n)) for n, w in weights.items()}
    return Quantized(symbols, tables, known)


def dequantized(
    name: str, symbols: npt.NDArray[Any], table: Table, start: Values | None = None
) -> Values:
    """Return the weights of a tensor; `MalformedError` where one is not finite."""
    weights = table.dequantize(symbols, start)
    if not np.isfinite(weights).all():
        raise MalformedError(f"tensor {name} holds a weight that is not finite")
    return weights
