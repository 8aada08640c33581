"""Subbands: one index order for whole images, boxes and blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.subbands import Subbands, zeros

SIDES = st.integers(1, 150)


@given(SIDES, SIDES, st.integers(0, 5))
def test_blocks_cover_all_bands_once(height: int, width: int, levels: int) -> None:
    geometry = Geometry((height, width), levels, 32)
    counts = zeros(2, geometry.low_size(), geometry.level_sizes())
    for number in range(geometry.tiling.count):
        for band in counts.part(geometry.parts(number)):
            band += 1
    assert all((band == 1).all() for band in counts)


def test_bands_come_back_in_order() -> None:
    geometry = Geometry((9, 12), 2, 32)
    subbands = zeros(1, geometry.low_size(), geometry.level_sizes())
    numbered = Subbands.from_bands([band + k for k, band in enumerate(subbands)])
    assert [int(band.max()) for band in numbered] == list(range(7))
    assert numbered.channels == 1
    assert [int(band.max()) for band in numbered.map(np.negative)] == [-k for k in range(7)]
