"""What goes with images: kept to the last tag, written where it can be, never in an image's way."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
from conftest import smooth_image
from image_files import (
    EXIF,
    GPS,
    INTEROP,
    IPTC,
    LIMIT,
    MAKER_NOTE,
    THUMBNAIL,
    camera_exif,
    camera_jpeg,
    flat_exif,
    icc,
    metadata_of,
    rgb,
    saved,
    written,
)
from PIL import Image, IptcImagePlugin, PngImagePlugin

from inrcodec.errors import SignalError, UsageError
from inrcodec.media.images import check_extension, read_image
from inrcodec.media.images.exif import Tag, with_tags
from inrcodec.signal import Metadata, Signal


@pytest.fixture(scope="module")
def camera() -> Signal:
    return read_image(io.BytesIO(camera_jpeg()), LIMIT)


def test_all_that_a_camera_writes_is_read(camera: Signal) -> None:
    assert camera.info.shape == (30, 20)
    kept = camera.metadata
    assert len(kept.exif) == len(camera_exif())
    assert kept.icc == icc()
    assert b"Orientation" not in kept.xmp
    assert kept.iptc == IPTC
    assert struct.unpack("<2f", kept.resolution) == (300, 300)
    assert json.loads(kept.tags) == {"comment": "grün"}


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".avif", ".tiff"])
def test_every_tag_of_a_camera_survives(camera: Signal, extension: str) -> None:
    data, _ = written(camera.metadata, extension)
    before = Image.Exif()
    before.load(camera_exif())
    with Image.open(io.BytesIO(data)) as image:
        found = image.getexif()
        for tag in (0x010F, 0x0110, 0x011A, 0x0132, 0x8298):
            assert found[tag] == before[tag]
        for directory in (EXIF, GPS, INTEROP):
            tags = before.get_ifd(directory).items()
            expected = {tag: value for tag, value in tags if tag != INTEROP}
            assert expected
            assert expected.items() <= found.get_ifd(directory).items()
        assert found.get_ifd(EXIF)[0x927C] == MAKER_NOTE
        # A TIFF file's second directory would be another page.
        assert bool(image.info.get("exif", b"").count(b"JFIF")) == (extension != ".tiff")
        assert image.info["icc_profile"] == icc()
        assert found.get(0x0112, 1) == 1
    again = metadata_of(data)
    assert (again.icc, again.xmp) == (camera.metadata.icc, camera.metadata.xmp)


@pytest.mark.parametrize(
    ("extension", "lost"),
    [
        (".jpg", None),
        (".png", "PNG cannot hold its IPTC: left out"),
        (".tiff", "TIFF cannot hold its comment: left out"),
        (".webp", "WEBP cannot hold its IPTC, comment: left out"),
        (".avif", "AVIF cannot hold its IPTC, comment: left out"),
        (".gif", "GIF cannot hold its ICC profile, EXIF, XMP, IPTC, resolution: left out"),
        (".bmp", "BMP cannot hold its ICC profile, EXIF, XMP, IPTC, comment: left out"),
    ],
)
def test_what_a_format_cannot_hold_is_warned_of(
    camera: Signal, extension: str, lost: str | None
) -> None:
    assert written(camera.metadata, extension)[1] == ([lost] if lost else [])


@pytest.mark.parametrize("extension", [".ppm", ".jpg"])
def test_alpha_is_not_dropped_without_a_word(extension: str) -> None:
    with pytest.raises(SignalError, match=r"use \.png"):
        written(Metadata(), extension, channels=4)


@pytest.mark.parametrize(
    "extension", [".h5", ".grib", ".bufr", ".wmf", ".icns", ".xpm", ".nope", ""]
)
def test_formats_that_pillow_cannot_write_are_no_outputs(extension: str) -> None:
    with pytest.raises(UsageError, match="no image format"):
        check_extension(extension)


@pytest.mark.parametrize("extension", [".jpg", ".png", ".tiff", ".bmp"])
def test_resolution_survives(extension: str) -> None:
    data, told = written(Metadata(resolution=struct.pack("<2f", 300, 150)), extension)
    assert told == []
    assert struct.unpack("<2f", metadata_of(data).resolution) == pytest.approx((300, 150), rel=1e-4)


def test_a_resolution_that_a_jpeg_does_not_have_is_not_made_up() -> None:
    with Image.open(io.BytesIO(saved(rgb(), "JPEG", exif=b"Exif\0\0" + flat_exif()))) as image:
        assert image.info["dpi"] == (72, 72)
        assert metadata_of(saved(rgb(), "JPEG", exif=b"Exif\0\0" + flat_exif())).resolution == b""


@pytest.mark.parametrize("extension", [".jpg", ".png", ".gif", ".jp2"])
def test_comments_survive(extension: str) -> None:
    data, told = written(Metadata(tags='{"comment": "grün"}'.encode()), extension)
    assert told == []
    assert json.loads(metadata_of(data).tags) == {"comment": "grün"}


def test_texts_of_a_png_survive() -> None:
    text = PngImagePlugin.PngInfo()
    texts = {
        "Title": "a title",
        "Author": "Jürgen",
        "Source": "日本",
        "comment": "c",
    }
    for name, value in texts.items():
        text.add_itxt(name, value)
    kept = metadata_of(saved(rgb(), "PNG", pnginfo=text))
    assert json.loads(kept.tags) == texts
    data, told = written(kept, ".png")
    assert told == []
    assert metadata_of(data) == kept
    assert written(kept, ".jpg")[1] == [
        "JPEG cannot hold its texts ('Author', 'Source', 'Title'): left out"
    ]


@pytest.mark.parametrize("extension", [".jpg", ".tiff"])
def test_iptc_survives(extension: str) -> None:
    data, told = written(Metadata(iptc=IPTC), extension)
    assert told == []
    assert metadata_of(data).iptc == IPTC
    with Image.open(io.BytesIO(data)) as image:
        found = IptcImagePlugin.getiptcinfo(image)
    assert found == {(2, 120): b"hello", (2, 25): b"key"}


def test_iptc_that_a_tiff_declares_to_be_integers_is_read() -> None:
    tag = Tag(33723, 4, IPTC + bytes(-len(IPTC) % 4))
    tiff = with_tags(saved(rgb(), "TIFF"), [tag])
    assert metadata_of(tiff).iptc.rstrip(b"\0") == IPTC


def test_exif_of_a_tiff_becomes_that_of_a_jpeg() -> None:
    tiff, _ = written(Metadata(exif=camera_exif()), ".tiff")
    jpeg, _ = written(metadata_of(tiff), ".jpg")
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.getexif()[0x010F] == "Maker"
        assert image.getexif().get_ifd(EXIF)[0x9204] == pytest.approx(-1 / 3)
        assert image.getexif().get_ifd(INTEROP)[1] == "R98"
        assert THUMBNAIL not in image.getexif()


def test_xmp_turns_an_image_that_exif_does_not() -> None:
    turning = b'<x tiff:Orientation="6"/>'
    signal = read_image(io.BytesIO(saved(rgb(), "PNG", exif=flat_less(), xmp=b"")), LIMIT)
    assert signal.info.shape == (20, 30)
    data = saved(rgb(), "WEBP", xmp=turning, lossless=True)
    signal = read_image(io.BytesIO(data), LIMIT)
    assert np.array_equal(signal.samples, np.rot90(smooth_image(20, 30), -1))
    assert signal.metadata.xmp == b"<x />"


def flat_less() -> Image.Exif:
    """EXIF without an orientation."""
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    return exif
