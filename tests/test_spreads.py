"""Tables of whole numbers that are spread about 0."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.entropy import decode_stream, encode_stream
from inrcodec.errors import FormatError
from inrcodec.schema import Reader
from inrcodec.spreads import SpreadTable, frequencies_of

GOLDEN = [
    "91d0d8d232fd7e0e02",
    "a84e80323cc37feb0e2c0703",
    "06feb47613c06302",
    "3f158244f79a7fe8aeb30f",
    "92199957aa",
    "685380a5452e80b3416fef73",
]
TABLES = st.builds(SpreadTable, st.integers(0, 255), st.integers(0, 2), st.integers(0, 176))


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_frequencies_are_whole_and_add_up(shape: int) -> None:
    for spread in range(81):
        found = frequencies_of(shape, spread)
        assert sum(found) == 1 << 24
        assert min(found) >= 1
        assert found == found[::-1]
        middle = len(found) // 2
        assert all(a >= b for a, b in zip(found[middle:], found[middle + 1 :], strict=False))


def test_golden_frequencies() -> None:
    assert frequencies_of(0, 0) == (1, 16777214, 1)
    assert frequencies_of(2, 24) == (3355443, 3355443, 3355444, 3355443, 3355443)
    assert frequencies_of(0, 16)[3:6] == (1785947, 13196464, 1785947)
    assert frequencies_of(1, 24)[7:10] == (2483439, 10215012, 2483439)


@pytest.mark.parametrize(("shape", "spread"), [(0, 40), (1, 40)])
def test_frequencies_follow_the_distribution(shape: int, spread: int) -> None:
    deviation, found = 2 ** (spread / 8 - 3), np.array(frequencies_of(shape, spread)) / 2**24
    numbers = np.arange(len(found)) - len(found) // 2
    exact = np.exp(
        -(numbers**2) / (2 * deviation**2)
        if shape == 0
        else -math.sqrt(2) * np.abs(numbers) / deviation
    )
    np.testing.assert_allclose(found, exact / exact.sum(), atol=1e-4)


@given(TABLES, st.integers(0, 2**32 - 1), st.integers(1, 200))
def test_what_is_coded_comes_back(table: SpreadTable, seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    values = (random.normal(size=count) * table.largest * table.step / 3).astype(np.float32)
    numbers = table.quantize(values)
    assert np.abs(numbers).max() <= table.largest
    (decoded,) = decode_stream([table.coder(count)], encode_stream([table.coder(count)], [numbers]))
    np.testing.assert_array_equal(decoded, numbers)
    assert SpreadTable.read(Reader(table.to_bytes())) == table


def test_golden_words_of_a_stream() -> None:
    numbers = np.array([0, 1, -1, 3, 0, -2, 100, 0], np.int32)
    found = [
        encode_stream([table.coder(8)], [numbers.clip(-table.largest, table.largest)]).hex()
        for table in (SpreadTable(160, shape, spread) for shape in range(3) for spread in (24, 84))
    ]
    assert found == GOLDEN


@pytest.mark.parametrize("kind", ["normal", "laplace", "uniform"])
def test_a_stream_takes_about_the_entropy(kind: str) -> None:
    random = np.random.default_rng(1)
    drawn = getattr(random, kind)(size=5000)
    values = (drawn - drawn.mean()).astype(np.float32)
    table = SpreadTable.measure(values, 0.05)
    numbers = table.quantize(values)
    _, counts = np.unique(numbers, return_counts=True)
    entropy = -(counts * np.log2(counts / len(values))).sum() / 8
    size = len(encode_stream([table.coder(5000)], [numbers])) + len(table.to_bytes())
    assert size < 1.06 * entropy + 8
    assert np.abs(table.dequantize(numbers) - values).max() <= table.step / 2 + 1e-6


def test_steps_are_larger_where_values_would_not_fit() -> None:
    wide = np.array([1e6, -3.0, 0.0], np.float32)
    table = SpreadTable.measure(wide, 1e-7)
    np.testing.assert_allclose(table.dequantize(table.quantize(wide))[0], 1e6, rtol=1e-3)
    nothing = SpreadTable.measure(np.zeros(40, np.float32), 0.1)
    coder = nothing.coder(40)
    assert len(encode_stream([coder], [nothing.quantize(np.zeros(40, np.float32))])) <= 1


@pytest.mark.parametrize("data", ["c00300", "c000b1", "c0"])
def test_what_is_no_table_is_refused(data: str) -> None:
    with pytest.raises(FormatError):
        SpreadTable.read(Reader(bytes.fromhex(data)))
