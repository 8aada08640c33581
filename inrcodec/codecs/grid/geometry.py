"""Where the latents of an image lie: levels, bands and blocks.

A block is a square of the image; its latents are those of every band at the same place. Blocks
are coded independently. Sizes follow from the image's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inrcodec.signal.geometry import Tiling

__all__ = ["MOST_LEVELS", "Box", "Geometry", "default_levels"]

MOST_LEVELS = 7
_LOWEST_SIDE = 8

Slices = tuple[slice, slice]


def default_levels(shape: Sequence[int]) -> int:
    """As many levels as leave the lowest band at most 8 samples on a side, at most 7."""
    levels = 0
    while levels < MOST_LEVELS and max(shape) > _LOWEST_SIDE << levels:
        levels += 1
    return levels


@dataclass(frozen=True)
class Geometry:
    """A lattice of so many levels under an image (height, width), in blocks of `block` pixels.

    `block` is a multiple of 2^levels.
    """

    shape: tuple[int, int]
    levels: int
    block: int

    @property
    def tiling(self) -> Tiling:
        """The blocks."""
        return Tiling(self.shape, (self.block, self.block))

    def band_shapes(self, level: int) -> list[tuple[int, int]]:
        """Sizes of a level's bands over the whole image; level 0 is the coarsest."""
        depth = self.levels - level
        height, width = (-(-n >> (depth - 1)) for n in self.shape)
        low = (-(-height // 2), -(-width // 2))
        high = (height // 2, width // 2)
        return [(low[0], high[1]), (high[0], low[1]), high]

    def low_shape(self) -> tuple[int, int]:
        """Size of the lowest band over the whole image."""
        height, width = (-(-n >> self.levels) for n in self.shape)
        return height, width

    def _cut(self, shape: tuple[int, int], depth: int, number: int) -> Slices:
        places = divmod(number, self.tiling.counts[1])
        rows, columns = (
            slice(min(n, place * self.block >> depth), min(n, (place + 1) * self.block >> depth))
            for n, place in zip(shape, places, strict=True)
        )
        return rows, columns

    def band_parts(self, number: int) -> list[list[Slices]]:
        """For each level, the part of each of its bands that belongs to a block."""
        return [
            [self._cut(shape, self.levels - level, number) for shape in self.band_shapes(level)]
            for level in range(self.levels)
        ]

    def low_part(self, number: int) -> Slices:
        """The part of the lowest band that belongs to a block."""
        return self._cut(self.low_shape(), self.levels, number)

    def block_shapes(self, number: int) -> list[list[tuple[int, int]]]:
        """Sizes of the bands within a block."""
        return [[_size(part) for part in level] for level in self.band_parts(number)]

    def box(self, ranges: Sequence[range]) -> Box:
        """Blocks of some rows and columns."""
        return Box(self, (ranges[0], ranges[1]))


@dataclass(frozen=True)
class Box:
    """The blocks of some rows and columns of a lattice; places count from its corner."""

    geometry: Geometry
    ranges: tuple[range, range]

    @property
    def levels(self) -> int:
        """Those of the lattice."""
        return self.geometry.levels

    @property
    def _corners(self) -> tuple[int, int]:
        """Numbers of the first and the last block."""
        rows, columns = self.ranges
        across = self.geometry.tiling.counts[1]
        return rows[0] * across + columns[0], rows[-1] * across + columns[-1]

    def band_shapes(self, level: int) -> list[tuple[int, int]]:
        """Sizes of a level's bands; level 0 is the coarsest."""
        return [_size(part) for part in self._wholes()[level]]

    def _wholes(self) -> list[list[Slices]]:
        """For each level, the part of each of the lattice's bands that belongs to the box."""
        firsts, lasts = map(self.geometry.band_parts, self._corners)
        return [
            [_between(a, b) for a, b in zip(first, last, strict=True)]
            for first, last in zip(firsts, lasts, strict=True)
        ]

    def band_parts(self, number: int) -> list[list[Slices]]:
        """For each level, the part of each of the box's bands that belongs to a block."""
        wholes = self._wholes()
        return [
            [_from(whole, part) for whole, part in zip(level, parts, strict=True)]
            for level, parts in zip(wholes, self.geometry.band_parts(number), strict=True)
        ]

    def low_shape(self) -> tuple[int, int]:
        """Size of the lowest band."""
        first, last = map(self.geometry.low_part, self._corners)
        return _size(_between(first, last))

    def low_part(self, number: int) -> Slices:
        """The part of the box's lowest band that belongs to a block."""
        first, part = self.geometry.low_part(self._corners[0]), self.geometry.low_part(number)
        return _from(first, part)


def _size(part: Slices) -> tuple[int, int]:
    rows, columns = part
    return rows.stop - rows.start, columns.stop - columns.start


def _between(first: Slices, last: Slices) -> Slices:
    return slice(first[0].start, last[0].stop), slice(first[1].start, last[1].stop)


def _from(whole: Slices, part: Slices) -> Slices:
    """A part as it is counted from where the whole starts."""
    rows, columns = (
        slice(p.start - w.start, p.stop - w.start) for w, p in zip(whole, part, strict=True)
    )
    return rows, columns
