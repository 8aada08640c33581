"""Contexts: a latent is predicted from what is decoded already, at its place."""

from __future__ import annotations

import numpy as np
import pytest
from grids import empty_block

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.contexts import BlockContexts
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.passes import PASSES, Pass, Place, places, turned
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained
from inrcodec.codecs.grid.subbands import zeros

GEOMETRY = Geometry((37, 50), 3, 64)
BLOCK, GRAY = empty_block(GEOMETRY, 3), empty_block(GEOMETRY, 1)
NETWORK = ContextNetwork(load_pretrained(CURRENT), 640)
EVERY_PASS = [one for place in places(BLOCK) for one in place.passes(BLOCK)]


def test_inputs_are_as_many_as_their_kind_says() -> None:
    contexts = BlockContexts(BLOCK, NETWORK)
    for one in EVERY_PASS:
        magnitudes, values = contexts.gather(one)
        assert magnitudes.shape == (one.kind.magnitudes, one.of(BLOCK).size)
        assert values.shape == (one.kind.values, one.of(BLOCK).size)


def test_passes_cover_each_band_once() -> None:
    contexts, counts = BlockContexts(BLOCK, NETWORK), BLOCK.map(np.zeros_like)
    for one in EVERY_PASS:
        one.of(counts)[...] += 1
        view = contexts.at(one)
        view += 1
    assert all((band == 1).all() for bands in counts.levels for band in bands)
    for place in places(BLOCK):
        plane = contexts._plane(place.level, place.band, place.channel)
        assert (plane[:, 3:-3, 3:-3] == 1).all()
        assert plane.sum() == plane[:, 3:-3, 3:-3].sum()


@pytest.mark.parametrize("band", range(3))
@pytest.mark.parametrize("number", range(4))
def test_a_pass_sees_nothing_of_itself_or_later_ones(band: int, number: int) -> None:
    """All that its band holds of this pass and those after it leaves its inputs at zero."""
    contexts, place = BlockContexts(GRAY, NETWORK), Place(1, 1, 0, band)
    for later in range(number, len(PASSES)):
        contexts.at(Pass(place, later))[...] = 1
    magnitudes, values = contexts.gather(Pass(place, number))
    assert not magnitudes.any()
    assert not values.any()
    if number:
        contexts.at(Pass(place, 0))[...] = 1
        assert contexts.gather(Pass(place, number))[1].any()


def test_windows_are_of_the_right_places() -> None:
    """The parent's window in the middle is the latent above, of the band with axes swapped too."""
    contexts = BlockContexts(GRAY, NETWORK)
    for band in range(3):
        height, width = GEOMETRY.band_sizes(3)[band]
        numbers = np.arange(1.0, height * width + 1, dtype=np.float32).reshape(height, width)
        for number, (row, column) in enumerate(PASSES):
            latents = turned(numbers, band)[row::2, column::2]
            contexts.put(Pass(Place(0, 2, 0, band), number), latents)
        first = Pass(Place(1, 1, 0, band), 0)
        magnitudes, values = contexts.gather(first)
        rows, columns = first.of(GRAY).shape
        # Of the first pass there are no neighbors yet: the window of nine comes first.
        expected = np.zeros((rows, columns), np.float32)
        known = turned(numbers, band)[:rows, :columns]
        expected[: known.shape[0], : known.shape[1]] = known
        np.testing.assert_array_equal(magnitudes[4], expected.reshape(-1))
        np.testing.assert_array_equal(values[4], expected.reshape(-1))


@pytest.mark.parametrize("band", range(3))
def test_slopes_are_of_the_low_band_around_a_place(band: int) -> None:
    """Along columns and rows as the band sees them; none leads out of the block."""
    block = zeros(1, (4, 6), [[(4, 6), (4, 6), (4, 6)]])
    block.low[0] = 10 * np.arange(4)[:, None] ** 2 + np.arange(6)
    low = turned(block.low[0], band)
    one = Pass(Place(0, 0, 0, band), 1)
    _, values = BlockContexts(block, NETWORK).gather(one)
    across, to_here, down = values[-12], values[-11], values[-10]
    rows, columns = (range(1, n, 2) for n in low.shape)
    places = [(i, j) for i in rows for j in columns]

    def slope(i: int, j: int, row: int, column: int) -> float:
        is_inside = row < low.shape[0] and column < low.shape[1]
        d = int(low[row, column]) - int(low[i, j]) if is_inside else 0
        return float(np.sign(d) * round(16 * np.log2(1 + abs(d))))

    assert across.tolist() == [slope(i, j, i, j + 1) for i, j in places]
    assert to_here.tolist() == [slope(i, j - 1, i, j) for i, j in places]
    assert down.tolist() == [slope(i, j, i + 1, j) for i, j in places]


@pytest.mark.parametrize(
    "one", [Pass(Place(1, 1, 1, 0), 3), Pass(Place(2, 0, 2, 1), 2), Pass(Place(2, 0, 0, 2), 1)]
)
def test_scatter_is_the_adjoint_of_gather(one: Pass) -> None:
    generator = np.random.default_rng(1)
    contexts, gradients = BlockContexts(BLOCK, NETWORK), BlockContexts(BLOCK, NETWORK)
    for other in EVERY_PASS:
        contexts.at(other)[...] = generator.normal(size=contexts.at(other).shape)
    gathered = contexts.gather(one)
    weights = [generator.normal(size=array.shape).astype(np.float32) for array in gathered]
    gradients.scatter(one, *weights)
    # The low band, which is flat here, is taken as it is.
    left = sum(float((a * b).sum()) for a, b in zip(gathered, weights, strict=True))
    right = sum(float((contexts.at(p) * gradients.at(p)).sum()) for p in EVERY_PASS)
    assert left == pytest.approx(right, rel=1e-4)
