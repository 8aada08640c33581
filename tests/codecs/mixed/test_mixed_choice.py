"""What `auto` makes of images: never much more than the best of its models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import SAMPLES, crop_of_photo
from mixed_images import Samples, buttons, caption, chart, error_of, page, scan, window
from PIL import Image

import inrcodec
from inrcodec.codecs.mixed.encoder.modes import weight_of
from inrcodec.codecs.rate_control import step_of_quality
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.media.images import from_array
from inrcodec.signal import Color, ImageInfo

# What may be more than the best.
MOST = 1.02


def cost_of(samples: Samples, encoded: inrcodec.Encoded, quality: float) -> float:
    """D + λR, in squared levels."""
    height, width, channels = samples.shape
    info = ImageInfo(height, width, Color(channels), 8)
    error = error_of(samples, inrcodec.decode(encoded.data)) * samples.size
    return error + weight_of(step_of_quality(quality), info) * 8 * len(encoded.data)


IMAGES = [page, window, chart, scan, caption]


@pytest.mark.parametrize("draw", IMAGES)
@pytest.mark.parametrize("quality", [60, pytest.param(85, marks=pytest.mark.slow)])
def test_auto_costs_no_more_than_its_models(draw: Callable[[], Samples], quality: float) -> None:
    samples = draw()
    costs = {
        model: cost_of(
            samples, inrcodec.encode(samples, model=model, quality=quality, effort=1), quality
        )
        for model in ("auto", "grid", "pixels")
    }
    lossless = cost_of(samples, inrcodec.encode(samples, lossless=True), quality)
    assert costs.pop("auto") <= MOST * min(*costs.values(), lossless)


@pytest.mark.parametrize(
    "draw", [pytest.param(page, marks=pytest.mark.slow), window, buttons, caption]
)
def test_auto_takes_no_more_bytes_for_a_target(draw: Callable[[], Samples]) -> None:
    samples, sizes = draw(), {}
    for model in ("auto", "grid", "pixels"):
        encoded = inrcodec.encode(samples, model=model, target_psnr=38, effort=1)
        assert encoded.psnr_db >= 37.9
        sizes[model] = len(encoded.data)
    assert sizes.pop("auto") <= MOST * min(sizes.values())


@pytest.mark.parametrize(
    ("samples", "model"),
    [
        (window(), "pixels"),
        (chart(), "pixels"),
        (scan(), "grid"),
    ],
    ids=["window", "chart", "scan"],
)
def test_models_of_images(samples: Samples, model: str) -> None:
    assert inrcodec.encode(samples, effort=1).model == model


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality": 90},
        {"tune": "visual"},
        *(
            pytest.param(aim, marks=pytest.mark.slow)
            for aim in ({"target_psnr": 36}, {"target_size": 6000})
        ),
    ],
)
def test_photographs_are_grids_as_before(options: dict[str, Any]) -> None:
    photo = crop_of_photo(96, 120)
    auto = inrcodec.encode(photo, effort=2, **options)
    assert auto.data == inrcodec.encode(photo, effort=2, model="grid", **options).data


def test_alpha_is_as_it_was() -> None:
    drawn = np.concatenate([window(), np.full((140, 160, 1), 200, np.uint8)], -1)
    drawn[:40, :40, 3] = 0
    encoded = inrcodec.encode(drawn, effort=1)
    assert encoded.model == "pixels"
    np.testing.assert_array_equal(inrcodec.decode(encoded.data), drawn)
    with Image.open(SAMPLES / "rgba.png") as image:
        photo = np.asarray(image.crop((60, 60, 160, 140)))
    grid = inrcodec.encode(photo, effort=1)
    np.testing.assert_array_equal(inrcodec.decode(grid.data)[..., 3], photo[..., 3])


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 30, 3), (30, 1, 2), (3, 200, 4)])
def test_small_images_come_back(shape: tuple[int, ...]) -> None:
    samples = np.full(shape, 7, np.uint8)
    assert error_of(inrcodec.decode(inrcodec.encode(samples).data), samples) < 100


def test_what_samples_cannot_reach_a_grid_may() -> None:
    encoded = inrcodec.encode(page(), target_size=900, effort=1)
    assert len(encoded.data) <= 900


def test_fields_are_of_a_grid() -> None:
    assert inrcodec.encode(page(), fields={"levels": 3}, effort=1).model == "grid"


def test_a_limit_of_memory_leaves_a_grid() -> None:
    settings = make_settings(effort=1)
    needed = plan_encode(settings, from_array(page()).info)[1].cost.memory
    encoded = inrcodec.encode(page(), effort=1, max_memory=round(needed) + 1)
    assert encoded.model == "grid"


@pytest.mark.parametrize("options", [{"tune": "visual"}, {"target_ssimulacra2": 80}])
def test_what_the_eye_sees_is_aimed_at(options: dict[str, Any]) -> None:
    encoded = inrcodec.encode(page(), effort=1, **options)
    assert encoded.model == "mixed"
