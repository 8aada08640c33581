"""The kind of content that an image has: drawn, in which pixels repeat others, or photographed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.pixels.magnification import magnification_of, reduced
from inrcodec.signal import Source
from inrcodec.signal.geometry import Region

__all__ = ["Content", "look_at", "strips"]

Samples = npt.NDArray[np.unsignedinteger]

# Bands that are looked at, of so many rows.
_BANDS, _ROWS = 16, 32
# Rows that are read at a time.
_STRIP = 256
# Shares of repeats below which an image is a photograph, above which it is drawn for sure.
_PHOTOGRAPH, _DRAWN = 0.25, 0.75
# From which on squares are looked for: of two pixels a side, three of four repeat others.
_SQUARES = 0.7
# From which effort on photographs may repeat pixels, too: colors that come again are told by fewer
# bits, but decoding takes twice as long.
_THOROUGH = 6
# Below it, repeats have to save so much in a photograph.
_SLOW = 1.05
# From which on an image is better in few tiles.
_MOSTLY = 0.35


@dataclass(frozen=True)
class Content:
    """The kind of content that an image has.

    Attributes
    ----------
    repeats
        The share of pixels, or of squares where it is made of such, that are as the one to their
        left or the one above.
    effort
        What it is worth.
    magnification
        See `magnification_of`.
    """

    repeats: float
    effort: int = 1
    magnification: int = 1

    @property
    def ways(self) -> dict[bool, float]:
        """The ways to code a tile that may be the best, without repeats (False) and with them, and
        what each counts its cost for."""
        if self.repeats > _DRAWN:
            return {True: 1.0}
        if self.effort >= _THOROUGH or self.is_drawn:
            return {False: 1.0, True: 1.0}
        return {False: 1.0} if self.repeats < _PHOTOGRAPH else {False: 1.0, True: _SLOW}

    @property
    def is_drawn(self) -> bool:
        """Tell whether most of what comes was there before."""
        return self.repeats > _MOSTLY


def look_at(source: Source, effort: int = 1, side: int | None = None) -> Content:
    """Look at some bands of an image, which is coded at an effort; of one that is made of squares,
    at what these make up.

    Parameters
    ----------
    side
        Of the squares by which it is coded, in pixels; None for the largest that it is made of.
    """
    repeats = _share(source, 1)
    if side is None:
        side = magnification_of(strips(source)) if repeats > _SQUARES else 1
    return Content(repeats if side == 1 else _share(source, side), effort, side)


def _share(source: Source, side: int) -> float:
    """Return the share of repeats in some bands of squares."""
    height, width = source.info.shape
    rows = min(_ROWS * side, height)
    starts = np.linspace(0, height - rows, _BANDS).astype(np.int64) // side * side
    bands = (Region((start, 0), (rows, width)) for start in sorted(set(starts.tolist())))
    return float(np.mean([_repeats(reduced(source.read(band), side)) for band in bands]))


def strips(source: Source) -> Iterator[Samples]:
    """Read an image's rows (height, width, channels), some at a time."""
    height, width = source.info.shape
    for start in range(0, height, _STRIP):
        yield source.read(Region((start, 0), (min(_STRIP, height - start), width)))


def _repeats(samples: Samples) -> float:
    here = samples[1:, 1:]
    if not here.size:
        return 1.0
    left = (here == samples[1:, :-1]).all(-1)
    above = (here == samples[:-1, 1:]).all(-1)
    return float((left | above).mean())
