"""The reach of a raster's pixels in the image, and so the tiles that are read."""

from __future__ import annotations

import math

from inrcodec.codecs.grid.reach import LOBES
from inrcodec.signal.geometry import Raster, Region

__all__ = ["needed_region", "reached"]


def needed_region(raster: Raster, shape: tuple[int, ...]) -> Region:
    """Return the pixels of an image of a shape that a raster depends on: at the image's own
    resolution those of its region alone, else those that interpolation sees, too."""
    region = raster.region
    if raster.size == region.length:
        return region
    return reached(region, raster.size, shape)


def reached(region: Region, size: tuple[int, ...], shape: tuple[int, ...]) -> Region:
    """Return the pixels of an image of a shape that interpolation sees where a region comes to so
    many samples."""
    start, length = list[int](), list[int]()
    for first, count, out, end in zip(region.start, region.length, size, shape, strict=True):
        beyond = math.ceil(LOBES * max(1.0, count / out)) + 1
        low, high = max(0, first - beyond), min(end, first + count + beyond)
        start.append(low)
        length.append(high - low)
    return Region(tuple(start), tuple(length))
