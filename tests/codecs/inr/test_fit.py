"""Fitting: it learns, stops, repeats itself and keeps its best, of all signals or of each."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from conftest import crop_of_photo, smooth_image, values_of

from inrcodec.codecs.base import Scope
from inrcodec.codecs.inr.fit import FitSettings, fit, fit_jointly, fit_stacked
from inrcodec.codecs.inr.networks import EnrpSpec, MinrSpec, SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.rounding import Halves
from inrcodec.errors import UsageError
from inrcodec.media.images import from_array
from inrcodec.progress import Progress
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

TILED = EnrpSpec(6, 1, 10.0, 10.0, tile=16)
WHOLE = SirenSpec(16, 1, 15.0, 15.0)
SPECS = pytest.mark.parametrize("spec", [TILED, WHOLE], ids=["tiled", "whole"])


@SPECS
def test_more_steps_fit_better(spec: EnrpSpec | SirenSpec) -> None:
    psnr = [
        fit(values_of(smooth_image(33, 40)), spec, FitSettings(n, 1e-2)).psnr_db
        for n in (0, 30, 200)
    ]
    assert psnr[0] < psnr[1] - 3 < psnr[2] - 6


@SPECS
def test_same_seed_gives_the_same_weights(spec: EnrpSpec | SirenSpec) -> None:
    def weights(seed: int) -> np.ndarray:
        settings = FitSettings(20, 1e-2, seed=seed)
        return fit(values_of(smooth_image(20, 20)), spec, settings).network.arrays()["weight1"]

    assert np.array_equal(weights(5), weights(5))
    assert not np.array_equal(weights(5), weights(6))


@SPECS
def test_microbatches_do_not_change_the_fit(
    spec: EnrpSpec | SirenSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = FitSettings(10, 1e-2)
    together = fit(values_of(smooth_image(40, 36)), spec, settings)
    monkeypatch.setattr(Network, "points_at_once", 100)
    apart = fit(values_of(smooth_image(40, 36)), spec, settings)
    assert apart.psnr_db == pytest.approx(together.psnr_db, abs=0.01)


def test_fit_of_a_tile_does_not_depend_on_the_others() -> None:
    samples = smooth_image(16, 48)
    other = samples.copy()
    other[:, 16:] = 255 - other[:, 16:]
    one, two = (
        fit(values_of(s), TILED, FitSettings(30, 1e-2)).network.arrays() for s in (samples, other)
    )
    for name, weight in one.items():
        assert np.allclose(weight[0], two[name][0], atol=1e-6)
        assert not np.allclose(weight[1], two[name][1], atol=1e-3)


def test_best_weights_are_kept() -> None:
    """A learning rate that ruins the fit leaves the weights from before the ruin."""
    start = fit(values_of(smooth_image(16, 16)), WHOLE, FitSettings(0, 1e-2))
    ruined = fit(values_of(smooth_image(16, 16)), WHOLE, FitSettings(3, 1e4))
    assert ruined.psnr_db >= start.psnr_db
    assert np.array_equal(ruined.network.arrays()["weight1"], start.network.arrays()["weight1"])


def test_stops_at_the_psnr_asked_for() -> None:
    result = fit(values_of(smooth_image(32, 32)), TILED, FitSettings(1000, 1e-2, stop_psnr=22))
    assert 22 <= result.psnr_db < 26
    assert 0 < result.steps < 1000


def test_progress_is_reported() -> None:
    seen: list[Progress] = []
    fit(values_of(smooth_image(16, 16)), WHOLE, FitSettings(25, 1e-2), seen.append)
    assert [p.step for p in seen] == [0, 10, 20, 25]
    assert all(p.steps == 25 for p in seen)
    assert [p.psnr_db for p in seen] == sorted(p.psnr_db for p in seen)


@pytest.mark.parametrize(("steps", "rate"), [(-1, 1e-2), (10, 0.0), (10, float("inf"))])
def test_settings_out_of_range_are_refused(steps: int, rate: float) -> None:
    with pytest.raises(UsageError):
        FitSettings(steps, rate)


def test_images_fitted_jointly_share_and_differ() -> None:
    """Images of two shapes: shared weights are one, item weights each image's own."""
    images = [smooth_image(16, 20), 255 - smooth_image(16, 20), smooth_image(12, 9)]
    spec = MinrSpec(12, 1, 15.0, 15.0)
    fits = fit_jointly([values_of(i) for i in images], spec, FitSettings(300, 1e-2))
    weights = [result.network.arrays() for result in fits]
    assert np.array_equal(weights[0]["weight_middle0"], weights[1]["weight_middle0"])
    assert np.array_equal(weights[0]["weight_middle0"], weights[2]["weight_middle0"])
    assert not np.allclose(weights[0]["weight_first"], weights[1]["weight_first"])
    for image, result in zip(images, fits, strict=True):
        size = image.shape[:2]
        renderer = NetworkRenderer(result.network, from_array(image).info)
        out = renderer.render(Raster(Region.whole(size), size))
        assert psnr(image, out) > 24
    assert fits[0].psnr_db > 26


