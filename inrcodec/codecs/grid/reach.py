"""The reach of a raster's pixels in the grid, and so the blocks that are read."""

from __future__ import annotations

import math

from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.signal.geometry import Raster, Region

__all__ = ["FILTER_MARGIN", "LOBES", "STRIP_MARGIN", "needed_blocks"]

# Of the Lanczos kernel that pixels are interpolated with, in pixels.
LOBES = 3
# How far a sample's correction by a filter looks.
FILTER_MARGIN = 3
# Rows beside those of a strip that a step of the wavelet, and a filter after it, see: an even
# number, and more than 4 and 3.
STRIP_MARGIN = 8
# How far, in latents of the coarsest level, a pixel depends on the grid.
_BASIS_REACH = 4


def _interpolation_reach(raster: Raster) -> tuple[int, ...]:
    """Return how many pixels beyond its region a raster depends on, along each axis."""
    axes = zip(raster.region.length, raster.size, strict=True)
    return tuple(math.ceil(LOBES * max(1.0, length / size)) for length, size in axes)


def needed_blocks(geometry: Geometry, filters: int, raster: Raster) -> tuple[range, ...]:
    """Return the rows and columns of blocks that a raster depends on, with so many filters.

    What lies outside of them is taken for a mirror image, which changes only what is nearer to
    them than the basis and the filters reach.
    """
    reach = _BASIS_REACH << geometry.levels
    # By the filters of all scales.
    reach += sum(FILTER_MARGIN << scale for scale in range(filters))
    margins = [reach + beyond for beyond in _interpolation_reach(raster)]
    region = raster.region
    starts = tuple(max(0, s - m) for s, m in zip(region.start, margins, strict=True))
    ends = (
        min(size, s + n + m)
        for s, n, m, size in zip(region.start, region.length, margins, geometry.shape, strict=True)
    )
    needed = Region(starts, tuple(e - s for s, e in zip(starts, ends, strict=True)))
    return geometry.tiling.touching(needed)
