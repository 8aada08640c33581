"""Enlargement: twice the resolution of an image, with the detail that a filter expects there.

Each pixel becomes four. They are a Lanczos interpolation of the image, and what a filter of the
pretrained model adds: it sees the image and gives the upper left one of the four; mirrored, it
gives the others.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.interpolation import Axis, resampled
from inrcodec.native.filters import Filter

__all__ = ["MIRRORS", "doubled", "enlarged", "mirrored"]

Floats = npt.NDArray[np.float32]

# The axes that are mirrored for each of the four pixels: upper left, upper right, and so on.
MIRRORS: tuple[tuple[int, ...], ...] = ((), (2,), (1,), (1, 2))


def mirrored(planes: Floats, axes: tuple[int, ...]) -> Floats:
    """Return planes (channels, height, width) that are mirrored along some axes."""
    return np.ascontiguousarray(np.flip(planes, axes))


def doubled(planes: Floats) -> Floats:
    """Interpolate planes (channels, height, width) to twice the resolution."""
    for axis in (1, 2):
        count = planes.shape[axis]
        planes = resampled(planes, axis, Axis(0, count, 2 * count, 0, count), range(2 * count))
    return planes


def enlarged(planes: Floats, filter_: Filter) -> Floats:
    """Enlarge planes (channels, height, width), in units of the step, to twice the resolution."""
    out = doubled(planes)
    for axes in MIRRORS:
        seen = mirrored(planes, axes)
        added = mirrored(filter_.apply(seen) - seen, axes)
        down, across = int(1 in axes), int(2 in axes)
        out[:, down::2, across::2] += added
    return out
