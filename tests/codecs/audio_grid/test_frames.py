"""Frames: what is told of cuts gives the lengths back; groups stay within quarters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.audio_grid.frames import (
    Group,
    default_frame,
    groups_of,
    read_lengths,
    write_groups,
    write_lengths,
)

FRAME = 64
CUTS = st.lists(st.booleans(), min_size=31, max_size=31)


def lengths_of(cuts: list[bool]) -> list[int]:
    answers = iter(cuts)
    return read_lengths(FRAME, lambda depth: next(answers))


@given(cuts=CUTS)
def test_lengths_fill_a_frame_and_come_back_from_what_is_told(cuts: list[bool]) -> None:
    lengths = lengths_of(cuts)
    assert sum(lengths) == FRAME
    assert all(FRAME // 16 <= length <= FRAME for length in lengths)
    told = iter(write_lengths(FRAME, lengths))

    def is_cut(depth: int) -> bool:
        told_depth, cut = next(told)
        assert told_depth == depth
        return cut

    assert read_lengths(FRAME, is_cut) == lengths
    assert next(told, None) is None


@given(cuts=CUTS, joins=st.lists(st.booleans(), min_size=16, max_size=16))
def test_groups_are_of_one_length_within_a_quarter(cuts: list[bool], joins: list[bool]) -> None:
    lengths = lengths_of(cuts)
    groups = groups_of(FRAME, lengths, lambda place: joins[place])
    assert [group.length for group in groups for _ in range(group.count)] == lengths
    assert all(group.count == 1 or group.length * group.count <= FRAME // 4 for group in groups)
    told = iter(write_groups(FRAME, groups))
    assert groups_of(FRAME, lengths, lambda _: next(told)) == groups
    assert next(told, None) is None


def test_a_frame_of_short_blocks_has_four_groups_at_least() -> None:
    assert groups_of(FRAME, [4] * 16, lambda _: True) == [Group(4, 4)] * 4
    assert groups_of(FRAME, [4] * 16, lambda _: False) == [Group(4, 1)] * 16
    assert groups_of(FRAME, [32, 8, 4, 4, 16], lambda _: True) == [
        Group(32, 1),
        Group(8, 1),
        Group(4, 2),
        Group(16, 1),
    ]


@pytest.mark.parametrize(
    ("rate", "frame"), [(8000, 9), (16000, 10), (22050, 11), (44100, 12), (96000, 12)]
)
def test_frames_last_about_as_long_at_any_rate(rate: int, frame: int) -> None:
    assert default_frame(rate) == frame
