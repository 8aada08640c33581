"""What the eye sees of errors: the score is SSIMULACRA2's, and gradients say how it changes."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import crop_of_photo
from PIL import Image

import inrcodec
from inrcodec.codecs.grid.encoder.visual_metric import VisualMetric
from inrcodec.codecs.rate_control import step_of_quality
from inrcodec.errors import UsageError


def planes(image: np.ndarray) -> np.ndarray:
    return image.transpose(2, 0, 1).astype(np.float32) / 255


def noisy(image: np.ndarray, spread: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, image.shape)
    return (image + noise).clip(0, 255).round().astype(np.uint8)


PHOTO = crop_of_photo(120, 161)


def test_an_image_is_as_good_as_itself() -> None:
    metric = VisualMetric(planes(PHOTO))
    value, gradients = metric.distance(planes(PHOTO))
    assert value == pytest.approx(0, abs=1e-3)
    assert metric.score(planes(PHOTO)) == pytest.approx(100, abs=0.2)
    assert gradients.shape == (3, 120, 161)


def test_more_noise_is_worse() -> None:
    metric = VisualMetric(planes(PHOTO))
    scores = [metric.score(planes(noisy(PHOTO, spread))) for spread in (2, 6, 18)]
    assert 100 > scores[0] > scores[1] > scores[2]


@pytest.mark.parametrize("spread", [3, 10])
def test_the_score_is_that_of_the_package(spread: float, tmp_path: object) -> None:
    package = pytest.importorskip("ssimulacra2")
    photo = crop_of_photo(240, 320)
    decoded = noisy(photo, spread)
    paths = [f"{tmp_path}/{name}.png" for name in ("original", "decoded")]
    for path, samples in zip(paths, (photo, decoded), strict=True):
        Image.fromarray(samples).save(path)
    score = VisualMetric(planes(photo)).score(planes(decoded))
    # At an image's edges the package's windows see black beyond it.
    assert score == pytest.approx(package.compute_ssimulacra2(*paths), abs=2.5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(40, 57), (9, 30), (5, 40)])
def test_gradients_say_how_the_distance_changes(shape: tuple[int, int], channels: int) -> None:
    image = planes(PHOTO[: shape[0], : shape[1], :channels]) * 0.8 + 0.1
    generator = np.random.default_rng(1)
    decoded = image + generator.normal(0, 0.03, image.shape).astype(np.float32)
    metric = VisualMetric(image)
    _, gradients = metric.distance(decoded)
    for _ in range(3):
        # Along the gradients, and away from them.
        direction = gradients + generator.normal(0, 1, image.shape) * np.abs(gradients).mean()
        direction = (3e-3 * direction / max(np.abs(direction).max(), 1e-12)).astype(np.float32)
        ahead, behind = (metric.distance(decoded + s * direction)[0] for s in (1, -1))
        expected = 2 * float((gradients * direction).sum(dtype=np.float64))
        assert ahead - behind == pytest.approx(expected, rel=0.05, abs=1e-4)


def test_tune_visual_looks_better_at_as_many_bytes() -> None:
    image = crop_of_photo(160, 224)
    metric = VisualMetric(planes(image))
    plain = inrcodec.encode(image, quality=50, effort=3)
    visual = inrcodec.encode(image, target_size=len(plain.data), tune="visual", effort=3)
    assert len(visual.data) <= len(plain.data)
    scores = [metric.score(planes(inrcodec.decode(e.data))) for e in (plain, visual)]
    assert scores[1] > scores[0] + 1
    assert visual.psnr_db < plain.psnr_db


def test_what_is_ended_early_is_no_worse_than_what_was_there() -> None:
    image = crop_of_photo(200, 260)
    metric = VisualMetric(planes(image))

    def score(data: bytes) -> float:
        return metric.score(planes(inrcodec.decode(data)))

    first = inrcodec.encode(image, lmbda=3e-3, tune="visual", effort=1)
    for step in (1, 3):
        ended = inrcodec.encode(
            image, lmbda=3e-3, tune="visual", effort=9, report=lambda p, n=step: p.step >= n
        )
        assert score(ended.data) > score(first.data) - 3


def test_qualities_of_both_tunes_have_the_same_ends_and_grow() -> None:
    for tune in ("psnr", "visual"):
        steps = [step_of_quality(quality, tune) for quality in range(1, 101)]
        assert steps == sorted(steps, reverse=True)
        assert steps[-1] == 384


@pytest.mark.parametrize("shape", [(6, 40), (1, 1)])
def test_images_too_small_for_it_are_encoded_by_psnr(shape: tuple[int, int]) -> None:
    image = crop_of_photo(*shape)
    visual, plain = (inrcodec.encode(image, tune=tune, effort=2) for tune in ("visual", "psnr"))
    assert visual.psnr_db > plain.psnr_db - 2
    with pytest.raises(UsageError, match="8×8 pixels or more"):
        inrcodec.encode(image, target_ssimulacra2=60)


@pytest.mark.parametrize("channels", [1, 2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_kind_of_image_has_a_visual_tune(channels: int, dtype: type) -> None:
    image = np.resize(crop_of_photo(40, 48), (40, 48, channels)).astype(dtype)
    image *= 257 if dtype is np.uint16 else 1
    encoded = inrcodec.encode(image, tune="visual", effort=2, quality=80)
    assert inrcodec.decode(encoded.data).shape == image.shape


@pytest.mark.parametrize("tune", ["psnr", "visual"])
def test_a_score_may_be_aimed_at(tune: str) -> None:
    image = crop_of_photo(96, 128)
    encoded = inrcodec.encode(image, target_ssimulacra2=65, tune=tune, effort=2)
    score = VisualMetric(planes(image)).score(planes(inrcodec.decode(encoded.data)))
    assert score == pytest.approx(65, abs=0.5)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="below 100"):
        inrcodec.encode(PHOTO, target_ssimulacra2=100)
    with pytest.raises(UsageError, match="not both"):
        inrcodec.encode(PHOTO, target_ssimulacra2=70, quality=50)
    with pytest.raises(UsageError, match="tune 'ear'"):
        inrcodec.encode(PHOTO, tune="ear")


def test_a_score_is_met_by_an_image_that_no_step_makes_worse() -> None:
    flat = np.full((16, 16, 3), 90, np.uint8)
    decoded = inrcodec.decode(inrcodec.encode(flat, target_ssimulacra2=40, effort=1).data)
    assert VisualMetric(planes(flat)).score(planes(decoded)) >= 40
