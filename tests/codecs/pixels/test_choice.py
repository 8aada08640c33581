"""Which options ask for lossless images, and which do not go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.registry import make_settings, resolve
from inrcodec.errors import UsageError
from inrcodec.signal import AudioInfo, ImageInfo

PHOTO = crop_of_photo(20, 24)


def model_of(kind: type[ImageInfo] | type[AudioInfo] = ImageInfo, **options: Any) -> str:
    return resolve(make_settings(**options), kind).__name__


@pytest.mark.parametrize(
    "options",
    [
        {"lossless": True},
        {"quality": 100},
        {"near_lossless": 2},
        {"model": "pixels"},
        {"model": "pixels", "quality": 100},
        {"lossless": True, "quality": 100},
        {"lossless": True, "effort": 9, "strip": ["exif"]},
    ],
)
def test_these_ask_for_samples(options: dict[str, Any]) -> None:
    assert model_of(**options) == "PixelsSpec"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"quality": 99},
        {"lossless": False},
        {"quality": 100, "tune": "visual"},
        {"target_psnr": 50},
    ],
)
def test_these_leave_it_to_the_image(options: dict[str, Any]) -> None:
    assert model_of(**options) == "MixedSpec"


def test_a_grid_is_asked_for_by_its_name() -> None:
    assert model_of(quality=100, model="grid") == "GridSpec"


def test_audio_of_the_best_quality_is_as_before() -> None:
    assert model_of(AudioInfo, quality=100) == "AudioGridSpec"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lossless": True, "target_psnr": 40}, "give lossless or target_psnr, not both"),
        ({"lossless": True, "lmbda": 0.1}, "give lossless or lmbda, not both"),
        ({"lossless": True, "quality": 90}, "give lossless or quality, not both"),
        ({"lossless": True, "near_lossless": 1}, "give lossless or near_lossless, not both"),
        ({"near_lossless": 2, "target_size": 100}, "give near_lossless or target_size, not both"),
        ({"near_lossless": 2, "quality": 100}, "give near_lossless or quality, not both"),
        ({"near_lossless": 0}, "above 0"),
        ({"near_lossless": 1.5}, "a whole number"),
        ({"near_lossless": 40000}, "it must be 1 to 32767"),
        ({"lossless": True, "model": "siren"}, "model siren has no lossless"),
        ({"lossless": True, "model": "grid"}, "model grid has no lossless"),
        ({"lossless": True, "tune": "visual"}, "options of different models"),
        ({"lossless": True, "fields": {"step": 3}}, "step follows from"),
    ],
)
def test_these_do_not_go_together(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        inrcodec.encode(PHOTO, **options)


def test_audio_is_not_lossless() -> None:
    samples = np.zeros(4000, np.float32)
    for options in ({"lossless": True}, {"near_lossless": 1}):
        with pytest.raises(UsageError, match=f"{next(iter(options))} is not of audio files"):
            inrcodec.encode(samples, rate=8000, **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="model pixels is for images"):
        inrcodec.encode(samples, rate=8000, model="pixels")


def test_settings_take_its_options() -> None:
    settings = inrcodec.Settings(options=inrcodec.PixelsOptions(near_lossless=3))
    assert inrcodec.info(inrcodec.encode(PHOTO, settings=settings).data)["max_error"] == 3
    own = inrcodec.Settings(options=inrcodec.GridOptions(quality=100), effort=1)
    assert inrcodec.encode(PHOTO, settings=own).model == "grid"
