"""Images of 16 bits in several channels: read and written to the bit, or refused in one line."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
import warnings
from pathlib import Path

import imagecodecs
import numpy as np
import numpy.typing as npt
import pytest
from conftest import smooth_image
from deep_files import animated, chunk, deep_png, deep_tiff
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from image_files import flat_exif, icc
from PIL import Image

import inrcodec
from inrcodec.errors import LimitError, SignalError, UsageError
from inrcodec.limits import Limits
from inrcodec.media.clips import open_clip
from inrcodec.media.images import from_array, from_pillow, image_bytes, read_image
from inrcodec.signal import Color, Metadata, Signal

LIMIT = Limits(memory=1 << 26)
CICP = bytes((9, 16, 0, 1))
COLORS = Metadata(cicp=CICP, mdcv=bytes(range(24)), clli=bytes(range(8)))
WRITERS = {".png": deep_png, ".tiff": deep_tiff}

Samples = npt.NDArray[np.uint16]

shapes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
images = shapes.flatmap(lambda shape: arrays(np.uint16, shape))


def deep(channels: int, height: int = 20, width: int = 30) -> Samples:
    """A smooth image whose lower bits are noise."""
    noise = np.random.default_rng(channels).integers(0, 256, (height, width, channels))
    return (smooth_image(height, width, channels).astype(np.uint16) << 8) + noise.astype(np.uint16)


def read(data: bytes, bits: int | None = None, limits: Limits = LIMIT) -> Signal:
    """Read a file without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_image(io.BytesIO(data), limits, bits)


@pytest.fixture
def without_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if imagecodecs were not installed."""
    monkeypatch.setitem(sys.modules, "imagecodecs", None)


# What is written is read again.


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


# What others write is read.


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


# What goes with images.


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
