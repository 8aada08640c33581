"""Crops: signals of which a file has a part, as whole tiles (`CROP`)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from inrcodec.container.sections import Container
from inrcodec.errors import MalformedError
from inrcodec.schema import Reader, uint_bytes
from inrcodec.signal.geometry import Region, Tiling

__all__ = ["Crop", "Indices", "TileBox", "boxed_count", "boxed_numbers", "read_crop"]

Indices = npt.NDArray[np.int64]
# Tiles side by side: a range of positions along each axis.
TileBox: TypeAlias = tuple[range, ...]


@dataclass(frozen=True)
class Crop:
    """The part of a signal that a file has.

    Attributes
    ----------
    visible
        What is to be seen or heard of it, in samples of the whole.
    boxes
        The tiles that are there: a box for each tiling of each chunk that has weights.
    """

    visible: Region
    boxes: tuple[TileBox, ...]

    def to_bytes(self) -> bytes:
        """Start and length along each axis, of what is visible and of each box."""
        spans = [*zip(self.visible.start, self.visible.length, strict=True)]
        spans += [(places.start, len(places)) for box in self.boxes for places in box]
        return b"".join(uint_bytes(number) for span in spans for number in span)


def read_crop(container: Container, item: int, axes: int) -> Crop | None:
    """Read an item's `CROP` section; None where it has none, `MalformedError` where it is not
    valid."""
    if container.find(b"CROP", item) is None:
        return None
    reader, spans = Reader(container.read(b"CROP", item)), list[range]()
    while reader.remaining:
        start, length = reader.uint(), reader.uint()
        if not length:
            raise MalformedError("a crop of nothing")
        spans.append(range(start, start + length))
    groups = [tuple(spans[k : k + axes]) for k in range(0, len(spans), axes)]
    if not groups or len(groups[-1]) != axes:
        raise MalformedError("a crop has not all axes")
    visible, *boxes = groups
    region = Region(tuple(r.start for r in visible), tuple(map(len, visible)))
    return Crop(region, tuple(boxes))


def boxed_count(tilings: Sequence[Tiling], boxes: Sequence[TileBox]) -> int:
    """Count the tiles in a box of each tiling.

    Raises `MalformedError` where there is not one box for each tiling, within it.
    """
    if len(boxes) != len(tilings):
        raise MalformedError("a crop has not one box for each kind of tile")
    for tiling, box in zip(tilings, boxes, strict=True):
        if any(places.stop > count for places, count in zip(box, tiling.counts, strict=True)):
            raise MalformedError("a crop has tiles that the signal has not")
    return sum(math.prod(map(len, box)) for box in boxes)


def boxed_numbers(tilings: Sequence[Tiling], boxes: Sequence[TileBox]) -> Indices:
    """Return the numbers of the tiles in a box of each tiling, whose streams follow each other;
    raises as `boxed_count`, which tells how many that are before they are held."""
    boxed_count(tilings, boxes)
    numbers, first = list[Indices](), 0
    for tiling, box in zip(tilings, boxes, strict=True):
        numbers.append(first + tiling.numbers(box))
        first += tiling.count
    return np.concatenate(numbers)
