"""Lossless images on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from commands import files, folder, refused, run
from conftest import crop_of_photo
from PIL import Image

__all__ = ["folder"]


def write_tone(path: str) -> None:
    soundfile.write(path, 0.3 * np.sin(np.arange(4000) / 9), 8000)


def pixels_of(path: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("options", [["--lossless"], ["-q", 100], ["--model", "pixels"]])
def test_an_image_comes_back_as_it_was(options: list[object]) -> None:
    result = run("encode", "photo.png", *options)
    assert result.exit_code == 0, result.output
    assert "lossless" in result.stdout
    assert run("decode", "photo.inr").exit_code == 0
    np.testing.assert_array_equal(pixels_of("photo.decoded.png"), pixels_of("photo.png"))
    assert (
        "tile_width 50, step 1, max_error 0, magnification 1, levels 0; lossless"
        in run("info", "photo.inr").stdout
    )
    compared = run("compare", "photo.png", "photo.inr").stdout
    assert "psnr infinite\nssim 1.0000\n" in compared
    assert "lossless: no sample differs" in compared
    assert json.loads(run("compare", "photo.png", "photo.inr", "--json").stdout)["psnr"] is None
    assert "lossless" in run("verify", "photo.inr", "--original", "photo.png").stdout


def test_near_lossless_tells_its_error() -> None:
    result = run("encode", "photo.png", "--near-lossless", 3)
    assert result.exit_code == 0, result.output
    shown = run("info", "photo.inr").stdout
    assert (
        "step 7, max_error 3, magnification 1, levels 0; near-lossless, at most 3 levels off"
        in shown
    )
    run("decode", "photo.inr")
    error = pixels_of("photo.decoded.png").astype(int) - pixels_of("photo.png")
    assert np.abs(error).max() <= 3


def test_what_does_not_go_together_is_refused() -> None:
    before = files()
    refused(run("encode", "photo.png", "--lossless", "--target-psnr", 40), 2, "photo.png", "both")
    refused(run("encode", "photo.png", "--lossless", "-q", 80), 2, "quality")
    refused(run("encode", "photo.png", "--lossless", "--model", "siren"), 2, "siren", "lossless")
    refused(run("encode", "photo.png", "--near-lossless", 128), 2, "127 are the most")
    assert run("encode", "photo.png", "--near-lossless", 0).exit_code == 2
    write_tone("tone.wav")
    before.add("tone.wav")
    refused(run("encode", "tone.wav", "--lossless"), 2, "tone.wav", "lossless is not of audio")
    assert files() == before


def test_a_folder_of_images_and_audio() -> None:
    Path("in").mkdir()
    Image.fromarray(crop_of_photo(20, 30)).save("in/a.png")
    Image.fromarray(crop_of_photo(20, 30)).convert("LA").save("in/b.png")
    write_tone("in/tone.wav")
    result = run("batch", "in", "-o", "out", "--lossless", "--workers", 1)
    assert result.exit_code == 6, result.output
    assert "lossless is not of audio files" in result.stderr
    assert {path.name for path in Path("out").glob("*.inr")} == {"a.inr", "b.inr"}
    run("decode", "out/b.inr", "-o", "b.png")
    np.testing.assert_array_equal(pixels_of("b.png"), pixels_of("in/b.png"))
    assert run("batch", "in", "-o", "best", "-q", 100, "--workers", 1).exit_code == 0
    models = {
        path.name: json.loads(run("info", path, "--json").stdout)["model"]
        for path in Path("best").glob("*.inr")
    }
    assert models == {"a.inr": "pixels", "b.inr": "pixels", "tone.inr": "grid"}


def test_an_animation_keeps_its_frames() -> None:
    frames = [Image.fromarray(np.roll(crop_of_photo(20, 30), 3 * k, 1)) for k in range(3)]
    frames[0].save("clip.webp", save_all=True, append_images=frames[1:], lossless=True)
    result = run("encode", "clip.webp", "--lossless")
    assert result.exit_code == 0, result.output
    assert "3 frames" in result.stdout
    assert "lossless" in result.stdout
    assert run("decode", "clip.inr", "-o", "out/").exit_code == 0
    shown = sorted(Path("out").iterdir())
    assert len(shown) == 3
    for path, frame in zip(shown, frames, strict=True):
        np.testing.assert_array_equal(pixels_of(str(path))[..., :3], np.asarray(frame))


def test_a_crop_is_extended_to_the_same_file() -> None:
    run("encode", "photo.png", "--lossless", "--set", "tile_height=16", "--set", "tile_width=16")
    assert run("crop", "photo.inr", "--region", "4,4,9,9", "-o", "part.inr").exit_code == 0
    assert run("extend", "part.inr", "photo.png", "--keep", "-o", "whole.inr").exit_code == 0
    assert Path("whole.inr").read_bytes() == Path("photo.inr").read_bytes()
