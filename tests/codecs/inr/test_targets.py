"""Encoding images to targets by networks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.inr.prediction.candidates import Candidate, Outlook
from inrcodec.codecs.inr.prediction.predictor import Estimate
from inrcodec.codecs.inr.targets import _Search
from inrcodec.errors import TargetError, UsageError

MODELS = {
    "siren": {"depth": 2},
    "enrp": {"tile": 16, "depth": 1},
    "minr": {"depth": 1},
    "loe": {"depth": 1},
    "local-global": {"depth": 1, "fields": {"global_width": 12}},
    "incode": {},
    "coin++": {"fields": {"latent": 8}},
}


def photo() -> np.ndarray:
    return crop_of_photo(32, 48)


@pytest.mark.parametrize("model", MODELS)
def test_a_psnr_is_met(model: str) -> None:
    image = crop_of_photo(48, 64)
    encoded = inrcodec.encode(image, model=model, target_psnr=23, steps=60, **MODELS[model])
    # Of an image as small as this, steps are coarse beside what is aimed at.
    assert 22.9 <= encoded.psnr_db <= 23.4
    decoded = inrcodec.decode(encoded.data)
    error = np.mean(np.square(decoded.astype(float) - image))
    assert 10 * np.log10(255**2 / error) == pytest.approx(encoded.psnr_db)


@pytest.mark.parametrize("model", MODELS)
def test_a_size_is_met_and_not_exceeded(model: str) -> None:
    encoded = inrcodec.encode(photo(), model=model, target_size=1500, steps=30, **MODELS[model])
    assert 0.96 * 1500 <= len(encoded.data) <= 1500


def test_bits_per_pixel_are_a_size() -> None:
    bpp = inrcodec.encode(photo(), model="siren", target_bpp=2, steps=40)
    assert 0.8 * 2 * 32 * 48 <= 8 * len(bpp.data) <= 2 * 32 * 48


def test_a_width_that_is_given_stays() -> None:
    options = {"model": "siren", "width": 14, "steps": 60}
    fine, coarse = (inrcodec.encode(photo(), target_psnr=db, **options) for db in (21, 19))
    assert inrcodec.info(coarse.data)["network"]["width"] == 14
    assert len(coarse.data) < len(fine.data)
    assert 18.9 <= coarse.psnr_db <= 19.25


@pytest.mark.parametrize("model", ["siren", "enrp"])
def test_of_16_bits_a_network_reaches_a_target_or_more(model: str) -> None:
    how = {"model": model, "precision": "fp16", "steps": 60}
    assert inrcodec.encode(photo(), target_psnr=19, **how).psnr_db >= 18.7
    small, large = (inrcodec.encode(photo(), target_size=size, **how) for size in (1400, 5000))
    assert len(small.data) <= 1400 < len(large.data) <= 5000


@pytest.mark.parametrize("model", ["siren", "enrp"])
def test_a_quality_chooses_the_width(model: str) -> None:
    low, high = (inrcodec.encode(photo(), model=model, quality=q, steps=40) for q in (10, 70))
    widths = [inrcodec.info(encoded.data)["network"]["width"] for encoded in (low, high)]
    assert widths[0] < widths[1]
    assert len(low.data) < len(high.data)
    assert low.psnr_db < high.psnr_db


def test_more_is_a_larger_network() -> None:
    low, high = (
        inrcodec.encode(photo(), model="siren", depth=1, target_psnr=psnr, steps=60)
        for psnr in (16, 21)
    )
    assert len(low.data) < len(high.data)


def test_what_cannot_be_reached_is_said_with_what_was() -> None:
    with pytest.raises(TargetError, match=r"60 dB cannot be reached; the nearest is \d+ bytes at"):
        inrcodec.encode(photo(), model="siren", target_psnr=60, steps=5, depth=1)
    with pytest.raises(TargetError, match="90 bytes cannot be reached"):
        inrcodec.encode(photo(), model="siren", target_size=90, steps=5)
    assert TargetError.exit_code == 5


def test_a_width_that_is_expected_to_be_too_large_is_tried() -> None:
    encoded = inrcodec.encode(photo(), model="siren", width=16, target_size=500, steps=20)
    assert 400 <= len(encoded.data) <= 500


def test_a_psnr_beyond_all_bounds_and_an_image_without_an_error_have_numbers() -> None:
    with pytest.raises(TargetError, match="5000 dB cannot be reached; the nearest is"):
        inrcodec.encode(photo(), model="siren", width=8, target_psnr=5000, steps=5)
    pixel = np.array([[[148, 207, 3]]], np.uint8)
    encoded = inrcodec.encode(pixel, model="siren", width=16, target_psnr=40, steps=50)
    assert encoded.psnr_db >= 39.7


def test_a_miss_is_followed_by_a_larger_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where far more is expected than comes, the next network is larger."""
    tried: list[int] = []
    plain, first_step = Outlook.candidates, _Search._first_step

    def hopeful(self: Outlook, widths: tuple[int, ...]) -> list:
        candidates = plain(self, widths)
        for candidate in candidates:
            more = Estimate(candidate.estimate.psnr_db + 6, 0.5)
            object.__setattr__(candidate, "estimate", more)
        return candidates

    def planned(self: _Search, candidate: Candidate) -> int:
        tried.append(candidate.width)
        return first_step(self, candidate)

    monkeypatch.setattr(Outlook, "candidates", hopeful)
    monkeypatch.setattr(_Search, "_first_step", planned)
    encoded = inrcodec.encode(photo(), model="siren", depth=2, target_psnr=21, steps=60)
    assert len(tried) == len(set(tried)) > 1 and tried[1] > tried[0]
    assert encoded.psnr_db >= 20.7


def test_a_fit_that_is_likely_to_miss_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    def hopeless(self: Outlook, psnr_db: float) -> Estimate:
        return Estimate(10.0, 1.0)

    def report(progress: inrcodec.Progress) -> None:
        steps.append(progress.step)

    monkeypatch.setattr(Outlook, "early", hopeless)
    small = crop_of_photo(24, 32)
    inrcodec.encode(small, model="siren", depth=1, target_psnr=18, steps=40, report=report)
    ends = [a for a, b in pairwise(steps) if b < a] + steps[-1:]
    # The largest is fitted to its end; the last steps are taken again for the target.
    assert ends[0] == 10 and set(ends) == {10, 40}


def test_a_report_that_asks_to_stop_ends_the_search() -> None:
    steps: list[int] = []

    def report(progress: inrcodec.Progress) -> bool:
        steps.append(progress.step)
        return progress.step >= 10

    with pytest.raises(TargetError, match="the nearest is"):
        inrcodec.encode(photo(), model="siren", target_psnr=45, steps=80, report=report)
    assert steps == [0, 10]


def test_what_has_no_target() -> None:
    wave = np.zeros((4000, 1), np.float32)
    with pytest.raises(UsageError, match="told of images"):
        inrcodec.encode(wave, rate=8000, model="siren", target_size=500)
    with pytest.raises(UsageError, match="its own activation"):
        inrcodec.encode(photo(), model="siren", activation="relu", target_psnr=30)
    with pytest.raises(UsageError, match="not both"):
        inrcodec.encode(photo(), model="siren", target_psnr=30, target_size=400)
    with pytest.raises(UsageError, match="confidence"):
        inrcodec.encode(photo(), model="siren", target_psnr=30, confidence=0.2)
