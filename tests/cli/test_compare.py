"""`inrcodec compare`: measures of any two files, and their plot."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import encoded, files, folder, refused, run, size_of
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.plots.differences import difference, worst_regions
from inrcodec.plots.spectrograms import spectrograms
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import psnr

__all__ = ["encoded", "folder"]


@pytest.fixture
def song() -> np.ndarray:
    """Half a second of a tone, in song.wav and, encoded, in song.inr."""
    tone = (0.3 * np.sin(np.arange(8000) * 0.3)).astype(np.float32)[:, None]
    soundfile.write("song.wav", tone, 16000, "PCM_16")
    inrcodec.encode(tone, rate=16000, effort=1).save("song.inr")
    return tone


def pixels_of(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def holds(image: np.ndarray, part: np.ndarray) -> bool:
    """Whether an image has another within it, pixel by pixel."""
    height, width = part.shape[:2]
    corners = (image[: -height + 1, : -width + 1] == part[0, 0]).all(-1)
    return any(
        np.array_equal(image[y : y + height, x : x + width], part)
        for y, x in zip(*corners.nonzero(), strict=True)
    )


def test_measures_of_images() -> None:
    Image.fromarray(255 - crop_of_photo(36, 50)).save("b.png")
    fields = json.loads(run("compare", "photo.png", "b.png", "--json").stdout)
    assert 0 < fields["psnr"] < 20
    assert fields["ssim"] < 0.5
    assert fields["ssimulacra2"] < 10
    same = json.loads(run("compare", "photo.png", "photo.png", "--json").stdout)
    assert (same["psnr"], same["ssim"]) == (None, pytest.approx(1))
    Image.new("RGB", (3, 3)).save("c.png")
    refused(run("compare", "photo.png", "c.png"), 2, "c.png")
    refused(run("compare", "none.png", "photo.png"), 1, "none.png")


def test_an_encoded_file_is_decoded_and_its_bytes_counted(encoded: Path) -> None:
    fields = json.loads(run("compare", "photo.png", encoded, "--json").stdout)
    assert fields["psnr"] == pytest.approx(psnr(pixels_of("photo.png"), inrcodec.decode(encoded)))
    sizes = {"a": Path("photo.png").stat().st_size, "b": encoded.stat().st_size}
    assert fields["bytes"] == sizes
    assert fields["bits_per_pixel"]["b"] == pytest.approx(8 * sizes["b"] / 1800)
    words = run("compare", "photo.png", encoded).stdout
    assert f"photo.inr: {sizes['b']} bytes, {8 * sizes['b'] / 1800:.3f} bpp" in words


def test_standard_input_is_compared(encoded: Path) -> None:
    result = run("compare", "-", "photo.png", "--json", stdin=encoded.read_bytes())
    assert json.loads(result.stdout)["bytes"]["a"] == encoded.stat().st_size


def test_without_its_package_ssimulacra2_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ssimulacra2", None)
    fields = json.loads(run("compare", "photo.png", "photo.png", "--json").stdout)
    assert "ssimulacra2" not in fields
    assert "ssim" in fields


def test_what_takes_too_much_memory_to_score_is_told() -> None:
    Image.fromarray(crop_of_photo(300, 400)).save("large.png")
    result = run("compare", "large.png", "large.png", "--max-memory", "20MB", "--json")
    fields = json.loads(result.stdout)
    assert "ssimulacra2" not in fields
    assert any("SSIMULACRA2 would take" in warning for warning in fields["warnings"])


def test_the_plot_of_images_shows_both_and_the_difference(encoded: Path) -> None:
    result = run("compare", "photo.png", encoded, "--plot", "out.png", "--json")
    assert json.loads(result.stdout)["output"] == "out.png"
    width, height = size_of("out.png")
    # Images of 50×36 are shown three times as large.
    assert width > 3 * 150
    assert height > 108
    assert holds(pixels_of("out.png"), np.repeat(np.repeat(pixels_of("photo.png"), 3, 0), 3, 1))
    assert holds(pixels_of("out.png"), np.repeat(np.repeat(inrcodec.decode(encoded), 3, 0), 3, 1))


def test_the_plot_shows_the_worst_regions_pixel_by_pixel() -> None:
    photo = crop_of_photo(200, 240)
    changed = photo.copy()
    changed[30:40, 200:210] ^= 0x7F
    Image.fromarray(photo).save("a.png")
    Image.fromarray(changed).save("b.png")
    assert run("compare", "a.png", "b.png", "-o", "out.png").exit_code == 0
    width, height = size_of("out.png")
    # Overviews, and below them one region of 160×160 that has all of the change.
    assert 3 * 240 < width < 3 * 240 + 60
    assert height > 200 + 160
    (region,) = worst_regions(photo, changed, 160, 6)
    (y, x), (side, _) = region.start, region.length
    assert y <= 30 and x + side >= 210
    for image in (photo, changed):
        assert holds(pixels_of("out.png")[200:], image[y : y + side, x : x + side])


def test_regions_come_worst_first_and_apart() -> None:
    a = np.zeros((128, 128, 1), np.uint8)
    b = a.copy()
    b[10:20, 100:110] = 40
    b[100:110, 10:20] = 80
    first, second = worst_regions(a, b, 32, 5)
    for region, (y, x) in ((first, (100, 10)), (second, (10, 100))):
        (top, left), (height, width) = region.start, region.length
        assert top <= y and y + 10 <= top + height
        assert left <= x and x + 10 <= left + width
    assert worst_regions(a, a, 32, 5) == []


def test_the_difference_is_that_of_the_channel_that_differs_most() -> None:
    a = np.full((4, 4, 3), 100, np.uint16)
    b = a.copy()
    b[0, 0] = 90, 700, 100
    shades, most = difference(a, b)
    assert most == 600
    assert shades[0, 0] == 255
    assert shades.sum() == 255


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "I;16"])
def test_images_of_any_kind_are_plotted(mode: str) -> None:
    image = Image.fromarray(crop_of_photo(36, 50))
    sixteen = np.asarray(image.convert("L")).astype(np.uint16) * 257
    image = Image.fromarray(sixteen) if mode == "I;16" else image.convert(mode)
    image.save("any.png")
    assert run("compare", "any.png", "any.png", "-o", "out.png").exit_code == 0
    assert size_of("out.png")[0] > 450


def test_the_plot_of_audio_shows_spectrograms(song: np.ndarray) -> None:
    result = run("compare", "song.wav", "song.inr", "-o", "out.png", "--json")
    fields = json.loads(result.stdout)
    assert fields["snr_db"] > 10
    assert fields["kbps"]["b"] == pytest.approx(8 * Path("song.inr").stat().st_size / 500)
    width, height = size_of("out.png")
    assert width > 900 and height > 3 * 220


def test_a_spectrogram_shows_frequency_upward_and_time_to_the_right(song: np.ndarray) -> None:
    late = np.concatenate([np.zeros_like(song), song])

    def read(region: Region) -> list[np.ndarray]:
        return [late[region.start[0] : region.start[0] + region.length[0]]]

    (image,) = spectrograms(len(late), read, (60, 64))
    shades = np.asarray(image).astype(int).sum(-1)
    assert (shades[:, :25] < 30).all()
    # The tone stands at 764 of 8000 Hz.
    assert shades[:, 45].argmax() == 63 - 764 * 64 // 8000


def test_plots_are_refused_before_work() -> None:
    refused(run("compare", "photo.png", "photo.png", "-o", "out.jpg"), 2, "out.jpg", ".png")
    refused(run("compare", "photo.png", "photo.png", "-o", "photo.png"), 1, "photo.png exists")
    assert files() == {"photo.png"}


def test_a_plot_goes_to_standard_output() -> None:
    result = run("compare", "photo.png", "photo.png", "-o", "-")
    with Image.open(io.BytesIO(result.stdout_bytes)) as image:
        assert image.format == "PNG"
    assert "ssim" in result.stderr


def test_files_of_several_items_are_refused() -> None:
    Image.fromarray(crop_of_photo(36, 50)).save("b.png")
    assert run("encode", "photo.png", "b.png", "-o", "album.inr", "--effort", 1).exit_code == 0
    refused(run("compare", "photo.png", "album.inr"), 2, "album.inr", "2 items", "extract")
