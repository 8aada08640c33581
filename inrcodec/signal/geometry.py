"""Coordinates: pixel centers, regions, tiles, and output grids over them.

Along an axis of n samples, sample i has its center at position i + 0.5 and at the coordinate
(2i + 1)/n - 1. Tiles of one size cover the axis from its start; the last may reach beyond its
end. Within a tile of t samples that starts at s, the local coordinate of position p is
2(p - s)/t - 1: the same rule with the tile in the axis's place, also for a tile that is cut.

Tiles may overlap: each then reaches some samples beyond both of its ends, where local coordinates
go on beyond -1 and 1, and what two tiles say of a point is cross-faded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError

__all__ = [
    "Frame",
    "Raster",
    "Region",
    "Tiling",
    "by_axes",
    "joined_ranges",
    "pixel_centers",
]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
_T = TypeVar("_T", bound=np.generic)

# Averaging more points than this along an axis changes no visible detail of a thumbnail.
_MOST_OVERSAMPLING = 16


class Frame(Enum):
    """The part of a signal that a network's coordinates run over from -1 to 1."""

    SIGNAL = "signal"
    TILE = "tile"


def pixel_centers(count: int, reach: int = 0) -> Floats:
    """The coordinates of `count` sample centers, (2i + 1)/count - 1, and of `reach` more at
    either end."""
    return (2 * np.arange(-reach, count + reach) + 1) / count - 1


def by_axes(sides: Sequence[npt.NDArray[_T]]) -> npt.NDArray[_T]:
    """Combine what each axis has for the samples along it in each tile, (tiles or 1, samples), as a
    plane for each axis: (tiles or 1, axes, samples per tile), row-major."""
    n = len(sides)
    counts, lengths = zip(*(side.shape for side in sides), strict=True)
    planes = np.empty((*counts, n, *lengths), sides[0].dtype)
    for axis, side in enumerate(sides):
        shape = [1] * (2 * n)
        shape[axis], shape[n + axis] = side.shape
        planes[(slice(None),) * n + (axis,)] = side.reshape(shape)
    return planes.reshape(math.prod(counts), n, math.prod(lengths))


@dataclass(frozen=True)
class Region:
    """A box of samples, one (start, length) per axis; an image's axes are (rows, columns)."""

    start: tuple[int, ...]
    length: tuple[int, ...]

    @classmethod
    def whole(cls, shape: tuple[int, ...]) -> Region:
        """All of a signal."""
        return cls((0,) * len(shape), shape)

    @property
    def slices(self) -> tuple[slice, ...]:
        """The places of its samples in an array of all."""
        return tuple(slice(a, a + n) for a, n in zip(self.start, self.length, strict=True))

    def within(self, outer: Region) -> Region | None:
        """Return what another box has of it, counted from that one's corner; None for nothing."""
        axes = [*zip(self.start, self.length, outer.start, outer.length, strict=True)]
        spans = [(max(0, a - b), min(m, a + n - b)) for a, n, b, m in axes]
        if not all(start < stop for start, stop in spans):
            return None
        return Region(
            tuple(start for start, _ in spans), tuple(stop - start for start, stop in spans)
        )

    def moved(self, by: tuple[int, ...]) -> Region:
        """Return it so many samples further along each axis."""
        return Region(tuple(a + b for a, b in zip(self.start, by, strict=True)), self.length)

    def common(self, other: Region) -> Region:
        """Return what it has in common with a region that it overlaps."""
        part = self.within(other)
        assert part is not None
        return part.moved(other.start)

    def check_within(self, shape: tuple[int, ...]) -> None:
        """Raise `UsageError` unless the box has samples and lies within a signal of `shape`."""
        axes = zip(self.start, self.length, shape, strict=True)
        if not all(s >= 0 and n > 0 and s + n <= size for s, n, size in axes):
            raise UsageError(f"the region does not lie within {'×'.join(map(str, shape[::-1]))}")


