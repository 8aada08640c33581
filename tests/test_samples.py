"""The sample images that scripts draw: what they are, and that every run draws the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SAMPLES, smooth_image
from PIL import Image

from samples.screens import SCREENS, WITH_PHOTOGRAPH, screens

# Size, mode, and the fewest and the most colors: flat ones and their edges, gradients, photographs.
EXPECTED = {
    "ui": ((400, 240), "RGB", 200, 3000),
    "mail": ((1280, 800), "RGB", 200, 4000),
    "editor": ((1280, 800), "RGB", 2000, 16000),
    "chart": ((640, 480), "RGB", 200, 2000),
    "scatter": ((800, 600), "RGB", 500, 6000),
    "terminal": ((800, 500), "RGB", 200, 3000),
    "map": ((1024, 768), "RGB", 2000, 15000),
    "comic": ((800, 600), "RGB", 300, 5000),
    "page": ((1024, 1200), "RGB", 50000, 200000),
    "scan": ((800, 1000), "L", 150, 256),
    "caption": ((768, 512), "RGB", 50000, 200000),
    "pixelart": ((640, 512), "RGB", 8, 32),
    "gradient-ui": ((640, 400), "RGB", 1000, 12000),
    "icons": ((336, 256), "RGBA", 50, 1000),
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Image.Image]:
    return dict(screens())


def colors(image: Image.Image) -> int:
    """How many an image has."""
    found = image.getcolors(image.width * image.height)
    assert found is not None
    return len(found)


def test_all_screens_are_described() -> None:
    assert EXPECTED.keys() == SCREENS.keys()
    assert WITH_PHOTOGRAPH.keys() <= SCREENS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_screen_has_its_size_mode_and_colors(name: str, drawn: dict[str, Image.Image]) -> None:
    size, mode, fewest, most = EXPECTED[name]
    assert (drawn[name].size, drawn[name].mode) == (size, mode)
    assert fewest <= colors(drawn[name]) <= most


@pytest.mark.slow
def test_another_run_draws_the_same(drawn: dict[str, Image.Image], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "samples.make_screens", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "1"})
    assert {path.stem for path in tmp_path.iterdir()} == drawn.keys()
    for name, image in drawn.items():
        with Image.open(tmp_path / f"{name}.png") as other:
            assert other.mode == image.mode
            assert np.array_equal(other, image), name


def test_pixel_art_is_enlarged_fourfold(drawn: dict[str, Image.Image]) -> None:
    samples = np.asarray(drawn["pixelart"])
    small = samples[::4, ::4]
    assert np.array_equal(small.repeat(4, 0).repeat(4, 1), samples)


def test_letters_of_a_terminal_are_the_same_everywhere(drawn: dict[str, Image.Image]) -> None:
    samples = np.asarray(drawn["terminal"])[: 30 * 16]
    cells = samples.reshape(30, 16, 100, 8, 3).swapaxes(1, 2).reshape(-1, 16 * 8 * 3)
    used = cells[(cells != cells[-1]).any(1)]
    assert len(np.unique(used, axis=0)) < len(used) / 4


def test_icons_are_clear_opaque_and_between(drawn: dict[str, Image.Image]) -> None:
    alpha = np.asarray(drawn["icons"])[..., 3]
    assert {0, 255} < {*np.unique(alpha).tolist()}
    assert not np.asarray(drawn["icons"])[alpha == 0].any()


# Where a page shows its photograph, what is free of words: left, top, width, height.
PHOTOGRAPHS = (("page", (40, 190, 640, 360)), ("caption", (400, 0, 300, 400)))


@pytest.mark.parametrize(("name", "box"), PHOTOGRAPHS)
def test_a_given_photograph_stands_in_it_as_it_is(
    name: str, box: tuple[int, int, int, int]
) -> None:
    photo = Image.fromarray(smooth_image(512, 768))
    left, top, width, height = box
    image = np.asarray(dict(screens(photo))[name])[top : top + height, left : left + width]
    y, x = ((512 - 360) // 2, (768 - 640) // 2) if name == "page" else (top, left)
    assert np.array_equal(image, np.asarray(photo)[y : y + height, x : x + width])


def test_the_scripts_of_the_other_samples_find_their_modules() -> None:
    command = [sys.executable, "-c", "import make_samples"]
    subprocess.run(command, check=True, cwd=SAMPLES)
