"""The low band that contexts see: nearly what is synthesized, in whole numbers of any size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid import low_band
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.wavelet import synthesize

SIDES = st.tuples(st.integers(1, 20), st.integers(1, 20))


def bands(shape: tuple[int, int], spread: float, seed: int) -> list[np.ndarray]:
    """The low band of a level of so many samples, and its details."""
    generator, (rows, columns) = np.random.default_rng(seed), shape
    lows, highs = ((rows + 1) // 2, (columns + 1) // 2), (rows // 2, columns // 2)
    sizes = (lows, (lows[0], highs[1]), (highs[0], lows[1]), highs)
    return [(spread * generator.standard_normal(size)).astype(np.int32) for size in sizes]


@given(SIDES, st.integers(0, 999), st.sampled_from([8, 11, 16]))
def test_it_is_nearly_what_is_synthesized(shape: tuple[int, int], seed: int, unit: int) -> None:
    low, *details = bands(shape, 60, seed)
    joined = low_band.join(low_band.start(low), details, unit)
    scaled = [(band[None] * (unit / 8)).astype(np.float32) for band in details]
    exact = synthesize(Subbands(low[None].astype(np.float32), [scaled]))[0]
    # Lifting steps are of 1024ths.
    np.testing.assert_allclose(joined / 8, exact, atol=2 + 0.01 * np.abs(exact).max())


@given(SIDES, st.integers(0, 999))
def test_no_latent_is_too_large_for_it(shape: tuple[int, int], seed: int) -> None:
    low, *details = bands(shape, 3e7, seed)
    joined = low_band.join(low_band.start(low), details, 16)
    # With numbers of any size there is no other result.
    whole = [band.astype(object) for band in (low, *details)]
    limited = [np.clip(whole[0], -8192, 8192) * 8]
    limited += [np.clip(band, -4096, 4096) * 16 for band in whole[1:]]

    def product(factor: int, x: np.ndarray) -> np.ndarray:
        return (factor * x + 512) // 1024

    def join(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        if not len(high):
            return low
        low, high = product(891, low), product(1177, high)
        ends = len(low) - 1, len(high) - 1
        for factor, to_high in ((-454, 0), (-904, 1), (54, 0), (1624, 1)):
            target, source = (high, low) if to_high else (low, high)
            places = [(i - 1 + to_high, i + to_high) for i in range(len(target))]
            last = ends[1 - to_high]
            added = [source[max(0, min(a, last))] + source[min(b, last)] for a, b in places]
            target[:] = [t + product(factor, s) for t, s in zip(target, added, strict=True)]
        both = np.empty((len(low) + len(high), *low.shape[1:]), object)
        both[::2], both[1::2] = low, high
        return np.clip(both, -(1 << 16), 1 << 16)

    columns = join(limited[0], limited[2]), join(limited[1], limited[3])
    assert joined.tolist() == join(columns[0].T, columns[1].T).T.tolist()


def test_slopes_are_told_at_their_first_place() -> None:
    low = np.array([[0, 3, 10], [7, 7, 8]], np.int32)
    across, down, diagonal, other, two, none = low_band.slopes(low)
    assert across.tolist() == [[3, 7, 0], [0, 1, 0]]
    assert down.tolist() == [[7, 4, -2], [0, 0, 0]]
    assert diagonal.tolist() == [[7, 5, 0], [0, 0, 0]]
    assert other.tolist() == [[0, 4, -3], [0, 0, 0]]
    assert two.tolist() == [[10, 0, 0], [1, 0, 0]]
    assert not none.any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_few_places_have_few_slopes(shape: tuple[int, int]) -> None:
    assert low_band.slopes(np.zeros(shape, np.int32)).shape == (6, *shape)
