"""Images of 16 bits that are too large or damaged, or lack a package, are refused in one line."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import warnings

import imagecodecs
import numpy as np
import pytest
from deep_files import LIMIT, WRITERS, chunk, deep, deep_png, deep_tiff, read

from inrcodec.errors import LimitError, SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.images import from_array, image_bytes, read_image


@pytest.fixture
def without_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if imagecodecs were not installed."""
    monkeypatch.setitem(sys.modules, "imagecodecs", None)


# Without imagecodecs.


@pytest.mark.parametrize("data", [deep_png(deep(3)), deep_tiff(deep(3)), deep_tiff(deep(2))])
@pytest.mark.usefixtures("without_codecs")
def test_what_is_missing_is_said_and_nothing_is_cut(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"reading 16 bits of \d channels.*inrcodec\[deep\]"):
        read_image(io.BytesIO(data), LIMIT)


@pytest.mark.usefixtures("without_codecs")
def test_8_bits_are_read_by_pillow() -> None:
    for data in (deep_png(deep(3)), deep_tiff(deep(3))):
        assert np.array_equal(read(data, bits=8).samples, deep(3) >> 8)
    # Of these it makes nothing, or nonsense.
    for data in (deep_tiff(deep(2)), deep_tiff(deep(3), separate=True)):
        with pytest.raises(UsageError, match=r"of \d channels needs .*inrcodec\[deep\]"):
            read_image(io.BytesIO(data), LIMIT, 8)


@pytest.mark.usefixtures("without_codecs")
def test_gray_and_ppm_and_writing_tiff_need_nothing() -> None:
    for extension, writer in WRITERS.items():
        gray = read(writer(deep(1)))
        assert np.array_equal(gray.samples, deep(1))
        assert image_bytes(gray, extension)
    assert read(b"P6 1 1 65535 123456").info.bits_per_sample == 16
    assert image_bytes(from_array(deep(3)), ".tiff")
    with pytest.raises(UsageError, match=r"writing 16 bits .*inrcodec\[deep\]"):
        image_bytes(from_array(deep(3)), ".png")


# Limits and damage.


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_sizes_are_refused_before_pixels_are_decoded(
    monkeypatch: pytest.MonkeyPatch, extension: str, channels: int
) -> None:
    needed = 4 * 600 * max(4, 2 * channels)
    data = WRITERS[extension](deep(channels))
    read(data, limits=Limits(memory=needed))
    for name in ("png_decode", "tiff_decode"):
        monkeypatch.setattr(imagecodecs, name, None)
    with pytest.raises(LimitError, match="30×20 would take"):
        read(data, limits=Limits(memory=needed - 1 if channels > 2 else 200))


def test_a_header_that_claims_more_than_there_is_takes_no_memory() -> None:
    shown = deep(3, 1, 1)
    claim = struct.pack(">II", 3000, 3000)
    png = deep_png(shown).replace(struct.pack(">II", 1, 1), claim)
    header = png[12:29]
    png = png[:8] + chunk(header[:4], header[4:]) + png[33:]
    tiff = deep_tiff(shown, tile=16, deflate=True)
    for number in (322, 323):
        tag = struct.pack("<HHI", number, 4, 1)
        tiff = tiff.replace(tag + struct.pack("<I", 16), tag + struct.pack("<I", 1 << 16))
    tracemalloc.start()
    try:
        for data in (png, tiff):
            with pytest.raises(LimitError, match="would take"):
                read(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_header_that_changes_its_mind_is_refused() -> None:
    """Limits were checked on the one that Pillow takes, which is the second."""
    whole = deep_png(deep(3))
    twice = whole[:33] + deep_png(deep(3, 2, 2))[8:33] + whole[33:]
    with pytest.raises(SignalError):
        read(twice)


@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_damage_is_one_line(extension: str) -> None:
    data = WRITERS[extension](deep(3))
    places = range(0, len(data), 97)
    refusals = 0
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 0x55
        for damaged in (data[:place], bytes(flipped)):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    read_image(io.BytesIO(damaged), LIMIT)
            except (SignalError, LimitError) as error:
                assert "\n" not in str(error)
                refusals += 1
    # A TIFF file has no checksums.
    assert refusals >= len(places) * (1.9 if extension == ".png" else 0.9)
