"""Networks of audio signals start at the frequencies of their tiles."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings, fit, psnr_of
from inrcodec.codecs.inr.networks import EnrpSpec, LocalGlobalSpec, LoeSpec, SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.rounding import Halves
from inrcodec.codecs.inr.spectral import start_audio
from inrcodec.signal import AudioInfo, SampleType
from inrcodec.signal.geometry import Raster, Region

FRAMES = 4000
TIMES = np.arange(FRAMES)
# 0.05 and then 0.2 cycles a sample, and all the time 0.11.
CHORD = np.sin(2 * np.pi * np.where(TIMES < 2000, 0.05, 0.2) * TIMES) + 0.5 * np.sin(
    2 * np.pi * 0.11 * TIMES
)
VALUES = (CHORD / 2)[:, None].astype(np.float32)


def frequencies(network: Network, per_unit: float) -> np.ndarray:
    """(tiles, half the width), in cycles a sample."""
    spec = network.spec
    weight = network.weights[f"weight{spec.layers()[0]}"].numpy()  # type: ignore[attr-defined]
    radians = weight[:, : weight.shape[1] // 2, 0] * spec.omega_0  # type: ignore[attr-defined]
    return radians / per_unit / (2 * np.pi)


def begun(spec: EnrpSpec | LocalGlobalSpec | LoeSpec | SirenSpec) -> Network:
    network = initialize(spec, Domain((FRAMES,), 1), seed=0)
    start_audio(network, VALUES, seed=0)
    return network


def test_tiles_begin_at_the_frequencies_that_they_have() -> None:
    network = begun(EnrpSpec(4, 1, 70.0, 15.0, tile=1000))
    found = np.sort(frequencies(network, 500), axis=1)
    np.testing.assert_allclose(found, [[0.05, 0.11]] * 2 + [[0.11, 0.2]] * 2, atol=2e-3)


def test_first_layers_that_see_the_whole_signal_are_spread() -> None:
    """By as much as the length is above that of an image's side."""
    for spec in (
        SirenSpec(6, 1, 4.0, 30.0),
        LocalGlobalSpec(4, 1, 4.0, 30.0, tile=(1000,), global_width=5),
    ):
        plain = initialize(spec, Domain((FRAMES,), 1), seed=0)
        for name, weight in begun(spec).weights.items():
            is_first = name.startswith("weight") and weight.shape[-1] == 1
            torch.testing.assert_close(weight, plain.weights[name] * (10 if is_first else 1))


def test_octaves_of_coordinates_keep_the_frequencies_that_they_have() -> None:
    spec = LoeSpec(6, 1, 4.0, 30.0, alphas=(4.0, 2.0), frequencies=3)
    plain = initialize(spec, Domain((FRAMES,), 1), seed=0).weights["weight0"]
    found = begun(spec).weights["weight0"]
    torch.testing.assert_close(found[..., :1], 10 * plain[..., :1])
    torch.testing.assert_close(found[..., 1:], plain[..., 1:])


def test_the_other_half_is_left_at_random() -> None:
    spec = EnrpSpec(5, 1, 70.0, 15.0, tile=1000)
    plain = initialize(spec, Domain((FRAMES,), 1), seed=0)
    for name, weight in begun(spec).weights.items():
        part = weight[:, 2:] if name in ("weight0", "bias0") else weight
        other = plain.weights[name][:, 2:] if name in ("weight0", "bias0") else plain.weights[name]
        torch.testing.assert_close(part, other)


def test_a_fit_from_there_is_better() -> None:
    spec = EnrpSpec(8, 1, 70.0, 15.0, tile=1000)
    plain, begun_there = (
        fit(VALUES, spec, FitSettings(60, 1e-2, audio=there)).psnr_db for there in (False, True)
    )
    assert begun_there > plain + 6


def test_tiles_without_peaks_begin_as_all_do() -> None:
    network = initialize(EnrpSpec(4, 1, 70.0, 15.0, tile=1000), Domain((FRAMES,), 1), seed=0)
    before = {name: weight.clone() for name, weight in network.weights.items()}
    start_audio(network, np.zeros((FRAMES, 1), np.float32), seed=0)
    for name, weight in network.weights.items():
        torch.testing.assert_close(weight, before[name])


def test_frequencies_that_sixteen_bits_cannot_hold_are_left_at_random() -> None:
    """A quarter of a radian is the most that rounding may move a phase by."""
    spec = EnrpSpec(8, 1, 70.0, 15.0, tile=FRAMES)
    network = begun(spec)
    radians = network.weights["weight0"].abs() * spec.omega_0
    assert radians.max() <= 1000
    rounded = network.weights["weight0"].half().float()
    assert ((rounded - network.weights["weight0"]) * spec.omega_0).abs().max() < 0.25


@pytest.mark.parametrize(
    "spec",
    [
        EnrpSpec(8, 1, 70.0, 15.0, tile=1000),
        LocalGlobalSpec(4, 1, 30.0, 15.0, tile=(1000,), global_width=5),
    ],
    ids=lambda spec: spec.name,
)
def test_first_layers_end_as_a_file_holds_them(spec: EnrpSpec | LocalGlobalSpec) -> None:
    """And what is left to rounding is not much."""
    result = fit(VALUES, spec, FitSettings(80, 5e-3, audio=True), rounder=Halves())
    for layer in spec.first_layers:
        weight = result.network.weights[f"weight{layer}"]
        torch.testing.assert_close(weight, weight.half().float(), rtol=0, atol=0)
    arrays = quantize(result.network.arrays()).weights
    network = Network(spec, result.network.domain, arrays)
    stored = NetworkRenderer(network, AudioInfo(FRAMES, 1, 8000, SampleType.FLOAT32))
    rendered = stored.values(Raster(Region.whole((FRAMES,)), (FRAMES,)))
    error = float(np.square(rendered - VALUES).sum())
    assert psnr_of(error, VALUES.size) == pytest.approx(result.psnr_db, abs=0.5)


def test_images_are_fitted_without_rounding() -> None:
    weight = fit(VALUES, SirenSpec(6, 1, 30.0, 30.0), FitSettings(20, 1e-2)).network.weights[
        "weight0"
    ]
    assert not torch.equal(weight, weight.half().float())
