"""Where the latents of a picture lie: levels, bands and blocks.

A block is a square of the picture; its latents are those of every band at the same place. Blocks
are coded independently. Sizes follow from the picture's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inrcodec.coordinates import TileGrid

__all__ = ["MOST_LEVELS", "Geometry", "default_levels"]

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
    """A lattice of so many levels under a picture (height, width), in blocks of `block` pixels.

    `block` is a multiple of 2^levels.
    """

    shape: tuple[int, int]
    levels: int
    block: int

    @property
    def grid(self) -> TileGrid:
        """The blocks."""
        return TileGrid(self.shape, (self.block, self.block))

    def band_shapes(self, level: int) -> list[tuple[int, int]]:
        """Sizes of a level's bands over the whole picture; level 0 is the coarsest."""
        depth = self.levels - level
        height, width = (-(-n >> (depth - 1)) for n in self.shape)
        low = (-(-height // 2), -(-width // 2))
        high = (height // 2, width // 2)
        return [(low[0], high[1]), (high[0], low[1]), high]

    def low_shape(self) -> tuple[int, int]:
        """Size of the lowest band over the whole picture."""
        height, width = (-(-n >> self.levels) for n in self.shape)
        return height, width

    def _cut(self, shape: tuple[int, int], depth: int, number: int) -> Slices:
        places = divmod(number, self.grid.counts[1])
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
        sizes = []
        for level in self.band_parts(number):
            sizes.append([(r.stop - r.start, c.stop - c.start) for r, c in level])
        return sizes
