"""Points of an output grid find their tiles, and the neighbors that overlap there."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.signal.geometry import (
    Frame,
    Raster,
    Region,
    Tiling,
    pixel_centers,
)
from inrcodec.signal.points import AxisPoints, axis_points, boxes


def native(size: int, tile: int, count: int, overlap: int = 0) -> AxisPoints:
    """Where `count` points over the whole of an axis fall."""
    raster = Raster(Region.whole((size,)), (count,))
    return axis_points(raster, 0, 1, Tiling((size,), (tile,), overlap), Frame.TILE)


def test_a_point_on_a_border_is_in_the_tile_that_starts_there() -> None:
    points = native(512, 32, 600)
    assert (points.tiles[37], points.coordinates[37]) == (1, -1.0)


@given(st.integers(1, 200), st.integers(1, 40), st.integers(1, 300))
def test_points_fall_into_their_tiles(size: int, tile: int, count: int) -> None:
    positions = [Fraction((2 * j + 1) * size, 2 * count) for j in range(count)]
    points = native(size, tile, count)
    tiles, table, ((places, shares),) = points.by_tile()
    assert shares.min() == 1
    numbers = np.array(tiles)[places // table.shape[1]]
    assert numbers.tolist() == [p // tile for p in positions]
    coordinates = np.broadcast_to(table, (len(tiles), table.shape[1])).reshape(-1)[places]
    expected = [float(2 * (p % tile) / tile - 1) for p in positions]
    assert np.allclose(coordinates, expected, rtol=0, atol=1e-9)


def test_points_of_the_native_grid_share_their_coordinates() -> None:
    _, table, _ = native(70, 32, 70).by_tile()
    assert table.shape == (1, 32)
    assert np.allclose(table[0], pixel_centers(32))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=3), st.integers(1, 400))
def test_boxes_cover_every_point_once(lengths: list[int], budget: int) -> None:
    tiles = [np.arange(n) // 7 for n in lengths]
    seen = np.zeros(lengths, int)
    for box in boxes(tiles, budget):
        seen[box] += 1
        assert seen[box].size <= budget
    assert np.all(seen == 1)


OVERLAPS = given(st.integers(2, 120), st.integers(1, 40), st.integers(0, 30), st.integers(1, 200))


@OVERLAPS
def test_shares_of_overlapping_tiles_add_up(size: int, tile: int, overlap: int, count: int) -> None:
    """Within a tile's reach of a border, a neighbor has a share that falls from 1/2 to 0."""
    grid = Tiling((size,), (tile,), overlap)
    (reach,) = grid.reach
    points = native(size, tile, count, overlap)
    for j in range(count):
        p = (j + 0.5) * size / count
        own = int(points.tiles[j])
        before, after = p - own * tile, (own + 1) * tile - p
        expected = {-1: (reach - before) if own > 0 else 0}
        expected[1] = (reach - after) if own + 1 < grid.count else 0
        side, depth = max(expected.items(), key=lambda pair: pair[1])
        share = max(0.0, depth / (2 * reach)) if reach else 0.0
        assert points.shares[j] == pytest.approx(share, abs=1e-9)
        if share > 1e-9:
            assert points.neighbors[j] == own + side
            assert points.beside[j] == pytest.approx(points.coordinates[j] - 2 * side)


@OVERLAPS
def test_every_tile_covers_what_it_has_a_share_in(
    size: int, tile: int, overlap: int, count: int
) -> None:
    grid, points = Tiling((size,), (tile,), overlap), native(size, tile, count, overlap)
    for j in range(count):
        p = (j + 0.5) * size / count
        for k in (int(points.tiles[j]), int(points.neighbors[j])):
            covered = grid.covered((k,))
            assert covered.start[0] <= p <= covered.start[0] + covered.length[0]


@given(st.integers(1, 60), st.integers(1, 90), st.data())
def test_windows_put_together_are_the_whole(size: int, count: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, count))
    whole, grid = Raster(Region.whole((size,)), (count,)), Tiling((size,), (7,), 3)
    points = axis_points(whole, 0, 1, grid, Frame.TILE)
    parts = [
        axis_points(replace(whole, window=window), 0, 1, grid, Frame.TILE)
        for window in (range(cut), range(cut, count))
    ]
    joined = np.concatenate([part.coordinates for part in parts])
    np.testing.assert_array_equal(joined, points.coordinates)
