"""Enlargement: sharper than interpolation, the same however an image is cut or mirrored."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.codecs.grid.enlargement import MIRRORS, doubled, enlarged, mirrored
from inrcodec.codecs.grid.pretrained import load_pretrained
from inrcodec.codecs.grid.reach import doublings_of
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.strips import EnlargedRows, HeldRows
from inrcodec.codecs.grid.synthesis import filter_at
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

FILTER = filter_at(load_pretrained(GridSpec().pretrained).enlargement, 640)
PLANES = np.random.default_rng(0).normal(0, 9, (3, 41, 30)).astype(np.float32)


def test_interpolation_keeps_what_is_flat() -> None:
    flat = np.full((1, 5, 7), 3, np.float32)
    np.testing.assert_allclose(doubled(flat), np.full((1, 10, 14), 3), rtol=1e-6)


@pytest.mark.parametrize("axes", MIRRORS)
def test_a_mirrored_image_is_enlarged_to_the_mirrored_one(axes: tuple[int, ...]) -> None:
    found = enlarged(mirrored(PLANES, axes), FILTER)
    np.testing.assert_allclose(found, mirrored(enlarged(PLANES, FILTER), axes), atol=1e-3)


@pytest.mark.parametrize("known", [FILTER, None])
def test_strips_make_up_the_whole(known: object) -> None:
    rows = EnlargedRows(EnlargedRows(HeldRows(PLANES), known), known)  # type: ignore[arg-type]
    assert rows.shape == (3, 164, 120)
    whole = rows.rows(range(164))
    parts = [rows.rows(range(a, min(a + 37, 164))) for a in range(0, 164, 37)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-3)


@pytest.mark.parametrize(
    ("size", "doublings"),
    [((10, 20), 0), ((5, 40), 0), ((11, 40), 1), ((20, 40), 1), ((21, 41), 2), ((900, 900), 2)],
)
def test_resolution_is_doubled_as_often_as_it_takes(size: tuple[int, int], doublings: int) -> None:
    assert doublings_of(Raster(Region.whole((10, 20)), size)) == doublings


def test_it_is_sharper_than_interpolation() -> None:
    original = crop_of_photo(256, 384)
    small = np.asarray(Image.fromarray(original).reduce(2))
    opened = inrcodec.open(inrcodec.encode(small, quality=80, effort=1).data)
    plain = Image.fromarray(opened.render()).resize((384, 256), Image.Resampling.LANCZOS)
    assert psnr(original, opened.render(scale=2)) > psnr(original, np.asarray(plain)) + 0.1


@pytest.mark.parametrize("scale", [1.3, 2, 3, 4, 7])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_kind_of_image_is_enlarged(scale: float, channels: int) -> None:
    samples = np.full((9, 14, channels), 90, np.uint8)
    opened = inrcodec.open(inrcodec.encode(samples, quality=80, effort=1).data)
    large = opened.render(scale=scale)
    assert large.shape == (round(9 * scale), round(14 * scale), channels)
    assert np.abs(large.astype(int) - 90).max() <= 3