def test_a_signal_alone_or_jointly_is_the_same() -> None:
    alone = fit(values_of(smooth_image(20, 20)), WHOLE, FitSettings(20, 1e-2))
    (jointly,) = fit_jointly([values_of(smooth_image(20, 20))], WHOLE, FitSettings(20, 1e-2))
    assert np.array_equal(alone.network.arrays()["weight1"], jointly.network.arrays()["weight1"])


def test_constant_learning_rate() -> None:
    falling, constant = FitSettings(10, 2.0), FitSettings(10, 2.0, constant=True)
    assert [falling.share_at(step) for step in (0, 5)] == [1.0, pytest.approx(0.5)]
    assert [constant.share_at(step) for step in (0, 5)] == [1.0, 1.0]


def test_fits_through_samples_come_near_to_those_through_all() -> None:
    images = [smooth_image(40, 40), smooth_image(36, 44)]
    spec = MinrSpec(16, 1, 20.0, 20.0)
    full, some = (
        fit_jointly([values_of(i) for i in images], spec, FitSettings(150, 1e-2, points=points))[
            0
        ].psnr_db
        for points in (None, 800)
    )
    assert some > full - 2
    assert some > 20


def test_given_shared_weights_stay_as_they_are() -> None:
    spec = MinrSpec(8, 1, 9.0, 9.0)
    first = fit_jointly([values_of(smooth_image(20, 24))], spec, FitSettings(30, 1e-2))[0].network
    shared = {
        tensor.name: first.weights[tensor.name].clone()
        for tensor in spec.tensors(first.domain)
        if tensor.scope is Scope.SHARED
    }
    again = fit(values_of(smooth_image(16, 16)), spec, FitSettings(30, 1e-2), shared=shared).network
    for name, weight in shared.items():
        assert torch.equal(again.weights[name], weight)
    assert not torch.equal(again.weights["weight_last"], first.weights["weight_last"])


def test_each_signal_of_a_stack_has_a_best_and_an_end_of_its_own() -> None:
    """A flat image is done long before another, and is not trained on."""
    flat = np.full((20, 20, 3), 90, np.uint8)
    signals = [values_of(smooth_image(20, 20)), values_of(flat)]
    settings = FitSettings(300, 1e-2, stop_psnr=22)
    stacked = fit_stacked(signals, TILED, settings)
    alone = [fit(values, TILED, settings) for values in signals]
    assert [one.steps for one in stacked] == [one.steps for one in alone]
    assert stacked[1].steps < stacked[0].steps
    for one, other in zip(stacked, alone, strict=True):
        assert one.psnr_db == pytest.approx(other.psnr_db, abs=0.01)
        for name, weight in one.network.weights.items():
            torch.testing.assert_close(weight, other.network.weights[name], rtol=1e-3, atol=1e-4)


def test_best_weights_of_each_signal_of_a_stack_are_kept() -> None:
    """A learning rate that ruins all of them leaves the weights from before the ruin."""
    signals = [values_of(smooth_image(16, 16)), values_of(255 - smooth_image(16, 16))]
    starts = fit_stacked(signals, WHOLE, FitSettings(0, 1e-2))
    for start, ruined in zip(starts, fit_stacked(signals, WHOLE, FitSettings(3, 1e4)), strict=True):
        assert torch.equal(start.network.weights["weight1"], ruined.network.weights["weight1"])


def test_a_report_ends_a_fit() -> None:
    signals = [values_of(smooth_image(16, 16))] * 2
    for run in (fit_jointly, fit_stacked):
        fits = run(signals, WHOLE, FitSettings(100, 1e-2), lambda progress: progress.step >= 20)
        assert [one.steps for one in fits] == [20, 20]


def test_a_signal_that_starts_as_audio_can_be_stacked() -> None:
    """First layers are rounded in the last quarter, for each signal as for one alone."""
    values = np.sin(np.arange(3000) / 5)[:, None].astype(np.float32)
    spec, settings = EnrpSpec(6, 1, 30.0, 15.0, tile=1000), FitSettings(40, 5e-3, audio=True)
    signals = [values, values[::-1].copy()]
    fits = fit_stacked(signals, spec, settings, rounder=Halves())
    for one, signal in zip(fits, signals, strict=True):
        weight = one.network.weights["weight0"]
        assert torch.equal(weight, weight.half().float())
        alone = fit(signal, spec, settings, rounder=Halves())
        assert one.psnr_db == pytest.approx(alone.psnr_db, abs=0.1)


@pytest.mark.parametrize("width, depth", [(32, 4), (64, 3), (64, 6)])
def test_large_sirens_do_not_stall(width: int, depth: int) -> None:
    """By Adam alone these stay near the image's mean for long, at such a rate."""
    values, spec = values_of(crop_of_photo(32, 48)), SirenSpec(width, depth, 30.0, 30.0)
    adam, muon = (
        fit(values, spec, FitSettings(80, 5e-3, matrix_rate=rate)).psnr_db
        for rate in (None, spec.matrix_rate)
    )
    assert muon > max(adam + 2, 30)
