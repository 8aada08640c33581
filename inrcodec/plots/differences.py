"""The difference of two images, and where it is most."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.signal import Signal
from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples

__all__ = ["difference", "shown", "worst_regions"]

# A window of `worst_regions` has so many cells a side.
_CELLS = 8
# Of all pixels, those that differ by more than what is shown as most.
_BEYOND = 0.001
_ROWS_AT_ONCE = 64
# What is under transparent parts.
_UNDER_ALPHA = (221, 221, 221)


def shown(signal: Signal) -> Image.Image:
    """Show an image signal as RGB of 8 bits, its alpha over light gray."""
    samples = signal.samples if signal.info.sample_bits == 8 else (signal.samples >> 8)
    image = Image.fromarray((samples[..., 0] if samples.shape[2] == 1 else samples).astype("u1"))
    if signal.info.channels in (1, 3):
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, _UNDER_ALPHA)
    paper.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return paper


def difference(a: Samples, b: Samples) -> tuple[Samples, int]:
    """Show what two images of one shape and type differ by in the channel where that is most.

    Returns shades (height, width), uint8, from 0 for nothing to 255, and the levels that 255 stands
    for: those that one pixel in a thousand is beyond.
    """
    levels = np.empty(a.shape[:2], a.dtype)
    for top in range(0, len(a), _ROWS_AT_ONCE):
        part = slice(top, top + _ROWS_AT_ONCE)
        levels[part] = (np.maximum(a[part], b[part]) - np.minimum(a[part], b[part])).max(-1)
    counts = np.bincount(levels.reshape(-1), minlength=int(np.iinfo(a.dtype).max) + 1)
    most = max(1, int(np.searchsorted(counts.cumsum(), (1 - _BEYOND) * levels.size)))
    shades = np.rint(np.minimum(np.arange(len(counts)) / most, 1) * 255)
    return shades.astype(np.uint8)[levels], most


def worst_regions(a: Samples, b: Samples, side: int, count: int) -> list[Region]:
    """Find the regions of up to `side` pixels a side in which two images differ most.

    By squared error, the worst first: at most `count`, which do not overlap, and none where nothing
    differs.
    """
    cell = max(1, side // _CELLS)
    errors = _summed(a, b, cell)
    height, width = (min(_CELLS, length) for length in errors.shape)
    sums = np.pad(errors.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    windows = sums[height:, width:] - sums[:-height, width:]
    windows = windows - sums[height:, :-width] + sums[:-height, :-width]
    found: list[Region] = []
    lengths = min(side, a.shape[0]), min(side, a.shape[1])
    while len(found) < count:
        row, column = np.unravel_index(np.argmax(windows), windows.shape)
        # Of rounded sums nothing is exactly 0.
        if windows[row, column] < 0.5:
            break
        corner = zip((row, column), a.shape[:2], lengths, strict=True)
        start = tuple(min(int(place) * cell, size - length) for place, size, length in corner)
        found.append(Region(start, lengths))
        top, left = max(0, row - height), max(0, column - width)
        windows[top : row + height + 1, left : column + width + 1] = 0
    return found


def _summed(a: Samples, b: Samples, cell: int) -> npt.NDArray[np.float64]:
    """Sum squared errors over cells (rows, columns), those at the far edges cut."""
    columns = np.arange(0, a.shape[1], cell)
    rows = []
    for top in range(0, a.shape[0], cell):
        part = slice(top, top + cell)
        squares = np.square(a[part].astype(np.float64) - b[part]).sum((0, 2))
        rows.append(np.add.reduceat(squares, columns))
    return np.stack(rows)
