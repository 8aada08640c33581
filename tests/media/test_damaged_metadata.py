"""What goes with images and is damaged, too long or not wanted is left out, and stops none."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zlib

import numpy as np
import pytest
from conftest import smooth_image
from image_files import (
    LIMIT,
    camera_exif,
    camera_jpeg,
    flat_exif,
    icc,
    metadata_of,
    rgb,
    saved,
    written,
)
from PIL import Image

from inrcodec.errors import SignalError
from inrcodec.media.images import from_pillow, read_image
from inrcodec.signal import Metadata

BROKEN = camera_exif()[:60] + b"\xff" * 200
LONG = Image.Exif()
LONG[0x010E] = "x" * 65536
BLOCKS = {
    "none": b"",
    "flat": flat_exif(),
    "Exif and GPS": camera_exif(),
    "broken": BROKEN,
    "garbage": b"garbage" * 9,
    "64 KiB": LONG.tobytes().removeprefix(b"Exif\0\0"),
}
OUTPUTS = sorted(
    extension
    for extension, name in Image.registered_extensions().items()
    if name in Image.SAVE and name not in ("BUFR", "GRIB", "HDF5", "ICNS", "WMF")
)
# Of palettes or two levels alone.
FEW_LEVELS = {".blp", ".msp", ".palm", ".xbm"}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("extension", OUTPUTS)
def test_no_exif_stops_an_image_of_any_format(extension: str, block: str) -> None:
    metadata = Metadata(exif=BLOCKS[block])
    if extension in FEW_LEVELS:
        with pytest.raises(SignalError, match="cannot hold this image"):
            written(metadata, extension)
        return
    data, told = written(metadata, extension)
    assert data
    if block in ("none", "flat") and extension in (".jpg", ".png", ".webp", ".avif", ".tiff"):
        assert told == []
    if block == "garbage":
        assert "damaged EXIF is left out" in told


@pytest.mark.parametrize("extension", [".jpg", ".png", ".webp", ".avif", ".tiff"])
@pytest.mark.parametrize(
    "metadata",
    [
        Metadata(icc=b"garbage", xmp=b"\xff\xfe<\0x\0"),
        Metadata(
            xmp=bytes(70000), iptc=bytes(70000), tags=json.dumps({"comment": "x" * 70000}).encode()
        ),
        Metadata(iptc=b"\x1c", resolution=b"\0\0\xc0\x7f" * 2, tags=b"not JSON"),
        Metadata(resolution=b"\0" * 8, tags=b'{"a\\u0000\\n": "b", "": "c", "\\ud800": "\\ud800"}'),
        Metadata(resolution=struct.pack("<2f", 1e6, 1e-6), tags=b'{"' + b"k" * 99 + b'": ""}'),
        Metadata(icc=bytes(1 << 19)),
    ],
    ids=["not text", "long", "damaged", "odd texts", "odd numbers", "large profile"],
)
def test_no_metadata_stops_an_image(extension: str, metadata: Metadata) -> None:
    data, told = written(metadata, extension)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (30, 20)
    assert all("\n" not in line and len(line) < 500 for line in told)


def test_blocks_too_long_for_jpeg_are_left_out() -> None:
    comment = json.dumps({"comment": "x" * 70000}).encode()
    long = Metadata(
        bytes(1 << 24), b"II*\0" + bytes(70000), bytes(70000), bytes(70000), b"", comment
    )
    data, told = written(long, ".jpg")
    kinds = ("ICC profile", "EXIF", "XMP", "comment", "IPTC")
    assert [line.split(" of ")[0] for line in told] == list(kinds)
    assert metadata_of(data) == Metadata()


def test_what_a_writer_refuses_is_left_out_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no profiles today")

    def save(image: Image.Image, stream: object, name: str, **options: object) -> None:
        if "icc_profile" in options:
            refuse()
        before(image, stream, name, **options)

    before = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", save)
    data, told = written(Metadata(icc=icc(), xmp=b"<x/>"), ".webp")
    assert told == ["WEBP refuses its icc_profile: left out"]
    assert metadata_of(data) == Metadata(xmp=b"<x/>")


def test_xmp_in_several_parts_is_warned_of() -> None:
    part = b"http://ns.adobe.com/xmp/extension/\0" + bytes(60)
    extra = b"\xff\xe1" + struct.pack(">H", 2 + len(part)) + part
    data = saved(rgb(), "JPEG", xmp=b"<x/>", extra=extra)
    with pytest.warns(UserWarning, match="only the first is kept"):
        assert read_image(io.BytesIO(data), LIMIT).metadata.xmp == b"<x/>"


def segment(kind: int, content: bytes) -> bytes:
    """Of a JPEG file."""
    return struct.pack(">BBH", 0xFF, kind, 2 + len(content)) + content


@pytest.mark.parametrize(
    "damaged",
    [
        segment(0xE0, b"JFIF\0"),
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04"),
        segment(0xE2, b"ICC_PROFILE\0"),
    ],
    ids=["JFIF", "IPTC", "ICC profile"],
)
def test_damaged_segments_do_not_stop_a_jpeg(damaged: bytes) -> None:
    whole = camera_jpeg()
    with pytest.warns(UserWarning, match="damaged metadata is left out"):
        signal = read_image(io.BytesIO(whole[:2] + damaged + whole[2:]), LIMIT)
    assert np.array_equal(signal.samples, read_image(io.BytesIO(whole), LIMIT).samples)


@pytest.mark.parametrize(
    "name", [b"iCCP", b"zTXt", b"gAMA", b"iTXt"], ids=["profile", "text", "gamma", "long text"]
)
def test_damaged_chunks_do_not_stop_a_png(name: bytes) -> None:
    long = zlib.compress(bytes((1 << 20) + 1))
    contents = {
        b"iCCP": b"name\0\1garbage",
        b"zTXt": b"Title\0\0" + long,
        b"gAMA": b"1",
        b"iTXt": b"Title\0\1\0\0\0" + long,
    }
    content = name + contents[name]
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    whole = saved(rgb(), "PNG")
    with pytest.warns(UserWarning, match="damaged metadata is left out"):
        signal = read_image(io.BytesIO(whole[:33] + chunk + whole[33:]), LIMIT)
    assert np.array_equal(signal.samples, smooth_image(20, 30))


def test_the_profile_of_inks_is_left_out_with_a_warning() -> None:
    data = saved(rgb().convert("CMYK"), "JPEG", icc_profile=icc())
    with pytest.warns(UserWarning, match="CMYK becomes RGB without its ICC profile"):
        assert read_image(io.BytesIO(data), LIMIT).metadata.icc == b""


@pytest.mark.parametrize("kind", ["icc_profile", "exif", "xmp", "dpi", "comment", "photoshop"])
@pytest.mark.parametrize("value", [5_000_000_000, (1, "x"), "\ud800", object(), b"\xff" * 9])
def test_metadata_of_any_type_does_not_stop_an_image(kind: str, value: object) -> None:
    """Tags of a TIFF file can have any type."""
    image = rgb()
    image.info[kind] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert from_pillow(image).info.shape == (20, 30)
