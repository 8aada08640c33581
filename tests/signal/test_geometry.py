"""Coordinates are sample centers; tiles cover a signal; points find their tiles."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.errors import UsageError
from inrcodec.signal.geometry import (
    AxisPoints,
    Frame,
    Raster,
    Region,
    Tiling,
    axis_points,
    boxes,
    pixel_centers,
)

sides = st.integers(1, 40)


def test_pixel_centers_are_these() -> None:
    assert pixel_centers(4).tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert pixel_centers(1).tolist() == [0.0]


@given(sides, sides, st.integers(1, 12))
def test_stack_holds_every_pixel_in_its_tile(height: int, width: int, tile: int) -> None:
    samples = np.arange(height * width * 2).reshape(height, width, 2)
    grid = Tiling((height, width), (tile, tile))
    stack = grid.stack(samples)
    assert stack.shape == (grid.count, 2, tile * tile)
    for y, x in [(0, 0), (height - 1, width - 1), (height // 2, width // 3)]:
        number = (y // tile) * grid.counts[1] + x // tile
        inner = (y % tile) * tile + x % tile
        assert stack[number, :, inner].tolist() == samples[y, x].tolist()


def test_stack_pads_by_replication() -> None:
    stack = Tiling((1, 3), (2, 2)).stack(np.array([[[1], [2], [3]]]))
    assert stack[:, 0].tolist() == [[1, 2, 1, 2], [3, 3, 3, 3]]


def test_region_touches_these_tiles() -> None:
    grid = Tiling((100, 100), (32, 32))
    assert grid.touching(Region((31, 64), (2, 32))) == (range(2), range(2, 3))
    assert grid.numbers((range(2), range(2, 3))).tolist() == [2, 6]


@pytest.mark.parametrize(
    ("start", "length"), [((0, 0), (0, 5)), ((-1, 0), (5, 5)), ((6, 0), (5, 5)), ((0, 9), (1, 2))]
)
def test_region_outside_is_refused(start: tuple[int, int], length: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        Region(start, length).check_within((10, 10))


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


def test_overlapping_tiles_are_stacked_with_what_they_reach_of_their_neighbors() -> None:
    grid = Tiling((7,), (3,), 1)
    stack = grid.stack(np.arange(7)[:, None])
    assert stack[:, 0].tolist() == [[0, 0, 1, 2, 3], [2, 3, 4, 5, 6], [5, 6, 6, 6, 6]]
    assert grid.touching(Region((3,), (1,))) == (range(2),)
    assert grid.touching(Region((1,), (1,))) == (range(1),)


def test_tiles_do_not_reach_beyond_the_middle_of_their_neighbors() -> None:
    assert Tiling((100,), (10,), 64).reach == (5,)
    assert Tiling((10,), (10,), 64).reach == (0,)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(1, 130), st.integers(0, 110))
def test_a_window_holds_the_samples_whose_centers_are_within(
    start: int, length: int, count: int, border: int
) -> None:
    raster = Raster(Region((start,), (length,)), (count,))
    centers = [start + Fraction((2 * j + 1) * length, 2 * count) for j in range(count)]
    expected = [j for j, center in enumerate(centers) if border <= center < border + 20]
    assert list(raster.within(border, border + 20)) == expected


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
