"""The search for weight deltas is the same to the bit, compiled and by numpy."""

from __future__ import annotations

import numpy as np
from both_ways import needs_kernels, on_numpy
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.encoder.delta_search import search_deltas

pytestmark = needs_kernels


@given(st.integers(1, 40), st.integers(0, 1 << 20), st.sampled_from([3, 8, 63]))
def test_rows_are_the_same(count: int, seed: int, most: int) -> None:
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(count, count + 3))
    gram, moment = factors @ factors.T, 20 * generator.normal(size=count)
    compiled = search_deltas(gram, moment, 0.5, most)
    with on_numpy():
        plain = search_deltas(gram, moment, 0.5, most)
    np.testing.assert_array_equal(compiled, plain)
    assert np.abs(compiled).max() <= most
