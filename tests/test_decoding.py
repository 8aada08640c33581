"""An opened file: a function of coordinates, rendered whole or in part, and bounded."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import inrcodec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import ChecksumError, LimitError, UsageError
from inrcodec.signal import Color, ImageInfo
from inrcodec.signal.geometry import pixel_centers
from inrcodec.signal.views import View

Files = pytest.mark.parametrize("name", ["tiled", "whole"])


@pytest.fixture
def encoded(name: str, request: pytest.FixtureRequest) -> inrcodec.Encoded:
    found: inrcodec.Encoded = request.getfixturevalue(name)
    return found


@Files
def test_values_at_pixel_centers_are_the_image(encoded: inrcodec.Encoded) -> None:
    image = inrcodec.open(encoded.data)
    grid = np.stack(np.meshgrid(pixel_centers(36), pixel_centers(50), indexing="ij"), -1)
    values = image(grid)
    assert values.shape == (36, 50, 3)
    assert values.dtype == np.float32
    levels = np.clip(np.rint(values * 255), 0, 255)
    assert np.abs(levels - image.render()).max() <= 1


@Files
def test_tensors_give_tensors_with_gradients(encoded: inrcodec.Encoded) -> None:
    image = inrcodec.open(encoded.data)
    points = torch.tensor([[0.1, -0.2], [0.9, 0.9]], requires_grad=True)
    image(points).sum().backward()
    assert points.grad is not None
    shifted = points.detach() + torch.tensor([1e-3, 0.0])
    slope = (image(shifted).sum() - image(points.detach()).sum()) / 1e-3
    assert float(slope) == pytest.approx(float(points.grad[:, 0].sum()), rel=0.1, abs=0.05)


@Files
def test_derivatives_of_any_order(encoded: inrcodec.Encoded) -> None:
    image = inrcodec.open(encoded.data)
    points = torch.tensor([[0.1, -0.2]], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(image, points)
    assert jacobian.shape == (1, 3, 1, 2)
    hessian = torch.autograd.functional.hessian(lambda p: image(p).sum(), points)
    assert hessian.abs().max() > 0


@pytest.mark.parametrize("bits", [8, 16])
def test_values_without_bounds_become_black_or_the_peak(bits: int) -> None:
    """Quietly: networks of relus may come to any value."""
    info = ImageInfo(1, 5, Color.GRAY, bits)
    values = np.array([-np.inf, -3e38, np.nan, 3e38, np.inf], np.float32)
    assert info.samples(values).tolist() == [0, 0, 0, info.peak, info.peak]


@Files
@pytest.mark.parametrize("shape", [(2,), (0, 2), (3, 4, 2), (1, 1, 1, 2)])
def test_any_shape_of_coordinates(encoded: inrcodec.Encoded, shape: tuple[int, ...]) -> None:
    assert inrcodec.open(encoded.data)(np.zeros(shape)).shape == (*shape[:-1], 3)


@Files
def test_coordinates_of_other_dimension_are_refused(encoded: inrcodec.Encoded) -> None:
    with pytest.raises(UsageError, match=r"\(\.\.\., 2\)"):
        inrcodec.open(encoded.data)(np.zeros((4, 3)))


@Files
def test_render_sizes(encoded: inrcodec.Encoded) -> None:
    image = inrcodec.open(encoded.data)
    assert image.render().shape == (36, 50, 3)
    assert image.render(scale=2.5).shape == (90, 125, 3)
    assert image.render(scale=0.5).shape == (18, 25, 3)
    assert image.render(size=(7, 100)).shape == (100, 7, 3)
    assert image.render(region=(10, 20, 30, 8), scale=2).shape == (16, 60, 3)
    assert image.render(scale=1e-6).shape == (1, 1, 3)


@Files
def test_a_region_equals_the_crop(encoded: inrcodec.Encoded) -> None:
    image = inrcodec.open(encoded.data)
    part = image.render(region=(13, 5, 30, 22)).astype(int)
    assert np.abs(part - image.render()[5:27, 13:43]).max() <= 1


def test_damaged_metadata_does_not_stop_an_image(tiled: inrcodec.Encoded) -> None:
    container = Container(tiled.data)
    sections = [Section(e.tag, e.item, container.read(e.tag, e.item)) for e in container.entries]
    image = inrcodec.open(build([*sections, Section(b"iccp", 1, b"not zlib")]))
    with pytest.warns(UserWarning, match="metadata"):
        assert image.decode().metadata.icc == b""
    with pytest.raises(inrcodec.FormatError):
        image.verify()


def test_a_region_reads_only_its_tiles(tiled: inrcodec.Encoded) -> None:
    """Damage outside the region's tiles is not seen; damage within is."""
    expected = inrcodec.open(tiled.data).render(region=(0, 0, 16, 16))
    damaged = bytearray(tiled.data)
    damaged[-1] ^= 1
    image = inrcodec.open(bytes(damaged))
    assert np.array_equal(image.render(region=(0, 0, 16, 16)), expected)
    with pytest.raises(ChecksumError, match="tile 11"):
        image.render(region=(48, 32, 2, 4))
    with pytest.raises(ChecksumError):
        image.render()


