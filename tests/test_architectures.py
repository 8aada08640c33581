"""Architectures beyond the plain perceptron: the papers' counts, and what each promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrcodec.errors import UsageError
from inrcodec.models import NETWORKS
from inrcodec.networks import (
    CoinPlusSpec,
    Domain,
    EnrpSpec,
    IncodeSpec,
    LocalGlobalSpec,
    LoeSpec,
    MinrSpec,
    Scope,
    SirenSpec,
)
from inrcodec.networks.activations import ACTIVATIONS, activation_by_name
from inrcodec.networks.base import NetworkSpec
from inrcodec.networks.loe import PATTERNS
from inrcodec.networks.network import Network, initialise

RGB = Domain((512, 512), 3)
GRAY = Domain((512, 512), 1)


def total(spec: NetworkSpec, domain: Domain) -> int:
    return sum(spec.parameters(domain).values())


# MINR: Table I's sizes, and Table III's for 4 images, with what they came to be told apart.
MINR_COUNTS = [
    (4, {}, 466_700),
    (40, {}, 2_890_616),
    (50, {}, 3_563_926),
    (100, {}, 6_930_476),
    (4, {"projection": 0}, 203_532),
    (4, {"projection": 2}, 269_324),
    (4, {"unshared": 0b010}, 664_076),
    (4, {"unshared": 0b101}, 861_452),
]


@pytest.mark.parametrize(("images", "options", "expected"), MINR_COUNTS)
def test_counts_of_minr(images: int, options: dict, expected: int) -> None:
    counts = MinrSpec(256, 3, 30.0, 30.0, **options).parameters(RGB)
    assert counts[Scope.SHARED] + images * counts[Scope.ITEM] == expected


def test_counts_of_levels_of_experts() -> None:
    spec = LoeSpec(64, 8, 1.0, 1.0, alphas=PATTERNS["fine-to-coarse"](9))
    assert total(spec, GRAY) == 132_225
    assert total(SirenSpec(64, 8, 1.0, 1.0), GRAY) == 33_537
    # A sample meets one matrix of four, so both cost the same.
    assert spec.flops(GRAY) == SirenSpec(64, 8, 1.0, 1.0).flops(GRAY)
    assert spec.alphas == (512, 256, 128, 64, 32, 16, 8, 4, 2)


def local_global(h: int, g: int, factors: tuple[int, ...], depth: int = 3) -> LocalGlobalSpec:
    """A network over a domain of 64 samples for each factor of its partition."""
    sides = (64,) * len(factors)
    return LocalGlobalSpec(h, depth, 30.0, 30.0, tile=sides, global_width=g)


# Local-Global, Table 6: (channels, local width, global width, factors) to (local, global) weights
# in thousands, as printed.
TABLE_6 = [
    (1, 14, 84, (16, 16), "175.9", "23.1"),
    (3, 14, 68, (16, 16), "183.6", "15.4"),
    (1, 42, 72, (32,), "177.4", "20.7"),
    (3, 55, 180, (5, 8, 8), "3081.0", "111.4"),
    (1, 14, 84, (16, 8), "87.9", "23.1"),
    (1, 112, 86, (2, 2), "153.7", "45.0"),
    (1, 59, 72, (4, 4), "173.7", "23.8"),
    (1, 29, 82, (8, 8), "174.5", "23.9"),
    (1, 7, 52, (32, 32), "201.7", "8.8"),
    (3, 111, 180, (5, 4, 4), "3046.1", "130.9"),
    (3, 27, 180, (5, 16, 16), "3148.8", "104.1"),
    (1, 13, 120, (16, 16), "153.3", "45.7"),
    (1, 12, 146, (16, 16), "132.4", "66.7"),
    (3, 53, 318, (5, 8, 8), "2867.2", "325.3"),
]


@pytest.mark.parametrize(("channels", "h", "g", "factors", "local", "coarse"), TABLE_6)
def test_counts_of_local_global_table_6(
    channels: int, h: int, g: int, factors: tuple[int, ...], local: str, coarse: str
) -> None:
    domain = Domain(tuple(64 * f for f in factors), channels)
    counts = local_global(h, g, factors).parameters(domain)
    assert f"{counts[Scope.TILE] / 1e3:.1f}" == local
    assert f"{counts[Scope.ITEM] / 1e3:.1f}" == coarse


# The rows of Table 6 that are SIRENs or a SIREN for each partition.
@pytest.mark.parametrize(
    ("axes", "channels", "width", "tiles", "expected"),
    [
        (2, 1, 256, 1, "198.4"),
        (2, 3, 256, 1, "198.9"),
        (1, 1, 256, 1, "198.1"),
        (3, 3, 1030, 1, "3193.0"),
        (2, 1, 191, 1, "110.8"),
        (3, 1, 256, 1, "198.7"),
        (2, 1, 15, 256, "199.9"),
        (2, 3, 15, 256, "208.1"),
        (1, 1, 45, 32, "203.1"),
        (3, 3, 56, 320, "3190.7"),
    ],
)
def test_counts_of_sirens_in_table_6(
    axes: int, channels: int, width: int, tiles: int, expected: str
) -> None:
    one = total(SirenSpec(width, 3, 30.0, 30.0), Domain((64,) * axes, channels))
    assert f"{tiles * one / 1e3:.1f}" == expected


# The network that emits INCODE's scalars (64 → 64 → 32 → scalars) is not part of a file.
def harmonizer_network(scalars: int, first: int = 64, second: int = 32) -> int:
    return 64 * first + first + first * second + second + second * scalars + scalars


def test_counts_of_incode_in_table_7() -> None:
    incode = total(IncodeSpec(256, 3, 30.0, 30.0), RGB) - 4 + harmonizer_network(4)
    assert f"{incode / 1e3:.1f}" == "205.3"
    tile = 64 * (total(IncodeSpec(31, 3, 30.0, 30.0), RGB) - 4) + harmonizer_network(4)
    assert f"{tile / 1e3:.1f}" == "208.9"


@pytest.mark.parametrize(
    ("channels", "h", "g", "factors", "depth", "local", "coarse"),
    [
        (3, 28, 96, (8, 8), 3, "166.8", "38.4"),
        (3, 34, 68, (6, 8), 3, "181.3", "24.4"),
        # Three layers; the paper prints the two numbers the other way round.
        (1, 230, 300, (1, 2), 1, "108.1", "220.0"),
    ],
)
def test_counts_of_local_global_incode_in_table_7(
    channels: int, h: int, g: int, factors: tuple[int, ...], depth: int, local: str, coarse: str
) -> None:
    domain = Domain(tuple(64 * f for f in factors), channels)
    spec = local_global(h, g, factors, depth).with_options({"activation": 8})
    counts = spec.parameters(domain)
    assert f"{counts[Scope.TILE] / 1e3:.1f}" == local
    assert f"{(counts[Scope.ITEM] - 12 + harmonizer_network(12)) / 1e3:.1f}" == coarse


def test_counts_of_denoising_in_table_7() -> None:
    """The paper does not give the size of its smaller harmonizer network: 64 → 36 → 16 is one of
    those that give both of its rows."""
    incode = total(IncodeSpec(256, 3, 30.0, 30.0), RGB) - 4 + harmonizer_network(4, 36, 16)
    assert f"{incode / 1e3:.1f}" == "201.9"
    spec = local_global(80, 82, (2, 4), 3).with_options({"activation": 8})
    counts = spec.parameters(Domain((128, 256), 3))
    assert f"{counts[Scope.TILE] / 1e3:.1f}" == "159.4"
    coarse = counts[Scope.ITEM] - 12 + harmonizer_network(12, 36, 16)
    assert f"{coarse / 1e3:.1f}" == "36.8"


@pytest.mark.parametrize(
    ("width", "layers", "bpp"),
    [(20, 5, 0.073), (30, 5, 0.159), (28, 10, 0.304), (40, 10, 0.610), (49, 13, 1.208)],
)
def test_rates_of_coin(width: int, layers: int, bpp: float) -> None:
    """COIN counts 16 bits a weight on Kodak's 768×512; its layers are one more than our depth."""
    count = total(SirenSpec(width, layers - 1, 30.0, 30.0), Domain((512, 768), 3))
    assert round(16 * count / (512 * 768), 3) == bpp


