"""What goes with images of 16 bits, and what PNG has of colors."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from conftest import smooth_image
from deep_files import LIMIT, chunk, deep, deep_png, read
from image_files import flat_exif, icc

from inrcodec.media.images import from_array, image_bytes, read_image
from inrcodec.signal import Metadata

CICP = bytes((9, 16, 0, 1))
COLORS = Metadata(cicp=CICP, mdcv=bytes(range(24)), clli=bytes(range(8)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_colors_of_a_png_file_are_kept_as_they_are(bits: int, channels: int) -> None:
    samples = deep(channels) if bits == 16 else smooth_image(20, 30, channels)
    data = image_bytes(from_array(samples, COLORS), ".png")
    chunks = [data.index(name) for name in (b"IHDR", b"cICP", b"mDCV", b"cLLI", b"IDAT")]
    assert chunks == sorted(chunks)
    assert read(data).metadata == COLORS


def test_metadata_of_16_bits_is_kept_as_of_8() -> None:
    metadata = Metadata(
        icc=icc(),
        exif=flat_exif(),
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        resolution=struct.pack("<2f", 300, 300),
        tags=b'{"Title": "a title"}',
        cicp=CICP,
    )
    kept = read(image_bytes(from_array(deep(3), metadata), ".png")).metadata
    of_8 = read(image_bytes(from_array(smooth_image(20, 30), metadata), ".png")).metadata
    assert kept == of_8
    assert (kept.icc, kept.exif, kept.xmp) == (metadata.icc, metadata.exif, metadata.xmp)
    assert (kept.tags, kept.cicp) == (metadata.tags, CICP)
    with pytest.warns(UserWarning, match="TIFF cannot hold its texts"):
        tiff = read(image_bytes(from_array(deep(3), Metadata(icc=icc(), tags=kept.tags)), ".tiff"))
    assert tiff.metadata.icc == icc()


def test_what_stands_behind_the_pixels_is_read() -> None:
    after = [chunk(b"tEXt", b"Title\0late"), chunk(b"eXIf", flat_exif())]
    metadata = read(deep_png(deep(3), after=after)).metadata
    assert metadata.tags == b'{"Title": "late"}'
    assert metadata.exif == flat_exif()


@pytest.mark.parametrize("payload", [b"", bytes(3), bytes(5)])
def test_damaged_colors_are_left_out_with_a_warning(payload: bytes) -> None:
    data = deep_png(deep(3), [chunk(b"cICP", payload)])
    with pytest.warns(UserWarning, match="damaged cICP is left out"):
        signal = read_image(io.BytesIO(data), LIMIT)
    assert signal.metadata == Metadata()
    assert np.array_equal(signal.samples, deep(3))
    with pytest.warns(UserWarning, match="damaged cICP is left out"):
        assert b"cICP" not in image_bytes(from_array(deep(3), Metadata(cicp=b"abc")), ".png")


def test_a_damaged_profile_does_not_stop_16_bits() -> None:
    broken = bytearray(chunk(b"iCCP", b"p\0\0garbage"))
    broken[-1] ^= 1
    with pytest.warns(UserWarning, match="damaged metadata is left out"):
        signal = read_image(io.BytesIO(deep_png(deep(3), [bytes(broken)])), LIMIT)
    assert np.array_equal(signal.samples, deep(3))


@pytest.mark.parametrize("extension", [".jpg", ".webp", ".tiff", ".gif"])
def test_colors_that_a_format_cannot_hold_are_warned_of(extension: str) -> None:
    with pytest.warns(UserWarning, match="cannot hold its cICP, mDCV, cLLI: left out"):
        image_bytes(from_array(smooth_image(20, 30), COLORS), extension)
