"""Entropy coding: exact bits, whole numbers only, and nothing but sound streams accepted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inrcodec.entropy import ExponentTable, TensorCoder, decode_stream, encode_stream
from inrcodec.errors import FormatError, MalformedError
from inrcodec.schema import Reader

finite_halves = st.integers(0, 0xFFFF).filter(lambda p: p >> 10 & 31 != 31)
tensors = st.lists(arrays(np.uint16, st.integers(1, 40), elements=finite_halves), min_size=1)
levels = st.lists(st.integers(0, 167), min_size=1, max_size=31).filter(any)


def coders(parts: list[np.ndarray]) -> list[TensorCoder]:
    return [TensorCoder(ExponentTable.measure(part), part.size) for part in parts]


@given(tensors)
def test_stream_comes_back(parts: list[np.ndarray]) -> None:
    decoded = decode_stream(coders(parts), encode_stream(coders(parts), parts))
    assert all(np.array_equal(a, b) for a, b in zip(parts, decoded, strict=True))


def test_coded_bytes_are_these() -> None:
    part = np.array([1.0, -0.5, 0.3, 0.3, -2.75, 0.001], "<f2").view(np.uint16)
    assert ExponentTable.measure(part).to_bytes().hex() == "050c010000000000000008010101"
    assert encode_stream(coders([part]), [part]).hex() == "000080cd1164c541e0d149"


def test_frequencies_are_these() -> None:
    assert ExponentTable(10, (0, 1, 8, 167)).frequencies() == [1, 10, 18, 16777187]
    assert ExponentTable(3, (5,)).frequencies() == [1 << 24]


@given(levels)
def test_frequencies_are_positive_and_add_up(values: list[int]) -> None:
    frequencies = ExponentTable(0, tuple(values)).frequencies()
    assert min(frequencies) >= 1
    assert sum(frequencies) == 1 << 24


@given(levels, st.data())
@settings(max_examples=30)
def test_coder_uses_exactly_those_frequencies(values: list[int], data: st.DataObject) -> None:
    """A stack decoder in whole numbers reads what the coder wrote."""
    table = ExponentTable(0, tuple(values))
    frequencies = table.frequencies()
    exponents = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=20))
    rests = data.draw(st.lists(st.integers(0, 2047), min_size=20, max_size=20))[: len(exponents)]
    patterns = [
        (r >> 10) << 15 | e << 10 | r & 0x3FF for e, r in zip(exponents, rests, strict=True)
    ]
    part = np.array(patterns, np.uint16)
    stream = encode_stream([TensorCoder(table, part.size)], [part])

    state = int.from_bytes(stream, "little")
    words = []
    while state >= 1 << 64:
        words.append(state & 0xFFFFFFFF)
        state >>= 32
    if len(values) > 1:
        for exponent in exponents:
            state = _pop(state, words, frequencies, exponent)
    for rest in rests:
        state = _pop(state, words, [8192] * 2048, rest)
    assert (state, words) == (0, [])


def _pop(state: int, words: list[int], frequencies: list[int], symbol: int) -> int:
    q = state % (1 << 24) - sum(frequencies[:symbol])
    assert 0 <= q < frequencies[symbol]
    state = frequencies[symbol] * (state >> 24) + q
    return state << 32 | words.pop() if state < 1 << 32 and words else state


@given(levels, st.integers(0, 31))
def test_table_comes_back(values: list[int], first: int) -> None:
    table = ExponentTable(first, tuple(values))
    reader = Reader(table.to_bytes())
    if first + len(values) > 31:
        with pytest.raises(MalformedError):
            ExponentTable.read(reader)
    else:
        assert ExponentTable.read(reader) == table


@given(st.integers(1, 10**9))
def test_levels_keep_counts_within_an_eighth(count: int) -> None:
    counted = np.zeros(1, np.uint16)
    assert ExponentTable.measure(counted).levels == (1,)
    from inrcodec.entropy import _level

    level = _level(count)
    stands_for = ((8 + level % 8) << (level // 8)) / 8
    assert stands_for <= count * 9 / 8
    assert count < stands_for * 9 / 8 or level == 167


@pytest.mark.parametrize("table", ["0000", "1f0101", "000100", "0001a8", "00020000"])
def test_faulty_table_is_refused(table: str) -> None:
    with pytest.raises(MalformedError):
        ExponentTable.read(Reader(bytes.fromhex(table)))


@given(st.binary(max_size=40), st.integers(1, 20))
def test_random_streams_decode_or_are_refused(data: bytes, size: int) -> None:
    coder = TensorCoder(ExponentTable(12, (40, 30, 20)), size)
    try:
        (part,) = decode_stream([coder], data)
    except FormatError:
        return
    assert encode_stream([coder], [part]) == data


def test_cut_and_padded_streams_are_refused() -> None:
    part = np.random.default_rng(0).normal(size=200).astype("<f2").view(np.uint16)
    stream = encode_stream(coders([part]), [part])
    for faulty in (b"", stream[: len(stream) // 2], stream + b"\0", stream + bytes(8) + b"\1"):
        with pytest.raises(MalformedError):
            decode_stream(coders([part]), faulty)


def test_zero_weights_still_cost_bytes() -> None:
    part = np.zeros(1000, np.uint16)
    assert len(encode_stream(coders([part]), [part])) == 1371
