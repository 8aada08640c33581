"""Images that leave levels out are coded by those that they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st
from pixel_images import error_of

import inrcodec
from inrcodec.codecs.pixels.levels import Levels, known_levels
from inrcodec.errors import MalformedError
from inrcodec.signal import ImageInfo
from inrcodec.signal.image import Color

PHOTO = crop_of_photo(40, 56)
DEEP = ImageInfo(4, 5, Color.GRAY, 16)

Samples = npt.NDArray[Any]


@given(st.sets(st.integers(0, 65535), min_size=1, max_size=300))
def test_levels_are_read_as_they_were(levels: set[int]) -> None:
    found = Levels((np.array(sorted(levels), np.uint16),))
    again = Levels.read(found.numbers(), DEEP)
    assert np.array_equal(again.channels[0], found.channels[0])
    samples = found.channels[0].reshape(-1, 1, 1)
    assert np.array_equal(again.samples(again.places(samples)), samples)
    assert len(levels) <= 1 << again.bits


@pytest.mark.parametrize(
    "numbers",
    [(), (0,), (1, 0, 5), (1, 1, 0), (1, 1, 65537), (2, 1, 65536, 1, 1), (1, 1), (1, 1, 9, 1)],
)
def test_what_are_no_levels_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(MalformedError):
        Levels.read(numbers, DEEP)


def test_levels_are_read_once_for_all_tiles() -> None:
    numbers = (1, 1, 9)
    assert known_levels(numbers, DEEP) is known_levels(numbers, DEEP)
    assert known_levels((), DEEP) is None


@pytest.mark.parametrize("factor", [16, 257])
def test_8_bits_in_16_cost_about_what_they_are(factor: int) -> None:
    wide = PHOTO.astype(np.uint16) * np.uint16(factor)
    data, narrow = (inrcodec.encode(image, lossless=True).data for image in (wide, PHOTO))
    assert error_of(inrcodec.decode(data), wide) == 0
    assert len(data) < 1.05 * len(narrow) + 300


def test_levels_that_are_left_out_cost_nothing() -> None:
    image = (PHOTO // 4 * 4)[:, :, :1]
    spread = np.tile(image, (4, 4, 1))
    encoded = inrcodec.encode(spread, lossless=True)
    assert inrcodec.info(encoded.data)["network"]["levels"] > 0
    assert error_of(inrcodec.decode(encoded.data), spread) == 0
