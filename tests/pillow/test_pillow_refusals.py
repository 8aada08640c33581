"""Pillow refuses what is no image, truncated, damaged or huge, or loads what is intact of it."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from conftest import smooth_image
from PIL import Image, ImageFile, UnidentifiedImageError
from pillow_files import PHOTO, WIDE, opened
from vectors import VECTORS

import inrcodec
import inrcodec.pillow
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.signal import Color, ImageInfo


@pytest.fixture
def truncated_images_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)


def test_what_is_no_image_is_told() -> None:
    audio = inrcodec.encode(np.zeros((400, 1), np.float32), rate=8000, effort=1).data
    with pytest.raises(UnidentifiedImageError, match="it holds audio, and no image"):
        opened(audio)
    with pytest.raises(UnidentifiedImageError, match="format version 9"):
        opened(PHOTO[:8] + b"\x09" + PHOTO[9:])
    with pytest.raises(UnidentifiedImageError, match="ends within its directory"):
        opened(PHOTO[:20])
    with pytest.raises(UnidentifiedImageError):
        opened(b"\x89INR of another kind")


@pytest.mark.parametrize("lost", [1, 100, 10_000])
def test_a_truncated_file_raises_when_it_is_loaded(lost: int) -> None:
    data = WIDE[: max(400, len(WIDE) - lost)]
    image = opened(data)
    for _ in range(2):
        with pytest.raises(OSError, match="image file is truncated"):
            image.load()
    with pytest.raises(OSError, match="truncated"):
        opened(data).verify()


@pytest.mark.usefixtures("truncated_images_load")
def test_what_is_intact_of_a_truncated_file_is_loaded_on_demand() -> None:
    whole, image = np.asarray(opened(WIDE)), opened(WIDE[:-100])
    assert np.abs(np.asarray(image).astype(int) - whole).mean() < 12
    with pytest.raises(OSError, match="truncated"):
        # Without its index, nothing is known of it.
        opened(WIDE[: Container(WIDE).entry(b"TIDX", 1).offset]).load()


def test_a_draft_needs_no_more_of_a_truncated_file_than_it_shows() -> None:
    image = opened(WIDE[:-1])
    image.draft(None, (40, 3))
    expected = inrcodec.decode(WIDE, size=(40, 3))
    np.testing.assert_array_equal(np.asarray(image), expected)


def test_verify_sees_a_damaged_byte() -> None:
    opened(PHOTO).verify()
    with pytest.raises(OSError, match="checksum"):
        opened(PHOTO[:-1] + bytes([PHOTO[-1] ^ 1])).verify()


def huge(side: int) -> bytes:
    """A file whose header claims a large image."""
    container = Container(VECTORS / "valid" / "siren-rgb.inr")
    sign = write_info(ImageInfo(side, side, Color.RGB, 8))
    sections = [
        Section(e.tag, e.item, sign if e.tag == b"SIGN" else container.read(e.tag, e.item))
        for e in container.entries
    ]
    return build(sections)


def test_a_huge_image_is_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Image.DecompressionBombError):
        opened(huge(1 << 24))
    with pytest.warns(Image.DecompressionBombWarning):
        opened(huge(10_000))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    image = opened(huge(1 << 24))
    tracemalloc.start()
    with pytest.raises(OSError, match="of memory"):
        image.load()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10e6


def test_later_frames_are_limited_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"a.png": smooth_image(8, 8), "b.png": smooth_image(40, 40)}
    album = inrcodec.Album.encode(sources, tmp_path / "album.inr", effort=1)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with Image.open(album.path) as image, pytest.raises(Image.DecompressionBombError):
        image.seek(1)
