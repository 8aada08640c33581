"""The cells of an image that are to be samples: where D + λR is less, as far as estimates tell.

What both codings of the whole image are off by is known of each cell. What bits they take is known
of all cells together; it is shared out among them by what they look like.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.blocks import Latents
from inrcodec.codecs.mixed.encoder.content import CellContent, by_cells

__all__ = ["bits_of_latents", "bits_of_samples", "choose_cells", "errors_of"]

Samples = npt.NDArray[np.unsignedinteger]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Bits of a pixel that repeats another, about, and of a latent that is 0.
_REPEATED, _ZERO = 0.05, 0.04
# Cells around one that it is judged with, on each side; and rounds of majorities.
_AROUND, _ROUNDS = 2, 3
# Share of repeats from which on a cell beside samples is of samples, too.
_FLAT = 0.1


def errors_of(samples: Samples, decoded: Samples, side: int) -> Doubles:
    """Return the squared error of each cell, in all channels."""
    differences = samples.astype(np.float32) - decoded
    return by_cells(np.square(differences).sum(-1), side)


def bits_of_samples(samples: Samples, side: int, total: float) -> Doubles:
    """Share out the bits of samples, by how far each is from what its neighbors foretell."""
    padded = np.pad(samples.astype(np.int32), ((1, 0), (1, 0), (0, 0)), mode="edge")
    left, above, corner = padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    here = padded[1:, 1:]
    foretold = np.clip(left + above - corner, np.minimum(left, above), np.maximum(left, above))
    bits = 1 + np.log2(1 + np.abs(here - foretold).astype(np.float32)).sum(-1)
    repeated = (here == left).all(-1) | (here == above).all(-1)
    return _scaled(by_cells(np.where(repeated, _REPEATED, bits), side), total)


def bits_of_latents(latents: Latents, shape: tuple[int, int], side: int, total: float) -> Doubles:
    """Share out the bits of latents among the cells of an image of a shape, by their sizes; those
    of levels as coarse as cells, and coarser, are few."""
    counts = [-(-size // side) for size in shape]
    bits = np.zeros(counts)
    for depth, level in enumerate(reversed(latents.levels), start=1):
        if 1 << depth > side:
            break
        for band in level:
            sizes = np.abs(band.astype(np.float32))
            of_band = np.where(sizes == 0, _ZERO, 2 + 2 * np.log2(1 + sizes)).sum(0)
            if of_band.size:
                found = by_cells(of_band, side >> depth)[: counts[0], : counts[1]]
                bits[: found.shape[0], : found.shape[1]] += found
    return _scaled(bits, total)


def _scaled(bits: Doubles, total: float) -> Doubles:
    scaled: Doubles = bits * (total / max(float(bits.sum()), 1e-9))
    return scaled


def choose_cells(gains: Doubles, content: CellContent) -> Mask:
    """Return which cells are of samples, by what these save; neighbors go together."""
    chosen = _summed(gains, _AROUND) > 0
    for _ in range(_ROUNDS):
        votes = _summed(np.where(chosen, 1.0, -1.0), _AROUND)
        chosen = votes > 0
    # What is flat or a line, beside samples, would only ring.
    for _ in range(_ROUNDS):
        beside = _summed(chosen.astype(np.float64), 1) > 0
        grown = chosen | (beside & (content.repeats >= _FLAT))
        if (grown == chosen).all():
            break
        chosen = grown
    return chosen


def _summed(values: Doubles, around: int) -> Doubles:
    """Return sums over squares of cells; those beyond the image are as at its border."""
    padded = np.pad(values, around, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * around + 1,) * 2)
    sums: Doubles = windows.sum((2, 3))
    return sums
