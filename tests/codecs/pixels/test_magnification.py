"""Images that are made of squares are coded as what they were drawn as."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pixel_images import Samples, images, noise

import inrcodec
from inrcodec.codecs.pixels.magnification import (
    MOST,
    enlarged,
    magnification_of,
    reduced,
    square_side,
)
from inrcodec.errors import UnknownNumberError, UsageError


def squares(side: int, height: int = 12, width: int = 20, channels: int = 3) -> Samples:
    """Noise of few levels, enlarged."""
    return (noise(height, width, channels) // 64 * 64).repeat(side, 0).repeat(side, 1)


def field_of(data: bytes) -> int:
    """The magnification that a file has."""
    return int(inrcodec.info(data)["network"]["magnification"])


@given(images(), st.integers(1, 9), st.integers(0, 8), st.integers(0, 8), st.integers(1, 30))
def test_squares_are_found_however_rows_come(
    image: Samples, side: int, less_down: int, less_across: int, rows: int
) -> None:
    large = image.repeat(side, 0).repeat(side, 1)
    height, width = large.shape[:2]
    cut = large[: max(1, height - less_down), : max(1, width - less_across)]
    strips = [cut[start : start + rows] for start in range(0, len(cut), rows)]
    largest, found = square_side(strips), magnification_of(strips)
    np.testing.assert_array_equal(enlarged(reduced(cut, found), found, cut.shape), cut)
    if (cut == cut[0, 0]).all():
        assert (largest, found) == (0, 1)
    else:
        # They are as large as they were made, or larger, as far as a file can have them.
        assert largest % side == 0
        assert largest % found == 0
        assert found <= MOST


@pytest.mark.parametrize(("side", "kept"), [(1, 1), (2, 2), (7, 7), (64, 64), (65, 13), (67, 1)])
def test_the_largest_squares_that_a_file_can_have(side: int, kept: int) -> None:
    assert magnification_of([squares(side, 3, 4)]) == kept


@pytest.mark.parametrize("options", [{}, {"effort": 6}, {"near_lossless": 2}])
def test_a_file_tells_as_much_as_the_drawing(options: dict[str, Any]) -> None:
    loss = {} if "near_lossless" in options else {"lossless": True}
    small, large = squares(1), squares(4)
    data = inrcodec.encode(large, **options, **loss).data
    assert field_of(data) == 4
    found = inrcodec.decode(data)
    assert np.abs(found.astype(int) - large).max() <= options.get("near_lossless", 0)
    assert len(data) <= len(inrcodec.encode(small, **options, **loss).data) + 8


def test_squares_at_the_end_may_be_cut_and_tiles_are_of_whole_ones() -> None:
    image = squares(5, 40, 44)[:-3, :-1]
    data = inrcodec.encode(image, lossless=True).data
    assert field_of(data) == 5
    np.testing.assert_array_equal(inrcodec.decode(data), image)
    region = (33, 7, 91, 102)
    part = inrcodec.decode(data, region=region)
    np.testing.assert_array_equal(part, image[7:109, 33:124])


def test_what_is_lost_counts_for_all_of_a_square() -> None:
    large = squares(4)
    data = inrcodec.encode(large, model="pixels", target_psnr=30).data
    assert field_of(data) == 4
    error = np.square(inrcodec.decode(data).astype(int) - large).mean()
    assert abs(10 * np.log10(255**2 / error) - 30) < 1.5


def test_a_step_of_squares_is_finer_as_all_their_pixels_are_off() -> None:
    image = noise(12, 20, 3)
    small, large = (
        inrcodec.encode(squares, model="pixels", lmbda=lmbda).data
        for squares, lmbda in ((image, 1e-4), (image.repeat(4, 0).repeat(4, 1), 16e-4))
    )
    assert field_of(large) == 4
    np.testing.assert_array_equal(inrcodec.decode(large)[::4, ::4], inrcodec.decode(small))


def test_auto_sees_squares_too() -> None:
    data = inrcodec.encode(squares(8, 24, 30), target_psnr=45).data
    assert field_of(data) == 8


@pytest.mark.parametrize(("tile", "found"), [((20, 16), 4), ((18, 16), 1)])
def test_tiles_that_are_given_have_to_be_of_whole_squares(
    tile: tuple[int, int], found: int
) -> None:
    fields = dict(zip(("tile_height", "tile_width"), tile, strict=True))
    data = inrcodec.encode(squares(4), lossless=True, fields=fields).data
    assert field_of(data) == found
    np.testing.assert_array_equal(inrcodec.decode(data), squares(4))


def test_tiles_that_cut_squares_repeat_their_pixels() -> None:
    image, fields = squares(4, 24, 30), {"tile_height": 98, "tile_width": 120}
    data = inrcodec.encode(image, lossless=True, fields=fields).data
    other = image.copy()
    # Of this, no square is found.
    other[5, 5] ^= 1
    assert len(data) <= len(inrcodec.encode(other, lossless=True, fields=fields).data)


@pytest.mark.parametrize("fields", [{"magnification": 2}, {"levels": (1, 1, 256)}])
def test_squares_and_levels_follow_from_the_image(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(fields))} follows from the image"):
        inrcodec.encode(squares(4), lossless=True, fields=fields)


def test_what_is_given_beside_squares_counts() -> None:
    with pytest.raises(UnknownNumberError, match="pretrained model 7"):
        inrcodec.encode(squares(4), lossless=True, fields={"pretrained": 7})


def test_a_crop_is_extended_by_an_image_of_squares_alone() -> None:
    image = squares(4, 40, 40)
    data = inrcodec.encode(image, lossless=True).data
    part = inrcodec.crop(data, region=(20, 20, 10, 10))
    assert inrcodec.extend(part, image).data == data
    other = image.copy()
    other[5, 5] ^= 1
    with pytest.raises(UsageError, match="of squares of 4 pixels, which the image is not"):
        inrcodec.extend(part, other)


@pytest.mark.parametrize("side", [68, 136])
def test_a_crop_is_extended_by_an_image_of_larger_squares(side: int) -> None:
    # 68 is more than a file can have, and its largest divisor that is not is 34; of 136 pixels all
    # are of one color.
    image = np.full((136, 136, 3), 30, np.uint8)
    image[side:, side:] = 90
    marked = image.copy()
    marked[:4, :4] = 7
    part = inrcodec.crop(inrcodec.encode(marked, lossless=True).data, region=(100, 100, 10, 10))
    assert inrcodec.info(part)["network"]["magnification"] == 4
    np.testing.assert_array_equal(inrcodec.decode(inrcodec.extend(part, image).data), image)
