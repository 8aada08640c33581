"""Points of an output grid: the tiles that they fall in, axis by axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from inrcodec.signal.geometry import Frame, Raster, Tiling

__all__ = ["AxisPoints", "axis_points", "boxes"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class AxisPoints:
    """Points along one axis, sorted: the tile that each falls in and its coordinate there; and of
    the neighbor that overlaps it there, whose share in the point's value is above 0 (elsewhere
    the tile itself, with share 0)."""

    tiles: Indices
    coordinates: Floats
    neighbors: Indices
    beside: Floats
    shares: Floats

    def __getitem__(self, part: slice) -> AxisPoints:
        """Some of the points."""
        return AxisPoints(
            self.tiles[part],
            self.coordinates[part],
            self.neighbors[part],
            self.beside[part],
            self.shares[part],
        )

    def by_tile(self) -> tuple[range, Floats, list[tuple[Indices, Floats]]]:
        """The points sorted into their tiles.

        Returns the range of tiles; coordinates of shape (tiles, longest), short rows filled up
        with their last value, or (1, longest) where all tiles share them; and what a point's value
        is a sum of: for each term, places in the flattened (tiles, longest) array and shares.
        """
        shared = np.flatnonzero(self.shares)
        visited = np.concatenate([self.tiles, self.neighbors[shared]])
        coordinates = np.concatenate([self.coordinates, self.beside[shared]])
        first, last = int(visited.min()), int(visited.max())
        order = np.argsort(visited, kind="stable")
        row = visited[order] - first
        starts = np.searchsorted(row, np.arange(last - first + 1))
        column = np.arange(len(row)) - starts[row]
        longest = int(column.max()) + 1
        ends = np.append(starts[1:], len(row))
        filled = np.minimum(starts[:, None] + np.arange(longest), ends[:, None] - 1)
        table = coordinates[order][filled]
        widest = table[np.argmax(ends - starts)]
        if np.allclose(widest[column], coordinates[order], rtol=0, atol=1e-9):
            table = widest[None]
        places = np.empty_like(visited)
        places[order] = row * longest + column
        own = places[: len(self.tiles)]
        if not len(shared):
            return range(first, last + 1), table, [(own, np.ones(len(own)))]
        other = own.copy()
        other[shared] = places[len(own) :]
        return range(first, last + 1), table, [(own, 1 - self.shares), (other, self.shares)]


def axis_points(
    raster: Raster,
    axis: int,
    factor: int,
    grid: Tiling,
    frame: Frame,
    span: range | None = None,
) -> AxisPoints:
    """Return the points of an axis of a raster, or of a span of it, at `factor` points for
    each sample."""
    span, length = span or raster.span(axis), raster.region.length[axis]
    count, tile, reach = factor * raster.size[axis], grid.tile[axis], grid.reach[axis]
    # In units of 1/(2 count) positions are whole numbers, so none falls into a wrong tile.
    unit = 2 * count
    points = np.arange(factor * span.start, factor * span.stop, dtype=np.int64)
    positions = unit * raster.region.start[axis] + (2 * points + 1) * length
    tiles, within = np.divmod(positions, unit * tile)
    shares, side = np.zeros(len(points)), np.zeros(len(points), np.int64)
    if reach:
        # How deep a point is in the neighbor before, and in the one after.
        before, after = unit * reach - within, within - unit * (tile - reach)
        side = np.where((before > 0) & (tiles > 0), -1, side)
        side = np.where((after > 0) & (tiles < grid.counts[axis] - 1), 1, side)
        shares = np.where(side < 0, before, np.where(side > 0, after, 0)) / (2 * unit * reach)
    if frame is Frame.SIGNAL:
        coordinates = positions / (count * grid.shape[axis]) - 1
        return AxisPoints(tiles, coordinates, tiles + side, coordinates, shares)
    coordinates = within / (count * tile) - 1
    return AxisPoints(tiles, coordinates, tiles + side, coordinates - 2 * side, shares)


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
