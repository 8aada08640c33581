"""The search for the first quality at which another codec reaches a PSNR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from benchmarks.product.screen_rivals import LOSSLESS, Search, first, lossy_codecs


@given(st.integers(1, 200), st.data())
def test_the_first_place_is_found_from_wherever_a_search_begins(
    count: int, data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(0, count))
    near = data.draw(st.none() | st.integers(0, count - 1))
    asked: list[int] = []

    def reaches(place: int) -> bool:
        asked.append(place)
        return place >= wanted

    assert first(reaches, count, near) == wanted
    assert len(asked) == len({*asked}), "places are tried twice"
    assert {*asked} <= {*range(count)}


def test_a_search_near_the_place_is_short() -> None:
    asked: list[int] = []
    assert first(lambda place: bool(asked.append(place)) or place >= 50, 100, 49) == 50
    assert asked == [49, 50]


def test_the_fewest_bytes_reach_their_target() -> None:
    search = Search(Image.fromarray(crop_of_photo(48, 64)), lossy_codecs()["webp"])
    low, high = search.fewest(30.0), search.fewest(36.0)
    assert low is not None
    assert high is not None
    assert low[0] < high[0]
    assert 30 <= low[1] < 36 <= high[1]
    assert search.fewest(99.0) is None


def test_a_guided_search_finds_what_one_by_halves_does() -> None:
    image = Image.fromarray(crop_of_photo(32, 48))
    webp = lossy_codecs()["webp"]
    guided = Search(image, replace(webp, quick={"method": 0}))
    plain = Search(image, webp)
    for target in (28.0, 33.0, 36.0):
        assert guided.first(target) == plain.first(target)


@pytest.mark.parametrize("codec", ["png", "webp"])
def test_files_without_loss_count_few_colors_once(codec: str) -> None:
    few = np.zeros((64, 64, 3), np.uint8)
    few[::4, 1::3] = 200, 30, 30
    noise = np.random.default_rng(0).integers(0, 256, few.shape, np.uint8)
    encode = LOSSLESS[codec]
    assert encode(Image.fromarray(few)) < 400
    assert encode(Image.fromarray(noise)) > noise.size
