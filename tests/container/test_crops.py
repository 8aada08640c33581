"""The `CROP` section."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.container.crops import Crop, TileBox, boxed_count, boxed_numbers, read_crop
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import MalformedError, TruncatedError
from inrcodec.signal.geometry import Region, Tiling

RANGES = st.tuples(st.integers(0, 1 << 24), st.integers(1, 1 << 24)).map(
    lambda pair: range(pair[0], sum(pair))
)


def file_of(payload: bytes) -> Container:
    return Container(build([Section(b"CROP", 1, payload)]))


@given(st.integers(1, 2).flatmap(lambda axes: st.lists(st.tuples(*[RANGES] * axes), min_size=1)))
def test_what_is_written_is_read(boxes: list[TileBox]) -> None:
    visible, *others = boxes
    region = Region(tuple(r.start for r in visible), tuple(map(len, visible)))
    crop = Crop(region, tuple(others))
    assert read_crop(file_of(crop.to_bytes()), 1, len(visible)) == crop


def test_the_bytes_of_a_part_in_two_kinds_of_tiles() -> None:
    crop = Crop(Region((3, 300), (20, 9)), ((range(1), range(2)), (range(1, 4), range(5, 6))))
    assert crop.to_bytes() == bytes([3, 20, 0xAC, 2, 9, 0, 1, 0, 2, 1, 3, 5, 1])


def test_most_files_have_none() -> None:
    assert read_crop(Container(build([Section(b"SIGN", 1, b"")])), 1, 2) is None


@pytest.mark.parametrize(
    ("payload", "error"),
    [(b"", MalformedError), (b"\0\1", MalformedError), (b"\0\1\0\0", MalformedError)],
    ids=["nothing", "one axis of two", "no columns"],
)
def test_other_bytes_are_refused(payload: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_crop(file_of(payload), 1, 2)
    with pytest.raises(TruncatedError):
        read_crop(file_of(b"\0\1\0"), 1, 2)


def test_numbers_of_tiles_in_boxes() -> None:
    tilings = (Tiling((40, 50), (20, 20)), Tiling((40, 50), (10, 10)))
    boxes = ((range(1, 2), range(3)), (range(2, 4), range(1, 3)))
    # Six of the first come before those of the second.
    assert boxed_numbers(tilings, boxes).tolist() == [3, 4, 5, 17, 18, 22, 23]
    for wrong in (boxes[:1], (*boxes, boxes[0]), (boxes[0], (range(2, 5), range(1)))):
        with pytest.raises(MalformedError):
            boxed_numbers(tilings, wrong)


def test_tiles_are_counted_before_they_are_held() -> None:
    side = 1 << 24
    tilings, every = (Tiling((side, side), (1, 1)),), ((range(side), range(side)),)
    assert boxed_count(tilings, every) == side * side