@dataclass(frozen=True)
class Tiling:
    """A signal of `shape` samples cut into tiles of `tile` samples, numbered in row-major order,
    which reach `overlap` samples into their neighbors, but not beyond the middle of one."""

    shape: tuple[int, ...]
    tile: tuple[int, ...]
    overlap: int = 0

    @property
    def counts(self) -> tuple[int, ...]:
        """Tiles along each axis."""
        return tuple(-(-n // t) for n, t in zip(self.shape, self.tile, strict=True))

    @property
    def count(self) -> int:
        """All tiles."""
        return math.prod(self.counts)

    @property
    def reach(self) -> tuple[int, ...]:
        """Samples that a tile goes on for beyond each of its ends, along each axis."""
        axes = zip(self.shape, self.tile, strict=True)
        return tuple(min(self.overlap, t // 2) if n > t else 0 for n, t in axes)

    @property
    def extent(self) -> tuple[int, ...]:
        """Samples of a whole tile along each axis, with what it reaches of its neighbors."""
        return tuple(t + 2 * r for t, r in zip(self.tile, self.reach, strict=True))

    @property
    def samples_per_tile(self) -> int:
        """Samples of a whole tile, with its reach and padding."""
        return math.prod(self.extent)

    @property
    def exact(self) -> bool:
        """Tell whether no tile, with its reach, goes beyond the signal."""
        axes = zip(self.shape, self.tile, self.reach, strict=True)
        return all(n % t == 0 and r == 0 for n, t, r in axes)

    def numbers(self, ranges: tuple[range, ...]) -> Indices:
        """The numbers of the tiles in a box of tile positions, in row-major order."""
        return np.ravel_multi_index(np.ix_(*ranges), self.counts).reshape(-1).astype(np.int64)

    def touching(self, region: Region) -> tuple[range, ...]:
        """The box of tile positions that a region depends on, one range per axis."""
        axes = zip(region.start, region.length, self.tile, self.reach, self.counts, strict=True)
        return tuple(
            range(max(0, s - r) // t, min(count, -(-(s + n + r) // t)))
            for s, n, t, r, count in axes
        )

    def covered(self, position: tuple[int, ...]) -> Region:
        """Return what a tile covers of the signal, with its reach."""
        axes = list(zip(position, self.tile, self.reach, self.shape, strict=True))
        start = tuple(max(0, k * t - r) for k, t, r, _ in axes)
        stop = tuple(min(n, (k + 1) * t + r) for k, t, r, n in axes)
        return Region(start, tuple(b - a for a, b in zip(start, stop, strict=True)))

    def samples_of(self, axis: int) -> Indices:
        """(tiles, extent): along an axis, the samples that each tile covers, were there no end."""
        tile, reach = self.tile[axis], self.reach[axis]
        first = tile * np.arange(self.counts[axis]) - reach
        return first[:, None] + np.arange(self.extent[axis])

    def stack(self, samples: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Samples (*shape, channels) as (tiles, channels, samples per tile), each tile's samples
        in row-major order; what is beyond the signal repeats its last samples."""
        axes = len(self.shape)
        if not self.exact:
            for axis, size in enumerate(self.shape):
                index = self.samples_of(axis).reshape(-1).clip(0, size - 1)
                samples = samples.take(index, axis)
        split = [size for pair in zip(self.counts, self.extent, strict=True) for size in pair]
        order = [*range(0, 2 * axes, 2), 2 * axes, *range(1, 2 * axes, 2)]
        parts = samples.reshape(*split, samples.shape[-1]).transpose(order)
        return parts.reshape(self.count, samples.shape[-1], self.samples_per_tile)


@dataclass(frozen=True)
class Raster:
    """An output grid of `size` samples over a region of the signal, axis by axis; or of its first
    axis the samples of `window` alone."""

    region: Region
    size: tuple[int, ...]
    window: range | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        """Output samples along each axis."""
        return (len(self.span(0)), *self.size[1:])

    def span(self, axis: int) -> range:
        """Return the samples of an axis that are meant."""
        if axis == 0 and self.window is not None:
            return self.window
        return range(self.size[axis])

    def from_origin(self, start: tuple[int, ...]) -> Raster:
        """The same points, of a signal that starts at `start` of this one."""
        moved = tuple(a - b for a, b in zip(self.region.start, start, strict=True))
        return replace(self, region=replace(self.region, start=moved))

    def within(self, start: int, stop: int) -> range:
        """Return the samples of the first axis that have their centers in samples `start` to
        `stop`."""
        # Sample j lies at a + (2j + 1)·l / 2M.
        origin, length, count = self.region.start[0], self.region.length[0], self.size[0]
        first, last = (
            -((length - 2 * count * (end - origin)) // (2 * length)) for end in (start, stop)
        )
        span = self.span(0)
        low, high = (min(max(j, span.start), span.stop) for j in (first, last))
        return range(low, high)

    def oversampling(self, axis: int) -> int:
        """Count the evaluations of an output sample along an axis."""
        return min(-(-self.region.length[axis] // self.size[axis]), _MOST_OVERSAMPLING)


def joined_ranges(regions: Iterable[Region]) -> list[tuple[int, int]]:
    """Return where regions start and stop along the first axis, those that touch joined."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted((r.start[0], r.start[0] + r.length[0]) for r in regions):
        if joined and start <= joined[-1][1]:
            start, last = joined.pop()
            stop = max(stop, last)
        joined.append((start, stop))
    return joined
