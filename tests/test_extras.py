"""What runs without the packages that only some uses need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SAMPLES
from deep_files import deep_png

VECTORS = ROOT / "formats" / "vectors" / "valid"
# Python that finds none of them.
BLOCKED = (
    "import sys; sys.modules.update(dict.fromkeys(('torch', 'constriction', 'scipy', 'skimage', "
    "'bjontegaard', 'imagecodecs', 'matplotlib', 'pillow_jxl', 'ssimulacra2')))"
)
WITHOUT = f"{BLOCKED}\nfrom inrcodec.cli import main; main()\n"


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_images_are_encoded_and_decoded_and_compared(tmp_path: Path) -> None:
    photo = SAMPLES / "photo.png"
    for arguments in (
        ("encode", photo, "--effort", 1, "-o", "photo.inr"),
        ("verify", "photo.inr", "--original", photo),
        ("decode", "photo.inr", "--scale", 0.5, "-o", "small.png"),
        ("decode", "photo.inr", "-o", "same.png"),
        ("compare", photo, "same.png", "--plot", "compared.png"),
        ("report", ".", "--original", SAMPLES, "-o", "report.html"),
    ):
        done = run(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr


def test_every_model_is_decoded() -> None:
    files = sorted(map(str, VECTORS.glob("*.inr")))
    code = (
        f"{BLOCKED}\nimport inrcodec\n"
        f"for path in {files}:\n"
        "    for name in inrcodec.Album(path):\n"
        "        assert inrcodec.open(path, item=name).render().size\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("encode", SAMPLES / "melody.flac", "--model", "enrp"), "fitting a coordinate network"),
        (("encode", SAMPLES / "photo.png", "--model", "siren"), "fitting a coordinate network"),
        (("encode", SAMPLES / "photo.png", "--device", "cuda", "--model", "enrp"), "fitting"),
        (("decode", VECTORS / "enrp-metadata.inr", "--device", "cuda", "-o", "x.png"), "cuda"),
    ],
)
def test_what_is_missing_is_a_line_that_names_the_extra(
    arguments: tuple[object, ...], what: str, tmp_path: Path
) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert what in line
    assert "inrcodec[networks]" in line
    assert not [*tmp_path.iterdir()]


def test_16_bits_in_several_channels_are_not_cut_for_want_of_an_extra(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 65536, (8, 8, 3), dtype=np.uint16)
    (tmp_path / "deep.png").write_bytes(deep_png(noise))
    coded = VECTORS / "enrp-rgb-16-bit.inr"
    for arguments, name in (
        (("encode", "deep.png", "--effort", 1), "deep.png"),
        (("compare", "deep.png", "deep.png"), "deep.png"),
        (("decode", coded, "-o", "out.png"), coded.name),
    ):
        done = run(tmp_path, *arguments)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert name in line
        assert "pip install 'inrcodec[deep]'" in line
    assert [path.name for path in tmp_path.iterdir()] == ["deep.png"]
    for arguments in (
        ("encode", "deep.png", "--effort", 1, "--bits", 8),
        ("decode", coded, "-o", "out.tiff"),
        ("decode", coded, "-o", "out.png", "--bits", 8),
    ):
        done = run(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