@Files
@pytest.mark.parametrize(
    "arguments",
    [
        {"scale": 0},
        {"scale": -1},
        {"scale": float("nan")},
        {"scale": float("inf")},
        {"scale": 2, "size": (10, 10)},
        {"size": (0, 10)},
        {"region": (40, 0, 11, 5)},
        {"region": (0, 0, 0, 5)},
    ],
)
def test_arguments_out_of_range_are_refused(encoded: inrcodec.Encoded, arguments: dict) -> None:
    with pytest.raises(UsageError):
        inrcodec.open(encoded.data).render(**arguments)


@Files
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"scale": 1e5}, "max-memory"),
        ({"size": (1 << 24, 1 << 24)}, "max-memory"),
        ({"scale": 1e300}, "side"),
        ({"size": (10**9, 10**9)}, "side"),
    ],
)
def test_huge_outputs_are_refused(encoded: inrcodec.Encoded, arguments: dict, told: str) -> None:
    with pytest.raises(LimitError, match=told):
        inrcodec.open(encoded.data).render(**arguments)


@Files
def test_what_takes_more_than_is_allowed_is_refused(encoded: inrcodec.Encoded) -> None:
    header = read_header(Container(encoded.data))
    cost = header.decoding_cost(header.info.raster(View()))
    for limits in ({"max_memory": int(cost.memory) - 1}, {"max_work": cost.work - 1}):
        image = inrcodec.open(encoded.data, **limits)
        with pytest.raises(LimitError):
            image.render()
        with pytest.raises(LimitError):
            image.render(scale=2)
    allowed = {"max_memory": int(cost.memory) + 1, "max_work": cost.work}
    assert inrcodec.open(encoded.data, **allowed).render().shape == (36, 50, 3)


@Files
def test_any_flipped_bit_is_found(encoded: inrcodec.Encoded) -> None:
    """Every byte is covered: each single-bit flip of each byte in the head, and one in every byte
    after it, gives a typed error."""
    data = encoded.data
    head = Container(data).entries[0].offset
    flips = [(i, bit) for i in range(head) for bit in range(8)]
    flips += [(i, i % 8) for i in range(head, len(data))]
    for index, bit in flips:
        damaged = bytearray(data)
        damaged[index] ^= 1 << bit
        with pytest.raises(inrcodec.FormatError), inrcodec.open(bytes(damaged)) as image:
            image.verify()


@Files
def test_truncation_anywhere_is_found(encoded: inrcodec.Encoded) -> None:
    for length in range(len(encoded.data)):
        with pytest.raises(inrcodec.FormatError):
            inrcodec.open(encoded.data[:length])