def test_flops_of_enrp_over_fourier_features() -> None:
    """ENRP, Fig. 6: 558.11 MFLOPs, which counts the biases of all 1024 networks."""
    spec = EnrpSpec(128, 0, 1.0, 1.0, activation_by_name("fourier").number, 10.0, tile=4)
    domain = Domain((128, 128), 3)
    assert spec.parameters(domain)[Scope.ITEM] == 65 * 2
    biases = 128 + 3
    assert round((spec.flops(domain) + 2 * 1023 * biases) / 1e6, 2) == 558.11


@pytest.mark.parametrize("ratio", [0.08, 0.15, 0.3])
@pytest.mark.parametrize("shape", [(512, 512), (384, 256), (500, 333)])
def test_automatic_partition_meets_its_size(shape: tuple[int, int], ratio: float) -> None:
    domain = Domain(shape, 3)
    spec = LocalGlobalSpec.automatic(domain, 200_000, ratio, 32)
    assert total(spec, domain) == pytest.approx(200_000, rel=0.01)
    assert all(side <= 32 for side in spec.tile)
    counts = spec.parameters(domain)
    assert abs(counts[Scope.ITEM] / total(spec, domain) - ratio) < 0.08


@pytest.mark.parametrize("merge", [1, 2])
@pytest.mark.parametrize("name", ["sine", "incode"])
def test_tiles_of_local_global_stand_alone(merge: int, name: str) -> None:
    """One by one they equal the batch, and without the others they give the same values."""
    number = activation_by_name(name).number
    spec = LocalGlobalSpec(5, 2, 9.0, 9.0, number, tile=(16,), global_width=11, merge=merge)
    network = initialise(spec, Domain((40, 50), 3), seed=0)
    points = torch.rand(network.grid.count, 2, 7) * 2 - 1
    batch = network.forward(points)
    for tile in range(network.grid.count):
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


