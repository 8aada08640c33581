"""Views of lossless images: any region at any scale, each as cut out of the whole."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st
from pixel_images import CASES, SMALL, error_of, noise
from regions import SCALES, drawn_and_cut

import inrcodec
from inrcodec.container.sections import Container
from inrcodec.decoding import Representation


def opened(image: Any, **options: Any) -> Representation:
    return inrcodec.open(inrcodec.encode(image, lossless=True, **options).data)


@pytest.fixture(scope="module")
def photo() -> Representation:
    return opened(crop_of_photo(72, 88), fields=SMALL)


@given(data=st.data(), scale=st.sampled_from(SCALES))
def test_a_region_is_cut_out_of_the_whole(
    photo: Representation, data: st.DataObject, scale: Fraction
) -> None:
    part, cut = drawn_and_cut(photo, data, scale)
    assert error_of(part, cut) == 0


@pytest.mark.parametrize(("kind", "channels"), CASES)
def test_centers_of_enlarged_pixels_are_their_samples(kind: type[Any], channels: int) -> None:
    image = noise(30, 21, channels, kind)
    enlarged = opened(image).render(scale=3)
    assert error_of(enlarged[1::3, 1::3], image) == 0


@pytest.mark.parametrize(("kind", "channels"), CASES)
def test_what_is_of_one_level_is_so_at_any_scale(kind: type[Any], channels: int) -> None:
    level = kind(np.iinfo(kind).max - 1)
    shown = opened(np.full((40, 50, channels), level))
    for size in ((7, 3), (50, 80), (113, 40), (1, 1)):
        assert error_of(shown.render(size=size), np.full((*size[::-1], channels), level)) == 0


def test_a_reduction_is_low_passed() -> None:
    """Stripes of a pixel are gray at half their resolution, not one of their colors."""
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[::2] = 255
    half = opened(stripes).render(scale=0.5)
    assert np.abs(half[4:-4].astype(int) - 128).max() < 16


def test_values_at_centers_are_samples() -> None:
    image = noise(9, 12, 3, np.uint16)
    rows, columns = np.mgrid[:9, :12]
    points = np.stack([(2 * rows + 1) / 9 - 1, (2 * columns + 1) / 12 - 1], -1)
    np.testing.assert_allclose(opened(image)(points), image / 65535, atol=1e-6)


def test_tensors_have_gradients() -> None:
    ramp = np.repeat(np.arange(0, 200, 10, dtype=np.uint8)[:, None, None], 20, 1)
    points = torch.tensor([[0.05, 0.05]], requires_grad=True)
    shown = opened(ramp)
    value = shown(points)
    value.sum().backward()
    assert points.grad is not None
    above, below = shown([[0.051, 0.05], [0.049, 0.05]]).ravel()
    assert points.grad[0].tolist() == pytest.approx([(above - below) / 0.002, 0], abs=0.01)
    assert value.item() == pytest.approx(shown(points.detach().numpy()).item(), abs=1e-5)


def test_a_region_reads_its_tiles_alone(photo: Representation) -> None:
    told: list[int] = []
    data = inrcodec.encode(crop_of_photo(72, 88), lossless=True, fields=SMALL).data
    shown = Representation(Container(data), report=lambda p: told.append(p.steps or 0))
    shown.render(region=(16, 16, 16, 32))
    assert told == [2, 2]
