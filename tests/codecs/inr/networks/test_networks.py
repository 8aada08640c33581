"""Networks: numbers that stay, starts, formulas, and rows that agree with each alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks import (
    NETWORKS,
    CoinPlusSpec,
    EnrpSpec,
    LocalGlobalSpec,
    LoeSpec,
    MinrSpec,
    NetworkSpec,
    SirenSpec,
)
from inrcodec.codecs.inr.networks.kernels import batched_linear, sine_linear
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.registry import model_by_name, model_by_number
from inrcodec.errors import UnknownNumberError, UsageError

RGB128 = Domain((128, 128), 3)


def siren(width: int, depth: int) -> SirenSpec:
    return SirenSpec(width, depth, 30.0, 30.0)


def enrp(width: int, depth: int, tile: int) -> EnrpSpec:
    return EnrpSpec(width, depth, 30.0, 30.0, tile=tile)


# ENRP, Table I: the grid of M×M tiles over 128×128 pixels.
TABLE_1 = {
    "SIREN": (siren(256, 3), 6484.40, 198_915),
    "S0": (enrp(64, 5, 64), 681.58, 84_748),
    "S1": (enrp(64, 2, 32), 278.92, 139_312),
    "S2": (enrp(128, 1, 16), 557.84, None),
    "S3": (enrp(128, 1, 8), 557.84, None),
    "S4": (enrp(128, 1, 4), 557.84, 17_697_792),
}


@pytest.mark.parametrize("row", TABLE_1)
def test_counts_of_enrp_table_1(row: str) -> None:
    spec, megaflops, parameters = TABLE_1[row]
    assert round(spec.flops(RGB128) / 1e6, 2) == megaflops
    if parameters is not None:
        assert sum(spec.parameters(RGB128).values()) == parameters


def test_scopes() -> None:
    assert set(siren(8, 1).parameters(RGB128)) == {Scope.ITEM}
    assert set(enrp(8, 1, 32).parameters(RGB128)) == {Scope.TILE}


def test_model_numbers_never_change() -> None:
    assert {m.name: m.number for m in NETWORKS} == {
        "siren": 1,
        "enrp": 2,
        "minr": 3,
        "loe": 4,
        "local-global": 5,
        "incode": 6,
        "coin++": 7,
    }
    for model in NETWORKS:
        assert model_by_number(model.number) is model_by_name(model.name) is model


def test_unknown_models_are_refused() -> None:
    with pytest.raises(UnknownNumberError):
        model_by_number(0)
    with pytest.raises(UsageError, match="siren, enrp, minr"):
        model_by_name("sirene")


@pytest.mark.parametrize(
    ("width", "depth", "omega"), [(0, 1, 30.0), (8, -1, 30.0), (8, 65, 30.0), (8, 1, 0.0)]
)
def test_hyper_parameters_out_of_range_are_refused(width: int, depth: int, omega: float) -> None:
    with pytest.raises(UsageError):
        SirenSpec(width, depth, omega, omega)


def test_effort_tables_have_nine_rows_of_rising_cost() -> None:
    for model in NETWORKS:
        rows = model.efforts(RGB128)
        costs = [row.steps * row.spec.flops(RGB128) for row in rows]
        assert len(rows) == 9
        assert costs == sorted(costs)


def test_start_is_siren_s() -> None:
    """First layer U(±1/fan_in), later ones U(±sqrt(6/fan_in)/omega), biases U(±1/sqrt(fan_in))."""
    network = initialize(SirenSpec(512, 1, 30.0, 20.0), RGB128, seed=0)
    bounds = {
        "weight0": 1 / 2,
        "weight1": math.sqrt(6 / 512) / 20,
        "weight2": math.sqrt(6 / 512) / 20,
        "bias0": 1 / math.sqrt(2),
        "bias1": 1 / math.sqrt(512),
    }
    for name, bound in bounds.items():
        largest = float(network.weights[name].abs().max())
        assert 0.9 * bound < largest <= bound


def test_start_depends_on_the_seed_alone() -> None:
    a, b, c = (initialize(siren(8, 1), RGB128, seed).arrays() for seed in (1, 1, 2))
    assert all(np.array_equal(a[name], b[name]) for name in a)
    assert not np.array_equal(a["weight0"], c["weight0"])


def test_forward_is_the_formula() -> None:
    network = initialize(SirenSpec(5, 1, 20.0, 10.0), Domain((4, 4), 3), seed=3)
    points = torch.rand(1, 2, 7) * 2 - 1
    w = {name: array[0].astype(np.float64) for name, array in network.arrays().items()}
    x = points[0].double().numpy()
    x = np.sin(20 * (w["weight0"] @ x + w["bias0"][:, None]))
    x = np.sin(10 * (w["weight1"] @ x + w["bias1"][:, None]))
    x = w["weight2"] @ x + w["bias2"][:, None]
    assert np.allclose(network.forward(points)[0].numpy(), x, atol=1e-5)


def test_tiles_one_by_one_equal_the_batch() -> None:
    network = initialize(enrp(6, 2, 16), Domain((50, 40), 3), seed=0)
    points = torch.rand(1, 2, 9) * 2 - 1
    batch = network.forward(points)
    for tile in range(network.tiling.count):
        alone = network.forward(points, slice(tile, tile + 1))
        assert torch.allclose(alone[0], batch[tile], atol=1e-5)


@pytest.mark.parametrize(
    ("points", "weights"), [(1, 1), (4, 4), (1, 4), (4, 1)], ids=["1-1", "t-t", "1-t", "t-1"]
)
def test_kernels_match_plain_autograd(points: int, weights: int) -> None:
    x = torch.randn(points, 3, 11, dtype=torch.float64, requires_grad=True)
    w = torch.randn(weights, 5, 3, dtype=torch.float64, requires_grad=True)
    b = torch.randn(weights, 5, 1, dtype=torch.float64, requires_grad=True)
    plain = torch.matmul(w, x) + b
    assert torch.allclose(batched_linear(x, w, b), plain)
    assert torch.allclose(sine_linear(x, w, b), plain.sin())
    gradient = torch.randn_like(plain)
    expected = torch.autograd.grad(plain.sin(), (x, w, b), gradient)
    found = torch.autograd.grad(sine_linear(x, w, b), (x, w, b), gradient)
    for a, e in zip(found, expected, strict=True):
        assert a.shape == e.shape
        assert torch.allclose(a, e)
    assert torch.autograd.gradgradcheck(sine_linear, (x, w, b))


def test_gradients_flow_back_any_number_of_times() -> None:
    x, w, b = (torch.randn(2, *s, requires_grad=True) for s in ((3, 11), (5, 3), (5, 1)))
    loss = sine_linear(x, w, b).square().sum()
    once, again = (torch.autograd.grad(loss, (x, w, b), retain_graph=True) for _ in range(2))
    for a, e in zip(again, once, strict=True):
        assert torch.equal(a, e)


def test_images_of_a_minr_stack_over_shared_layers() -> None:
    """Three images' item weights as rows of one batch equal each image by itself."""
    for spec in (MinrSpec(6, 2, 9.0, 9.0), CoinPlusSpec(6, 2, 9.0, 9.0, latent=4)):
        domain = Domain((8, 8), 3)
        alone = [initialize(spec, domain, seed) for seed in range(3)]
        shared = {t.name for t in spec.tensors(domain) if t.scope is Scope.SHARED}
        rows = {
            name: alone[0].weights[name]
            if name in shared
            else torch.cat([network.weights[name] for network in alone])
            for name in alone[0].weights
        }
        points = torch.rand(1, 2, 9) * 2 - 1
        batch = spec.forward(rows, spec.prepare(points))
        assert batch.shape == (3, 3, 9)
        for index, network in enumerate(alone):
            mine = {n: rows[n] if n in shared else w for n, w in network.weights.items()}
            assert torch.allclose(spec.forward(mine, points)[0], batch[index], atol=1e-5)


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        (MinrSpec(4, 1, 1.0, 1.0), {"projection": 3}),
        (MinrSpec(4, 1, 1.0, 1.0), {"unshared": 2}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"alphas": "1,2"}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"alphas": "spiral"}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"frequencies": 13}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"blending": 3}),
        (LocalGlobalSpec(4, 1, 1.0, 1.0, tile=(64,), global_width=4), {"merge": 3}),
        (LocalGlobalSpec(4, 1, 1.0, 1.0, tile=(64,), global_width=4), {"tile": "1,2,3,4"}),
        (CoinPlusSpec(4, 1, 1.0, 1.0, latent=2), {"latent": 0}),
    ],
)
def test_options_out_of_range_are_refused(spec: NetworkSpec, options: dict) -> None:
    with pytest.raises(UsageError):
        spec.with_options(options)


@pytest.mark.parametrize("model", NETWORKS, ids=lambda m: m.name)
def test_every_model_describes_itself(model: type[NetworkSpec]) -> None:
    assert model.__doc__
    assert model.summary
    domain = Domain((40, 50), 3)
    for row in model.efforts(domain):
        names = [tensor.name for tensor in row.spec.tensors(domain)]
        assert len(set(names)) == len(names)
        assert row.spec.with_options(row.spec.fields()) == row.spec