@pytest.mark.parametrize("pattern", [*PATTERNS, "5.5,3,1,0.5"])
@pytest.mark.parametrize("name", ["sine", "leaky-relu"])
def test_grouped_experts_equal_pixel_by_pixel(pattern: str, name: str) -> None:
    number = activation_by_name(name).number
    spec = LoeSpec(7, 3, 4.0, 3.0, number, alphas=(1.0,) * 4).with_options({"alphas": pattern})
    network = initialise(spec, Domain((9, 13), 3), seed=0)
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


def test_gradients_of_experts_are_those_of_plain_indexing() -> None:
    spec = LoeSpec(4, 1, 3.0, 3.0, alphas=(4.0, 2.0))
    network = initialise(spec, Domain((8, 8), 1), seed=0)
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


def test_images_of_a_minr_stack_over_shared_layers() -> None:
    """Three images' item weights as rows of one batch equal each image by itself."""
    for spec in (MinrSpec(6, 2, 9.0, 9.0), CoinPlusSpec(6, 2, 9.0, 9.0, latent=4)):
        domain = Domain((8, 8), 3)
        alone = [initialise(spec, domain, seed) for seed in range(3)]
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


def test_complex_layers_are_two_real_planes() -> None:
    number = activation_by_name("wire").number
    spec = SirenSpec(4, 1, 5.0, 5.0, number, 2.0)
    network = initialise(spec, Domain((8, 8), 1), seed=0)
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
    network = initialise(spec, Domain((8, 8), 3), seed=1)
    trained = [t.name for t in spec.tensors(network.domain) if t.trained]
    for tensor in trained:
        network.weights[tensor].requires_grad_()
    network.forward(torch.rand(1, 2, 40) * 2 - 1).square().sum().backward()
    for tensor in trained:
        gradient = network.weights[tensor].grad
        assert gradient is not None
        assert torch.isfinite(gradient).all()


def test_regularizer_of_incode() -> None:
    spec = IncodeSpec(4, 1, 30.0, 30.0)
    weights = initialise(spec, Domain((4, 4), 1), seed=0).weights
    weights["harmonizer"][:] = torch.tensor([-1.0, -10.0, 5.0, -1.0])
    found = spec.regularizer(weights)
    assert found is not None
    assert float(found) == pytest.approx(0.1993 + 0.196 + 0.0269)
    assert SirenSpec(4, 1, 30.0, 30.0).regularizer({}) is None


def test_activations_keep_to_their_models() -> None:
    with pytest.raises(UsageError, match="loe does not go with activation wire"):
        LoeSpec(4, 0, 1.0, 1.0, activation_by_name("wire").number, alphas=(2.0,))


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        (MinrSpec(4, 1, 1.0, 1.0), {"projection": 3}),
        (MinrSpec(4, 1, 1.0, 1.0), {"unshared": 2}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"alphas": "1,2"}),
        (LoeSpec(4, 0, 1.0, 1.0, alphas=(2.0,)), {"alphas": "spiral"}),
        (local_global(4, 4, (2, 2)), {"merge": 3}),
        (local_global(4, 4, (2, 2)), {"tile": "1,2,3,4"}),
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
