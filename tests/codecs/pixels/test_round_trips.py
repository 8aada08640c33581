"""Lossless and near-lossless images: what comes out is what went in, or as near as was said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st
from pixel_images import SMALL, Samples, error_of, images, noise

import inrcodec
from inrcodec.codecs.pixels import tile_coder
from inrcodec.codecs.pixels.content import Content
from inrcodec.codecs.pixels.planning import default_tile, fitting_spec
from inrcodec.errors import InrError
from inrcodec.limits import UNLIMITED, Limits
from inrcodec.signal import Color, ImageInfo
from inrcodec.threads import limit_threads


@given(image=images(), tiled=st.booleans())
def test_lossless_is_exact(image: Samples, tiled: bool) -> None:
    fields = SMALL if tiled else {}
    encoded = inrcodec.encode(image, lossless=True, fields=fields)
    assert (encoded.model, encoded.psnr_db) == ("pixels", np.inf)
    assert error_of(inrcodec.decode(encoded.data), image) == 0


@given(image=images(), share=st.integers(0, 126))
def test_no_sample_is_off_by_more_than_said(image: Samples, share: int) -> None:
    most = 1 + share * (np.iinfo(image.dtype).max // 2 - 1) // 126
    encoded = inrcodec.encode(image, near_lossless=most, fields=SMALL)
    assert error_of(inrcodec.decode(encoded.data), image) <= most
    assert inrcodec.info(encoded.data)["max_error"] == most


@pytest.mark.parametrize(("kind", "channels"), [(np.uint8, 3), (np.uint16, 2)])
def test_several_tiles_of_all_levels(kind: type[Any], channels: int) -> None:
    image = noise(261, 257, channels, kind)
    encoded = inrcodec.encode(image, lossless=True)
    assert error_of(inrcodec.decode(encoded.data), image) == 0
    assert inrcodec.info(encoded.data)["network"]["tile_height"] == 131


def test_the_number_of_threads_changes_no_byte() -> None:
    image = crop_of_photo(100, 120)
    try:
        files = []
        for count in (1, 3):
            limit_threads(count)
            encoded = inrcodec.encode(image, lossless=True, fields=SMALL)
            files.append(encoded.data)
            assert error_of(inrcodec.decode(encoded.data), image) == 0
    finally:
        limit_threads(None)
    assert files[0] == files[1]


def test_an_error_beyond_what_is_said_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coder that loses more than it may is never believed."""
    whole = tile_coder.encode_scan

    def careless(samples: Samples, *others: Any) -> Any:
        return whole(samples, *others)[0], samples + np.uint16(3)

    monkeypatch.setattr(tile_coder, "encode_scan", careless)
    with pytest.raises(InrError, match="off by 3 levels, not 2"):
        inrcodec.encode(crop_of_photo(20, 20), near_lossless=2)


@given(height=st.integers(1, 20000), width=st.integers(1, 20000))
def test_tiles_of_an_image_are_many_enough_and_not_too_many(height: int, width: int) -> None:
    down, across = default_tile(height, width)
    count = -(-height // down) * -(-width // across)
    assert 16 <= down <= 4096
    assert 16 <= across <= 1024
    if height * width > 1 << 16:
        assert count > 1
    assert count <= 2 + (width + height) / 512 + height * width / (1 << 16)


def test_what_was_drawn_has_large_tiles_where_memory_allows_it() -> None:
    info, drawn = ImageInfo(3000, 2000, Color.RGB, 8), Content(0.9)
    wide, narrow = (
        fitting_spec(info, drawn, Limits(memory, 1e15)) for memory in (1 << 34, 1 << 28)
    )
    photo = fitting_spec(info, Content(0.0), Limits(1 << 34, 1e15))
    assert wide.tile_height * wide.tile_width > 1 << 20
    assert narrow == photo
    assert photo.tile_height * photo.tile_width <= 1 << 18


def test_repeats_have_to_save_something_in_a_photograph_for_they_are_slow() -> None:
    assert [*Content(0.1).ways] == [False]
    assert Content(0.3).ways[True] > Content(0.3).ways[False]
    assert len({*Content(0.3, effort=6).ways.values()}) == len({*Content(0.5).ways.values()}) == 1
    assert [*Content(0.9).ways] == [True]


def test_tiles_are_of_as_many_squares_as_of_pixels() -> None:
    small, large = (
        fitting_spec(ImageInfo(600 * n, 500 * n, Color.RGB, 8), Content(0.0, 1, n), UNLIMITED)
        for n in (1, 5)
    )
    assert (large.tile_height, large.tile_width) == (5 * small.tile_height, 5 * small.tile_width)


def test_colors_of_pixels_that_nobody_sees_are_kept() -> None:
    image = noise(20, 20, 4)
    image[..., 3] = 0
    assert error_of(inrcodec.decode(inrcodec.encode(image, quality=100).data), image) == 0


@pytest.mark.parametrize("quality", [10, 60, 90])
def test_lossy_samples_are_as_good_as_they_are_said_to_be(quality: int) -> None:
    image = np.repeat(np.repeat(noise(6, 8), 5, 0), 5, 1)
    encoded = inrcodec.encode(image, model="pixels", quality=quality)
    found = inrcodec.decode(encoded.data)
    assert error_of(found, image) <= inrcodec.info(encoded.data)["max_error"]
    assert len(encoded.data) <= len(inrcodec.encode(image, lossless=True).data)


def test_a_target_of_samples_is_reached() -> None:
    image = crop_of_photo(40, 40)
    encoded = inrcodec.encode(image, model="pixels", target_psnr=38)
    assert 37.9 <= encoded.psnr_db < 40
    smaller = inrcodec.encode(image, model="pixels", target_size=len(encoded.data) - 100)
    assert len(smaller.data) <= len(encoded.data) - 100
