"""Images of 16 bits in several channels as others write them: read to the bit, or as 8 bits."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from conftest import smooth_image
from deep_files import (
    LIMIT,
    WRITERS,
    Samples,
    animated,
    chunk,
    deep,
    deep_png,
    deep_tiff,
    images,
    read,
    shapes,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from inrcodec.errors import SignalError
from inrcodec.media.clips import open_clip
from inrcodec.media.images import from_pillow, read_image
from inrcodec.signal import Color


@given(images, st.booleans())
def test_png_files_are_read_to_the_bit(samples: Samples, interlaced: bool) -> None:
    assert np.array_equal(read(deep_png(samples, interlaced=interlaced)).samples, samples)


@given(
    shapes.filter(lambda shape: shape[2] > 1).flatmap(lambda shape: arrays(np.uint16, shape)),
    st.sampled_from("<>"),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, 16]),
)
def test_tiff_files_are_read_to_the_bit(
    samples: Samples, order: str, separate: bool, deflate: bool, tile: int | None
) -> None:
    data = deep_tiff(samples, order, separate, deflate=deflate, tile=tile)
    assert np.array_equal(read(data).samples, samples)


def test_a_color_that_is_transparent_becomes_alpha() -> None:
    samples = np.array([[[1, 2, 3], [257, 2, 3], [1, 2, 259]]], np.uint16)
    signal = read(deep_png(samples, [chunk(b"tRNS", struct.pack(">3H", 1, 2, 3))]))
    assert signal.info.color is Color.RGBA
    assert np.array_equal(signal.samples[..., :3], samples)
    assert signal.samples[..., 3].tolist() == [[0, 65535, 65535]]


@pytest.mark.parametrize("channels", [2, 4])
def test_premultiplied_alpha_is_divided_by(channels: int) -> None:
    alpha = np.array([0, 1, 300, 40000, 65535], np.uint16)
    colors = np.array([7, 1, 150, 50000, 12345], np.uint16)
    samples = np.stack([*[colors] * (channels - 1), alpha], -1)[None]
    found = read(deep_tiff(samples, extra=[1])).samples[0]
    assert found[:, -1].tolist() == alpha.tolist()
    # Nothing is left of a transparent color, and none is above its alpha.
    assert found[:, 0].tolist() == [7, 65535, 32768, 65535, 12345]


def test_samples_that_mean_nothing_are_left_out() -> None:
    for channels in (2, 4):
        signal = read(deep_tiff(deep(channels), extra=[0]))
        assert np.array_equal(signal.samples, deep(channels)[..., :-1])


def retagged(tiff: bytes, number: int, old: int, new: int) -> bytes:
    """A little-endian file with another value of a tag of one 16-bit number."""
    head = struct.pack("<HHI", number, 3, 1)
    assert tiff.count(head + struct.pack("<HH", old, 0)) == 1
    return tiff.replace(head + struct.pack("<HH", old, 0), head + struct.pack("<HH", new, 0))


@pytest.mark.parametrize("photometric", [0, 3, 8])
@pytest.mark.parametrize("extra", [0, 1, 2])
def test_two_samples_that_are_not_gray_and_alpha_are_refused(photometric: int, extra: int) -> None:
    data = retagged(deep_tiff(deep(2), extra=[extra]), 262, 1, photometric)
    with pytest.raises(SignalError):
        read(data)


def test_bits_of_samples_that_are_not_there_change_nothing() -> None:
    """One sample of a pixel with the bits of two."""
    data = deep_tiff(deep(1))
    one = struct.pack("<HHIHH", 258, 3, 1, 16, 0)
    data = data.replace(one, struct.pack("<HHIHH", 258, 3, 2, 16, 16))
    assert np.array_equal(read(data).samples, deep(1))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_images_are_turned_upright_as_those_of_8_bits(extension: str, orientation: int) -> None:
    samples = deep(3, 4, 7)
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    if extension == ".png":
        data = deep_png(samples, after=[chunk(b"eXIf", block)])
    else:
        data = deep_tiff(samples, orientation=orientation)
    signal = read(data)
    out = io.BytesIO()
    Image.fromarray((samples >> 8).astype(np.uint8)).save(out, "PNG", exif=exif)
    assert np.array_equal(signal.samples >> 8, read(out.getvalue()).samples)
    assert set(signal.samples.ravel().tolist()) == set(samples.ravel().tolist())


@pytest.mark.parametrize(("most", "expected"), [(65535, [0, 1, 40000]), (999, [0, 66, 65535])])
def test_ppm_files_are_read_with_16_bits(most: int, expected: list[int]) -> None:
    levels = [0, 1, 40000] if most == 65535 else [0, 1, 999]
    pixels = np.array(levels, ">u2").tobytes()
    signal = read(b"P6\n# scanned\n1 1\n%d\n" % most + pixels)
    assert signal.info.bits_per_sample == 16
    assert signal.samples.ravel().tolist() == expected


def test_of_an_animation_the_first_frame_is_read() -> None:
    samples = deep(3)
    with pytest.warns(UserWarning, match="only the first frame of several is used"):
        signal = read_image(io.BytesIO(animated(samples)), LIMIT)
    assert np.array_equal(signal.samples, samples)


def test_a_clip_has_8_bits_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "clip.png").write_bytes(animated(deep(3)))
    with (
        pytest.warns(UserWarning, match="samples of more than 8 bits are read as 8"),
        open_clip(tmp_path / "clip.png", LIMIT) as clip,
        clip.frame(0) as frame,
    ):
        assert np.array_equal(frame.samples, deep(3) >> 8)


def many_bits() -> dict[str, bytes]:
    """Files of more than 8 bits that Pillow reads as 8, by what they are."""
    ink = deep_tiff(deep(4), extra=[]).replace(
        struct.pack("<HHIHH", 262, 3, 1, 2, 0), struct.pack("<HHIHH", 262, 3, 1, 5, 0)
    )
    return {
        "AVIF": imagecodecs.avif_encode(deep(3) >> 6, bitspersample=10),
        "JPEG 2000": imagecodecs.jpeg2k_encode(deep(3)),
        "PPM of texts": b"P3 1 1 65535 1 2 3",
        "CMYK": ink,
    }


@pytest.mark.parametrize("name", many_bits())
def test_bits_that_are_lost_are_warned_of(name: str) -> None:
    data = many_bits()[name]
    with pytest.warns(UserWarning, match="samples of more than 8 bits are read as 8"):
        assert read_image(io.BytesIO(data), LIMIT).info.bits_per_sample == 8
    assert read(data, bits=8).info.bits_per_sample == 8


def test_bits_that_pillow_loses_are_warned_of() -> None:
    for data in (deep_png(deep(3)), deep_tiff(deep(3))):
        with (
            pytest.warns(UserWarning, match="samples of more than 8 bits are read as 8"),
            Image.open(io.BytesIO(data)) as image,
        ):
            assert np.array_equal(from_pillow(image).samples, deep(3) >> 8)


@pytest.mark.parametrize("coded", [imagecodecs.avif_encode, imagecodecs.jpeg2k_encode])
def test_8_bits_are_not_warned_of(coded: object) -> None:
    assert callable(coded)
    assert read(coded(smooth_image(20, 30))).info.bits_per_sample == 8


# Bits that are wanted.


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_8_bits_are_the_upper_ones(extension: str, channels: int) -> None:
    samples = deep(channels)
    signal = read(WRITERS[extension](samples), bits=8)
    assert signal.info.bits_per_sample == 8
    assert np.array_equal(signal.samples, samples >> 8)
    assert read(WRITERS[extension](samples), bits=16).info.bits_per_sample == 16
