"""Image files: every mode and format, upright, with what describes them."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import smooth_image
from PIL import Image, ImageCms, PngImagePlugin

from inrcodec.errors import LimitError, SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.images import from_array, from_pillow, image_bytes, read_image, to_pillow
from inrcodec.signal import Color, Metadata

LIMIT = Limits()
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a/></x:xmpmeta>"


def saved(image: Image.Image, name: str, **options: object) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, name, **options)
    out.seek(0)
    return out


def rgb() -> Image.Image:
    return Image.fromarray(smooth_image(20, 30))


@pytest.mark.parametrize("name", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_are_read_exactly(name: str) -> None:
    signal = read_image(saved(rgb(), name), LIMIT)
    assert np.array_equal(signal.samples, smooth_image(20, 30))


@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
def test_lossy_formats_are_read(name: str) -> None:
    signal = read_image(saved(rgb(), name, quality=95), LIMIT)
    assert np.abs(signal.samples.astype(int) - smooth_image(20, 30)).mean() < 4


@pytest.mark.parametrize(
    ("mode", "color"),
    [
        ("1", Color.GRAY),
        ("L", Color.GRAY),
        ("LA", Color.GRAY_ALPHA),
        ("P", Color.RGB),
        ("RGB", Color.RGB),
        ("RGBA", Color.RGBA),
        ("CMYK", Color.RGB),
        ("YCbCr", Color.RGB),
    ],
)
def test_modes_become_colors(mode: str, color: Color) -> None:
    signal = from_pillow(rgb().convert(mode))
    assert signal.info.color is color
    assert signal.info.bits_per_sample == 8
    assert signal.samples.shape == (20, 30, int(color))


def test_transparent_palette_becomes_rgba() -> None:
    image = rgb().quantize(8)
    image.info["transparency"] = 3
    signal = from_pillow(image)
    assert signal.info.color is Color.RGBA
    assert set(np.unique(signal.samples[..., 3])) == {0, 255}


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_sixteen_bits_are_kept(name: str) -> None:
    samples = (smooth_image(9, 11, 1)[..., 0].astype(np.uint16) << 8) + 77
    signal = read_image(saved(Image.fromarray(samples), name), LIMIT)
    assert signal.info.bits_per_sample == 16
    assert np.array_equal(signal.samples[..., 0], samples)
    assert np.array_equal(np.asarray(to_pillow(signal)), samples)


@pytest.mark.parametrize("mode", ["F", "LAB", "HSV"])
def test_other_modes_are_refused(mode: str) -> None:
    image = Image.new("L", (4, 4)).convert("F") if mode == "F" else Image.new(mode, (4, 4))
    with pytest.raises(SignalError, match=mode):
        from_pillow(image)


def test_orientation_is_applied_and_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    signal = read_image(saved(rgb(), "PNG", exif=exif), LIMIT)
    assert np.array_equal(signal.samples, np.rot90(smooth_image(20, 30), -1))
    kept = Image.Exif()
    kept.load(signal.metadata.exif)
    assert kept[0x0112] == 1
    assert kept[0x010F] == "Maker"


def test_exif_is_kept_to_the_byte() -> None:
    """Also what Pillow would not write again: a thumbnail's directory, padding, unknown tags."""
    exif = Image.Exif()
    exif[0xC123] = b"private"
    block = exif.tobytes() + b"thumbnail and padding"
    kept = read_image(saved(rgb(), "PNG", exif=block), LIMIT).metadata.exif
    assert kept == block.removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("block", [b"MM\0*", b"II*\0\xff\xff\xff\xff", b"garbage", b"MM" * 40])
