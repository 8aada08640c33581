"""The 9/7 wavelet: perfect reconstruction at any size, about unit norm, smooth subdivision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.wavelet import analyze, synthesize

sides = st.integers(1, 70)


@given(sides, sides, st.integers(0, 7))
def test_synthesis_inverts_analysis(height: int, width: int, levels: int) -> None:
    planes = np.random.default_rng(height).random((2, height, width), np.float32)
    subbands = analyze(planes, levels)
    np.testing.assert_allclose(synthesize(subbands), planes, atol=1e-5)


@given(sides, sides, st.integers(1, 7))
def test_bands_have_the_sizes_that_the_geometry_says(height: int, width: int, levels: int) -> None:
    geometry = Geometry((height, width), levels, 128)
    subbands = analyze(np.zeros((1, height, width), np.float32), levels)
    assert tuple(subbands.low.shape[1:]) == geometry.whole.low_size()
    for bands, sizes in zip(subbands.levels, geometry.whole.level_sizes(), strict=True):
        assert [tuple(band.shape[1:]) for band in bands] == sizes


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("band", range(3))
def test_basis_functions_have_about_unit_norm(level: int, band: int) -> None:
    subbands = analyze(np.zeros((1, 256, 256), np.float32), 4)
    plane = subbands.levels[level][band]
    plane[0, plane.shape[1] // 2, plane.shape[2] // 2] = 1
    assert 0.95 < np.linalg.norm(synthesize(subbands)) < 1.1


def test_a_flat_image_has_no_details() -> None:
    subbands = analyze(np.full((1, 45, 33), 0.7, np.float32), 5)
    details = [band for bands in subbands.levels for band in bands if band.size]
    assert max(np.abs(band).max() for band in details) < 1e-5
