"""Stacks of symbols: ours, or where it is not compiled and constriction is installed, that one's,
which codes the same words.

Frequencies are whole numbers of sum 2^24 from file to coder. constriction takes probabilities as
floats, so they are handed over as whole numbers whose sum makes its own conversion the identity
(`ConstrictionStack.table`). The only module that uses constriction.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.native import stack as native
from inrcodec.native.door import library

__all__ = ["ConstrictionStack", "SymbolStack", "stack_type"]

Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint32]

_TOTAL = 1 << 24
# What constriction takes for a decision of each probability: see `ConstrictionStack.table`.
_ONES = np.arange(1 << 16, dtype=np.int64) << 8
_PAIRS = np.stack([_TOTAL - _ONES - 1, _ONES - 1], axis=1).astype(np.float32)


class SymbolStack(Protocol):
    """A stack of symbols; what is put on it last is taken first. See `native.stack.Stack`."""

    def __init__(self, words: Words | None = None) -> None: ...
    @staticmethod
    def table(frequencies: Sequence[int]) -> Any:
        """Make a table of symbols of frequencies of sum 2^24."""

    def push(self, values: Ints, table: Any) -> None:
        """Put symbols of a table on the stack, the last one first."""

    def push_plain(self, values: Ints, bits: int) -> None:
        """Put numbers of so many bits, 1 to 16, on the stack, the last one first."""

    def push_decisions(self, values: Ints, probabilities: npt.NDArray[Any]) -> None:
        """Put decisions on the stack, each with its probability, in 2^-16, to be 1."""

    def pop(self, table: Any, count: int) -> Ints:
        """Take symbols of a table."""

    def pop_plain(self, bits: int, count: int) -> Ints:
        """Take numbers of so many bits, 1 to 16."""

    def pop_decisions(self, probabilities: npt.NDArray[Any]) -> Ints:
        """Take decisions."""

    def is_empty(self) -> bool:
        """Tell whether all was taken."""

    def left(self) -> int:
        """Count the words that nothing that was taken depends on."""

    def words(self) -> Words:
        """Return the stream."""


class ConstrictionStack:
    """The `SymbolStack` of constriction."""

    def __init__(self, words: Words | None = None) -> None:
        import constriction

        self._model = constriction.stream.model
        coder = constriction.stream.stack.AnsCoder
        self._coder = coder() if words is None else coder(words)
        self._decision = self._model.Categorical(perfect=False)

    @staticmethod
    def table(frequencies: Sequence[int]) -> Any:
        """Make a table of symbols of frequencies of sum 2^24.

        constriction's conversion gives symbol i the frequency 1 + floor(difference of (sum of p) ·
        scale), where scale = (2^24 - n)/sum(p). With p = frequency - 1 the scale is 1 and every sum
        is a whole number below 2^24, which binary32 holds exactly: nothing is rounded, on any
        machine.
        """
        import constriction

        return constriction.stream.model.Categorical(
            np.array(frequencies, np.float32) - 1, perfect=False
        )

    def push(self, values: Ints, table: Any) -> None:
        """Implement `SymbolStack`."""
        self._coder.encode_reverse(values, table)

    def push_plain(self, values: Ints, bits: int) -> None:
        """Implement `SymbolStack`."""
        self._coder.encode_reverse(values, self._model.Uniform(1 << bits))

    def push_decisions(self, values: Ints, probabilities: npt.NDArray[Any]) -> None:
        """Implement `SymbolStack`."""
        self._coder.encode_reverse(values, self._decision, _PAIRS[probabilities])

    def pop(self, table: Any, count: int) -> Ints:
        """Implement `SymbolStack`."""
        symbols: Ints = self._coder.decode(table, count)
        return symbols

    def pop_plain(self, bits: int, count: int) -> Ints:
        """Implement `SymbolStack`."""
        numbers: Ints = self._coder.decode(self._model.Uniform(1 << bits), count)
        return numbers

    def pop_decisions(self, probabilities: npt.NDArray[Any]) -> Ints:
        """Implement `SymbolStack`."""
        decisions: Ints = self._coder.decode(self._decision, _PAIRS[probabilities])
        return decisions

    def is_empty(self) -> bool:
        """Implement `SymbolStack`."""
        return bool(self._coder.is_empty())

    def left(self) -> int:
        """Implement `SymbolStack`."""
        return max(0, int(self._coder.num_words()) - 2)

    def words(self) -> Words:
        """Implement `SymbolStack`."""
        words: Words = self._coder.get_compressed()
        return words


def stack_type() -> type[SymbolStack]:
    """Return the fastest stack there is."""
    plain = library() is None and find_spec("constriction") is not None
    return ConstrictionStack if plain else native.Stack
