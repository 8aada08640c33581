"""Precision `auto`: weights as whole numbers of steps that lose little."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import crop_of_photo
from tones import RATE, tone

import inrcodec
from inrcodec.errors import UsageError

IMAGE = crop_of_photo(48, 64)
MODELS: dict[str, dict[str, Any]] = {
    "siren": {"width": 12, "depth": 2, "steps": 80},
    "enrp": {"tile": 16, "width": 6, "depth": 1, "steps": 80},
    "local-global": {"steps": 20},
    "loe": {"width": 12, "depth": 2, "steps": 40},
    "incode": {"width": 12, "depth": 2, "steps": 60},
}


@pytest.mark.parametrize("model", MODELS)
def test_files_are_far_smaller_for_little(model: str) -> None:
    half, auto = (
        inrcodec.encode(IMAGE, model=model, precision=precision, **MODELS[model])
        for precision in ("fp16", "auto")
    )
    assert len(auto.data) < 0.66 * len(half.data)
    assert auto.psnr_db > half.psnr_db - 0.35
    decoded = inrcodec.open(auto.data)
    decoded.verify()
    np.testing.assert_array_equal(decoded.render(), inrcodec.open(auto.data).render())


def test_audio_in_chunks() -> None:
    samples = tone(0.5, channels=2)
    options: dict[str, Any] = {"model": "enrp", "tile": 1000, "width": 8, "depth": 1, "steps": 60}
    half, auto = (
        inrcodec.encode(samples, rate=RATE, chunk=0.2, precision=precision, **options)
        for precision in ("fp16", "auto")
    )
    assert len(auto.data) < 0.9 * len(half.data)
    assert half.snr_db is not None
    assert auto.snr_db is not None
    assert auto.snr_db > half.snr_db - 0.5


def test_parts_of_tiles_at_steps() -> None:
    data = inrcodec.encode(IMAGE, model="enrp", precision="auto", **MODELS["enrp"]).data
    part = inrcodec.crop(data, region=(0, 0, 32, 48))
    whole = inrcodec.open(data).render(region=(0, 0, 32, 48))
    np.testing.assert_array_equal(inrcodec.open(part).render(), whole)
    longer = inrcodec.extend(part, IMAGE, keep=True, steps=80)
    np.testing.assert_array_equal(inrcodec.open(longer.data).render(region=(0, 0, 32, 48)), whole)


def test_the_same_weights_give_the_same_bytes() -> None:
    encoded = [
        inrcodec.encode(IMAGE, model="siren", precision="auto", seed=3, **MODELS["siren"]).data
        for _ in range(2)
    ]
    assert encoded[0] == encoded[1]


def test_what_auto_is_not_for() -> None:
    with pytest.raises(UsageError, match="fp16 alone"):
        inrcodec.encode(IMAGE, model="minr", precision="auto", steps=1)
    with pytest.raises(UsageError, match="fp16 alone"):
        inrcodec.encode(IMAGE, model="siren", precision="auto", target_psnr=20)
