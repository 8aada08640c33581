"""Views of mixed images: regions and scales, each as cut out of the whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mixed_images import page

import inrcodec
from inrcodec.decoding import Representation

SCALES = (Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(3))


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
    """Of whole pixels of the output, where its grid is that of the whole."""
    unit = scale.denominator
    x, width, y, height = (
        unit * part for size in (192 // unit, 168 // unit) for part in _span(data.draw, size)
    )
    whole = opened.render(scale=float(scale))
    part = opened.render(scale=float(scale), region=(x, y, width, height))
    left, top, right, bottom = (int(scale * n) for n in (x, y, x + width, y + height))
    difference = part.astype(int) - whole[top:bottom, left:right]
    assert np.abs(difference).max() <= 1


def _span(draw: Any, size: int) -> tuple[int, int]:
    start = draw(st.integers(0, size - 1))
    return start, draw(st.integers(1, size - start))


def test_what_is_white_is_so_at_any_scale(opened: Representation) -> None:
    for scale in SCALES:
        margin = opened.render(scale=float(scale), region=(0, 40, 12, 96))
        assert (margin == 255).all()


def test_enlarged_text_is_that_of_its_samples(opened: Representation) -> None:
    enlarged = opened.render(scale=3, region=(0, 0, 192, 20))
    np.testing.assert_array_equal(enlarged[1::3, 1::3], opened.render(region=(0, 0, 192, 20)))
