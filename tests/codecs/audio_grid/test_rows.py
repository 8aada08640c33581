"""Rows: each place is in one pass, and a pass sees neighbors of earlier passes alone."""

from __future__ import annotations

from inrcodec.codecs.audio_grid.rows import KINDS, NEIGHBORS, PASSES, Role, kind_of


def test_passes_take_every_fourth_place() -> None:
    assert sorted(PASSES) == [0, 1, 2, 3]


def test_neighbors_are_of_earlier_passes() -> None:
    for number, first in enumerate(PASSES):
        for away in NEIGHBORS[number]:
            assert (first + away) % 4 in PASSES[:number]
    assert NEIGHBORS[0] == ()
    assert NEIGHBORS[3] == (-3, -2, -1, 1, 2, 3)


def test_each_kind_has_one_network() -> None:
    assert len(set(KINDS)) == len(KINDS)
    for role in Role:
        for second in (False, True):
            for short in (False, True):
                numbers = range(1 if role is Role.EXTENT else 4)
                assert {kind_of(role, second, short, n) for n in numbers} <= set(KINDS)
