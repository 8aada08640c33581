"""The kind of content that an image has: drawn, in which pixels repeat others, or photographed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.signal import Source
from inrcodec.signal.geometry import Region

__all__ = ["Content", "look_at"]

Samples = npt.NDArray[np.unsignedinteger]

# Bands that are looked at, of so many rows.
_BANDS, _ROWS = 16, 32
# Shares of repeats below which an image is a photograph, above which it is drawn for sure.
_PHOTOGRAPH, _DRAWN = 0.25, 0.75
# From which effort on photographs may repeat pixels, too: colors that come again are told by fewer
# bits, but decoding takes twice as long.
_THOROUGH = 6
# From which on an image is better in few tiles.
_MOSTLY = 0.35


@dataclass(frozen=True)
class Content:
    """The share of an image's pixels that are as the one to their left or the one above, and the
    effort that it is worth."""

    repeats: float
    effort: int = 1

    @property
    def ways(self) -> tuple[bool, ...]:
        """The ways to code a tile that may be the best: without repeats, and with them."""
        if self.repeats < _PHOTOGRAPH and self.effort < _THOROUGH:
            return (False,)
        return (True,) if self.repeats > _DRAWN else (False, True)

    @property
    def is_drawn(self) -> bool:
        """Tell whether most of what comes was there before."""
        return self.repeats > _MOSTLY


def look_at(source: Source, effort: int = 1) -> Content:
    """Look at some bands of an image, which is coded at an effort."""
    height, width = source.info.shape
    rows = min(_ROWS, height)
    starts = sorted({int(row) for row in np.linspace(0, height - rows, _BANDS)})
    shares = [
        _repeats(source.read(Region((start, 0), (min(rows, height - start), width))))
        for start in starts
    ]
    return Content(float(np.mean(shares)), effort)


def _repeats(samples: Samples) -> float:
    here = samples[1:, 1:]
    if not here.size:
        return 1.0
    left = (here == samples[1:, :-1]).all(-1)
    above = (here == samples[:-1, 1:]).all(-1)
    return float((left | above).mean())
