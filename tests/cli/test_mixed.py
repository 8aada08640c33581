"""Pages with a photograph on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import folder, refused, run
from conftest import crop_of_photo
from PIL import Image, ImageDraw

__all__ = ["folder"]


@pytest.fixture(autouse=True)
def drawn(folder: Path) -> None:
    """Write page.png, 160 × 128: a photograph of 112 × 72 with text above and below."""
    page = Image.new("RGB", (160, 128), "white")
    page.paste(Image.fromarray(crop_of_photo(72, 112)), (24, 28))
    draw = ImageDraw.Draw(page)
    draw.text((24, 8), "Above the lake", "black")
    draw.text((24, 106), "The signpost, in October", (90, 90, 90))
    page.save("page.png")


def pixels_of(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_page_is_encoded_as_what_it_has() -> None:
    result = run("encode", "page.png", "-q", 75, "--json")
    assert result.exit_code == 0, result.output
    encoded = json.loads(result.stdout)
    assert encoded["model"] == "mixed"
    assert "mixed" in run("info", "page.inr").stdout
    assert run("verify", "page.inr", "--original", "page.png").exit_code == 0
    assert run("decode", "page.inr").exit_code == 0
    decoded = pixels_of("page.decoded.png").astype(float)
    error = np.square(decoded - pixels_of("page.png")).mean()
    assert 10 * np.log10(255**2 / error) == pytest.approx(encoded["psnr_db"], abs=0.01)
    assert (decoded[30:100, :16] == 255).all()


def test_parts_and_scales() -> None:
    assert run("encode", "page.png", "--model", "mixed", "--effort", 1).exit_code == 0
    assert run("decode", "page.inr", "--scale", 2, "-o", "large.png").exit_code == 0
    assert pixels_of("large.png").shape == (256, 320, 3)
    assert run("crop", "page.inr", "--region", "16,20,60,50", "-o", "part.inr").exit_code == 0
    assert run("decode", "part.inr", "-o", "part.png").exit_code == 0
    assert run("decode", "page.inr", "-o", "whole.png").exit_code == 0
    np.testing.assert_array_equal(pixels_of("part.png"), pixels_of("whole.png")[20:70, 16:76])
    refused(run("extend", "part.inr", "page.png", "-o", "again.inr"), 2, "mixed", "extended")


def test_a_photograph_is_a_grid_as_it_was() -> None:
    for model in ("auto", "grid"):
        assert run("encode", "photo.png", "--model", model, "-o", f"{model}.inr").exit_code == 0
    assert Path("auto.inr").read_bytes() == Path("grid.inr").read_bytes()
