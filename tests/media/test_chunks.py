"""PNG files as chunks: taken apart and put together, with right checksums."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import rgb, saved
from PIL import Image, PngImagePlugin

from inrcodec.media.images.chunks import (
    SIGNATURE,
    bare,
    chunk,
    frame_of,
    leading,
    split,
    with_chunks,
    with_pixels,
)


def texts() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "a title")
    return info


PNG = saved(rgb(), "PNG", pnginfo=texts(), dpi=(300, 300))
PALETTE = saved(rgb().quantize(8), "PNG", transparency=3)


def names(png: bytes) -> list[bytes]:
    return [found.name for found in split(png)]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@given(st.binary(min_size=4, max_size=4), st.binary(max_size=50))
def test_a_chunk_is_length_name_payload_and_checksum(name: bytes, payload: bytes) -> None:
    made = chunk(name, payload)
    assert made.raw[:8] == struct.pack(">I4s", len(payload), name)
    assert made.raw[-4:] == zlib.crc32(name + payload).to_bytes(4, "big")
    assert made.payload == payload
    assert made.intact


@given(st.data())
def test_a_flipped_bit_shows(data: st.DataObject) -> None:
    raw = bytearray(chunk(b"cICP", bytes((9, 16, 0, 1))).raw)
    bit = data.draw(st.integers(64, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert not type(chunk(b"cICP", b""))(b"cICP", bytes(raw)).intact


@pytest.mark.parametrize("png", [PNG, PALETTE])
def test_a_file_is_its_chunks(png: bytes) -> None:
    found = list(split(png))
    assert found[0].name == b"IHDR"
    assert found[-1].name == b"IEND"
    assert all(one.intact for one in found)
    assert SIGNATURE + b"".join(one.raw for one in found) == png
    assert [*split(png + b"garbage")] == found


def test_a_file_that_is_cut_off_is_told() -> None:
    with pytest.raises(struct.error):
        list(split(PNG[:10]))
    *_, last = split(PNG[:-2])
    assert not last.intact


@pytest.mark.parametrize("png", [PNG, PALETTE])
def test_chunks_are_put_behind_the_header(png: bytes) -> None:
    """Before palette and pixels, where what says how colors are shown has to be."""
    added = {b"cICP": bytes((9, 16, 0, 1)), b"cLLI": bytes(8)}
    made = with_chunks(png, added)
    assert names(made)[:3] == [b"IHDR", b"cICP", b"cLLI"]
    assert [*split(made)][3:] == [*split(png)][1:]
    assert {c.name: c.payload for c in leading(made, added)} == added
    assert np.array_equal(pixels(made), pixels(png))


def test_what_stands_behind_the_pixels_does_not_lead() -> None:
    late = PNG[:-12] + chunk(b"cICP", bytes(4)).raw + PNG[-12:]
    assert not [*leading(late, [b"cICP"])]
    assert not [*leading(PNG[:10], [b"IHDR"])]


def test_a_bare_file_shows_the_same() -> None:
    made = bare(PALETTE, [b"tRNS"])
    assert names(made) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert np.array_equal(pixels(made), pixels(PALETTE))
    assert b"tRNS" not in names(bare(PALETTE, []))


def test_the_frame_of_a_file_tells_the_same_of_one_pixel() -> None:
    with Image.open(io.BytesIO(frame_of(PNG))) as image:
        image.load()
        assert image.size == (1, 1)
        assert image.text == {"Title": "a title"}
        assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-4)


def test_pixels_are_put_into_a_frame() -> None:
    made = with_pixels(frame_of(PNG), PALETTE)
    assert np.array_equal(pixels(made), pixels(PALETTE))
    assert sorted(names(made)) == sorted([*names(PALETTE), b"pHYs", b"tEXt"])
