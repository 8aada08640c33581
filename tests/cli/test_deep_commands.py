"""Images of 16 bits per sample from command to command: kept, or 8 of them where that is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from batches import Inline
from commands import QUICK, folder, refused, run
from conftest import ROOT, crop_of_photo
from deep_files import chunk, deep_png
from PIL import Image

import inrcodec
from inrcodec.limits import Limits
from inrcodec.media.images import read_image
from inrcodec.signal import Signal

__all__ = ["folder"]

CICP = bytes((9, 16, 0, 1))
LATENTS = ("--effort", 1, "-q", 90)


@pytest.fixture(autouse=True)
def samples(folder: Path) -> npt.NDArray[np.uint16]:
    """Those of deep.png, 50×36, which has code points of its colors."""
    noise = np.random.default_rng(1).integers(0, 256, (36, 50, 3))
    found = (crop_of_photo(36, 50).astype(np.uint16) << 8) + noise.astype(np.uint16)
    Path("deep.png").write_bytes(deep_png(found, [chunk(b"cICP", CICP)]))
    return found


def fields(*arguments: object) -> dict:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def read(path: str) -> Signal:
    return read_image(Path(path), Limits())


def bits_of(path: str) -> int:
    return fields("info", path)["bits_per_sample"]


@pytest.mark.parametrize("output", ["out.png", "out.tiff"])
def test_16_bits_are_encoded_and_decoded(output: str, samples: np.ndarray) -> None:
    encoded = fields("encode", "deep.png", *LATENTS)
    assert encoded["warnings"] == []
    assert bits_of("deep.inr") == 16
    run("decode", "deep.inr", "-o", output)
    shown = read(output)
    assert shown.info.bits_per_sample == 16
    assert shown.metadata.cicp == (CICP if output == "out.png" else b"")
    error = np.mean((shown.samples.astype(float) - samples) ** 2)
    psnr = 10 * np.log10(65535**2 / error)
    assert psnr > 30
    # Of all that measures, the peak is 65535.
    compared = fields("compare", "deep.png", output)
    assert compared["psnr"] == pytest.approx(psnr, abs=0.001)
    assert encoded["psnr_db"] == pytest.approx(psnr, abs=0.001)
    verified = fields("verify", "deep.inr", "--original", "deep.png")
    assert verified["psnr_db"] == pytest.approx(psnr, abs=0.001)
    assert run("compare", "deep.png", "deep.inr", "--plot", "plot.png").exit_code == 0


def test_interlaced_files_are_read_without_a_word(samples: np.ndarray) -> None:
    Path("woven.png").write_bytes(deep_png(samples, interlaced=True))
    command = [sys.executable, "-m", "inrcodec", "compare", "woven.png", "deep.png"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "psnr infinite" in done.stdout


def test_a_part_of_16_bits_keeps_them() -> None:
    run("encode", "deep.png", "-o", "tiled.inr", *QUICK)
    assert run("crop", "tiled.inr", "--region", "0,0,20,20", "-o", "part.inr").exit_code == 0
    assert bits_of("part.inr") == 16
    assert fields("decode", "part.inr", "-o", "part.png")["warnings"] == []
    whole = inrcodec.decode("tiled.inr", region=(0, 0, 20, 20))
    assert np.array_equal(read("part.png").samples, whole)
    assert read("part.png").metadata.cicp == CICP


def test_8_bits_are_encoded_where_that_is_said(samples: np.ndarray) -> None:
    run("encode", "deep.png", *LATENTS, "--bits", 8)
    Image.fromarray((samples >> 8).astype(np.uint8)).save("upper.png")
    run("encode", "upper.png", *LATENTS, "--strip", "cicp")
    run("encode", "deep.png", "-o", "bare.inr", *LATENTS, "--bits", 8, "--strip", "cicp")
    assert Path("bare.inr").read_bytes() == Path("upper.inr").read_bytes()
    assert bits_of("deep.inr") == 8
    # Originals are then compared with as many bits.
    with_original = fields("verify", "deep.inr", "--original", "deep.png")
    assert with_original["psnr_db"] == fields("compare", "upper.png", "deep.inr")["psnr"]
    refused(run("compare", "deep.png", "deep.inr"), 2, "bits per sample 16 and 8")


def test_a_part_of_8_bits_is_extended_with_as_many() -> None:
    run("encode", "deep.png", "-o", "whole.inr", *QUICK, "--bits", 8)
    run("crop", "whole.inr", "--region", "0,0,20,20", "-o", "part.inr")
    extended = run("extend", "part.inr", "deep.png", "--keep", "--steps", 20, "-o", "again.inr")
    assert extended.exit_code == 0, extended.output
    assert bits_of("again.inr") == 8


def test_albums_and_batches_take_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("inrcodec.cli.batch"), "LocalEngine", Inline)
    run("encode", "deep.png", "photo.png", "-o", "album.inr", *LATENTS, "--bits", 8)
    assert {item["bits_per_sample"] for item in fields("info", "album.inr")["items"]} == {8}
    run("batch", ".", "-o", "small", *LATENTS, "--bits", 8)
    run("batch", ".", "-o", "deep", *LATENTS)
    assert (bits_of("small/deep.inr"), bits_of("deep/deep.inr")) == (8, 16)


def test_formats_of_8_bits_are_written_where_that_is_said(samples: np.ndarray) -> None:
    run("encode", "deep.png", *LATENTS)
    refused(run("decode", "deep.inr", "-o", "out.jpg"), 3, "JPEG", "16 bits", "--bits 8")
    assert not Path("out.jpg").exists()
    for output in ("out.jpg", "out.png"):
        assert run("decode", "deep.inr", "-o", output, "--bits", 8).exit_code == 0
        with Image.open(output) as image:
            assert np.abs(np.asarray(image).astype(int) - (samples >> 8)).mean() < 6
    assert read("out.png").info.bits_per_sample == 8
    assert np.array_equal(read("out.png").samples, inrcodec.decode("deep.inr") >> 8)


def test_bits_are_not_of_audio() -> None:
    soundfile.write("tone.wav", np.sin(np.arange(4000) / 9), 8000)
    assert run("encode", "tone.wav", "--effort", 1, "--bits", 8).exit_code == 0
    refused(run("decode", "tone.inr", "-o", "out.wav", "--bits", 8), 2, "--bits is of images")
    assert not Path("out.wav").exists()
