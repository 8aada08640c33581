"""Coordinates are sample centers; tiles cover a signal."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.errors import UsageError
from inrcodec.signal.geometry import (
    Raster,
    Region,
    Tiling,
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
