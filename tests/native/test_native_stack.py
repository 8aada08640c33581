"""Our stack codes the words of constriction, compiled and by Python alone."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from both_ways import on_numpy
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.native.door import library
from inrcodec.native.stack import Stack
from inrcodec.stacks import ConstrictionStack, SymbolStack

pytest.importorskip("constriction")

WAYS = [
    pytest.param(
        nullcontext, marks=pytest.mark.skipif(library() is None, reason="no compiled kernels")
    ),
    on_numpy,
]
TOTAL = 1 << 24


def parts(seed: int) -> list[tuple[str, np.ndarray, object]]:
    """Symbols of all kinds: what they are put with, their values, and what that needs."""
    generator = np.random.default_rng(seed)
    found: list[tuple[str, np.ndarray, object]] = []
    for _ in range(generator.integers(1, 6)):
        count = int(generator.integers(1, 60))
        kind = generator.choice(["table", "plain", "decisions"])
        if kind == "plain":
            bits = int(generator.integers(1, 17))
            found.append((kind, generator.integers(0, 1 << bits, count).astype(np.int32), bits))
        elif kind == "decisions":
            chances = np.clip(generator.integers(-20000, 85000, count), 1, 65535)
            found.append((kind, generator.integers(0, 2, count).astype(np.int32), chances))
        else:
            symbols = int(generator.integers(2, 31))
            frequencies = [
                int(f) for f in generator.integers(1, 1 << int(generator.integers(1, 19)), symbols)
            ]
            frequencies[0] += TOTAL - sum(frequencies)
            values = generator.integers(0, symbols, count).astype(np.int32)
            found.append((str(kind), values, frequencies))
    return found


def coded(stack: SymbolStack, symbols: list[tuple[str, np.ndarray, object]]) -> np.ndarray:
    for kind, values, needs in reversed(symbols):
        if kind == "plain":
            stack.push_plain(values, needs)
        elif kind == "decisions":
            stack.push_decisions(values, needs)
        else:
            stack.push(values, stack.table(needs))
    return stack.words()


def taken(stack: SymbolStack, symbols: list[tuple[str, np.ndarray, object]]) -> list[np.ndarray]:
    found = []
    for kind, values, needs in symbols:
        if kind == "plain":
            found.append(stack.pop_plain(needs, len(values)))
        elif kind == "decisions":
            found.append(stack.pop_decisions(needs))
        else:
            found.append(stack.pop(stack.table(needs), len(values)))
    return found


@pytest.mark.parametrize("way", WAYS)
@given(st.integers(0, 1 << 30))
def test_words_are_those_of_constriction(way, seed: int) -> None:
    symbols = parts(seed)
    words = coded(ConstrictionStack(), symbols)
    with way():
        np.testing.assert_array_equal(coded(Stack(), symbols), words)
        stack = Stack(words)
        for (_, values, _), found in zip(symbols, taken(stack, symbols), strict=True):
            np.testing.assert_array_equal(found, values)
        assert stack.is_empty()


@pytest.mark.parametrize("way", WAYS)
@given(st.lists(st.integers(0, (1 << 32) - 1), max_size=12), st.integers(0, 1 << 30))
def test_any_words_are_read_as_constriction_reads_them(way, words: list[int], seed: int) -> None:
    stream = np.array([*words, 7], np.uint32)
    symbols = parts(seed)
    theirs = ConstrictionStack(stream)
    expected = taken(theirs, symbols)
    with way():
        ours = Stack(stream)
        for found, values in zip(taken(ours, symbols), expected, strict=True):
            np.testing.assert_array_equal(found, values)
        assert ours.is_empty() == theirs.is_empty()
