"""Entropy coding (`formats/inr-v1.md`, section 5).

Weights: each tensor has a stored table of its exponents. A stream holds, for each tensor in turn,
the exponents under that table and then sign and mantissa as they come, on one ANS stack.

Latents: binary decisions, each with a probability of its own that a network of integers computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError, TruncatedError
from inrcodec.native.stack import stream_of, words_of
from inrcodec.schema import Reader
from inrcodec.stacks import SymbolStack, stack_type

__all__ = [
    "Coder",
    "DecisionReader",
    "DecisionWriter",
    "ExponentTable",
    "TensorCoder",
    "decode_stream",
    "encode_stream",
]

Patterns = npt.NDArray[np.uint16]
Symbols = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

_TOTAL = 1 << 24
_EXPONENTS = 31  # 0 to 30; 31 stands for infinities and NaNs, which no file holds
_MANTISSA_BITS = 10
_REST_BITS = 11  # sign and mantissa
_MAX_LEVEL = 167

_Stack = stack_type()


@dataclass(frozen=True)
class ExponentTable:
    """The frequencies of a tensor's exponents, coarsely.

    `levels[i]` (0 to 167) stands for exponent `first + i`: level 0 for a count of 0, level v for
    (8 + v mod 8) · 2^floor(v/8), which is a count to within 6 %.
    """

    from_start: ClassVar[bool] = False

    first: int
    levels: tuple[int, ...]

    @classmethod
    def measure(cls, patterns: Patterns) -> ExponentTable:
        """The table of a tensor's binary16 patterns."""
        counts = np.bincount(_exponents(patterns).reshape(-1), minlength=_EXPONENTS)
        present = np.flatnonzero(counts)
        first, last = int(present[0]), int(present[-1])
        return cls(first, tuple(_level(int(c)) for c in counts[first : last + 1]))

    def to_bytes(self) -> bytes:
        """first, number of levels, levels; a byte each."""
        return bytes([self.first, len(self.levels), *self.levels])

    @classmethod
    def read(cls, reader: Reader) -> ExponentTable:
        """Read what `to_bytes` wrote; `MalformedError` where it is no table."""
        first, count = reader.take(2)
        levels = tuple(reader.take(count))
        if count == 0 or first + count > _EXPONENTS or not any(levels) or max(levels) > _MAX_LEVEL:
            raise MalformedError("an exponent table is not valid")
        return cls(first, levels)

    def coder(self, size: int) -> TensorCoder:
        """Return what codes a tensor of so many weights."""
        return TensorCoder(self, size)

    def quantize(self, values: Floats, start: Floats | None = None) -> Patterns:
        """Return the patterns of the nearest weights that the table has, wherever they start."""
        with np.errstate(over="ignore"):
            return self.coder(0).nearest(values.astype("<f2").view("<u2"))

    def dequantize(self, patterns: Patterns, start: Floats | None = None) -> Floats:
        """Return the values of patterns, wherever they start."""
        values: Floats = patterns.astype("<u2").view("<f2").astype(np.float32)
        return values

    def frequencies(self) -> list[int]:
        """Integer frequencies of the exponents, each at least 1, with sum 2^24."""
        counts = [(8 + v % 8) << (v // 8) if v else 0 for v in self.levels]
        spread = _TOTAL - len(counts)
        frequencies = [1 + count * spread // sum(counts) for count in counts]
        frequencies[frequencies.index(max(frequencies))] += _TOTAL - sum(frequencies)
        return frequencies


def _level(count: int) -> int:
    """The level that stands for a count, which is at most the count it stands for."""
    if count == 0:
        return 0
    scaled = 8 * count
    shift = scaled.bit_length() - 4
    # Level 0 means absence, so a count of 1 takes the level above.
    return min(max(1, 8 * shift + (scaled >> shift) - 8), _MAX_LEVEL)


def _exponents(patterns: Patterns) -> npt.NDArray[np.int32]:
    return (patterns >> _MANTISSA_BITS & 0x1F).astype(np.int32)


def _rests(patterns: Patterns) -> npt.NDArray[np.int32]:
    return (patterns >> 5 & 0x400 | patterns & 0x3FF).astype(np.int32)


class Coder(Protocol):
    """Codes one tensor's share of a stream: `size` symbols, of `least_bits` at least."""

    @property
    def size(self) -> int: ...
    @property
    def least_bits(self) -> int: ...
    def push(self, stack: SymbolStack, symbols: Symbols) -> None:
        """Put a tensor's symbols on the stack."""

    def pop(self, stack: SymbolStack) -> Symbols:
        """Take them off again."""


class TensorCoder:
    """Codes one tensor's share of a stream: `size` weights under a table."""

    # Sign and mantissa.
    least_bits = 11

    def __init__(self, table: ExponentTable, size: int) -> None:
        self.size = size
        self._first, self._count = table.first, len(table.levels)
        # A table of one exponent leaves nothing to code.
        self._table = _Stack.table(table.frequencies()) if len(table.levels) > 1 else None

    def nearest(self, patterns: Patterns) -> Patterns:
        """Return the weights that the table has which are nearest in size to others."""
        exponents, last = _exponents(patterns), self._first + self._count - 1
        small, large = exponents < self._first, exponents > last
        sizes = np.where(small, self._first << _MANTISSA_BITS, patterns & 0x7FFF)
        sizes = np.where(large, (last + 1 << _MANTISSA_BITS) - 1, sizes)
        found: Patterns = (patterns & 0x8000 | sizes).astype(np.uint16)
        return found

    def push(self, stack: SymbolStack, patterns: Patterns) -> None:
        """Put a tensor's weights on the stack."""
        stack.push_plain(_rests(patterns), _REST_BITS)
        if self._table is not None:
            stack.push(_exponents(patterns) - np.int32(self._first), self._table)

    def pop(self, stack: SymbolStack) -> Patterns:
        """Take them off again."""
        exponents = np.full(self.size, self._first, np.int32)
        if self._table is not None:
            exponents += stack.pop(self._table, self.size)
        rests = stack.pop_plain(_REST_BITS, self.size)
        patterns: npt.NDArray[np.int32]
        patterns = (rests & 0x400) << 5 | exponents << _MANTISSA_BITS | rests & 0x3FF
        return patterns.astype(np.uint16)


def _least_bytes(coders: Sequence[Coder]) -> int:
    """Return the fewest bytes of a stream of so many weights, less what the coder saves at its
    start. It lets a reader bound memory by the size of the file."""
    return max(0, sum(coder.least_bits * coder.size for coder in coders) // 8 - 4)


def encode_stream(coders: Sequence[Coder], tensors: Sequence[Symbols]) -> bytes:
    """One stream of the tensors' weights (each flat): little-endian words, zero bytes at the end
    left out as far as the least length allows."""
    stack = _Stack()
    # A stack gives back last what was put on first.
    for coder, patterns in zip(reversed(coders), reversed(tensors), strict=True):
        coder.push(stack, patterns)
    data: bytes = stack.words().astype("<u4").tobytes().rstrip(b"\0")
    return data.ljust(_least_bytes(coders), b"\0")


def decode_stream(coders: Sequence[Coder], data: bytes) -> list[Symbols]:
    """The tensors of a stream.

    Raises `MalformedError` where the stream is too short for its weights or is not used up.
    """
    if len(data) < _least_bytes(coders):
        raise MalformedError("a stream is too short for its weights")
    stripped = data.rstrip(b"\0")
    if len(data) != max(len(stripped), _least_bytes(coders)):
        raise MalformedError("a stream is padded")
    words = np.frombuffer(stripped + bytes(-len(stripped) % 4), "<u4").astype(np.uint32)
    try:
        stack = _Stack(words)
        tensors = [coder.pop(stack) for coder in coders]
    except (ValueError, AssertionError) as error:
        raise MalformedError("a stream does not decode") from error
    if not stack.is_empty():
        raise MalformedError("a stream holds more than its weights")
    return tensors


class DecisionWriter:
    """Collects decisions in the order in which they will be read, then makes their stream."""

    def __init__(self) -> None:
        self._parts: list[tuple[npt.NDArray[np.int32], Any]] = []

    def put(
        self,
        decisions: npt.NDArray[np.integer[Any] | np.bool],
        probabilities: npt.NDArray[np.integer[Any]],
    ) -> None:
        """Decisions (0 or 1) and the probability of each to be 1, in 2^-16."""
        if len(decisions):
            self._parts.append((decisions.astype(np.int32), probabilities))

    def put_even(self, values: npt.NDArray[np.integer[Any]], bits: int) -> None:
        """Whole numbers of so many bits (at most 16), all of which are equally likely."""
        if len(values) and bits:
            self._parts.append((values.astype(np.int32), bits))

    def mark(self) -> int:
        """A place to come back to with `rewind`."""
        return len(self._parts)

    def rewind(self, mark: int) -> None:
        """Forget what was put after the mark."""
        del self._parts[mark:]

    def to_bytes(self) -> bytes:
        """The stream."""
        stack = _Stack()
        for values, how in reversed(self._parts):
            if isinstance(how, int):
                stack.push_plain(values, how)
            else:
                stack.push_decisions(values, how)
        return stream_of(stack.words())


class DecisionReader:
    """Reads decisions from a stream; `MalformedError` where it is none.

    Parameters
    ----------
    lost
        Bytes that follow the data, but are not there: `TruncatedError` where a decision may depend
        on them.
    """

    def __init__(self, data: bytes, lost: int = 0) -> None:
        if data[:1] == b"\0":
            raise MalformedError("a stream is padded")
        words, self._lost = words_of(data, lost)
        try:
            self._stack = _Stack(words)
        except (ValueError, AssertionError) as error:
            raise MalformedError("a stream does not decode") from error

    def take(self, probabilities: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
        """Decisions with these probabilities, in 2^-16, to be 1."""
        if not len(probabilities):
            return np.zeros(0, np.int32)
        return self._known(self._stack.pop_decisions(probabilities))

    def take_even(self, count: int, bits: int) -> npt.NDArray[np.int32]:
        """Whole numbers of so many bits (at most 16), all of which are equally likely."""
        if not (count and bits):
            return np.zeros(count, np.int32)
        return self._known(self._stack.pop_plain(bits, count))

    def _known(self, values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        if self._stack.left() < self._lost:
            raise TruncatedError("a stream ends early")
        return values

    def finish(self) -> None:
        """Raise `MalformedError` unless the stream is used up."""
        if not self._stack.is_empty():
            raise MalformedError("a stream holds more than its latents")
