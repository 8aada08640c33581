"""The map of an image's cells: what is written is read, and damage is told of."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays

from inrcodec.codecs.mixed.cells import Cells, Mask, read_cells, write_cells
from inrcodec.errors import MalformedError
from inrcodec.signal.geometry import Region

MAPS = arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=20))


@given(cells=MAPS)
def test_a_map_comes_back(cells: Mask) -> None:
    np.testing.assert_array_equal(read_cells(write_cells(cells), cells.shape), cells)


def test_a_rectangle_takes_few_bytes() -> None:
    cells = np.ones((150, 128), bool)
    cells[24:69, 5:85] = False
    assert len(write_cells(cells)) < 20


@given(cells=MAPS)
def test_a_map_of_another_shape_is_damage_or_another(cells: Mask) -> None:
    payload, shape = write_cells(cells), (cells.shape[0] + 1, cells.shape[1])
    with suppress(MalformedError):
        assert read_cells(payload, shape).shape == shape


@pytest.mark.parametrize("payload", [b"\0", b"\1" * 40])
def test_what_is_no_map_is_damage(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        read_cells(payload, (3, 3))


def test_pixels_are_those_of_their_cells() -> None:
    cells = Cells(np.array([[True, False], [False, True]]), 8)
    over = cells.over(Region((6, 7), (4, 3)))
    assert over.tolist() == [[True, False, False]] * 2 + [[False, True, True]] * 2
