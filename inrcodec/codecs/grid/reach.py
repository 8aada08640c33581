"""The reach of a raster's pixels in the grid, and so the blocks that are read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from inrcodec.codecs.grid.geometry import Box, Geometry, Tier
from inrcodec.container.crops import TileBox
from inrcodec.signal.geometry import Raster, Region

__all__ = [
    "ENLARGING_MARGIN",
    "LOBES",
    "STRIP_MARGIN",
    "doublings_of",
    "needed_blocks",
    "needed_box",
]

# Of the Lanczos kernel that pixels are interpolated with, in pixels.
LOBES = 3
# How far a sample's correction by a filter looks.
_FILTER_MARGIN = 3
# Rows beside those of a strip that a step of the wavelet, and a filter after it, see: an even
# number, and more than 4 and 3.
STRIP_MARGIN = 8
# Rows beside those that are enlarged: more than a filter and interpolation see.
ENLARGING_MARGIN = 4
# Beyond this, an enlargement is interpolated.
_MOST_DOUBLINGS = 2
# How far a sample depends on what a step of the wavelet joins.
_JOIN_REACH = 4


def _interpolation_reach(raster: Raster) -> tuple[int, ...]:
    """Return how many pixels beyond its region a raster depends on, along each axis."""
    axes = zip(raster.region.length, raster.size, strict=True)
    return tuple(math.ceil(LOBES * max(1.0, length / size)) for length, size in axes)


def _scale_of(geometry: Geometry, raster: Raster) -> int:
    """Return the coarsest scale of which a raster is not finer, along any axis."""
    axes = zip(raster.region.length, raster.size, strict=True)
    factor = min(length // size for length, size in axes)
    return min(geometry.levels, max(factor, 1).bit_length() - 1)


def doublings_of(raster: Raster) -> int:
    """Count how often resolution is doubled, at most twice, for a raster that is finer than the
    image along all axes."""
    axes = zip(raster.region.length, raster.size, strict=True)
    factor = min(size / length for length, size in axes)
    return min(_MOST_DOUBLINGS, max(0, math.ceil(math.log2(factor))))


def needed_box(geometry: Geometry, filters: int, raster: Raster) -> Box:
    """Return the blocks that a raster depends on, with so many filters, at the coarsest scale that
    serves it.

    What lies outside of them is taken for a mirror image, which changes only what is nearer to
    them than a step of the wavelet and a filter reach.
    """
    scale = _scale_of(geometry, raster)
    more = (1 << scale) + 2 * ENLARGING_MARGIN * (doublings_of(raster) > 0)
    needed = [
        (start - beyond - more, start + length + beyond + more)
        for start, length, beyond in zip(
            raster.region.start, raster.region.length, _interpolation_reach(raster), strict=True
        )
    ]
    tiers: list[Tier] = []
    # Blocks of finer tiers need those that they lie in, but nothing beside these.
    held = needed
    for tier in reversed(geometry.tiers):
        if tier.first and tier.levels.start <= scale:
            continue
        levels = range(tier.levels.start, max(tier.levels.stop, scale), -1)
        for level in reversed(levels):
            reach = (_JOIN_REACH + _FILTER_MARGIN * (level <= filters)) << (level - 1)
            needed = [(start - reach, stop + reach) for start, stop in needed]
        rows, columns = (
            range(max(0, min(a[0], b[0])) // tier.side, -(-min(max(a[1], b[1]), n) // tier.side))
            for a, b, n in zip(needed, held, geometry.shape, strict=True)
        )
        part = replace(tier, levels=levels, rows=rows, columns=columns)
        tiers.insert(0, replace(part, is_whole=len(levels) == len(tier.levels)))
        held = [(k.start * tier.side, k.stop * tier.side) for k in (rows, columns)]
    return Box(geometry, tiers, scale)


def needed_blocks(geometry: Geometry, filters: int, region: Region) -> tuple[TileBox, ...]:
    """Return the blocks of each tier that a region depends on at any scale that is the same along
    both axes."""
    boxes = [needed_box(geometry, filters, raster) for raster in _every_scale(region)]
    found = list[TileBox]()
    for whole in geometry.tiers:
        parts = [tier for box in boxes for tier in box.tiers if tier.first == whole.first]
        found.append((_hull([p.rows for p in parts]), _hull([p.columns for p in parts])))
    return tuple(found)


def _every_scale(region: Region) -> Iterator[Raster]:
    """Iterate over rasters of a region that depend on all that those of other scales do: of each
    octave the one that looks the farthest."""
    for doubling in range(_MOST_DOUBLINGS + 1):
        yield Raster(region, tuple(length << doubling for length in region.length))
    for octave in range(1, max(region.length).bit_length() + 1):
        yield Raster(region, tuple((length >> octave) + 1 for length in region.length))


def _hull(ranges: list[range]) -> range:
    return range(min(r.start for r in ranges), max(r.stop for r in ranges))
