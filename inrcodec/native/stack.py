"""A stack of symbols by asymmetric numeral systems: compiled, or by Python alone.

It codes the words of `formats/inr-v1.md`, 5.2, as constriction does: a state of 64 bits, words of
32, and frequencies of sum 2^24.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library

__all__ = ["Stack", "Table", "stream_of", "words_of"]

Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint32]

_BITS = 24
_TOTAL = 1 << _BITS
_PROBABILITY_BITS = 16

Table = Words


def stream_of(words: Words) -> bytes:
    """Return the stream of decisions on a stack: bytes as they are read, from the last word's last
    one to the first, without zero bytes at the start."""
    data: bytes = words.astype("<u4").tobytes()
    return data.rstrip(b"\0")[::-1]


def words_of(stream: bytes, lost: int = 0) -> tuple[Words, int]:
    """Return the words of a stream of decisions, and how many of them, the first ones, are not
    known where so many bytes at its end are lost."""
    # One word that is not known tells as much as many.
    lost = lost % 4 + 4 if lost >= 4 else lost
    data = bytes(lost) + stream[::-1]
    words = np.frombuffer(data + bytes(-len(data) % 4), "<u4").astype(np.uint32)
    return words, -(-lost // 4)


class _Stack(ctypes.Structure):
    _fields_ = (
        ("state", ctypes.c_uint64),
        ("words", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("room", ctypes.c_int64),
    )


class Stack:
    """A stack of symbols; what is put on it last is taken first.

    Parameters
    ----------
    words
        Of a stream, uint32, the last of which is not 0; None for an empty stack.
    """

    def __init__(self, words: Words | None = None) -> None:
        known = [] if words is None else words[-2:].tolist()
        self._state = sum(word << 32 * place for place, word in enumerate(known))
        kept = words[: -len(known)] if words is not None and known else np.zeros(0, np.uint32)
        self._words, self._count = np.array(kept, np.uint32), len(kept)

    @staticmethod
    def table(frequencies: Sequence[int]) -> Table:
        """Make a table of symbols of frequencies of sum 2^24."""
        return np.array([0, *accumulate(frequencies)], np.uint32)

    def push(self, values: Ints, table: Table) -> None:
        """Put symbols of a table on the stack, the last one first."""
        self._push(np.diff(table)[values], table[values])

    def push_plain(self, values: Ints, bits: int) -> None:
        """Put numbers of so many bits, 1 to 16, on the stack, the last one first."""
        frequency = np.uint32(1 << _BITS - bits)
        before = values.astype(np.uint32) * frequency
        self._push(np.full(len(values), frequency, np.uint32), before)

    def push_decisions(self, values: Ints, probabilities: npt.NDArray[Any]) -> None:
        """Put decisions on the stack, the last one first; each has a probability, in 2^-16, to be
        1."""
        ones = probabilities.astype(np.uint32) << np.uint32(_BITS - _PROBABILITY_BITS)
        zeros = np.uint32(_TOTAL) - ones
        self._push(np.where(values == 1, ones, zeros), np.where(values == 1, zeros, 0))

    def pop(self, table: Table, count: int) -> Ints:
        """Take symbols of a table."""
        if library() is not None:
            symbols = ctypes.c_int32(len(table) - 1)
            return self._popped("inr_stack_pop", count, address(table, np.uint32), symbols)
        sums = table.tolist()

        def symbol(place: int) -> tuple[int, int, int]:
            value = int(np.searchsorted(table, place, side="right")) - 1
            return value, sums[value + 1] - sums[value], sums[value]

        return self._taken([symbol] * count)

    def pop_plain(self, bits: int, count: int) -> Ints:
        """Take numbers of so many bits, 1 to 16."""
        if library() is not None:
            return self._popped("inr_stack_pop_plain", count, ctypes.c_int32(bits))
        shift = _BITS - bits

        def number(place: int) -> tuple[int, int, int]:
            return place >> shift, 1 << shift, place >> shift << shift

        return self._taken([number] * count)

    def pop_decisions(self, probabilities: npt.NDArray[Any]) -> Ints:
        """Take decisions, each of which has a probability, in 2^-16, to be 1."""
        if library() is not None:
            wanted = np.ascontiguousarray(probabilities, np.uint32)
            name = "inr_stack_pop_decisions"
            return self._popped(name, len(wanted), address(wanted, np.uint32))

        def decision(one: int) -> Callable[[int], tuple[int, int, int]]:
            zero = _TOTAL - one
            return lambda place: (1, one, zero) if place >= zero else (0, zero, 0)

        shift = _BITS - _PROBABILITY_BITS
        return self._taken([decision(one << shift) for one in probabilities.tolist()])

    def is_empty(self) -> bool:
        """Tell whether all was taken."""
        return self._state == 0 and self._count == 0

    def left(self) -> int:
        """Count the words that nothing that was taken depends on."""
        return self._count

    def words(self) -> Words:
        """Return the stream; its last word is not 0, unless there is none."""
        state = [self._state & 0xFFFFFFFF, self._state >> 32]
        while state and state[-1] == 0:
            state.pop()
        return np.concatenate([self._words[: self._count], np.array(state, np.uint32)])

    def _push(self, frequencies: Words, before: Words) -> None:
        frequencies, before = (np.ascontiguousarray(x, np.uint32) for x in (frequencies, before))
        self._words.resize(self._count + len(before), refcheck=False)
        if library() is None:
            pairs = zip(frequencies[::-1].tolist(), before[::-1].tolist(), strict=True)
            for frequency, start in pairs:
                self._put(frequency, start)
            return
        self._run(
            "inr_stack_push",
            address(frequencies, np.uint32),
            address(before, np.uint32),
            ctypes.c_int64(len(before)),
        )

    def _put(self, frequency: int, before: int) -> None:
        if self._state >> 40 >= frequency:
            self._words[self._count] = self._state & 0xFFFFFFFF
            self._count += 1
            self._state >>= 32
        whole, rest = divmod(self._state, frequency)
        self._state = (whole << _BITS) + before + rest

    def _popped(self, kernel: str, count: int, *arguments: Any) -> Ints:
        values = np.empty(count, np.int32)
        self._run(kernel, *arguments, address(values, np.int32), ctypes.c_int64(count))
        return values

    def _run(self, kernel: str, *arguments: Any) -> None:
        words, room = address(self._words, np.uint32), len(self._words)
        stack = _Stack(self._state, words.value, self._count, room)
        call(kernel, ctypes.byref(stack), *arguments)
        self._state, self._count = stack.state, stack.count

    def _taken(self, symbols: Sequence[Callable[[int], tuple[int, int, int]]]) -> Ints:
        """Take symbols, each by what tells of a place its value, frequency, and sum before."""
        values = np.empty(len(symbols), np.int32)
        for k, symbol in enumerate(symbols):
            place = self._state & _TOTAL - 1
            values[k], frequency, before = symbol(place)
            self._state = frequency * (self._state >> _BITS) + place - before
            if self._state >> 32 == 0 and self._count:
                self._count -= 1
                self._state = self._state << 32 | int(self._words[self._count])
        return values
