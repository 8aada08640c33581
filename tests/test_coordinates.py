"""Coordinates are sample centres; tiles cover a signal; points find their tiles."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.coordinates import Frame, Region, TileGrid, axis_points, boxes, pixel_centres
from inrcodec.errors import UsageError

sides = st.integers(1, 40)


def test_pixel_centres_are_these() -> None:
    assert pixel_centres(4).tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert pixel_centres(1).tolist() == [0.0]


@given(sides, sides, st.integers(1, 12))
def test_stack_holds_every_pixel_in_its_tile(height: int, width: int, tile: int) -> None:
    samples = np.arange(height * width * 2).reshape(height, width, 2)
    grid = TileGrid((height, width), (tile, tile))
    stack = grid.stack(samples)
    assert stack.shape == (grid.count, 2, tile * tile)
    for y, x in [(0, 0), (height - 1, width - 1), (height // 2, width // 3)]:
        number = (y // tile) * grid.counts[1] + x // tile
        inner = (y % tile) * tile + x % tile
        assert stack[number, :, inner].tolist() == samples[y, x].tolist()


def test_stack_pads_by_replication() -> None:
    stack = TileGrid((1, 3), (2, 2)).stack(np.array([[[1], [2], [3]]]))
    assert stack[:, 0].tolist() == [[1, 2, 1, 2], [3, 3, 3, 3]]


def test_region_touches_these_tiles() -> None:
    grid = TileGrid((100, 100), (32, 32))
    assert grid.touching(Region((31, 64), (2, 32))) == (range(2), range(2, 3))
    assert grid.numbers((range(2), range(2, 3))).tolist() == [2, 6]


@pytest.mark.parametrize(
    ("start", "length"), [((0, 0), (0, 5)), ((-1, 0), (5, 5)), ((6, 0), (5, 5)), ((0, 9), (1, 2))]
)
def test_region_outside_is_refused(start: tuple[int, int], length: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        Region(start, length).check_within((10, 10))


def test_a_point_on_a_border_is_in_the_tile_that_starts_there() -> None:
    points = axis_points(0, 512, 600, 512, 32, Frame.TILE)
    assert (points.tiles[37], points.coordinates[37]) == (1, -1.0)


@given(st.integers(1, 200), st.integers(1, 40), st.integers(1, 300))
def test_points_fall_into_their_tiles(size: int, tile: int, count: int) -> None:
    positions = [Fraction((2 * j + 1) * size, 2 * count) for j in range(count)]
    points = axis_points(0, size, count, size, tile, Frame.TILE)
    tiles, table, places = points.by_tile()
    numbers = np.array(tiles)[places // table.shape[1]]
    assert numbers.tolist() == [p // tile for p in positions]
    coordinates = np.broadcast_to(table, (len(tiles), table.shape[1])).reshape(-1)[places]
    expected = [float(2 * (p % tile) / tile - 1) for p in positions]
    assert np.allclose(coordinates, expected, rtol=0, atol=1e-9)


def test_points_of_the_native_grid_share_their_coordinates() -> None:
    _, table, _ = axis_points(0, 70, 70, 70, 32, Frame.TILE).by_tile()
    assert table.shape == (1, 32)
    assert np.allclose(table[0], pixel_centres(32))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=3), st.integers(1, 400))
def test_boxes_cover_every_point_once(lengths: list[int], budget: int) -> None:
    tiles = [np.arange(n) // 7 for n in lengths]
    seen = np.zeros(lengths, int)
    for box in boxes(tiles, budget):
        seen[box] += 1
        assert seen[box].size <= budget
    assert np.all(seen == 1)
