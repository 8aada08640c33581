"""Coordinates: pixel centres, tiles, and where the points of an output grid fall in them.

Along an axis of n samples, sample i has its centre at position i + 0.5 and at the coordinate
(2i + 1)/n - 1. Tiles of one size cover the axis from its start; the last may reach beyond its
end. Within a tile of t samples that starts at s, the local coordinate of position p is
2(p - s)/t - 1: the same rule with the tile in the axis's place, also for a tile that is cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError

__all__ = ["AxisPoints", "Frame", "Region", "TileGrid", "axis_points", "boxes", "pixel_centres"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class Frame(Enum):
    """What a network's coordinates run over from -1 to 1."""

    SIGNAL = "signal"
    TILE = "tile"


def pixel_centres(count: int) -> Floats:
    """The coordinates of `count` sample centres: (2i + 1)/count - 1."""
    return (2 * np.arange(count) + 1) / count - 1


@dataclass(frozen=True)
class Region:
    """A box of samples, one (start, length) per axis; a picture's axes are (rows, columns)."""

    start: tuple[int, ...]
    length: tuple[int, ...]

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Region:
        """All of a signal."""
        return cls((0,) * len(shape), shape)

    def check_within(self, shape: tuple[int, ...]) -> None:
        """Raise `UsageError` unless the box has samples and lies within a signal of `shape`."""
        axes = zip(self.start, self.length, shape, strict=True)
        if not all(s >= 0 and n > 0 and s + n <= size for s, n, size in axes):
            raise UsageError(f"the region does not lie within {'×'.join(map(str, shape[::-1]))}")


@dataclass(frozen=True)
class TileGrid:
    """A signal of `shape` samples cut into tiles of `tile` samples, numbered in row-major order."""

    shape: tuple[int, ...]
    tile: tuple[int, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Tiles along each axis."""
        return tuple(-(-n // t) for n, t in zip(self.shape, self.tile, strict=True))

    @property
    def count(self) -> int:
        """All tiles."""
        return math.prod(self.counts)

    @property
    def samples_per_tile(self) -> int:
        """Samples of a whole tile, padding included."""
        return math.prod(self.tile)

    @property
    def exact(self) -> bool:
        """Whether no tile reaches beyond the signal."""
        return all(n % t == 0 for n, t in zip(self.shape, self.tile, strict=True))

    def numbers(self, ranges: tuple[range, ...]) -> Indices:
        """The numbers of the tiles in a box of tile positions, in row-major order."""
        return np.ravel_multi_index(np.ix_(*ranges), self.counts).reshape(-1).astype(np.int64)

    def touching(self, region: Region) -> tuple[range, ...]:
        """The box of tile positions that a region touches, one range per axis."""
        axes = zip(region.start, region.length, self.tile, strict=True)
        return tuple(range(s // t, -(-(s + n) // t)) for s, n, t in axes)

    def stack(self, samples: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Samples (*shape, channels) as (tiles, channels, samples per tile), each tile's samples
        in row-major order, the last tiles padded by replication."""
        axes = len(self.shape)
        padding = [(0, -n % t) for n, t in zip(self.shape, self.tile, strict=True)]
        padded = samples if self.exact else np.pad(samples, [*padding, (0, 0)], mode="edge")
        split = [size for pair in zip(self.counts, self.tile, strict=True) for size in pair]
        order = [*range(0, 2 * axes, 2), 2 * axes, *range(1, 2 * axes, 2)]
        parts = padded.reshape(*split, samples.shape[-1]).transpose(order)
        return parts.reshape(self.count, samples.shape[-1], self.samples_per_tile)


@dataclass(frozen=True)
class AxisPoints:
    """Points along one axis, sorted: the tile each falls in and its coordinate there."""

    tiles: Indices
    coordinates: Floats

    def __getitem__(self, part: slice) -> AxisPoints:
        """Some of the points."""
        return AxisPoints(self.tiles[part], self.coordinates[part])

    def by_tile(self) -> tuple[range, Floats, Indices]:
        """The points sorted into their tiles.

        Returns the range of tiles; coordinates of shape (tiles, longest), short rows filled up
        with their last value, or (1, longest) where all tiles share them; and for each point its
        place in the flattened (tiles, longest) array.
        """
        first, last = int(self.tiles[0]), int(self.tiles[-1])
        row = self.tiles - first
        starts = np.searchsorted(row, np.arange(last - first + 1))
        column = np.arange(len(row)) - starts[row]
        longest = int(column.max()) + 1
        ends = np.append(starts[1:], len(row))
        filled = np.minimum(starts[:, None] + np.arange(longest), ends[:, None] - 1)
        table = self.coordinates[filled]
        widest = table[np.argmax(ends - starts)]
        if np.allclose(widest[column], self.coordinates, rtol=0, atol=1e-9):
            table = widest[None]
        return range(first, last + 1), table, row * longest + column


def axis_points(
    start: int, length: int, count: int, size: int, tile: int, frame: Frame
) -> AxisPoints:
    """The centres of `count` equal parts of the samples `start` to `start + length`, on an axis of
    `size` samples cut into tiles of `tile` samples."""
    # In units of 1/(2 count) positions are whole numbers, so none falls into a wrong tile.
    unit = 2 * count
    positions = unit * start + (2 * np.arange(count, dtype=np.int64) + 1) * length
    tiles, within = np.divmod(positions, unit * tile)
    if frame is Frame.TILE:
        return AxisPoints(tiles, within / (count * tile) - 1)
    return AxisPoints(tiles, positions / (count * size) - 1)


def _runs(tiles: Indices, longest: int) -> Iterator[slice]:
    """Cut sorted points into slices of at most `longest`, at tile borders where possible."""
    borders = [*(np.flatnonzero(np.diff(tiles)) + 1).tolist(), len(tiles)]
    start = 0
    for here, following in zip(borders, [*borders[1:], None], strict=True):
        if following is not None and following - start <= longest:
            continue
        for cut in range(start, here, longest):
            yield slice(cut, min(cut + longest, here))
        start = here


def boxes(tiles: Sequence[Indices], budget: int) -> Iterator[tuple[slice, ...]]:
    """Cut a grid of points, given by their tiles along each axis, into boxes of at most `budget`
    points, the last axis kept longest."""
    longest: list[int] = []
    for axis in reversed(tiles):
        longest.insert(0, max(1, min(len(axis), budget)))
        budget //= longest[0]
    yield from product(*(list(_runs(t, n)) for t, n in zip(tiles, longest, strict=True)))