@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_damaged_exif_does_not_stop_an_image(name: str, block: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signal = read_image(saved(rgb(), name, exif=b"Exif\0\0" + block), LIMIT)
        assert signal.info.shape == (20, 30)
        for extension in (".png", ".jpg", ".webp", ".tiff"):
            assert image_bytes(signal, extension)


def test_sizes_in_exif_do_not_become_those_of_a_tiff() -> None:
    exif = Image.Exif()
    exif[0x100], exif[0x101], exif[0x010F] = 9999, 5, "Maker"
    signal = from_array(
        smooth_image(20, 30), Metadata(exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    )
    with Image.open(io.BytesIO(image_bytes(signal, ".tiff"))) as image:
        assert image.size == (30, 20)
        assert image.getexif()[0x010F] == "Maker"


def test_metadata_too_long_for_jpeg_is_left_out() -> None:
    signal = from_array(
        smooth_image(20, 30), Metadata(exif=b"MM\0*" + bytes(70000), xmp=bytes(70000))
    )
    with pytest.warns(UserWarning, match="too long for JPEG"):
        data = image_bytes(signal, ".jpg")
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (30, 20)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tiff"])
def test_metadata_survives_a_file(extension: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    metadata = Metadata(icc, exif.tobytes().removeprefix(b"Exif\0\0"), XMP)
    data = image_bytes(from_array(smooth_image(20, 30), metadata), extension)
    found = read_image(io.BytesIO(data), LIMIT).metadata
    assert found.icc == icc
    assert found.xmp == XMP
    kept = Image.Exif()
    kept.load(found.exif)
    assert kept[0x010F] == "Maker"


def test_xmp_of_a_png_is_read() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode())
    assert read_image(saved(rgb(), "PNG", pnginfo=text), LIMIT).metadata.xmp == XMP


def test_a_tiff_without_metadata_has_none() -> None:
    assert read_image(saved(rgb(), "TIFF"), LIMIT).metadata == Metadata()


def test_first_of_several_frames_is_used() -> None:
    frames = saved(rgb(), "GIF", save_all=True, append_images=[rgb().rotate(180)])
    with pytest.warns(UserWarning, match="first frame"):
        assert read_image(frames, LIMIT).info.shape == (20, 30)


@pytest.mark.parametrize("data", [b"", b"text, not an image", b"\x89PNG\r\n\x1a\n" + bytes(30)])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(SignalError):
        read_image(io.BytesIO(data), LIMIT)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_truncated_images_are_refused(name: str) -> None:
    data = saved(rgb(), name).getvalue()
    for length in range(0, len(data) - 30, 97):
        with pytest.raises(SignalError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read_image(io.BytesIO(data[:length]), LIMIT)


def png_of(width: int, height: int) -> bytes:
    """A PNG file that claims so many pixels and holds none."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", b""))
    parts = [
        struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
        for tag, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(60_000, 60_000), (1 << 25, 1), (9_000, 9_000)])
def test_large_images_are_refused_before_they_are_decoded(size: tuple[int, int]) -> None:
    data, began = png_of(*size), time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(LimitError):
            read_image(io.BytesIO(data), Limits(memory=1 << 30))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 0.5
    with pytest.raises(LimitError, match="bytes are allowed; see --max-memory"):
        read_image(saved(rgb(), "PNG"), Limits(memory=1000))


@pytest.mark.parametrize(
    ("channels", "dtype", "extension"),
    [
        (4, np.uint8, ".jpg"),
        (1, np.uint16, ".jpg"),
        (3, np.uint16, ".webp"),
    ],
)
def test_formats_that_cannot_hold_a_signal_are_refused(
    channels: int, dtype: type, extension: str
) -> None:
    with pytest.raises(SignalError):
        image_bytes(from_array(smooth_image(4, 4, channels).astype(dtype)), extension)


def test_paths_and_streams_are_the_same(tmp_path: Path) -> None:
    rgb().save(tmp_path / "a.png")
    a = read_image(tmp_path / "a.png", LIMIT).samples
    assert np.array_equal(a, read_image((tmp_path / "a.png").open("rb"), LIMIT).samples)
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "b.png", LIMIT)


@pytest.mark.parametrize("size", [(19, 21), (48, 32), (256, 200)])
def test_icons_are_written_at_the_size_of_the_image(size: tuple[int, int]) -> None:
    """Not at the usual sizes of icons."""
    pixels = smooth_image(*size)
    with Image.open(io.BytesIO(image_bytes(from_array(pixels), ".ico"))) as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), pixels)


def test_what_no_icon_can_hold_is_refused() -> None:
    with pytest.raises(SignalError, match="256 pixels a side"):
        image_bytes(from_array(smooth_image(20, 257)), ".ico")
    with pytest.raises(UsageError, match="no image format"):
        image_bytes(from_array(smooth_image(20, 30)), ".icns")
