"""Views of mixed images: regions and scales, each as cut out of the whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_images import page
from regions import SCALES, drawn_and_cut

import inrcodec
from inrcodec.decoding import Representation


@pytest.fixture(scope="module")
def opened() -> Representation:
    encoded = inrcodec.encode(page(), quality=75, effort=1)
    assert encoded.model == "mixed"
    return inrcodec.open(encoded.data)


@settings(max_examples=25)
@given(data=st.data(), scale=st.sampled_from(SCALES))
def test_a_region_is_cut_out_of_the_whole(
    opened: Representation, data: st.DataObject, scale: Fraction
) -> None:
    part, cut = drawn_and_cut(opened, data, scale)
    assert np.abs(part - cut).max() <= 1


def test_what_is_white_is_so_at_any_scale(opened: Representation) -> None:
    for scale in SCALES:
        margin = opened.render(scale=float(scale), region=(0, 40, 12, 96))
        assert (margin == 255).all()


def test_enlarged_text_is_that_of_its_samples(opened: Representation) -> None:
    enlarged = opened.render(scale=3, region=(0, 0, 192, 20))
    np.testing.assert_array_equal(enlarged[1::3, 1::3], opened.render(region=(0, 0, 192, 20)))
