"""Pillow writes `.inr` files: an image or frames, with what is said beside pixels."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo, smooth_image
from PIL import Image, ImageOps, PngImagePlugin

import inrcodec
import inrcodec.pillow

PHOTO = Image.fromarray(crop_of_photo(40, 56))
ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825


def saved(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "INR", **{"effort": 1, **options})
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def apart(a: Image.Image, b: Image.Image) -> float:
    """The mean difference of samples, from 0 to 1."""
    peak = 255 if a.mode != "I;16" else 65535
    return float(np.abs(np.asarray(a).astype(int) - np.asarray(b)).mean()) / peak


def exif(orientation: int) -> Image.Exif:
    block = Image.Exif()
    block[ORIENTATION] = orientation
    block[ARTIST] = "Ann"
    block[GPS] = {1: "N", 2: (47.0, 22.0, 30.0)}
    return block


def camera_file(orientation: int) -> Image.Image:
    """A JPEG file that says how it is to be turned, and where it was taken."""
    out = io.BytesIO()
    PHOTO.save(
        out, "JPEG", quality=95, exif=exif(orientation), icc_profile=b"profile", dpi=(72, 72)
    )
    return opened(out.getvalue())


@pytest.fixture
def frames() -> list[Image.Image]:
    return [Image.fromarray(np.roll(smooth_image(24, 32), 4 * k, axis=1)) for k in range(3)]


def test_options_are_those_of_encode() -> None:
    for options in ({}, {"quality": 20}, {"tune": "visual"}, {"target_psnr": 30.0}):
        expected = inrcodec.encode(PHOTO, **{"effort": 1, **options}).data
        assert saved(PHOTO, **options) == expected
    # As with all of Pillow's formats, options of others do not count.
    assert saved(PHOTO, optimize=True, method=6) == saved(PHOTO)


def test_an_extension_tells_the_format(tmp_path: Path) -> None:
    inrcodec.register()
    PHOTO.save(tmp_path / "photo.inr", effort=1)
    assert (tmp_path / "photo.inr").read_bytes() == saved(PHOTO)
    with pytest.raises(inrcodec.UsageError, match="no image format"):
        # To encode is not to write a decoded image.
        inrcodec.media.images.check_extension(".inr")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_saved_upright(orientation: int) -> None:
    image = camera_file(orientation)
    upright = ImageOps.exif_transpose(image)
    for source, options in ((image, {}), (PHOTO, {"exif": exif(orientation)})):
        found = opened(saved(source, quality=90, **options))
        assert found.size == upright.size
        assert apart(found, upright) < 0.015
        assert found.getexif()[ORIENTATION] == 1
        assert ImageOps.exif_transpose(found).size == upright.size


def test_metadata_are_kept_and_come_back() -> None:
    found = opened(saved(camera_file(1)))
    assert found.info["icc_profile"] == b"profile"
    assert found.info["dpi"] == (72, 72)
    assert found.getexif()[ARTIST] == "Ann"
    assert found.getexif().get_ifd(GPS) == {1: "N", 2: (47.0, 22.0, 30.0)}
    again = opened(saved(found))
    assert again.info == found.info
    out = io.BytesIO()
    found.save(out, "JPEG", exif=found.info["exif"], icc_profile=found.info["icc_profile"])
    assert opened(out.getvalue()).getexif().get_ifd(GPS) == found.getexif().get_ifd(GPS)


def test_what_is_given_takes_the_place_of_an_images_own() -> None:
    given = {"xmp": b"<x/>", "icc_profile": b"own", "comment": b"by night", "dpi": (300, 150)}
    found = opened(saved(camera_file(6), exif=exif(1).tobytes(), **given))
    # Its own orientation is not that which is given.
    assert found.size == PHOTO.size
    assert {name: found.info[name] for name in given} == given
    bare = opened(saved(found, exif=None, icc_profile=None, xmp=None, comment=None))
    assert bare.info == {"dpi": (300, 150)}
    assert opened(saved(found, strip=["exif", "xmp", "icc", "tags", "resolution"])).info == {}
    out = io.BytesIO()
    PHOTO.save(out, "JPEG")
    assert opened(saved(opened(out.getvalue()), dpi=(300, 150))).info == {"dpi": (300, 150)}
    # The image itself stays as it was.
    assert found.info["icc_profile"] == b"own"


def test_texts_of_a_png_file_are_kept() -> None:
    out, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    texts.add_text("Title", "Night")
    texts.add_text("Comment", "by night")
    texts.add_itxt("XML:com.adobe.xmp", "<x/>")
    PHOTO.save(out, "PNG", pnginfo=texts)
    original = opened(out.getvalue())
    found = opened(saved(original))
    assert found.info["xmp"] == b"<x/>"
    assert opened(saved(original, xmp=None)).info == {"comment": b"by night"}
    assert found.text == {"Title": "Night", "comment": "by night"}
    assert opened(saved(found)).text == found.text
    assert opened(saved(found, comment="at noon")).text == {"Title": "Night", "comment": "at noon"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_modes_are_saved_as_what_holds_them(mode: str) -> None:
    gray = np.asarray(PHOTO.convert("L"))
    image = Image.fromarray(gray * np.uint16(257)) if mode == "I;16" else PHOTO.convert(mode)
    expected = {"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, mode)
    found = opened(saved(image, quality=90))
    assert (found.mode, found.size) == (expected, image.size)
    wanted = image if mode == "I;16" else image.convert(expected)
    assert apart(found, wanted) < (0.05 if mode in "1P" else 0.015)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "I;16"])
def test_lossless_is_exact(mode: str) -> None:
    gray = np.asarray(PHOTO.convert("L"))
    image = Image.fromarray(gray * np.uint16(257)) if mode == "I;16" else PHOTO.convert(mode)
    found = opened(saved(image, lossless=True))
    assert found.mode == mode
    assert np.array_equal(np.asarray(found), np.asarray(image))


def test_what_cannot_be_saved_is_told(tmp_path: Path) -> None:
    path = tmp_path / "photo.inr"
    for options in ({"lossless": True, "quality": 80}, {"quality": 101}, {"tune": "best"}):
        with pytest.raises(ValueError, match=r"loss|quality|tune"):
            PHOTO.save(path, **options)
    with pytest.raises(OSError, match="cannot be reached"):
        PHOTO.save(path, target_size=3)
    with pytest.raises(OSError, match="mode F"):
        PHOTO.convert("F").save(path)
    assert not path.exists()


@pytest.mark.parametrize("duration", [50, [40, 50, 33.3]])
def test_frames_with_durations_are_a_sequence(frames: list[Image.Image], duration: Any) -> None:
    said = {"duration": duration, "icc_profile": b"profile"}
    data = saved(frames[0], save_all=True, append_images=frames[1:], **said)
    image = opened(data)
    times = duration if isinstance(duration, list) else [duration] * 3
    for number, (frame, time) in enumerate(zip(frames, times, strict=True)):
        image.seek(number)
        # The profile is stored once, and told of all.
        assert image.info["icc_profile"] == b"profile"
        assert image.info["duration"] == time
        assert apart(image, frame) < 0.02
    sections = [section["tag"] for section in inrcodec.info(data)["sections"]]
    assert (sections.count("iccp"), sections.count("time")) == (1, 3)


def test_an_animation_stays_one(frames: list[Image.Image]) -> None:
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=[40, 50, 60])
    with opened(out.getvalue()) as animation:
        animation.seek(1)
        image = opened(saved(animation, save_all=True))
        # As it was before.
        assert animation.tell() == 1
    back = io.BytesIO()
    image.save(back, "WEBP", save_all=True)
    durations = []
    with opened(back.getvalue()) as found:
        for number in range(found.n_frames):
            found.seek(number)
            found.load()
            durations.append(found.info["duration"])
    assert len(durations) == 3
    assert opened(saved(image, save_all=True)).info["duration"] == 40


def test_frames_of_several_modes_have_one_that_holds_them(frames: list[Image.Image]) -> None:
    first, second, third = frames
    clear = third.convert("RGBA")
    clear.putalpha(99)
    image = opened(saved(first, append_images=[second.convert("L"), clear], duration=40))
    for number, alpha in enumerate((255, 255, 99)):
        image.seek(number)
        assert image.mode == "RGBA"
        assert image.getpixel((5, 5))[3] == alpha
    gray = [frame.convert("L") for frame in frames]
    assert opened(saved(gray[0], append_images=gray[1:], duration=40)).mode == "L"


def test_images_without_durations_are_an_album(frames: list[Image.Image]) -> None:
    others = [frames[1].resize((20, 10)).convert("L"), camera_file(6)]
    image = opened(saved(frames[0], save_all=True, append_images=others))
    found = []
    for number in range(image.n_frames):
        image.seek(number)
        found.append((image.info["name"], image.mode, image.size, ARTIST in image.getexif()))
    assert found == [
        ("1.png", "RGB", (32, 24), False),
        ("2.png", "L", (20, 10), False),
        ("3.png", "RGB", (40, 56), True),
    ]
    # Stills may have a duration, too.
    others[0].info["duration"] = 100
    assert opened(saved(frames[0], append_images=others)).n_frames == 3
    # One image is a file of one.
    assert saved(frames[0], save_all=True) == saved(frames[0])


def test_frames_that_do_not_go_together_are_told(frames: list[Image.Image]) -> None:
    with pytest.raises(ValueError, match="2 durations of 3 frames"):
        saved(frames[0], append_images=frames[1:], duration=[40, 50])
    with pytest.raises(ValueError, match="20×10"):
        saved(frames[0], append_images=[frames[1].resize((20, 10))], duration=40)
