"""Features, the shipped predictor, and what it tells of images."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from conftest import crop_of_photo, smooth_image

from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction import predictor as shipped
from inrcodec.codecs.inr.prediction.candidates import Candidate, Outlook
from inrcodec.codecs.inr.prediction.choice import Choice
from inrcodec.codecs.inr.prediction.features import FEATURES, features, jpeg2000_psnrs, ratios
from inrcodec.codecs.inr.prediction.predictor import (
    Calibration,
    Estimate,
    load_predictor,
    write_predictor,
)
from inrcodec.codecs.rate_control import step_of_lmbda
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.encoding import encode_signal
from inrcodec.errors import InrError
from inrcodec.media.images import from_array
from inrcodec.settings import Target


def plan_of(samples: np.ndarray, **keywords: object) -> FitPlan:
    _, plan = plan_encode(make_settings(**keywords), from_array(samples).info)
    assert isinstance(plan, FitPlan)
    return plan


def outlook(samples: np.ndarray, **keywords: object) -> Outlook:
    return Outlook(from_array(samples), plan_of(samples, **keywords), load_predictor())


def test_features_of_a_network() -> None:
    """Width 28 and depth 8 in COIN at 0.3 bpp: 7,395 parameters of 16 bits, of 393,216 pixels."""
    found = dict(zip(FEATURES, features((512, 768), 7395, 8, 30, 1024, [1, 2, 3]), strict=True))
    assert 2 ** found["bpp"] == pytest.approx(0.3009, abs=1e-4)
    assert found["depth"] == 8 and found["steps"] == 10
    assert math.exp(found["omega"]) == pytest.approx(30 / math.sqrt(512 * 768))
    assert [found[name] for name in FEATURES[5:]] == [1, 2, 3]


def test_jpeg2000_tells_how_hard_an_image_is() -> None:
    hard = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    easy, photo, noise = map(jpeg2000_psnrs, (smooth_image(64, 64), crop_of_photo(64, 64), hard))
    for psnrs in (easy, photo, noise):
        assert psnrs == sorted(psnrs, reverse=True)
    assert easy[1] > photo[1] > noise[1]
    assert ratios((64, 300)) == (7, 15, 50) and ratios((128, 300)) == (7, 25, 100)


@pytest.mark.parametrize("height, width", [(1, 1), (1, 40), (3, 2), (9, 9)])
def test_small_and_flat_images_have_features(height: int, width: int) -> None:
    flat = np.full((height, width, 3), 77, np.uint8)
    assert all(math.isfinite(psnr) for psnr in jpeg2000_psnrs(flat))


def test_a_predictor_comes_back_from_its_file(tmp_path: Path) -> None:
    known = load_predictor()
    own = dataclasses.replace(known, calibrations={"siren": Calibration(), "enrp": Calibration(1)})
    digest = write_predictor(tmp_path / "own.npz", own)
    assert len(digest) == 64 and write_predictor(tmp_path / "again.npz", own) == digest
    point = list(known.process.points[3])
    assert known.predict([point])[0].psnr_db == pytest.approx(known.process.values[3], abs=3)


def test_a_file_that_was_altered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "_FILES", {7: ("siren-3.npz", "0" * 64)})
    with pytest.raises(InrError, match="not the predictor that was shipped"):
        load_predictor(7)


@pytest.mark.parametrize("model", ["siren", "enrp", "incode"])
def test_wider_networks_are_longer_and_expected_to_be_better(model: str) -> None:
    candidates = outlook(crop_of_photo(128, 192), model=model).candidates()
    sizes = [c.bytes for c in candidates]
    assert sizes == sorted(sizes)
    low, middle, high = (candidates[k].estimate.psnr_db for k in (0, 6, 12))
    assert 10 < low < middle < high < 60
    assert all(0.1 < c.estimate.deviation_db < 4 for c in candidates[2:10])


@pytest.mark.parametrize("model", ["siren", "enrp"])
def test_bytes_are_as_expected(model: str) -> None:
    samples = crop_of_photo(100, 180)
    tile = 32 if model == "enrp" else None
    (candidate,) = outlook(samples, model=model, tile=tile).candidates([9])
    options = {"model": model, "width": 9, "tile": tile, "steps": 60}
    encoded = encode_signal(from_array(samples), make_settings(**options))
    assert len(encoded.data) == pytest.approx(candidate.bytes, rel=0.4)
    (exact,) = outlook(samples, model=model, tile=tile, precision="fp16").candidates([9])
    encoded = encode_signal(from_array(samples), make_settings(**options, precision="fp16"))
    assert len(encoded.data) == pytest.approx(exact.bytes, rel=0.06)


@pytest.mark.parametrize("channels, dtype", [(1, np.uint8), (2, np.uint8), (4, np.uint16)])
def test_gray_alpha_and_deep_images_are_predicted(channels: int, dtype: type) -> None:
    samples = smooth_image(48, 64, channels).astype(dtype)
    samples = samples * 257 if dtype == np.uint16 else samples
    (candidate,) = outlook(samples, model="siren").candidates([12])
    assert 15 < candidate.estimate.psnr_db < 60


def candidate(size: int, psnr_db: float, deviation_db: float = 1.0) -> Candidate:
    plan = plan_of(smooth_image(16, 16), model="siren")
    return Candidate(plan, size, Estimate(psnr_db, deviation_db))


class TestChoice:
    """The choice for a target; of 95 % that is 1.645 deviations above it."""

    some: ClassVar = [
        candidate(100, 25),
        candidate(200, 28),
        candidate(300, 31),
        candidate(400, 34),
    ]

    def test_of_a_psnr_the_smallest_that_is_likely(self) -> None:
        choice = Choice(self.some, 0.95)
        assert choice.first(Target(psnr_db=26.3)) is self.some[1]
        assert choice.first(Target(psnr_db=26.4)) is self.some[2]
        assert Choice(self.some, 0.5).first(Target(psnr_db=27.9)) is self.some[1]

    def test_of_one_that_none_is_likely_to_reach_the_likeliest(self) -> None:
        choice = Choice(self.some, 0.95)
        assert choice.first(Target(psnr_db=50)) is self.some[3]
        assert choice.likely(Target(psnr_db=50)) is None

    def test_of_bytes_the_best_within(self) -> None:
        choice = Choice([*self.some, candidate(350, 30)], 0.95)
        assert choice.first(Target(bytes=399)) is self.some[2]
        assert choice.likely(Target(bytes=99)) is None

    def test_of_too_few_bytes_the_smallest_until_it_is_known(self) -> None:
        choice = Choice(self.some, 0.95)
        assert choice.first(Target(bytes=99)) is self.some[0]
        choice.learn(self.some[0], 25.0, 100)
        assert choice.first(Target(bytes=99)) is None

    def test_what_is_learnt_of_an_image_moves_all(self) -> None:
        choice = Choice(self.some, 0.95)
        choice.learn(self.some[1], 26.0)
        choice.leave(self.some[1], is_small=True)
        # 31 - 2 - 1.645 / 2 is above 27.
        assert choice.first(Target(psnr_db=27)) is self.some[2]
        assert choice.first(Target(psnr_db=28.5)) is self.some[3]
        assert choice.is_largest(self.some[3])

    def test_files_that_are_shorter_than_expected_leave_room(self) -> None:
        choice = Choice(self.some, 0.95)
        choice.learn(self.some[1], 28.0, 100)
        assert choice.first(Target(bytes=150)) is self.some[2]

    def test_what_is_worth_its_bits(self) -> None:
        choice = Choice(self.some, 0.95)
        dear, cheap = (choice.worthwhile(step_of_lmbda(lmbda), 1000) for lmbda in (1e-2, 1e-5))
        assert dear is self.some[0] and cheap is self.some[3]
