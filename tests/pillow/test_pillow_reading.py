"""Pillow reads `.inr` files: headers at once, pixels when they are asked for, coarse ones alone for
a thumbnail."""

from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import subprocess
import sys
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import crop_of_photo, smooth_image
from PIL import Image, ImageFile, ImageOps, ImageSequence
from pillow_files import PHOTO, WIDE, opened

import inrcodec
import inrcodec.pillow
from inrcodec.media.images import from_array
from inrcodec.signal import Metadata, Signal

# A block with an artist, and upright.
EXIF = (
    b"II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\x3b\x01\x02\0\x04\0\0\0Ann\0\0\0\0\0"
)


class CountingFile(io.BytesIO):
    """A file that knows how much of it has been read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def sequence(tmp_path: Path) -> Path:
    """Three frames of one size, each shown for a time of its own."""
    frames = [Image.fromarray(np.roll(smooth_image(24, 32), 4 * k, axis=1)) for k in range(3)]
    path = tmp_path / "clip.inr"
    frames[0].save(path, append_images=frames[1:], duration=[40, 33.3, 200], effort=1)
    return path


def test_pixels_are_those_of_the_library() -> None:
    with opened(PHOTO) as image:
        assert (image.format, image.mode, image.size) == ("INR", "RGB", (56, 40))
        assert image.get_format_mimetype() == "image/x-inr"
        np.testing.assert_array_equal(np.asarray(image), inrcodec.decode(PHOTO))


@pytest.mark.parametrize(
    ("channels", "dtype", "mode"),
    [
        *((1, "u1", "L"), (2, "u1", "LA"), (3, "u1", "RGB"), (4, "u1", "RGBA")),
        *((1, "u2", "I;16"), (2, "u2", "LA"), (3, "u2", "RGB"), (4, "u2", "RGBA")),
    ],
)
def test_every_kind_of_image_has_its_mode(channels: int, dtype: str, mode: str) -> None:
    samples = smooth_image(20, 24, channels).astype(dtype) * (257 if dtype == "u2" else 1)
    data = inrcodec.encode(samples, effort=1).data
    shown = inrcodec.decode(data)
    image = opened(data)
    assert image.mode == mode
    # Of several channels, Pillow has 8 bits.
    expected = shown >> 8 if dtype == "u2" and channels > 1 else shown
    np.testing.assert_array_equal(np.asarray(image), expected.squeeze())


def test_opening_reads_headers_alone_and_a_thumbnail_the_coarse_levels() -> None:
    taken = {}
    for name, use in {
        "open": lambda image: None,
        "thumbnail": lambda image: image.thumbnail((80, 6)),
        "load": lambda image: image.load(),
    }.items():
        stream = CountingFile(WIDE)
        # Other plugins read, too, what they would not know.
        use(Image.open(stream, formats=["INR"]))
        taken[name] = stream.taken
    assert taken["open"] < taken["thumbnail"] < taken["load"]
    assert taken["open"] < 300
    code = (
        "import inrcodec, sys; inrcodec.register(); assert 'inrcodec.decoding' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("asked", "divisor"), [(640, 1), (330, 1), (320, 2), (100, 4), (1, 32)])
def test_a_draft_is_a_power_of_two_smaller(asked: int, divisor: int) -> None:
    image = opened(WIDE)
    mode, box = image.draft("L", (asked, 1)) or (None, None)
    assert image.size == (640 // divisor, 48 // divisor)
    assert (mode, box) == ("RGB", (0, 0, *image.size))
    # As with JPEG, once.
    assert image.draft(None, (1, 1)) is None
    expected = inrcodec.decode(WIDE, size=image.size)
    np.testing.assert_array_equal(np.asarray(image), expected)


def test_a_thumbnail_is_like_the_image() -> None:
    image, whole = opened(WIDE), opened(WIDE).copy()
    image.thumbnail((100, 100))
    whole.thumbnail((100, 100))
    assert image.size == whole.size == (100, 8)
    assert np.abs(np.asarray(image).astype(int) - np.asarray(whole)).mean() < 2


def test_metadata_are_where_pillow_has_them() -> None:
    metadata = Metadata(
        icc=b"profile",
        exif=EXIF,
        xmp=b"<x/>",
        iptc=b"\x1c\x02\x50\0\x01A",
        resolution=np.array([300, 150], "<f4").tobytes(),
        tags=b'{"comment": "by night", "Title": "Night"}',
    )
    signal = from_array(smooth_image(8, 8))
    image = opened(inrcodec.encode(Signal(signal.samples, signal.info, metadata), effort=1).data)
    assert image.info == {
        "icc_profile": b"profile",
        "exif": b"Exif\0\0" + EXIF,
        "xmp": b"<x/>",
        "photoshop": {0x0404: metadata.iptc},
        "dpi": (300.0, 150.0),
        "comment": b"by night",
    }
    assert image.text == {"comment": "by night", "Title": "Night"}
    assert image.getexif()[0x013B] == "Ann"
    assert ImageOps.exif_transpose(image).size == image.size


def test_damaged_metadata_are_left_out_with_a_warning() -> None:
    signal = from_array(smooth_image(8, 8))
    metadata = Metadata(exif=b"none", tags=b"[")
    data = inrcodec.encode(Signal(signal.samples, signal.info, metadata), effort=1).data
    with (
        pytest.warns(UserWarning, match="damaged EXIF is left out"),
        pytest.warns(UserWarning, match="damaged texts are left out"),
    ):
        assert opened(data).info == {}


def test_frames_of_a_sequence_have_durations(tmp_path: Path) -> None:
    path = sequence(tmp_path)
    with Image.open(path) as image:
        assert (image.n_frames, image.is_animated) == (3, True)
        frames = [(f.info["duration"], np.asarray(f)) for f in ImageSequence.Iterator(image)]
        assert [duration for duration, _ in frames] == [40, 33.3, 200]
        # In any order.
        for number in (2, 0, 1):
            image.seek(number)
            assert image.tell() == number
            np.testing.assert_array_equal(np.asarray(image), frames[number][1])
            expected = inrcodec.decode(path, item=number + 1)
            np.testing.assert_array_equal(np.asarray(image), expected)
        for number in (-1, 3):
            with pytest.raises(EOFError):
                image.seek(number)
    with pytest.raises(ValueError, match="closed"):
        image.seek(0)


def test_items_of_an_album_are_frames_of_their_own_size(tmp_path: Path) -> None:
    tone = inrcodec.encode(np.zeros((400, 1), np.float32), rate=8000, effort=1)
    sources = {"a.png": crop_of_photo(20, 30), "b.png": smooth_image(16, 8, 1)}
    (tmp_path / "tone.inr").write_bytes(tone.data)
    album = inrcodec.Album.encode(sources, tmp_path / "album.inr", effort=1)
    with Image.open(album.path) as image:
        found = [
            (f.info, f.size, f.mode) for f in map(Image.Image.copy, ImageSequence.Iterator(image))
        ]
    assert found == [({"name": "a.png"}, (30, 20), "RGB"), ({"name": "b.png"}, (8, 16), "L")]


def test_an_unpickled_image_has_its_pixels_and_one_frame(tmp_path: Path) -> None:
    with Image.open(sequence(tmp_path)) as image:
        image.seek(1)
        for other in (pickle.loads(pickle.dumps(image)), copy.deepcopy(image)):
            assert other == image
            assert [np.asarray(f).shape for f in ImageSequence.Iterator(other)] == [(24, 32, 3)]
            assert other.info["duration"] == 33.3


def test_pixels_can_be_changed() -> None:
    for data in (PHOTO, inrcodec.encode(smooth_image(8, 8, 1), effort=1).data):
        image = opened(data)
        image.paste(0, (0, 0, 4, 4))
        assert not np.asarray(image)[:4, :4].any()
        assert np.asarray(opened(data))[:4, :4].any()


def test_threads_load_images_of_their_own() -> None:
    start, files = threading.Barrier(4), (PHOTO, WIDE) * 4
    expected = {data: inrcodec.decode(data) for data in (PHOTO, WIDE)}

    def loaded(data: bytes) -> bool:
        start.wait()
        return np.array_equal(np.asarray(opened(data)), expected[data])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(loaded, files))


def memory() -> int:
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells it")
def test_neither_memory_nor_files_are_left(tmp_path: Path) -> None:
    path = tmp_path / "flat.inr"
    inrcodec.encode(np.full((512, 512), 99, np.uint8), effort=1).save(path)

    def use() -> None:
        Image.open(path).load()
        with Image.open(path) as image:
            image.thumbnail((64, 64))
        with Image.open(path) as image:
            image.convert("RGB").save(io.BytesIO(), "PNG")

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        use()
        gc.collect()
        before, files = memory(), len([*Path("/proc/self/fd").iterdir()])
        for _ in range(20):
            use()
        gc.collect()
    assert len([*Path("/proc/self/fd").iterdir()]) == files
    # Of each turn, the pixels alone are 2 MB.
    assert memory() - before < 20e6


def test_what_is_loaded_holds_nothing_of_its_file() -> None:
    stream = CountingFile(PHOTO)
    image, alive = Image.open(stream), weakref.ref(stream)
    image.load()
    del stream
    gc.collect()
    assert alive() is None


def test_an_incremental_parser_has_the_image() -> None:
    parser = ImageFile.Parser()
    for start in range(0, len(PHOTO), 100):
        parser.feed(PHOTO[start : start + 100])
    np.testing.assert_array_equal(np.asarray(parser.close()), inrcodec.decode(PHOTO))
