"""Local-Global networks: the formulas, tiles that stand alone, the automatic partition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks import (
    LocalGlobalSpec,
)
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.errors import UsageError

# What the rule of the authors' code comes to: (shape, channels, total, ratio) to both widths.
PARTITIONS = [
    ((339, 510), 3, 198_915, 0.10, (17, 75)),
    ((339, 510), 3, 200_000, 0.10, (17, 77)),
    ((512, 512), 1, 198_401, 0.10, (14, 82)),
]


@pytest.mark.parametrize(("shape", "channels", "weights", "ratio", "widths"), PARTITIONS)
def test_automatic_partition_is_the_authors(
    shape: tuple[int, int], channels: int, weights: int, ratio: float, widths: tuple[int, int]
) -> None:
    domain = Domain(shape, channels)
    spec = LocalGlobalSpec.automatic(domain, weights, ratio, 32)
    assert (spec.width, spec.global_width) == widths


def test_share_of_the_automatic_partition() -> None:
    domain = Domain((339, 510), 3)
    spec = LocalGlobalSpec.automatic(domain, 198_915, 0.1, 32)
    assert spec.tiling(domain).counts == (11, 16)
    counts = spec.parameters(domain)
    assert counts == {Scope.TILE: 180_048, Scope.ITEM: 18_906}
    assert round(counts[Scope.ITEM] / sum(counts.values()), 3) == 0.095


@pytest.mark.parametrize("weights", [60, 5_000, 50_000, 200_000])
@pytest.mark.parametrize("ratio", [0.02, 0.08, 0.15, 0.3, 0.9])
@pytest.mark.parametrize("shape", [(512, 512), (500, 333), (33, 7), (4000,)])
def test_automatic_partition_keeps_its_rule(
    shape: tuple[int, ...], ratio: float, weights: int
) -> None:
    domain = Domain(shape, 3)
    spec = LocalGlobalSpec.automatic(domain, weights, ratio, 32)
    assert all(side <= 32 for side in spec.tile)

    def sizes(local: int, coarse: int) -> tuple[int, int]:
        """Local and global weights without the merge, which the rule does not count."""
        other = replace(spec, width=local, global_width=coarse)
        counts = other.parameters(domain)
        return counts[Scope.TILE], counts[Scope.ITEM] - (local + coarse + 1) * local

    def drift(coarse: int) -> float:
        return abs(sizes(1, coarse)[1] / weights - ratio) / ratio

    local, coarse = spec.width, spec.global_width
    first = next(g for g in range(1, 500) if sizes(1, g)[1] >= ratio * weights)
    left = 0.95 * (weights - sizes(1, first)[1])
    assert sizes(local, 1)[0] >= left
    assert local == 1 or sizes(local - 1, 1)[0] < left
    # The share goes as far as a quarter, and by the step that takes it there.
    back = coarse + (1 if coarse < first else -1)
    assert drift(coarse) < 0.25 or coarse == first or drift(back) < 0.25
    if drift(coarse) < 0.25 and coarse > 1:
        # Both come to 0.99 of the weights, by no more than the last step.
        assert sum(sizes(local, coarse)) >= 0.99 * weights
        assert sum(sizes(local, coarse - 1)) <= 0.99 * weights


@pytest.mark.parametrize(
    ("weights", "ratio", "tile"), [(0, 0.1, 32), (1000, 0.0, 32), (1000, 1.0, 32), (1000, 0.1, 0)]
)
def test_partitions_that_cannot_be_are_refused(weights: int, ratio: float, tile: int) -> None:
    with pytest.raises(UsageError, match="no partition"):
        LocalGlobalSpec.automatic(Domain((512, 512), 3), weights, ratio, tile)


@pytest.mark.parametrize("name", ["sine", "incode"])
def test_merging_by_addition_has_a_layer_for_each_level(name: str) -> None:
    number = activation_by_name(name).number
    spec = LocalGlobalSpec(5, 2, 9.0, 4.0, number, tile=(16,), global_width=11, merge=2)
    network = initialize(spec, Domain((16, 16), 3), seed=0)
    w = {n: a[0].astype(np.float64) for n, a in network.arrays().items()}
    assert w["weight_merge0"].shape == (5, 11)
    points = torch.rand(1, 2, 7) * 2 - 1

    def layer(suffix: str, x: np.ndarray, omega: float, part: str) -> np.ndarray:
        a, b, c, d = w.get(f"harmonizer_{part}", np.zeros(4))
        z = w[f"weight{suffix}"] @ x + w[f"bias{suffix}"][:, None]
        return np.exp(a) * np.sin(np.exp(b) * omega * z + c) + d

    local = coarse = points[0].numpy()
    for k in range(3):
        omega = 9.0 if k == 0 else 4.0
        coarse = layer(f"_global{k}", coarse, omega, "global")
        local = layer(f"_local{k}", local, omega, "local")
        local = local + layer(f"_merge{k}", coarse, 4.0, "merge")
    expected = w["weight_local3"] @ local + w["bias_local3"][:, None]
    assert np.allclose(network.forward(points)[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("merge", [1, 2])
@pytest.mark.parametrize("name", ["sine", "incode"])
def test_tiles_of_local_global_stand_alone(merge: int, name: str) -> None:
    """One by one they equal the batch, and without the others they give the same values."""
    number = activation_by_name(name).number
    spec = LocalGlobalSpec(5, 2, 9.0, 9.0, number, tile=(16,), global_width=11, merge=merge)
    network = initialize(spec, Domain((40, 50), 3), seed=0)
    points = torch.rand(network.tiling.count, 2, 7) * 2 - 1
    batch = network.forward(points)
    for tile in range(network.tiling.count):
        alone = network.forward(points[tile : tile + 1], slice(tile, tile + 1))
        assert torch.allclose(alone[0], batch[tile], atol=1e-5)
    kept = {
        tensor.name: network.weights[tensor.name][3:5]
        if tensor.scope is Scope.TILE
        else network.weights[tensor.name]
        for tensor in spec.tensors(network.domain)
    }
    cropped = Network(spec, network.domain, kept, (range(1), range(3, 5)))
    assert torch.allclose(cropped.forward(points[3:5]), batch[3:5], atol=1e-5)
