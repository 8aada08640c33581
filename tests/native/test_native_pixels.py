"""From channels to pixels, compiled and by numpy."""

from __future__ import annotations

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.interpolation import Axis, resampled
from inrcodec.native.pixels import turned, whole_numbers

pytestmark = needs_kernels
sides = st.integers(1, 40)


def planes(height: int, width: int, channels: int = 3) -> np.ndarray:
    generator = np.random.default_rng(100 * height + width)
    return generator.standard_normal((channels, height, width)).astype(np.float32)


@given(sides, sides, st.booleans())
def test_turned_colors(height: int, width: int, cut: bool) -> None:
    matrix = np.random.default_rng(width).standard_normal((3, 3))
    channels = planes(2 * height, width)[:, height:] if cut else planes(height, width)
    found = turned(channels, matrix)
    with on_numpy():
        expected = turned(channels, matrix)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(found[1], np.tensordot(matrix[1], channels, 1), atol=1e-5)


@given(sides, sides, st.sampled_from([1, 2]), st.integers(1, 130), st.sampled_from([1, 3]))
def test_interpolation(height: int, width: int, dim: int, count: int, channels: int) -> None:
    known, size = planes(height, width, channels), (height, width)[dim - 1]
    axis = Axis(0, size, count, 0, size)
    found = resampled(known, dim, axis, range(count))
    with on_numpy():
        expected = resampled(known, dim, axis, range(count))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_many_taps() -> None:
    """A long axis to few outputs."""
    known = planes(2, 30_000, 1)
    axis = Axis(0, 30_000, 3, 0, 30_000)
    found = resampled(known, 2, axis, range(3))
    with on_numpy():
        expected = resampled(known, 2, axis, range(3))
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_whole_numbers(dtype: type) -> None:
    peak = np.iinfo(dtype).max
    levels = np.arange(peak + 1).astype(np.float32) / np.float32(peak)
    np.testing.assert_array_equal(whole_numbers(levels, dtype), np.arange(peak + 1))
    odd = np.float32([np.nan, -1, np.inf, -np.inf, 2, 0.5])
    expected = [0, 0, peak, 0, peak, (peak + 1) // 2]
    np.testing.assert_array_equal(whole_numbers(odd, dtype), expected)
    with on_numpy():
        np.testing.assert_array_equal(whole_numbers(odd, dtype), expected)


def test_whole_numbers_of_any_order_in_memory() -> None:
    values = np.abs(planes(5, 7)) / 3
    turned_round = whole_numbers(values.transpose(1, 2, 0), np.uint8)
    expected = whole_numbers(values, np.uint8).transpose(1, 2, 0)
    np.testing.assert_array_equal(turned_round, expected)
    np.testing.assert_array_equal(
        whole_numbers(values[:, ::2, 1:], np.uint8), whole_numbers(values, np.uint8)[:, ::2, 1:]
    )
