"""Files of lossless images: headers, limits, damage, crops, albums and sequences."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo
from pixel_images import SMALL, error_of, noise

import inrcodec
from inrcodec.album.encoding import encode_sequence
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.codecs.registry import make_settings, read_header
from inrcodec.container.items import read_info, write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.decoding import Representation
from inrcodec.errors import FormatError, LimitError, MalformedError, UsageError
from inrcodec.media.images import from_array
from inrcodec.schema import Reader

PHOTO = crop_of_photo(40, 56)


@pytest.fixture(scope="module")
def encoded() -> bytes:
    return inrcodec.encode(PHOTO, lossless=True, fields=SMALL).data


def changed(data: bytes, *sections: Section) -> bytes:
    container = Container(data)
    new = {section.tag: section for section in sections}
    kept = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries]
    return build([new.get(section.tag, section) for section in kept])


def damaged_tile(data: bytes, tile: int) -> bytes:
    """A file whose section is intact, but not a tile in it."""
    container = Container(data)
    count = read_header(container).stream_count()
    index = TileIndex.read(Reader(container.read(b"TIDX", 1)), count)
    tiles = bytearray(container.read(b"TILE", 1))
    tiles[int(index.offsets[tile])] ^= 1
    return changed(data, Section(b"TILE", 1, bytes(tiles)))


def test_headers_tell_tiles_and_loss(encoded: bytes) -> None:
    fields = inrcodec.info(encoded)
    assert fields["network"] == {
        "pretrained": 1,
        "tile_height": 16,
        "tile_width": 16,
        "step": 1,
        "max_error": 0,
        "magnification": 1,
        "levels": 0,
    }
    assert (fields["model"], fields["max_error"], fields["parameters"]) == ("pixels", 0, PHOTO.size)
    near = inrcodec.info(inrcodec.encode(PHOTO, near_lossless=3).data)
    assert (near["network"]["step"], near["max_error"]) == (7, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 2},
        {"step": 0},
        {"step": 65537},
        {"tile_height": 15},
        {"tile_width": 4097},
        {"magnification": 0},
        {"magnification": 3},
    ],
)
def test_fields_out_of_range_are_refused(encoded: bytes, wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        inrcodec.encode(PHOTO, model="pixels", fields=wrong)
    spec = object.__new__(PixelsSpec)
    vars(spec).update({**SMALL, "pretrained": 1, "step": 1, "max_error": 0, **wrong})
    section = model_section(spec)
    with pytest.raises(MalformedError):
        inrcodec.info(changed(encoded, section))


def test_a_step_of_more_than_all_levels_is_refused(encoded: bytes) -> None:
    data = changed(encoded, model_section(PixelsSpec(**SMALL, step=257, max_error=128)))
    with pytest.raises(MalformedError, match="257 levels"):
        inrcodec.decode(data)
    with pytest.raises(UsageError, match="127 are the most"):
        inrcodec.encode(PHOTO, near_lossless=128)


def test_what_is_too_large_is_refused_before_it_is_done(encoded: bytes) -> None:
    with pytest.raises(LimitError, match="encoding it"):
        inrcodec.encode(noise(300, 300), lossless=True, max_memory=300_000)
    with pytest.raises(LimitError):
        inrcodec.open(encoded, max_memory=5000).render()
    with pytest.raises(LimitError):
        inrcodec.open(encoded, max_work=1e5).render()
    info = replace(read_info(Container(encoded), 1), height=1 << 24, width=1 << 24)
    with pytest.raises(FormatError, match="too short for its tiles"):
        inrcodec.decode(changed(encoded, Section(b"SIGN", 1, write_info(info))))
    large = model_section(PixelsSpec(tile_height=4096, tile_width=4096))
    claimed = changed(encoded, Section(b"SIGN", 1, write_info(replace(info, height=4096))), large)
    with pytest.raises(FormatError):
        inrcodec.decode(claimed)


@pytest.mark.parametrize("view", [{}, {"scale": 2}, {"size": (20, 20)}])
def test_a_damaged_tile_is_gray_and_the_rest_is_kept(encoded: bytes, view: dict[str, Any]) -> None:
    told: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    data = damaged_tile(encoded, 5)
    with pytest.raises(FormatError, match="checksum"):
        inrcodec.decode(data, **view)
    with pytest.raises(FormatError, match="checksum"):
        inrcodec.open(data).verify()
    shown = Representation(
        Container(data), on_damage=lambda region, _: told.append((region.start, region.length))
    )
    found = shown.render(**view)
    ((start, length),) = told
    assert length == (16, 16)
    if not view:
        expected, (y, x) = PHOTO.copy(), start
        expected[y : y + 16, x : x + 16] = 128
        assert error_of(found, expected) == 0


def test_damage_beside_a_region_is_not_seen(encoded: bytes) -> None:
    data = damaged_tile(encoded, 0)
    part = inrcodec.decode(data, region=(32, 16, 24, 24))
    assert error_of(part, PHOTO[16:40, 32:56]) == 0


@pytest.mark.parametrize("channels", [2, 4])
def test_a_damaged_tile_is_opaque(channels: int) -> None:
    data = inrcodec.encode(noise(16, 192, channels), lossless=True, fields=SMALL).data
    shown = Representation(Container(damaged_tile(data, 3)), on_damage=lambda *_: None)
    assert (shown.render()[:, 48:64] == [*[128] * (channels - 1), 255]).all()


def test_a_file_that_is_cut_short_has_its_first_tiles(encoded: bytes) -> None:
    entry = Container(encoded).entry(b"TILE", 1)
    container = Container(encoded[: entry.offset + entry.length // 2], allow_damaged=True)
    found = Representation(container, on_damage=lambda *_: None).render()
    assert error_of(found[:16, :56], PHOTO[:16]) == 0
    assert error_of(found, PHOTO) > 0


@pytest.mark.parametrize("region", [(5, 7, 20, 11), (0, 0, 56, 1), (40, 30, 16, 10)])
def test_a_crop_is_exact_and_enlarges_as_the_whole(
    encoded: bytes, region: tuple[int, int, int, int]
) -> None:
    part = inrcodec.crop(encoded, region=region)
    x, y, width, height = region
    assert len(part) < len(encoded)
    assert error_of(inrcodec.decode(part), PHOTO[y : y + height, x : x + width]) == 0
    for scale in (1.5, 2, 3):
        whole = inrcodec.decode(encoded, region=region, scale=scale)
        assert error_of(inrcodec.decode(part, scale=scale), whole) == 0
    assert inrcodec.decode(part, size=(3, 2)).shape == (2, 3, 3)
    again = inrcodec.crop(part, region=(0, 0, width // 2, 1))
    assert error_of(inrcodec.decode(again), PHOTO[y : y + 1, x : x + width // 2]) == 0
    inrcodec.open(part).verify()


@pytest.mark.parametrize("keep", [False, True])
def test_a_crop_becomes_the_whole_again(encoded: bytes, keep: bool) -> None:
    part = inrcodec.crop(encoded, region=(20, 20, 10, 10))
    assert inrcodec.extend(part, PHOTO, keep=keep).data == encoded


def test_kept_tiles_stay_as_they_are(encoded: bytes) -> None:
    part = inrcodec.crop(encoded, region=(0, 0, 10, 10))
    extended = inrcodec.extend(part, 255 - PHOTO, keep=True)
    found = inrcodec.decode(extended.data)
    assert error_of(found[:16, :16], PHOTO[:16, :16]) == 0
    assert error_of(found[32:, 32:], 255 - PHOTO[32:, 32:]) == 0
    assert extended.psnr_db < 60


def test_near_lossless_crops_are_extended_alike() -> None:
    data = inrcodec.encode(PHOTO, near_lossless=4, fields=SMALL).data
    part = inrcodec.crop(data, region=(20, 20, 10, 10))
    assert inrcodec.extend(part, PHOTO).data == data


def test_an_album_has_items_of_it(tmp_path: Path) -> None:
    images = {"a.png": PHOTO, "b.png": noise(9, 5, 4, np.uint16), "c.png": noise(20, 20, 1)}
    album = inrcodec.Album.encode(images, tmp_path / "a.inr", lossless=True)
    for name, image in images.items():
        assert error_of(album[name].render(), image) == 0
    album.add({"d.png": 255 - PHOTO})
    assert error_of(album["d.png"].render(), 255 - PHOTO) == 0
    assert {item["model"] for item in inrcodec.info(album.path)["items"]} == {"pixels"}


def test_frames_of_a_sequence_are_exact() -> None:
    frames = [np.roll(PHOTO, shift, 1) for shift in range(3)]
    reads = {f"{n}.png": (lambda s=s: nullcontext(from_array(s))) for n, s in enumerate(frames)}
    made = encode_sequence(reads, make_settings(lossless=True), times={"0.png": 40_000})
    for item, frame in enumerate(frames, start=1):
        assert error_of(inrcodec.decode(made.data, item=item), frame) == 0
    reads["9.png"] = lambda: nullcontext(from_array(noise(3, 3)))
    with pytest.raises(UsageError, match="cannot compare"):
        encode_sequence(reads, make_settings(lossless=True))
