"""Subbands: one index order for whole images, boxes and blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from grids import empty_block
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.blocks import levels_of
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.subbands import Subbands, zeros

SIDES = st.integers(1, 150)


@given(SIDES, SIDES, st.integers(0, 5), st.integers(0, 4))
def test_blocks_of_all_tiers_cover_all_bands_once(
    height: int, width: int, levels: int, split: int
) -> None:
    geometry = Geometry((height, width), levels, 32, min(split, max(0, levels - 1)))
    box = geometry.whole
    counts = zeros(2, box.low_size(), box.level_sizes())
    streams = []
    for tier in geometry.tiers:
        for number in tier.numbers:
            streams.append(tier.first + number)
            for band in levels_of(tier, counts).part(geometry.parts(tier, number)):
                band += 1
    assert all((band == 1).all() for band in counts)
    assert streams == [*range(geometry.count)]


@given(SIDES, SIDES, st.integers(1, 4))
def test_four_blocks_lie_in_one_of_the_tier_before(height: int, width: int, split: int) -> None:
    geometry = Geometry((height, width), split + 1, 32, split)
    for before, tier in pairwise(geometry.tiers):
        size, level = geometry.size_at(tier.levels.start), tier.levels.start
        for number in tier.numbers:
            row, column = divmod(number, tier.tiling.counts[1])
            parent = row // 2 * before.tiling.counts[1] + column // 2
            inner, outer = tier.cut(size, level, number), before.cut(size, level, parent)
            for part, whole in zip(inner, outer, strict=True):
                assert whole.start <= part.start <= part.stop <= whole.stop


def test_bands_come_back_in_order() -> None:
    subbands = empty_block(Geometry((9, 12), 2, 32), 1)
    numbered = Subbands.from_bands([band + k for k, band in enumerate(subbands)])
    assert [int(band.max()) for band in numbered] == list(range(7))
    assert numbered.channels == 1
    assert [int(band.max()) for band in numbered.map(np.negative)] == [-k for k in range(7)]
