"""Which image files are read, and that none of them, damaged as it may be, ends in a traceback."""

from __future__ import annotations

import io
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
from conftest import smooth_image
from deep_files import deep_png, deep_tiff
from image_files import READ, camera_jpeg, rgb, saved
from PIL import Image, ImageFile

from inrcodec.errors import InrError, LimitError, SignalError
from inrcodec.limits import Limits
from inrcodec.media.images import from_pillow, is_image, read_image
from inrcodec.media.images.formats import open_image
from inrcodec.media.images.reading import bytes_per_pixel

LIMIT = Limits(memory=1 << 26)


def files() -> dict[str, bytes]:
    """A small file of each format, compressed and animated ones among them."""
    found = {name: saved(rgb(), name) for name in READ}
    found["TIFF, LZW"] = saved(rgb(), "TIFF", compression="tiff_lzw")
    for name in ("PNG", "GIF", "WEBP", "AVIF"):
        turned = [rgb().rotate(180)]
        found[f"{name}, animated"] = saved(rgb(), name, save_all=True, append_images=turned)
    found["JPEG of a camera"] = camera_jpeg()
    deep = smooth_image(20, 30).astype(np.uint16) * 257
    found["PNG, 16 bits"] = deep_png(deep)
    found["TIFF, 16 bits"] = deep_tiff(deep, tile=16, deflate=True)
    return found


FILES = files()


@pytest.mark.parametrize("name", READ)
def test_formats_are_read(name: str) -> None:
    signal = read_image(io.BytesIO(FILES[name]), LIMIT)
    assert signal.info.shape == (20, 30)
    assert is_image(io.BytesIO(FILES[name]))


@pytest.mark.parametrize("name", ["BLP", "DDS", "EPS", "ICNS", "ICO", "IM", "PCX", "QOI", "SGI"])
def test_other_formats_are_not_read(name: str) -> None:
    image = rgb().convert("P") if name == "BLP" else rgb()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        data = saved(image, name)
    with pytest.raises(SignalError, match="neither an image nor an audio signal"):
        read_image(io.BytesIO(data), LIMIT)
    assert not is_image(io.BytesIO(data))


def refusal(data: bytes) -> str | None:
    """Why a file is refused, None where it is read; fails where that is not one line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert read_image(io.BytesIO(data), LIMIT).samples.size
        except (SignalError, LimitError) as error:
            assert "\n" not in str(error)
            return str(error)
    return None


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_or_refused_in_one_line(name: str) -> None:
    rng, data = random.Random(name), FILES[name]
    for _ in range(25):
        cut = data[: rng.randrange(len(data))]
        flipped, garbage = bytearray(data), bytearray(data)
        for _ in range(rng.randrange(1, 9)):
            flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        start = rng.randrange(min(len(data), 200))
        garbage[start : start + rng.randrange(12)] = rng.randbytes(rng.randrange(1, 12))
        for damaged in (cut, bytes(flipped), bytes(garbage)):
            refusal(damaged)


@pytest.mark.parametrize("name", FILES)
def test_files_of_a_right_beginning_and_garbage_are_refused(name: str) -> None:
    # TGA and PPM take any bytes for pixels, if there are enough.
    garbage = random.Random(1).randbytes(300)
    assert refusal(FILES[name][:30] + garbage) is not None
    assert refusal(FILES[name][:30]) is not None


@pytest.mark.parametrize("error", [RuntimeError("two\nlines"), KeyError("x"), ZeroDivisionError()])
def test_whatever_a_decoder_raises_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(self: ImageFile.ImageFile) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    assert "a damaged image" in (refusal(FILES["PNG"]) or "")
    with Image.open(io.BytesIO(FILES["PNG"])) as image, pytest.raises(SignalError):
        from_pillow(image)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (MemoryError(), LimitError),
        (RuntimeError("Failed to decode image: Out of memory"), LimitError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (SystemExit(), SystemExit),
    ],
)
def test_what_is_not_damage_is_not_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, raised: type[BaseException]
) -> None:
    def fail(self: ImageFile.ImageFile) -> None:
        raise error

    monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
    with pytest.raises(raised):
        read_image(io.BytesIO(FILES["PNG"]), LIMIT)


@pytest.mark.parametrize("name", [*READ, "TIFF, LZW"])
def test_sizes_are_refused_by_our_limit_and_before_pixels_are_decoded(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    loads: list[str] = []
    load = ImageFile.ImageFile.load_prepare
    monkeypatch.setattr(
        ImageFile.ImageFile, "load_prepare", lambda self: (loads.append(name), load(self))[1]
    )
    needed = 4 * 600 * bytes_per_pixel("RGB")
    with pytest.raises(LimitError, match="30×20 would take"):
        read_image(io.BytesIO(FILES[name]), Limits(memory=200))
    assert not loads
    assert read_image(io.BytesIO(FILES[name]), Limits(memory=needed)).info.shape == (20, 30)


@pytest.mark.parametrize("name", [*(n for n in READ if n != "WEBP"), "TIFF, LZW"])
def test_the_limit_of_pillow_is_not_ours(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_image(io.BytesIO(FILES[name]), LIMIT).info.shape == (20, 30)


def test_where_pillow_insists_on_its_limit_that_is_a_limit_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(LimitError, match="Pillow"):
        read_image(io.BytesIO(FILES["WEBP"]), LIMIT)


def test_reading_changes_nothing_of_the_process() -> None:
    """Nor does a thread see another's change for a moment."""
    before = (Image.MAX_IMAGE_PIXELS, list(warnings.filters), warnings.showwarning)
    seen = set()

    def read(memory: int) -> None:
        with suppress(InrError):
            read_image(io.BytesIO(FILES["PNG"]), Limits(memory))
        seen.add(Image.MAX_IMAGE_PIXELS)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(read, [200, 1 << 20, 1 << 22, 1 << 26] * 25))
    assert seen == {before[0]}
    assert (Image.MAX_IMAGE_PIXELS, list(warnings.filters), warnings.showwarning) == before


def test_opening_reads_the_header_alone() -> None:
    data = FILES["BMP"]
    with open_image(io.BytesIO(data[:60])) as image:
        assert image.size == (30, 20)


def test_of_several_images_in_a_jpeg_the_first_is_used() -> None:
    data = saved(rgb(), "MPO", save_all=True, append_images=[rgb().rotate(180)])
    with pytest.warns(UserWarning, match="only the first frame of several is used"):
        signal = read_image(io.BytesIO(data), LIMIT)
    assert np.abs(signal.samples.astype(int) - smooth_image(20, 30)).mean() < 8


def test_damage_in_a_second_frame_does_not_stop_the_first() -> None:
    data = bytearray(FILES["GIF, animated"])
    data[-20:] = b"\xff" * 20
    with pytest.warns(UserWarning, match="first frame"):
        assert read_image(io.BytesIO(bytes(data)), LIMIT).info.shape == (20, 30)
