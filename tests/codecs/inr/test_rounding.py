"""Precision `auto`: weights are rounded within the fit, and lose little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import crop_of_photo, values_of
from tones import RATE, tone

import inrcodec
from inrcodec.codecs.base import Domain, Start
from inrcodec.codecs.inr.allowance import Allowance
from inrcodec.codecs.inr.batches import make_batches
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.fitting import Fitting
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize, kept_starts
from inrcodec.codecs.inr.renderer import render
from inrcodec.codecs.inr.rounding import Steps
from inrcodec.codecs.inr.step_search import remaining_tables
from inrcodec.codecs.rate_control import lmbda_of_step, step_of_quality
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

IMAGE = crop_of_photo(48, 48)
MODELS: dict[str, dict[str, Any]] = {
    "siren": {"width": 12, "depth": 2, "steps": 80},
    "enrp": {"tile": 16, "width": 6, "depth": 1, "steps": 80},
    "local-global": {"steps": 60},
    "loe": {"width": 12, "depth": 2, "steps": 80},
    "incode": {"width": 12, "depth": 2, "steps": 60},
    "minr": {"width": 12, "depth": 1, "steps": 80},
    "coin++": {"width": 12, "depth": 2, "steps": 80},
}


@pytest.mark.parametrize("model", MODELS)
def test_files_are_far_smaller_for_little(model: str) -> None:
    half, auto = (
        inrcodec.encode(IMAGE, model=model, precision=precision, **MODELS[model])
        for precision in ("fp16", "auto")
    )
    assert len(auto.data) < 0.6 * len(half.data)
    assert auto.psnr_db > half.psnr_db - 1
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
    assert len(auto.data) < 0.75 * len(half.data)
    assert half.snr_db is not None
    assert auto.snr_db is not None
    assert auto.snr_db > half.snr_db - 1.3


def test_parts_of_tiles_at_steps() -> None:
    data = inrcodec.encode(IMAGE, model="enrp", precision="auto", **MODELS["enrp"]).data
    part = inrcodec.crop(data, region=(0, 0, 32, 32))
    whole = inrcodec.open(data).render(region=(0, 0, 32, 32))
    np.testing.assert_array_equal(inrcodec.open(part).render(), whole)
    longer = inrcodec.extend(part, IMAGE, keep=True, steps=80)
    np.testing.assert_array_equal(inrcodec.open(longer.data).render(region=(0, 0, 32, 32)), whole)


def test_the_same_weights_give_the_same_bytes() -> None:
    encoded = [
        inrcodec.encode(IMAGE, model="siren", precision="auto", seed=3, **MODELS["siren"]).data
        for _ in range(2)
    ]
    assert encoded[0] == encoded[1]


def test_images_that_share_weights_have_the_same_of_them(tmp_path: Path) -> None:
    other = IMAGE[::-1].copy()
    path = tmp_path / "album.inr"
    album = inrcodec.Album.encode({"a": IMAGE, "b": other}, path, model="minr", **MODELS["minr"])
    before = album["a"].render()
    for name, image in (("a", IMAGE), ("b", other)):
        assert psnr(image, album[name].render()) > 17
    album.add({"c": IMAGE[:, ::-1].copy()}, model="minr", steps=60, precision="fp16")
    np.testing.assert_array_equal(album["a"].render(), before)
    assert psnr(IMAGE[:, ::-1], album["c"].render()) > 15


def test_a_fit_that_ends_early_is_rounded_all_the_same() -> None:
    def stop(progress: inrcodec.Progress) -> bool:
        return progress.step >= 20

    for model in ("siren", "minr"):
        encoded = inrcodec.encode(IMAGE, model=model, report=stop, **MODELS[model])
        assert inrcodec.info(encoded.data)["precision"] == "auto"
        assert psnr(IMAGE, inrcodec.decode(encoded.data)) == pytest.approx(encoded.psnr_db)


def test_what_signals_share_loses_little_where_no_steps_are_left() -> None:
    def stop(progress: inrcodec.Progress) -> bool:
        return progress.step >= 50

    how: dict[str, Any] = {"model": "coin++", "report": stop, **MODELS["coin++"]}
    half, auto = (inrcodec.encode(IMAGE, precision=p, **how).psnr_db for p in ("fp16", "auto"))
    assert auto > half - 1


@pytest.mark.parametrize(
    "how",
    [
        {"model": "siren", "width": 16, "steps": 3},
        {"model": "enrp", "tile": 32, "width": 12, "steps": 10},
    ],
    ids=lambda how: str(how["model"]),
)
def test_fits_of_a_few_steps_lose_little(how: dict[str, Any]) -> None:
    image = crop_of_photo(64, 96)
    half, auto = (inrcodec.encode(image, precision=p, **how).psnr_db for p in ("fp16", "auto"))
    assert auto > half - 0.7


def test_a_step_that_noise_tells_too_wide_is_halved() -> None:
    """From a start, as likely as not, what weights move by makes the error less."""
    values, allowance = values_of(IMAGE), Allowance()
    for seed in range(8):
        domain = Domain(values.shape[:-1], values.shape[-1])
        started = initialize(SirenSpec(12, 2, 30.0, 30.0), domain, seed, torch.device("cpu"))
        network = Network(started.spec, domain, started.arrays())
        tables = remaining_tables(network, values, {}, {}, allowance)
        before = squared_error(network, values)
        total = sum(own.size for own in network.weights.values())
        for name, own in network.weights.items():
            table, share = tables[name], own.size / total
            rounded = {**network.weights, name: table.dequantize(table.quantize(own))}
            most = allowance.of_weights(share, own.size, before, values.size)
            after = squared_error(Network(network.spec, domain, rounded), values)
            assert after <= 1.02 * before + 4 * most


def squared_error(network: Network, values: np.ndarray) -> float:
    shape = network.domain.shape
    found = render(network, Raster(Region.whole(shape), shape))
    return float(np.square(found - values).sum(dtype=np.float64))


def test_rounded_weights_are_whole_numbers_of_steps() -> None:
    values, spec = values_of(IMAGE), SirenSpec(12, 2, 30.0, 30.0)
    settings = FitSettings(60, 5e-3, seed=4, matrix_rate=0.005)
    result = fit(values, spec, settings, rounder=Steps(Allowance()))
    starts = kept_starts(spec, result.network.domain, Start(4))
    assert set(result.tables) == {f"{kind}{k}" for kind in ("weight", "bias") for k in range(3)}
    for name, table in result.tables.items():
        weights = result.network.arrays()[name]
        stored = table.dequantize(table.quantize(weights, starts.get(name)), starts.get(name))
        np.testing.assert_array_equal(stored, weights)
    # First layers and biases stay near to where they start.
    assert {name for name, table in result.tables.items() if table.from_start} >= {
        "weight0",
        "bias0",
    }


def test_a_fit_can_end_at_other_steps() -> None:
    values, spec = values_of(IMAGE), SirenSpec(12, 2, 30.0, 30.0)
    settings = FitSettings(60, 5e-3, matrix_rate=0.005)
    fine, coarse = (Steps(Allowance(price)) for price in (1e-3, 0.3))
    fitting = Fitting(make_batches([values], spec, settings), settings, rounder=fine)
    (first,) = fitting.run()
    (other,) = fitting.again(coarse)
    (again,) = fitting.again(fine)
    assert other.psnr_db < first.psnr_db - 1
    for name, weights in first.network.arrays().items():
        np.testing.assert_array_equal(again.network.arrays()[name], weights)


def test_a_fit_that_is_good_enough_while_it_is_rounded_can_end_at_other_steps() -> None:
    values, spec = values_of(IMAGE), SirenSpec(12, 2, 30.0, 30.0)
    settings = FitSettings(60, 5e-4, constant=True)
    fine, coarse = (Steps(Allowance(price)) for price in (1e-6, 0.3))
    whole = fit(values, spec, settings, rounder=fine)
    *before, enough, _ = whole.curve
    assert max(before) < enough - 0.01
    settings = replace(settings, stop_psnr=enough - 0.01)
    fitting = Fitting(make_batches([values], spec, settings), settings, rounder=fine)
    (first,) = fitting.run()
    (other,) = fitting.again(coarse)
    assert (first.steps, other.steps) == (50, 60)
    starts = kept_starts(spec, other.network.domain, other.start)
    for name, table in other.tables.items():
        weights = other.network.arrays()[name]
        stored = table.dequantize(table.quantize(weights, starts.get(name)), starts.get(name))
        np.testing.assert_array_equal(stored, weights)


def test_a_fit_whose_values_overflow_is_refused() -> None:
    """Weights may be finite where values are not."""
    how = {"model": "siren", "width": 8, "depth": 8, "activation": "fourier", "steps": 8}
    with pytest.raises(inrcodec.UsageError, match="diverged"):
        inrcodec.encode(IMAGE, learning_rate=1e5, **how)


def test_dearer_bits_are_fewer() -> None:
    sizes = [
        len(inrcodec.encode(IMAGE, model="siren", lmbda=lmbda, **MODELS["siren"]).data)
        for lmbda in (1e-5, 1e-3, 1e-2)
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.6 * sizes[0]
    # A quality is a λ, of all models the same.
    step = step_of_quality(40)
    by_lmbda, by_quality = (
        inrcodec.encode(IMAGE, model="siren", **how, **MODELS["siren"]).data
        for how in ({"lmbda": lmbda_of_step(step)}, {"quality": 40})
    )
    assert by_lmbda == by_quality
