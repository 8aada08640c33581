"""EXIF blocks as bytes: what Pillow finds in them, damage, and tags of TIFF files."""

from __future__ import annotations

import io
import random
import struct
import time

import pytest
from image_files import EXIF, GPS, INTEROP, MAKER_NOTE, THUMBNAIL, camera_exif, rgb, saved
from PIL import Image, TiffImagePlugin

from inrcodec.media.images.exif import (
    PREFIX,
    is_exif,
    orientation,
    read_tags,
    set_upright,
    tag_block,
    with_tags,
    without_orientation,
    without_prefix,
)


def loaded(block: bytes) -> Image.Exif:
    """A block as Pillow reads it."""
    exif = Image.Exif()
    exif.load(PREFIX + block)
    return exif


def values(exif: Image.Exif, directory: int) -> dict[int, object]:
    """The values of a directory, save the places of others."""
    return {tag: value for tag, value in exif.get_ifd(directory).items() if tag != INTEROP}


def swapped(block: bytes) -> bytes:
    """A block's first directory in the other byte order, by way of Pillow."""
    exif, other = loaded(block), Image.Exif()
    other.endian = ">" if exif.endian == "<" else "<"
    for tag in exif:
        if tag not in (EXIF, GPS):
            other[tag] = exif[tag]
    for directory in (EXIF, GPS):
        other.get_ifd(directory).update(values(exif, directory))
    return other.tobytes().removeprefix(PREFIX)


def test_orientation_is_found_set_and_removed() -> None:
    block = camera_exif()
    assert orientation(block) == 6
    assert orientation(set_upright(block)) == 1
    bare = without_orientation(block)
    assert orientation(bare) is None
    assert len(bare) == len(set_upright(block)) == len(block)
    before, after = loaded(block), loaded(bare)
    assert set(before) - set(after) == {0x0112}
    for directory in (EXIF, GPS, INTEROP, THUMBNAIL):
        assert values(after, directory) == values(before, directory)
    assert orientation(b"II*\0") is orientation(b"") is None
    assert without_orientation(b"MM\0*") == b"MM\0*"


def test_a_prefix_is_removed_though_it_is_there_twice() -> None:
    assert without_prefix(PREFIX + PREFIX + b"II*\0") == b"II*\0"


@pytest.mark.parametrize("block", [camera_exif(), swapped(camera_exif())], ids=["one", "other"])
def test_tags_of_either_byte_order_become_a_block_of_the_same_values(block: bytes) -> None:
    tags, faults = read_tags(block, resolution=True)
    assert faults == 0
    before, after = loaded(block), loaded(tag_block(tags))
    for tag in (0x010F, 0x0110, 0x011A, 0x0128, 0x0132, 0x8298):
        assert after[tag] == before[tag]
    assert 0x0112 not in after
    for directory in (EXIF, GPS, INTEROP):
        assert values(after, directory) == values(before, directory)
    assert after.get_ifd(EXIF)[0x927C] == MAKER_NOTE


def test_types_are_kept() -> None:
    (directory,) = (tag for tag in read_tags(camera_exif())[0] if tag.number == EXIF)
    kinds = {tag.number: tag.kind for tag in directory.inner}
    assert kinds[0x9204] == TiffImagePlugin.TiffTags.SIGNED_RATIONAL
    assert kinds[0x9003] == TiffImagePlugin.TiffTags.ASCII


def test_a_tiff_file_gets_tags_beside_its_own() -> None:
    tags, _ = read_tags(camera_exif())
    tiff = with_tags(saved(rgb(), "TIFF", dpi=(72, 72)), tags)
    with Image.open(io.BytesIO(tiff)) as image:
        assert image.tobytes() == rgb().tobytes()
        assert image.info["dpi"] == (72, 72)
        assert image.getexif()[0x010F] == "Maker"
        for directory in (EXIF, GPS, INTEROP):
            found = values(image.getexif(), directory)
            assert found == values(loaded(camera_exif()), directory)
    assert read_tags(tiff) == (tags, 0)
    with pytest.raises(ValueError, match="little-endian"):
        with_tags(b"MM\0*", tags)


def test_damage_takes_the_tags_that_it_is_in() -> None:
    block = bytearray(camera_exif())
    order = "<" if block[:2] == b"II" else ">"
    # The second entry of the first directory: the model, whose text now lies beyond the end.
    struct.pack_into(order + "I", block, 8 + 2 + 12 + 8, 1 << 30)
    tags, faults = read_tags(bytes(block))
    assert faults == 1
    assert {0x010F, EXIF, GPS} <= {tag.number for tag in tags}
    assert 0x0110 not in {tag.number for tag in tags}


@pytest.mark.parametrize(
    "block", [b"", b"II*\0", b"garbage and more of it", b"MM\0*\xff\xff\xff\xff"]
)
def test_what_is_no_block_has_no_tags(block: bytes) -> None:
    assert not is_exif(block)
    assert read_tags(block) == ([], 1)
    assert tag_block([]) == b""


def test_any_damage_is_survived() -> None:
    rng, block = random.Random(1), camera_exif()
    for _ in range(500):
        damaged = bytearray(block[: rng.randrange(len(block))] if rng.random() < 0.2 else block)
        for _ in range(rng.randrange(12)):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 255, rng.randrange(256)])
        tags, _ = read_tags(bytes(damaged), resolution=True)
        assert read_tags(tag_block(tags), resolution=True) == (tags, 0) if tags else True
        assert len(without_orientation(set_upright(bytes(damaged)))) == len(damaged)


def test_values_that_overlap_do_not_multiply() -> None:
    """65,535 tags of 60,000 bytes each, all of them the same bytes."""
    entries = b"".join(struct.pack("<HHII", tag, 7, 60000, 0) for tag in range(65535))
    pointer = struct.pack("<HHHII", 1, EXIF, 4, 1, 26) + bytes(4)
    block = b"II*\0" + struct.pack("<I", 8) + pointer + struct.pack("<H", 65535) + entries
    began = time.process_time()
    tags, faults = read_tags(block)
    assert len(tag_block(tags)) < 2 * len(block)
    assert faults > 65000
    assert time.process_time() - began < 2
