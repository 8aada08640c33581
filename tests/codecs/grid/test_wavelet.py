"""The 9/7 wavelet: perfect reconstruction at any size, about unit norm, smooth subdivision."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.wavelet import analyze, synthesize

sides = st.integers(1, 70)


@given(sides, sides, st.integers(0, 7))
def test_synthesis_inverts_analysis(height: int, width: int, levels: int) -> None:
    planes = torch.rand(2, height, width, dtype=torch.float64)
    subbands = analyze(planes, levels)
    assert torch.allclose(synthesize(subbands), planes, atol=1e-12)


@given(sides, sides, st.integers(1, 7))
def test_bands_have_the_sizes_that_the_geometry_says(height: int, width: int, levels: int) -> None:
    geometry = Geometry((height, width), levels, 128)
    subbands = analyze(torch.zeros(1, height, width), levels)
    assert tuple(subbands.low.shape[1:]) == geometry.low_size()
    for bands, sizes in zip(subbands.levels, geometry.level_sizes(), strict=True):
        assert [tuple(band.shape[1:]) for band in bands] == sizes


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("band", range(3))
def test_basis_functions_have_about_unit_norm(level: int, band: int) -> None:
    subbands = analyze(torch.zeros(1, 256, 256), 4)
    plane = subbands.levels[level][band]
    plane[0, plane.shape[1] // 2, plane.shape[2] // 2] = 1
    assert 0.95 < float(synthesize(subbands).norm()) < 1.1


def test_a_flat_image_has_no_details() -> None:
    subbands = analyze(torch.full((1, 45, 33), 0.7, dtype=torch.float64), 5)
    details = [band for bands in subbands.levels for band in bands if band.numel()]
    assert max(float(band.abs().max()) for band in details) < 1e-9
