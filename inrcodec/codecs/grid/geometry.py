"""The geometry of an image's latents: levels, bands and blocks.

A block is a square of the image; its latents are those of every band at the same place. Blocks
are coded independently. Sizes follow from the image's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inrcodec.codecs.grid.subbands import Parts
from inrcodec.signal.geometry import Tiling

__all__ = ["MOST_LEVELS", "Box", "Geometry", "default_levels"]

MOST_LEVELS = 7
_LOWEST_SIDE = 8

_Slices = tuple[slice, slice]
_Size = tuple[int, int]


def default_levels(shape: Sequence[int]) -> int:
    """Return as many levels as leave the lowest band at most 8 samples on a side, at most 7."""
    levels = 0
    while levels < MOST_LEVELS and max(shape) > _LOWEST_SIDE << levels:
        levels += 1
    return levels


@dataclass(frozen=True)
class Geometry:
    """A grid of so many levels under an image (height, width), in blocks of `block` pixels.

    `block` is a multiple of 2^levels.
    """

    shape: tuple[int, int]
    levels: int
    block: int

    @property
    def tiling(self) -> Tiling:
        """The blocks."""
        return Tiling(self.shape, (self.block, self.block))

    def level_sizes(self) -> list[list[_Size]]:
        """Return the sizes of each level's bands over the whole image, the coarsest first."""
        return [self._sizes(self.levels - level) for level in range(self.levels)]

    def _sizes(self, depth: int) -> list[_Size]:
        height, width = (-(-n >> (depth - 1)) for n in self.shape)
        low = (-(-height // 2), -(-width // 2))
        high = (height // 2, width // 2)
        return [(low[0], high[1]), (high[0], low[1]), high]

    def low_size(self) -> _Size:
        """Return the size of the lowest band over the whole image."""
        height, width = (-(-n >> self.levels) for n in self.shape)
        return height, width

    def parts(self, number: int) -> Parts:
        """Return the part of each band that belongs to a block."""
        levels = [
            [self._cut(size, self.levels - level, number) for size in sizes]
            for level, sizes in enumerate(self.level_sizes())
        ]
        return Parts(self._cut(self.low_size(), self.levels, number), levels)

    def _cut(self, size: _Size, depth: int, number: int) -> _Slices:
        places = divmod(number, self.tiling.counts[1])
        rows, columns = (
            slice(min(n, place * self.block >> depth), min(n, (place + 1) * self.block >> depth))
            for n, place in zip(size, places, strict=True)
        )
        return rows, columns

    def box(self, ranges: Sequence[range]) -> Box:
        """Return the blocks of some rows and columns."""
        return Box(self, (ranges[0], ranges[1]))


@dataclass(frozen=True)
class Box:
    """The blocks of some rows and columns of a grid; places count from its corner."""

    geometry: Geometry
    ranges: tuple[range, range]

    def _whole(self) -> Parts:
        """Return the part of each of the grid's bands that belongs to the box."""
        rows, columns = self.ranges
        across = self.geometry.tiling.counts[1]
        first = self.geometry.parts(rows[0] * across + columns[0])
        last = self.geometry.parts(rows[-1] * across + columns[-1])
        levels = [
            [_between(a, b) for a, b in zip(firsts, lasts, strict=True)]
            for firsts, lasts in zip(first.levels, last.levels, strict=True)
        ]
        return Parts(_between(first.low, last.low), levels)

    def level_sizes(self) -> list[list[_Size]]:
        """Return the sizes of each level's bands, the coarsest first."""
        return [[_size_of(part) for part in level] for level in self._whole().levels]

    def low_size(self) -> _Size:
        """Return the size of the lowest band."""
        return _size_of(self._whole().low)

    def parts(self, number: int) -> Parts:
        """Return the part of each of the box's bands that belongs to a block."""
        whole, parts = self._whole(), self.geometry.parts(number)
        levels = [
            [_from(band, part) for band, part in zip(bands, level, strict=True)]
            for bands, level in zip(whole.levels, parts.levels, strict=True)
        ]
        return Parts(_from(whole.low, parts.low), levels)


def _size_of(part: _Slices) -> _Size:
    """Return rows and columns of a part."""
    rows, columns = part
    return rows.stop - rows.start, columns.stop - columns.start


def _between(first: _Slices, last: _Slices) -> _Slices:
    return slice(first[0].start, last[0].stop), slice(first[1].start, last[1].stop)


def _from(whole: _Slices, part: _Slices) -> _Slices:
    """Return a part as it is counted from where the whole starts."""
    rows, columns = (
        slice(p.start - w.start, p.stop - w.start) for w, p in zip(whole, part, strict=True)
    )
    return rows, columns
