"""Tiers: views read what they need of a file, and a file that is cut short is still an image."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from conftest import crop_of_photo
from grids import spec_of
from PIL import Image

import inrcodec
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.planning import default_blocks
from inrcodec.codecs.grid.reach import needed_box
from inrcodec.container.sections import Container
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

TIERS = {"block": 5, "split": 3, "levels": 5}


@pytest.fixture(scope="module")
def photo() -> inrcodec.Encoded:
    return inrcodec.encode(crop_of_photo(200, 300), quality=70, effort=1, fields=TIERS)


class Counted:
    """A file that counts the bytes that are read of it."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self.read_bytes = data, 0, 0

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, len(self._data))[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        found = self._data[self._at :][: size if size >= 0 else None]
        self._at += len(found)
        self.read_bytes += len(found)
        return found

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def read_share(data: bytes, **view: object) -> float:
    """The share of a file that a view reads."""
    counted = Counted(data)
    inrcodec.open(counted).render(**view)  # type: ignore[arg-type]
    return counted.read_bytes / len(data)


@pytest.mark.parametrize("region", [(0, 0, 300, 200), (70, 31, 40, 9), (299, 199, 1, 1)])
@pytest.mark.parametrize("scale", [None, 2.0, 0.5, 0.25])
def test_a_region_is_a_part_of_the_whole(
    photo: inrcodec.Encoded, region: tuple[int, int, int, int], scale: float | None
) -> None:
    """Whatever it is drawn at, as far as pixels fall on those of the whole."""
    if scale is not None:
        region = (64, 96, 160, 80)
    x, y, width, height = region
    whole = inrcodec.open(photo.data).render(scale=scale).astype(int)
    part = inrcodec.open(photo.data).render(region=region, scale=scale).astype(int)
    s = scale or 1
    top, left, rows, columns = (round(n * s) for n in (y, x, height, width))
    expected = whole[top : top + rows, left : left + columns]
    assert part.shape == expected.shape
    assert np.abs(part - expected).max() <= 1


def test_an_overview_is_nearly_that_of_the_whole(photo: inrcodec.Encoded) -> None:
    opened, original = inrcodec.open(photo.data), Image.fromarray(crop_of_photo(200, 300))
    for factor in (2, 4):
        size = 300 // factor, 200 // factor
        reduced = np.asarray(original.resize(size, Image.Resampling.LANCZOS))
        assert psnr(reduced, opened.render(size=size)) > 28


def test_an_overview_is_aligned() -> None:
    """A ramp stays where it is."""
    ramp = np.repeat(np.linspace(0, 255, 256).astype(np.uint8)[None, :, None], 64, 0)
    opened = inrcodec.open(inrcodec.encode(ramp, quality=95, effort=1).data)
    for factor in (1, 2, 4, 8):
        small = opened.render(scale=1 / factor)[2, 3:-3, 0].astype(float)
        expected = ramp[0, :, 0].reshape(-1, factor).mean(1)[3:-3]
        assert np.abs(small - expected).max() < 3


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_an_overview_of_any_kind_of_image(channels: int) -> None:
    samples = np.full((70, 90, channels), 200, np.uint8)
    samples[..., -1] = 255 if channels in (2, 4) else 200
    encoded = inrcodec.encode(samples, quality=80, effort=1)
    for size in ((45, 35), (11, 8), (1, 1)):
        small = inrcodec.open(encoded.data).render(size=size)
        assert small.shape == (*size[::-1], channels)
        assert np.abs(small.astype(int) - samples[0, 0]).max() <= 3


def test_views_read_in_proportion(photo: inrcodec.Encoded) -> None:
    assert read_share(photo.data, scale=0.125) < 0.4
    assert read_share(photo.data, scale=0.25) < 0.6
    assert read_share(photo.data, region=(100, 100, 20, 20)) < 0.6
    assert read_share(photo.data) >= 0.99


def test_neighboring_regions_do_not_decode_twice(photo: inrcodec.Encoded) -> None:
    counted = Counted(photo.data)
    opened = inrcodec.open(counted)  # type: ignore[arg-type]
    opened.render(region=(100, 100, 20, 20))
    first = counted.read_bytes
    opened.render(region=(104, 98, 20, 20))
    assert counted.read_bytes - first < 100


def test_a_small_region_of_a_large_image_needs_few_blocks() -> None:
    shape = (4000, 6000)
    fields = default_blocks(shape)
    geometry = Geometry(shape, 7, 1 << fields["block"], fields["split"])
    shares = []
    for top in range(300, 3500, 173):
        raster = Raster(Region((top, 2 * top - 300), (256, 256)), (256, 256))
        box = needed_box(geometry, 4, raster)
        # Three quarters of what a level comes to are its own.
        shares.append(sum(t.area * 0.75 / 4**t.levels.stop for t in box.tiers[1:]))
    assert np.mean(shares) / (shape[0] * shape[1]) < 0.020


def cut_short(encoded: inrcodec.Encoded, share: float) -> bytes:
    entry = Container(encoded.data).entry(b"TILE", 1)
    return encoded.data[: entry.offset + int(share * entry.length)]


@pytest.mark.parametrize("share", [0.6, 0.3])
def test_a_file_that_is_cut_short_gives_a_coarse_image(
    photo: inrcodec.Encoded, share: float
) -> None:
    lost: list[Region] = []
    with Container(cut_short(photo, share), allow_damaged=True) as container:
        opened = inrcodec.decoding.Representation(
            container, on_damage=lambda region, _: lost.append(region)
        )
        coarse = opened.render()
    assert lost
    assert psnr(crop_of_photo(200, 300), coarse) > 22


@pytest.mark.parametrize(("share", "least"), [(0.9, 30), (0.5, 26), (0.2, 22), (0.0, 5)])
def test_of_a_block_that_is_cut_short_what_there_is_is_shown(share: float, least: float) -> None:
    photo = crop_of_photo(128, 192)
    cut = cut_short(inrcodec.encode(photo, quality=70, effort=1), share)
    lost: list[str] = []
    with Container(cut, allow_damaged=True) as container:
        image = inrcodec.decoding.Representation(
            container, on_damage=lambda _, error: lost.append(str(error))
        ).render()
    assert len(lost) == 1
    assert "early" in lost[0]
    assert psnr(photo, image) > least


def test_what_lies_in_a_lost_block_is_lost_with_it(photo: inrcodec.Encoded) -> None:
    _, geometry = spec_of(photo.data)
    container = Container(photo.data)
    entry = container.entry(b"TILE", 1)
    damaged = bytearray(photo.data)
    damaged[entry.offset] ^= 1
    lost: list[Region] = []
    with Container(bytes(damaged)) as opened:
        image = inrcodec.decoding.Representation(
            opened, on_damage=lambda region, _: lost.append(region)
        ).render()
    side = geometry.tiers[0].side
    assert lost == [Region((0, 0), (min(200, side), min(256, side)))]
    whole = inrcodec.open(photo.data).render()
    assert np.abs(image[:, 280:].astype(int) - whole[:, 280:]).max() < 10
    assert np.ptp(image[:150, :100].reshape(-1, 3), axis=0).max() == 0


def test_small_images_are_one_block() -> None:
    assert default_blocks((512, 300))["split"] == 0
    assert (
        spec_of(inrcodec.encode(np.zeros((9, 7), np.uint8), model="grid", effort=1).data)[1].count
        == 1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (
            spec_of(inrcodec.encode(np.zeros((9, 600), np.uint8), model="grid", effort=1).data)[
                1
            ].count
            == 3
        )
