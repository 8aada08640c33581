"""Images that are made of squares of one color: pixel art, and codes to be scanned, enlarged."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

__all__ = ["MOST", "enlarged", "magnification_of", "reduced", "square_side"]

Samples = npt.NDArray[np.unsignedinteger]

# The most pixels, on a side, that are one.
MOST = 64


def magnification_of(strips: Iterable[Samples]) -> int:
    """Return the side of the largest squares, as a file may have them, that an image is made of: 1
    to 64. 1 where it is not made of such, and where it is of one color.

    Parameters
    ----------
    strips
        See `square_side`.
    """
    side = square_side(strips)
    return next((n for n in range(min(side, MOST), 1, -1) if side % n == 0), 1)


def square_side(strips: Iterable[Samples]) -> int:
    """Return the side in pixels of the largest squares that an image is made of, each of one color;
    those at its end may be cut. 0 where all of it is of one color.

    It is made of smaller squares, too, if their side is a divisor of this one.

    Parameters
    ----------
    strips
        Rows of the image (height, width, channels), from its top.
    """
    side, row, last = 0, 0, None
    for strip in strips:
        down = (strip[1:] != strip[:-1]).any((1, 2))
        places = row + 1 + np.flatnonzero(down)
        if last is not None and (strip[0] != last).any():
            side = math.gcd(side, row)
        across = 1 + np.flatnonzero((strip[:, 1:] != strip[:, :-1]).any((0, 2)))
        side = int(np.gcd.reduce([side, *places, *across]))
        if side == 1:
            return 1
        row, last = row + len(strip), strip[-1]
    return side


def reduced(samples: Samples, side: int) -> Samples:
    """Return one pixel of each square of an image (height, width, channels)."""
    return samples if side == 1 else np.ascontiguousarray(samples[::side, ::side])


def enlarged(samples: Samples, side: int, shape: tuple[int, ...]) -> Samples:
    """Return the image of a shape (height, width) whose squares have these pixels."""
    if side == 1:
        return samples
    return samples.repeat(side, 0)[: shape[0]].repeat(side, 1)[:, : shape[1]]
