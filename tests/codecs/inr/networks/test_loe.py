"""Levels-of-Experts: grouped and blended matrices give what their formulas say."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.networks import (
    LoeSpec,
)
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.codecs.inr.networks.loe import PATTERNS
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize


@pytest.mark.parametrize("pattern", [*PATTERNS, "5.5,3,1,0.5"])
@pytest.mark.parametrize("name", ["sine", "leaky-relu"])
def test_grouped_experts_equal_pixel_by_pixel(pattern: str, name: str) -> None:
    number = activation_by_name(name).number
    spec = LoeSpec(7, 3, 4.0, 3.0, number, alphas=(1.0,) * 4).with_options({"alphas": pattern})
    network = initialize(spec, Domain((9, 13), 3), seed=0)
    points = torch.rand(1, 2, 60) * 2 - 1
    w = {n: a[0].astype(np.float64) for n, a in network.arrays().items()}
    for index in range(60):
        x = points[0, :, index].double().numpy()
        u = (x + 1) / 2
        for k, alpha in enumerate(spec.alphas):
            cell = np.floor(alpha * u + 2**-10).clip(0, np.ceil(alpha) - 1)
            row, column = cell.astype(int) % 2
            z = w[f"weight{k}"][2 * row + column] @ x + w[f"bias{k}"]
            x = np.sin((4.0 if k == 0 else 3.0) * z) if name == "sine" else np.maximum(z, 0.2 * z)
        expected = w["weight4"] @ x + w["bias4"]
        assert np.allclose(network.forward(points)[0, :, index].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["sine", "leaky-relu"])
@pytest.mark.parametrize(("blending", "frequencies"), [(1, 3), (2, 0), (2, 3)])
def test_blended_experts_and_octaves_equal_their_formulas(
    name: str, blending: int, frequencies: int
) -> None:
    number, alphas = activation_by_name(name).number, (5.5, 3.0, 1.0, 0.5)
    options = {"frequencies": frequencies, "blending": blending}
    spec = LoeSpec(7, 3, 4.0, 3.0, number, alphas=alphas).with_options(options)
    network = initialize(spec, Domain((9, 13), 3), seed=0)
    points = torch.rand(1, 2, 60) * 2 - 1
    w = {n: a[0].astype(np.float64) for n, a in network.arrays().items()}

    def share(cell: float, owner: int) -> float:
        """Of the matrix of even or of odd cells; each is 1 in the middle of its cells."""
        if blending == 1:
            return float(math.floor(cell) % 2 == owner)
        distance = abs((cell - 0.5 - owner + 1) % 2 - 1)
        return 1 - distance

    for index in range(60):
        p = points[0, :, index].double().numpy()
        phases = [2**k * math.pi * p for k in range(frequencies)]
        x = np.concatenate([p, *(f(phase) for phase in phases for f in (np.sin, np.cos))])
        for k, alpha in enumerate(alphas):
            row, column = alpha * (p + 1) / 2
            shares = [share(row, r) * share(column, c) for r in (0, 1) for c in (0, 1)]
            matrix = np.tensordot(shares, w[f"weight{k}"], 1)
            z = matrix @ x + w[f"bias{k}"]
            x = np.sin((4.0 if k == 0 else 3.0) * z) if name == "sine" else np.maximum(z, 0.2 * z)
        expected = w["weight4"] @ x + w["bias4"]
        assert np.allclose(network.forward(points)[0, :, index].numpy(), expected, atol=1e-5)


def test_linear_blending_is_nearest_in_the_middle_of_cells_and_has_no_borders() -> None:
    domain = Domain((8, 8), 1)
    nearest = LoeSpec(6, 0, 3.0, 3.0, alphas=(8.0,))
    weights = initialize(nearest, domain, seed=0).weights
    linear = Network(replace(nearest, blending=2), domain, weights)
    middles = (2 * torch.arange(8) + 1) / 8 - 1
    points = torch.cartesian_prod(middles, middles).T[None]
    both = (Network(nearest, domain, weights).forward(points), linear.forward(points))
    assert torch.allclose(*both, atol=1e-5)
    border = torch.tensor([[[0.25 - 1e-4, 0.25 + 1e-4], [0.1, 0.1]]])
    before, after = linear.forward(border)[0, 0]
    assert float(before) == pytest.approx(float(after), abs=5e-3)


def test_gradients_of_experts_are_those_of_plain_indexing() -> None:
    spec = LoeSpec(4, 1, 3.0, 3.0, alphas=(4.0, 2.0))
    network = initialize(spec, Domain((8, 8), 1), seed=0)
    for weight in network.weights.values():
        weight.requires_grad_()
    points = torch.rand(1, 2, 30) * 2 - 1
    network.forward(points).square().sum().backward()
    found = network.weights["weight0"].grad
    assert found is not None
    for axis in [(0, 0, 0, 0), (0, 3, 2, 1)]:
        weight = network.weights["weight0"].detach()
        original, step = float(weight[axis]), 1e-2
        values = []
        for change in (-step, step):
            weight[axis] = original + change
            values.append(float(network.forward(points).detach().square().sum()))
        weight[axis] = original
        assert (values[1] - values[0]) / (2 * step) == pytest.approx(float(found[axis]), rel=0.02)
