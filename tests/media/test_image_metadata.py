"""What goes with images: kept to the last tag, written where it can be, never in an image's way."""

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
    EXIF,
    GPS,
    INTEROP,
    IPTC,
    MAKER_NOTE,
    THUMBNAIL,
    camera_exif,
    camera_jpeg,
    flat_exif,
    icc,
    rgb,
    saved,
)
from PIL import Image, IptcImagePlugin, PngImagePlugin

from inrcodec.errors import SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.images import check_extension, from_array, from_pillow, image_bytes, read_image
from inrcodec.media.images.exif import Tag, with_tags
from inrcodec.signal import Metadata, Signal

LIMIT = Limits(memory=1 << 26)
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


def read(data: bytes) -> Metadata:
    """The metadata of a file, read without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_image(io.BytesIO(data), LIMIT).metadata


def written(metadata: Metadata, extension: str, channels: int = 3) -> tuple[bytes, list[str]]:
    """A file with metadata, and the warnings that came of it."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        data = image_bytes(from_array(smooth_image(20, 30, channels), metadata), extension)
    return data, [str(warning.message) for warning in noted if warning.category is UserWarning]


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
    again = read(data)
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
    assert read(data) == Metadata()


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
    assert read(data) == Metadata(xmp=b"<x/>")


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
    assert struct.unpack("<2f", read(data).resolution) == pytest.approx((300, 150), rel=1e-4)


def test_a_resolution_that_a_jpeg_does_not_have_is_not_made_up() -> None:
    with Image.open(io.BytesIO(saved(rgb(), "JPEG", exif=b"Exif\0\0" + flat_exif()))) as image:
        assert image.info["dpi"] == (72, 72)
        assert read(saved(rgb(), "JPEG", exif=b"Exif\0\0" + flat_exif())).resolution == b""


@pytest.mark.parametrize("extension", [".jpg", ".png", ".gif", ".jp2"])
def test_comments_survive(extension: str) -> None:
    data, told = written(Metadata(tags='{"comment": "grün"}'.encode()), extension)
    assert told == []
    assert json.loads(read(data).tags) == {"comment": "grün"}


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
    kept = read(saved(rgb(), "PNG", pnginfo=text))
    assert json.loads(kept.tags) == texts
    data, told = written(kept, ".png")
    assert told == []
    assert read(data) == kept
    assert written(kept, ".jpg")[1] == [
        "JPEG cannot hold its texts ('Author', 'Source', 'Title'): left out"
    ]


@pytest.mark.parametrize("extension", [".jpg", ".tiff"])
def test_iptc_survives(extension: str) -> None:
    data, told = written(Metadata(iptc=IPTC), extension)
    assert told == []
    assert read(data).iptc == IPTC
    with Image.open(io.BytesIO(data)) as image:
        found = IptcImagePlugin.getiptcinfo(image)
    assert found == {(2, 120): b"hello", (2, 25): b"key"}


def test_iptc_that_a_tiff_declares_to_be_integers_is_read() -> None:
    tag = Tag(33723, 4, IPTC + bytes(-len(IPTC) % 4))
    tiff = with_tags(saved(rgb(), "TIFF"), [tag])
    assert read(tiff).iptc.rstrip(b"\0") == IPTC


def test_exif_of_a_tiff_becomes_that_of_a_jpeg() -> None:
    tiff, _ = written(Metadata(exif=camera_exif()), ".tiff")
    jpeg, _ = written(read(tiff), ".jpg")
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.getexif()[0x010F] == "Maker"
        assert image.getexif().get_ifd(EXIF)[0x9204] == pytest.approx(-1 / 3)
        assert image.getexif().get_ifd(INTEROP)[1] == "R98"
        assert THUMBNAIL not in image.getexif()


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


@pytest.mark.parametrize("kind", ["icc_profile", "exif", "xmp", "dpi", "comment", "photoshop"])
@pytest.mark.parametrize("value", [5_000_000_000, (1, "x"), "\ud800", object(), b"\xff" * 9])
def test_metadata_of_any_type_does_not_stop_an_image(kind: str, value: object) -> None:
    """Tags of a TIFF file can have any type."""
    image = rgb()
    image.info[kind] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert from_pillow(image).info.shape == (20, 30)
