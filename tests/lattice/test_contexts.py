"""What latents are predicted from: only what is decoded already, at its place."""

from __future__ import annotations

import numpy as np
import pytest

from inrcodec.codecs.grid.contexts import PASSES, BlockLatents, band_order, kind_of, turned
from inrcodec.codecs.grid.geometry import Geometry

SHAPES = Geometry((37, 50), 3, 64).block_shapes(0)


def places() -> list[tuple[int, int, int, int]]:
    """All passes in order of coding."""
    return [
        (level, channel, band, number)
        for level in range(len(SHAPES))
        for channel, band in band_order(3)
        for number in range(len(PASSES))
    ]


def test_inputs_are_as_many_as_their_kind_says() -> None:
    latents = BlockLatents(SHAPES, 3)
    for place in places():
        magnitudes, values = latents.gather(*place)
        kind = kind_of(*place[1:])
        rows, columns = latents.pass_shape(place[0], place[2], place[3])
        assert magnitudes.shape == (kind.magnitudes, rows * columns)
        assert values.shape == (kind.values, rows * columns)


def test_passes_cover_each_band_once() -> None:
    latents = BlockLatents(SHAPES, 3)
    for place in places():
        view = latents.at(*place)
        view += 1
    for level, channel, band in {place[:3] for place in places()}:
        plane = latents._planes[level][channel][band]
        assert (plane[:, 3:-3, 3:-3] == 1).all()
        assert plane.sum() == plane[:, 3:-3, 3:-3].sum()


@pytest.mark.parametrize("band", range(3))
@pytest.mark.parametrize("number", range(4))
def test_a_pass_sees_nothing_of_itself_or_later_ones(band: int, number: int) -> None:
    """All that its band holds of this pass and those after it leaves its inputs at zero."""
    latents = BlockLatents(SHAPES, 1)
    for later in range(number, len(PASSES)):
        latents.at(1, 0, band, later)[...] = 1
    magnitudes, values = latents.gather(1, 0, band, number)
    assert not magnitudes.any()
    assert not values.any()
    if number:
        latents.at(1, 0, band, 0)[...] = 1
        assert latents.gather(1, 0, band, number)[1].any()


def test_windows_are_of_the_right_places() -> None:
    """The parent's window in the middle is the latent above, of the band with axes swapped too."""
    latents = BlockLatents(SHAPES, 1)
    for band in range(3):
        height, width = SHAPES[0][band]
        numbers = np.arange(1.0, height * width + 1, dtype=np.float32).reshape(height, width)
        for number, (row, column) in enumerate(PASSES):
            latents.put(0, 0, band, number, turned(numbers, band)[row::2, column::2])
        magnitudes, values = latents.gather(1, 0, band, 0)
        rows, columns = latents.pass_shape(1, band, 0)
        # Of the first pass there are no neighbours yet: the window of nine comes first.
        expected = np.zeros((rows, columns), np.float32)
        known = turned(numbers, band)[:rows, :columns]
        expected[: known.shape[0], : known.shape[1]] = known
        np.testing.assert_array_equal(magnitudes[4], expected.reshape(-1))
        np.testing.assert_array_equal(values[4], expected.reshape(-1))


@pytest.mark.parametrize("place", [(1, 1, 0, 3), (2, 2, 1, 2), (2, 0, 2, 1)])
def test_scatter_is_the_adjoint_of_gather(place: tuple[int, int, int, int]) -> None:
    generator = np.random.default_rng(1)
    latents, prices = BlockLatents(SHAPES, 3), BlockLatents(SHAPES, 3)
    for other in places():
        latents.at(*other)[...] = generator.normal(size=latents.at(*other).shape)
    gathered = latents.gather(*place)
    weights = [generator.normal(size=array.shape).astype(np.float32) for array in gathered]
    prices.scatter(*place, *weights)
    left = sum(float((a * b).sum()) for a, b in zip(gathered, weights, strict=True))
    right = sum(float((latents.at(*p) * prices.at(*p)).sum()) for p in places())
    assert left == pytest.approx(right, rel=1e-4)
