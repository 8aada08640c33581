"""A real photograph: the quality, rate and resolutions that the project promises."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from PIL import Image

import inrcodec
from inrcodec.container.sections import Container
from inrcodec.schema import Reader
from inrcodec.spreads import SpreadTable

KODAK = ROOT.parent / "shared" / "data" / "kodak"
pytestmark = pytest.mark.skipif(not KODAK.is_dir(), reason="no Kodak images beside the project")

GIB = 1 << 30


@pytest.fixture(scope="module")
def photo() -> Path:
    return KODAK / "kodim23.png"


@pytest.fixture(scope="module")
def encoded(photo: Path) -> inrcodec.Encoded:
    options = {
        "model": "enrp",
        "tile": 32,
        "width": 8,
        "depth": 1,
        "steps": 400,
        "learning_rate": 2e-2,
    }
    return inrcodec.encode(photo, device="cpu", **options)


def test_quality_after_400_steps(encoded: inrcodec.Encoded) -> None:
    assert encoded.psnr_db >= 31.2


def test_bits_per_weight(encoded: inrcodec.Encoded) -> None:
    container = Container(encoded.data)
    reader = Reader(container.read(b"TIDX", 1))
    for _ in range(6):
        SpreadTable.read(reader)
    coded = container.entry(b"TILE", 1).length + reader.position
    assert 8 * coded / encoded.parameters <= 7.5
    assert len(encoded.data) - coded <= 160 + 6 * 384


@pytest.mark.parametrize(
    ("scale", "size"), [(1, (768, 512)), (2.5, (1920, 1280)), (4, (3072, 2048))]
)
def test_round_trip_at_any_scale(
    encoded: inrcodec.Encoded, photo: Path, scale: float, size: tuple[int, int]
) -> None:
    """Rendered large and averaged back, the image is still the photograph."""
    pixels = inrcodec.open(encoded.data).render(scale=scale)
    assert pixels.shape == (size[1], size[0], 3)
    small = Image.fromarray(pixels).resize((768, 512), Image.Resampling.BOX)
    with Image.open(photo) as original:
        error = np.mean((np.asarray(small, float) - np.asarray(original, float)) ** 2)
    assert 10 * np.log10(255**2 / error) > 30


@pytest.mark.slow
def test_memory_of_24_megapixels(tmp_path: Path, photo: Path) -> None:
    large = Image.new("RGB", (6144, 4096))
    with Image.open(photo) as image:
        for index in range(64):
            large.paste(image, (index % 8 * 768, index // 8 * 512))
    large.save(tmp_path / "large.png", compress_level=1)
    assert _peak("encode", tmp_path / "large.png", "--steps", 2) < 6 * GIB
    assert _peak("decode", tmp_path / "large.inr") < 2 * GIB


def _peak(*arguments: object) -> int:
    """Most bytes in memory that a command had."""
    command = [sys.executable, "-m", "inrcodec", *map(str, arguments), "--quiet"]
    process = os.spawnv(os.P_NOWAIT, sys.executable, command)
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    return usage.ru_maxrss * 1024
