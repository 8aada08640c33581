"""The geometry of an image's latents: levels, bands, and the blocks that they are coded in.

Latents come in tiers. The first has the coarse levels, whose blocks are large; each of the finest
levels is a tier of its own, in blocks that have as many samples of what the level comes to,
whatever the level. So a block lies within one of the tier before, its parent, and four of them make
up a parent. A block sees of coarser levels what lies at its own place, and nothing of its
neighbors. Sizes follow from the image's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from inrcodec.codecs.grid.subbands import Parts
from inrcodec.container.crops import TileBox
from inrcodec.errors import MalformedError
from inrcodec.signal.geometry import Region, Tiling

__all__ = ["MOST_LEVELS", "Box", "Geometry", "Tier", "default_levels"]

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
class Tier:
    """Levels of a grid that are coded together, in blocks; all of these, or those of a box.

    Attributes
    ----------
    shape
        Of the image (height, width).
    levels
        Their numbers, which count from the finest, 1; from the coarsest on. The first tier has the
        lowest band, too.
    side
        Of a block, in pixels.
    first
        Number of the stream of the image's first block.
    rows, columns
        Of blocks.
    is_whole
        Whether it has all levels of its streams, or only the coarse ones.
    """

    shape: tuple[int, int]
    levels: range
    side: int
    first: int
    rows: range
    columns: range
    is_whole: bool = True

    @property
    def tiling(self) -> Tiling:
        """All blocks."""
        return Tiling(self.shape, (self.side, self.side))

    @property
    def numbers(self) -> list[int]:
        """The numbers of its blocks among the tier's."""
        numbers: list[int] = self.tiling.numbers((self.rows, self.columns)).tolist()
        return numbers

    @property
    def area(self) -> int:
        """Count the pixels of its blocks."""
        height, width = _size_of(self.window(self.shape, 0))
        return height * width

    @property
    def largest_block(self) -> int:
        """Count the pixels of its largest block."""
        height, width = self.shape
        return min(self.side, height) * min(self.side, width)

    def covered(self, number: int) -> Region:
        """Return the pixels of a block."""
        return self.tiling.covered(divmod(number, self.tiling.counts[1]))

    def cut(self, size: _Size, scale: int, number: int) -> _Slices:
        """Return a block's part of a band of a size, whose samples are 2^scale pixels apart."""
        row, column = divmod(number, self.tiling.counts[1])
        return (
            self._along(size[0], scale, range(row, row + 1)),
            self._along(size[1], scale, range(column, column + 1)),
        )

    def window(self, size: _Size, scale: int) -> _Slices:
        """Return the part of a band that its blocks have together."""
        return self._along(size[0], scale, self.rows), self._along(size[1], scale, self.columns)

    def _along(self, size: int, scale: int, places: range) -> slice:
        start, stop = (min(size, n * self.side >> scale) for n in (places.start, places.stop))
        return slice(start, stop)


