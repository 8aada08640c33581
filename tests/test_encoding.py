"""Encoding: every kind of image comes back; the bytes are few, and the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import SAMPLES, crop_of_photo, smooth_image
from PIL import Image

import inrcodec
from inrcodec.codecs.registry import codec_of, read_header
from inrcodec.container.sections import Container
from inrcodec.errors import OutputExistsError, UsageError

SMALL = {"model": "enrp", "tile": 16, "width": 4, "depth": 1, "steps": 30}
SMALL_WHOLE = {"model": "siren", "width": 8, "depth": 1, "steps": 30}
Options = pytest.mark.parametrize("options", [SMALL, SMALL_WHOLE], ids=["enrp", "siren"])


@Options
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_format_comes_back(options: dict, channels: int, dtype: type) -> None:
    samples = smooth_image(20, 24, channels).astype(dtype) * (257 if dtype is np.uint16 else 1)
    encoded = inrcodec.encode(samples, **options)
    decoded = inrcodec.open(encoded.data).decode()
    assert decoded.samples.shape == samples.shape
    assert decoded.samples.dtype == dtype
    assert encoded.psnr_db > 13


@Options
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (16, 16), (17, 15)])
def test_every_size_comes_back(options: dict, size: tuple[int, int]) -> None:
    encoded = inrcodec.encode(smooth_image(*size), **options)
    assert inrcodec.open(encoded.data).render().shape == (*size, 3)


@Options
def test_same_seed_same_bytes(options: dict) -> None:
    data = [inrcodec.encode(smooth_image(20, 20), seed=s, **options).data for s in (1, 1, 2)]
    assert data[0] == data[1] != data[2]


def test_psnr_is_that_of_the_decoded_bytes(tiled: inrcodec.Encoded) -> None:
    original = crop_of_photo(36, 50).astype(float)
    error = np.mean((inrcodec.open(tiled.data).render() - original) ** 2)
    assert tiled.psnr_db == pytest.approx(10 * np.log10(255**2 / error))
    assert tiled.psnr_db > 20


def test_a_photograph_is_learnt() -> None:
    encoded = inrcodec.encode(
        crop_of_photo(64, 96), model="enrp", tile=32, width=8, depth=1, steps=150
    )
    assert encoded.psnr_db > 26
    assert encoded.bits_per_pixel < 2.2


def test_overhead_is_as_specified(tiled: inrcodec.Encoded) -> None:
    """All that is not coded weights and their tables: at most 160 bytes, and 6 for each tile."""
    container = Container(tiled.data)
    weights = container.entry(b"TILE", 1).length
    payload, header = container.read(b"TIDX", 1), read_header(container)
    tables = len(codec_of(header.spec).before_index(payload, header))
    assert len(tiled.data) - weights - tables <= 160 + 6 * 12
    assert tables < 120


def test_inputs_are_paths_pillow_images_and_arrays(tmp_path: Path) -> None:
    with Image.open(SAMPLES / "gray.png") as image:
        part = image.crop((100, 100, 130, 120))
    part.save(tmp_path / "part.png")
    inputs = [tmp_path / "part.png", str(tmp_path / "part.png"), part, np.asarray(part)]
    assert len({inrcodec.encode(source, **SMALL).data for source in inputs}) == 1


def test_files_are_saved_whole_and_not_over_others(tmp_path: Path, tiled: inrcodec.Encoded) -> None:
    target = tmp_path / "a.inr"
    tiled.save(target)
    assert target.read_bytes() == tiled.data
    with pytest.raises(OutputExistsError):
        tiled.save(target)
    tiled.save(target, force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.inr"]


@pytest.mark.parametrize(
    "options",
    [
        {"model": "vae"},
        {"effort": 0},
        {"effort": 10},
        {"precision": "fp8"},
        {"model": "siren", "tile": 8},
        {"model": "enrp", "width": 0},
        {"model": "enrp", "omega": -1.0},
        {"model": "enrp", "omega": 1e-46},
        {"model": "enrp", "tile": 16.0},
        {"model": "enrp", "steps": -1},
        {"model": "enrp", "learning_rate": 0.0},
        {"strip": frozenset({"jfif"})},
        {"bits": 12},
        {"seed": -1},
        {"device": "tpu"},
    ],
    ids=lambda o: "-".join(map(str, o)),
)
def test_options_out_of_range_are_refused(options: dict) -> None:
    with pytest.raises(UsageError):
        inrcodec.encode(smooth_image(8, 8), **options)


def test_sizes_over_the_limits_are_refused() -> None:
    with pytest.raises(inrcodec.LimitError):
        inrcodec.encode(smooth_image(10, 10), max_memory=1000)
    with pytest.raises(inrcodec.LimitError):
        inrcodec.encode(smooth_image(10, 10), model="siren", max_work=1e6)
    with pytest.raises(inrcodec.LimitError, match="weights"):
        inrcodec.encode(smooth_image(64, 64), model="enrp", tile=1, width=4096, depth=1)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.full((4, 4), 1.5, np.float32),
    ],
)
def test_arrays_that_are_no_images_are_refused(array: np.ndarray) -> None:
    with pytest.raises(inrcodec.SignalError):
        inrcodec.encode(array)


def test_unknown_keywords_are_told_in_a_line() -> None:
    with pytest.raises(TypeError, match="did you mean 'quality'") as raised:
        inrcodec.encode(smooth_image(8, 8), qualty=60)  # type: ignore[call-arg]
    assert "\n" not in str(raised.value)


def test_weights_beyond_their_precision_are_refused() -> None:
    with pytest.raises(UsageError, match="diverged"):
        options = {**SMALL, "omega": 1e-5, "steps": 0, "precision": "fp16"}
        inrcodec.encode(smooth_image(8, 8), **options)
    with pytest.raises(UsageError, match="diverged"):
        inrcodec.encode(smooth_image(8, 8), **{**SMALL, "omega": 1e-30})


def test_a_tile_is_never_larger_than_the_image() -> None:
    encoded = inrcodec.encode(smooth_image(3, 200), **{**SMALL, "tile": 65536})
    assert inrcodec.info(encoded.data)["parameters"] < 500
