"""A network is rendered at any resolution, any region: the same function everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.differentiable import sample_tensor as sample
from inrcodec.codecs.inr.networks import EnrpSpec, SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.signal import AudioInfo, Color, ImageInfo, SampleType
from inrcodec.signal.geometry import Raster, Region, pixel_centers

DEEP = ImageInfo(24, 37, Color.RGB, 16)
# Its values are those of a network.
AUDIO = AudioInfo(4000, 2, 8000, SampleType.FLOAT32)
DOMAIN = Domain((24, 37), 3)
NETWORKS = {
    "siren": initialize(SirenSpec(10, 1, 12.0, 12.0), DOMAIN, seed=1),
    "enrp": initialize(EnrpSpec(5, 1, 6.0, 6.0, tile=16), DOMAIN, seed=2),
}
EACH = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())


def image(network: Network, region: Region, size: tuple[int, int]) -> np.ndarray:
    return NetworkRenderer(network, DEEP).render(Raster(region, size)).astype(int)


def slow(network: Network, region: Region, size: tuple[int, int]) -> np.ndarray:
    """Every sample by itself, through the function of coordinates."""
    rows, columns = (
        2 * (s + (np.arange(m) + 0.5) * n / m) / total - 1
        for s, n, m, total in zip(region.start, region.length, size, DOMAIN.shape, strict=True)
    )
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    with torch.no_grad():
        values = np.concatenate(
            [sample(network, p[None]).numpy() for p in torch.tensor(grid).float()]
        )
    return np.clip((values + 1) * 32767.5 + 0.5, 0, 65535).astype(int).reshape(*size, 3)


WHOLE = Region.whole(DOMAIN.shape)
GRIDS = {
    "native": (WHOLE, (24, 37)),
    "double": (WHOLE, (48, 74)),
    "odd": (WHOLE, (29, 67)),
    "region": (Region((5, 14), (15, 20)), (15, 20)),
    "region scaled": (Region((9, 21), (11, 14)), (33, 17)),
    "one pixel": (Region((23, 36), (1, 1)), (3, 2)),
}


@EACH
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())
def test_render_is_the_network_at_each_sample_center(
    network: Network, grid: tuple[Region, tuple[int, int]]
) -> None:
    # 16-bit levels within 1/1000 of the range: binary32 coordinates differ by rounding.
    assert np.abs(image(network, *grid) - slow(network, *grid)).max() < 66


@EACH
def test_a_region_is_a_crop(network: Network) -> None:
    region = Region((4, 6), (12, 21))
    part, full = image(network, region, (24, 42)), image(network, WHOLE, (48, 74))
    assert np.abs(part - full[8:32, 12:54]).max() <= 4


@EACH
@pytest.mark.parametrize("budget", [1, 50, 700])
def test_small_boxes_change_nothing(
    network: Network, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = [(12, 19), (31, 40)]
    before = [image(network, WHOLE, size) for size in sizes]
    monkeypatch.setattr(Network, "points_at_once", budget)
    for size, expected in zip(sizes, before, strict=True):
        assert np.abs(image(network, WHOLE, size) - expected).max() <= 4


@EACH
def test_coarser_grids_are_averages(network: Network) -> None:
    fine = image(network, WHOLE, (24, 38)).astype(float)
    coarse = image(network, WHOLE, (12, 19))
    assert np.abs(fine.reshape(12, 2, 19, 2, 3).mean((1, 3)) - coarse).max() < 10


def test_oversampling_is_bounded() -> None:
    assert Raster(Region((0,), (1000,)), (1000,)).oversampling(0) == 1
    assert Raster(Region((0,), (1000,)), (333,)).oversampling(0) == 4
    assert Raster(Region((0,), (1000,)), (1,)).oversampling(0) == 16


def test_other_numbers_of_axes() -> None:
    """Nothing here knows that images have two axes."""
    for shape in [(90,), (12, 9, 10)]:
        network = initialize(EnrpSpec(4, 1, 6.0, 6.0, tile=8), Domain(shape, 1), seed=0)
        out = NetworkRenderer(network, AUDIO).values(Raster(Region.whole(shape), shape))
        axes = np.meshgrid(*map(pixel_centers, shape), indexing="ij")
        points = torch.tensor(np.stack(axes, -1).reshape(-1, len(shape)), dtype=torch.float32)
        values = sample(network, points).detach().numpy()
        np.testing.assert_allclose(out.reshape(-1, 1), values, atol=1e-5)


@pytest.mark.parametrize("shape", [(40,), (19, 23), (6, 7, 8)], ids=["1", "2", "3"])
def test_overlapping_tiles_are_cross_faded_in_any_number_of_axes(shape: tuple[int, ...]) -> None:
    """By `values` as by `sample`, and without a jump where tiles meet."""
    domain = Domain(shape, 2, overlap=2)
    network = initialize(EnrpSpec(4, 1, 6.0, 6.0, tile=5), domain, seed=0)
    rendered = NetworkRenderer(network, AUDIO).values(Raster(Region.whole(shape), shape))
    axes = np.meshgrid(*map(pixel_centers, shape), indexing="ij")
    points = torch.from_numpy(np.stack(axes, -1).reshape(-1, len(shape)).astype(np.float32))
    values = sample(network, points).detach().numpy().reshape(*shape, 2)
    np.testing.assert_allclose(rendered, values, atol=1e-5)
    fine = np.linspace(-1, 1, 4001, dtype=np.float32)
    line = torch.from_numpy(np.stack([fine] + [0 * fine + 0.1] * (len(shape) - 1), -1))
    along = sample(network, line).detach().numpy()
    assert np.abs(np.diff(along, axis=0)).max() < 0.05