@dataclass(frozen=True)
class Geometry:
    """A grid under an image.

    Attributes
    ----------
    shape
        Of the image (height, width).
    levels
        Of the wavelet.
    block
        Samples on a side, of what a level comes to, that a block of a tier of one level has. A
        multiple of 2^(levels - split).
    split
        So many of the finest levels are tiers of their own; not all of them, unless there are none.
    """

    shape: tuple[int, int]
    levels: int
    block: int
    split: int = 0

    @cached_property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers in the order of their streams."""
        levels = [range(self.levels, self.split, -1)]
        levels += [range(level, level - 1, -1) for level in range(self.split, 0, -1)]
        tiers, first = list[Tier](), 0
        for some in levels:
            side = self.block << some.stop
            rows, columns = (range(-(-n // side)) for n in self.shape)
            tiers.append(Tier(self.shape, some, side, first, rows, columns))
            first += len(rows) * len(columns)
        return tuple(tiers)

    @property
    def count(self) -> int:
        """Blocks, and so streams, of all tiers."""
        return sum(tier.tiling.count for tier in self.tiers)

    @property
    def whole(self) -> Box:
        """All blocks of all tiers."""
        return Box(self, self.tiers)

    def band_sizes(self, level: int) -> list[_Size]:
        """Return the sizes of a level's three bands over the whole image."""
        height, width = self.size_at(level - 1)
        low = (-(-height // 2), -(-width // 2))
        high = (height // 2, width // 2)
        return [(low[0], high[1]), (high[0], low[1]), high]

    def size_at(self, scale: int) -> _Size:
        """Return the size of the image at a scale, whose samples are 2^scale pixels apart."""
        height, width = (-(-n >> scale) for n in self.shape)
        return height, width

    def parent(self, tier: Tier, number: int) -> int | None:
        """Return the stream of the block that one of a tier lies in; None for the first tier."""
        if tier.first == 0:
            return None
        before = next(t for t in self.tiers if t.levels.stop == tier.levels.start)
        row, column = divmod(number, tier.tiling.counts[1])
        return before.first + row // 2 * before.tiling.counts[1] + column // 2

    def parts(self, tier: Tier, number: int) -> Parts:
        """Return the part of each band that belongs to a block of a tier."""
        levels = [
            [tier.cut(size, level, number) for size in self.band_sizes(level)]
            for level in tier.levels
        ]
        if tier.first:
            return Parts(_NOTHING, levels)
        return Parts(tier.cut(self.size_at(self.levels), self.levels, number), levels)


@dataclass(frozen=True)
class Box:
    """Some blocks of each tier of a grid, at least the parents of the next tier's; all of the
    tiers, or only the coarse ones. Places count from its corner.

    Attributes
    ----------
    scale
        Of what its levels come to.
    """

    geometry: Geometry
    tiers: Sequence[Tier]
    scale: int = 0

    def within(self, boxes: Sequence[TileBox] | None) -> Box:
        """Return what it has of some blocks of each of the geometry's tiers; of all, for None.

        Raises `MalformedError` where one of these lies in none of the tier before.
        """
        if boxes is None:
            return self
        for parents, box in pairwise(boxes):
            axes = zip(parents, box, strict=True)
            if not all(2 * a.start <= b.start and b.stop <= 2 * a.stop for a, b in axes):
                raise MalformedError("a crop has a block without the one that it lies in")
        there = {tier.first: box for tier, box in zip(self.geometry.tiers, boxes, strict=True)}
        tiers = [
            replace(
                tier,
                rows=_common(tier.rows, there[tier.first][0]),
                columns=_common(tier.columns, there[tier.first][1]),
            )
            for tier in self.tiers
        ]
        return replace(self, tiers=tiers)

    def _sized(self, tier: Tier, scale: int) -> _Slices:
        """Return what a tier's blocks have together of the image at a scale."""
        return tier.window(self.geometry.size_at(scale), scale)

    def low_size(self) -> _Size:
        """Return the size of the lowest band."""
        return _size_of(self._sized(self.tiers[0], self.geometry.levels))

    def level_sizes(self) -> list[list[_Size]]:
        """Return the sizes of each level's bands, the coarsest first."""
        return [
            [_size_of(tier.window(size, level)) for size in self.geometry.band_sizes(level)]
            for tier in self.tiers
            for level in tier.levels
        ]

    def window(self) -> _Slices:
        """Return the rows and columns of the image at the box's scale."""
        return self._sized(self.tiers[-1], self.scale)

    def crops(self) -> list[_Slices]:
        """Return for each level the part of what the coarser ones come to that it refines."""
        crops, before = [], self._sized(self.tiers[0], self.geometry.levels)
        for tier in self.tiers:
            for level in tier.levels:
                crops.append(_from(before, self._sized(tier, level)))
                before = self._sized(tier, level - 1)
        return crops

    def parts(self, tier: Tier, number: int) -> Parts:
        """Return the part of each of the box's bands of a tier that belongs to a block."""
        parts, sizes = self.geometry.parts(tier, number), self.geometry.band_sizes
        levels = [
            [
                _from(tier.window(size, level), part)
                for size, part in zip(sizes(level), bands, strict=True)
            ]
            for level, bands in zip(tier.levels, parts.levels, strict=True)
        ]
        if tier.first:
            return Parts(_NOTHING, levels)
        return Parts(_from(self._sized(tier, self.geometry.levels), parts.low), levels)

    def size_after(self, tier: Tier) -> _Size:
        """Return the size of what a tier and those before it come to."""
        return _size_of(self._sized(tier, tier.levels.stop))

    def place_after(self, tier: Tier, number: int) -> _Slices:
        """Return the part of that which is at the place of a block of the tier."""
        scale = tier.levels.stop
        part = tier.cut(self.geometry.size_at(scale), scale, number)
        return _from(self._sized(tier, scale), part)

    def coarser_parts(self, before: Tier, tier: Tier, number: int) -> tuple[_Slices, list[_Slices]]:
        """Return the part at the place of a block of what the tier before comes to, and of each of
        that one's finest details."""
        level = tier.levels.start
        low = tier.cut(self.geometry.size_at(level), level, number)
        parents = [
            _from(before.window(size, level + 1), tier.cut(size, level + 1, number))
            for size in self.geometry.band_sizes(level + 1)
        ]
        return _from(self._sized(before, level), low), parents


def _common(a: range, b: range) -> range:
    """Return what is in both of two ranges."""
    return range(max(a.start, b.start), min(a.stop, b.stop))


_NOTHING: _Slices = (slice(0, 0), slice(0, 0))


def _size_of(part: _Slices) -> _Size:
    """Return rows and columns of a part."""
    rows, columns = part
    return rows.stop - rows.start, columns.stop - columns.start


def _from(whole: _Slices, part: _Slices) -> _Slices:
    """Return a part as it is counted from where the whole starts."""
    rows, columns = (
        slice(p.start - w.start, p.stop - w.start) for w, p in zip(whole, part, strict=True)
    )
    return rows, columns
