"""Activations: the formulas, their gradients, and the start and penalty of INCODE."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from conftest import crop_of_photo

import inrcodec
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import (
    EnrpSpec,
    IncodeSpec,
    LocalGlobalSpec,
    LoeSpec,
    MinrSpec,
    SirenSpec,
)
from inrcodec.codecs.inr.networks.activations import ACTIVATIONS, activation_by_name
from inrcodec.codecs.inr.networks.base import NetworkSpec
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.errors import UsageError


def test_complex_layers_are_two_real_planes() -> None:
    number = activation_by_name("wire").number
    spec = SirenSpec(4, 1, 5.0, 5.0, number, 2.0)
    network = initialize(spec, Domain((8, 8), 1), seed=0)
    assert network.weights["weight1"].shape == (1, 2, 4, 4)
    points = torch.rand(1, 2, 5) * 2 - 1
    w = {n: a[0].astype(np.float64) for n, a in network.arrays().items()}

    def gabor(z: np.ndarray) -> np.ndarray:
        return np.exp(5j * z - np.abs(2 * z) ** 2)

    x = gabor(w["weight0"] @ points[0].numpy() + w["bias0"][:, None])
    for k in (1, 2):
        half = len(w[f"bias{k}"]) // 2
        bias = w[f"bias{k}"][:half] + 1j * w[f"bias{k}"][half:]
        x = (w[f"weight{k}"][0] + 1j * w[f"weight{k}"][1]) @ x + bias[:, None]
        x = gabor(x) if k == 1 else x
    assert np.allclose(network.forward(points)[0].numpy(), x.real, atol=1e-5)


@pytest.mark.parametrize("name", [a.name for a in ACTIVATIONS.values()])
def test_activations_have_finite_gradients(name: str) -> None:
    function = activation_by_name(name)
    spec = SirenSpec(6, 2, function.omega_0, function.omega, function.number, function.scale)
    network = initialize(spec, Domain((8, 8), 3), seed=1)
    trained = [t.name for t in spec.tensors(network.domain) if t.trained]
    for tensor in trained:
        network.weights[tensor].requires_grad_()
    network.forward(torch.rand(1, 2, 40) * 2 - 1).square().sum().backward()
    for tensor in trained:
        gradient = network.weights[tensor].grad
        assert gradient is not None
        assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(
    "spec",
    [
        IncodeSpec(4, 1, 30.0, 30.0),
        EnrpSpec(4, 1, 30.0, 30.0, 8, tile=2),
        MinrSpec(4, 1, 30.0, 30.0, 8),
        LocalGlobalSpec(4, 1, 30.0, 30.0, 8, tile=(2,), global_width=3),
    ],
    ids=lambda s: s.name,
)
def test_scalars_of_incode_start_as_the_authors_have_them(spec: NetworkSpec) -> None:
    weights = initialize(spec, Domain((4, 4), 1), seed=0).weights
    scalars = [w for name, w in weights.items() if name.startswith("harmonizer")]
    assert scalars
    assert all(bool((w == torch.tensor(0.312)).all()) for w in scalars)


@pytest.mark.parametrize("model", ["incode", "minr", "local-global", "enrp"])
def test_fits_from_there_do_not_diverge(model: str) -> None:
    """At the rates of sines, all but ENRP's stay at an image's mean."""
    image = crop_of_photo(32, 48)
    activation = None if model == "incode" else "incode"
    encoded = inrcodec.encode(image, model=model, activation=activation, effort=1, device="cpu")
    mean_db = 20 * math.log10(255 / image.std(axis=(0, 1)).mean())
    assert encoded.psnr_db is not None
    assert encoded.psnr_db > mean_db + 4


def test_deepest_row_of_incode_does_not_diverge() -> None:
    row = IncodeSpec.efforts(Domain((24, 32), 3))[-1]
    values = np.random.default_rng(0).uniform(-1, 1, (24, 32, 3)).astype(np.float32)
    assert fit(values, row.spec, FitSettings(60, row.learning_rate)).psnr_db > 20


def test_regularizer_of_incode() -> None:
    spec = IncodeSpec(4, 1, 30.0, 30.0)
    weights = initialize(spec, Domain((4, 4), 1), seed=0).weights
    weights["harmonizer"][:] = torch.tensor([-1.0, -10.0, 5.0, -1.0])
    found = spec.regularizer(weights)
    assert found is not None
    assert float(found) == pytest.approx(0.1993 + 0.196 + 0.0269)
    assert SirenSpec(4, 1, 30.0, 30.0).regularizer({}) is None


def test_activations_keep_to_their_models() -> None:
    with pytest.raises(UsageError, match="loe does not go with activation wire"):
        LoeSpec(4, 0, 1.0, 1.0, activation_by_name("wire").number, alphas=(2.0,))
