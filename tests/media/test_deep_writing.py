"""Images of 16 bits in several channels are written to the bit: what is written is read again."""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
import pytest
from deep_files import WRITERS, Samples, deep, images, read
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import inrcodec
from inrcodec.media.images import from_array, image_bytes


@given(images, st.sampled_from([".png", ".tiff"]))
def test_what_is_written_is_read_to_the_bit(samples: Samples, extension: str) -> None:
    data = image_bytes(from_array(samples), extension)
    signal = read(data)
    assert signal.info.bits_per_sample == 16
    assert signal.info.color == samples.shape[2]
    assert np.array_equal(signal.samples, samples)


@given(images)
def test_other_readers_read_what_is_written(samples: Samples) -> None:
    signal = from_array(samples)
    png = imagecodecs.png_decode(image_bytes(signal, ".png"))
    assert np.array_equal(png.reshape(samples.shape), samples)
    tiff = imagecodecs.tiff_decode(image_bytes(signal, ".tiff"))
    assert np.array_equal(tiff.reshape(samples.shape), samples)


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_pillow_reads_the_upper_bits_of_what_is_written(extension: str, channels: int) -> None:
    samples = deep(channels)
    data = image_bytes(from_array(samples), extension)
    if (extension, channels) == (".tiff", 2):
        with pytest.raises(OSError, match="cannot identify"):
            Image.open(io.BytesIO(data))
        return
    with Image.open(io.BytesIO(data)) as image:
        shown = np.asarray(image.convert({2: "LA", 3: "RGB", 4: "RGBA"}[channels]))
    assert np.array_equal(shown, samples >> 8)


# From file to file.


@pytest.mark.parametrize("channels", [2, 3, 4])
@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_16_bits_go_through_a_file(channels: int, extension: str) -> None:
    samples = deep(channels)
    encoded = inrcodec.encode(WRITERS[extension](samples), effort=1, quality=95)
    assert encoded.info.sample_bits == 16
    decoded = inrcodec.decode(encoded.data)
    assert decoded.dtype == np.uint16
    error = np.mean((decoded.astype(float) - samples) ** 2)
    assert encoded.psnr_db == pytest.approx(10 * np.log10(65535**2 / error), abs=0.01)
    assert encoded.psnr_db > 35
    of_8 = inrcodec.encode(WRITERS[extension](samples), effort=1, quality=95, bits=8)
    assert of_8.info.sample_bits == 8
    if channels in (2, 4):
        assert np.array_equal(decoded[..., -1], samples[..., -1])
