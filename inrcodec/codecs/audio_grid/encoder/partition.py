"""The lengths of blocks: each frame is cut where that takes fewer bits.

What a coefficient c takes at a step s is taken to be log2(1 + (c/s)²)/2 bits. Steps grow with the
levels of frames, each band's by itself and without a tilt, but are finer than those that it is
coded with: errors spread over all of a block, and what comes before an onset is heard.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import bands_of
from inrcodec.codecs.audio_grid.frames import DEPTHS
from inrcodec.codecs.audio_grid.lapped import analyze_evenly
from inrcodec.codecs.audio_grid.steps import EXPONENT_OF_1, LEVEL_OF_1
from inrcodec.codecs.audio_grid.streams import Layout

__all__ = ["choose_lengths"]

Doubles = npt.NDArray[np.float64]

# By so many octaves, where there are levels.
_FINER = 1.5
_SILENT = 2.0**-34


def choose_lengths(samples: Doubles, layout: Layout) -> list[list[int]]:
    """Return the lengths of the blocks of each frame of samples (channels, times), a whole number
    of frames."""
    costs = []
    # Costs need not be exact.
    single = samples.astype(np.float32)
    steps = _steps(single, layout).astype(np.float32)
    edges = bands_of(layout.frame >> 2, layout.rate).edges / (layout.frame >> 2)
    for depth in range(DEPTHS + 1):
        length = layout.frame >> depth
        coefficients = analyze_evenly(single, length)
        shares = (np.arange(length) + 0.5) / length
        bands = np.clip(np.searchsorted(edges, shares, side="right") - 1, 0, len(edges) - 2)
        of_blocks = np.repeat(steps[:, :, bands], 1 << depth, axis=1)
        costs.append(np.log2(1 + (coefficients / of_blocks) ** 2).sum(axis=(0, 2)) / 2)
    frames = range(samples.shape[1] // layout.frame)
    return [_best(costs, layout.frame, number)[1] for number in frames]


def _best(
    costs: list[Doubles], length: int, number: int, depth: int = 0
) -> tuple[float, list[int]]:
    """Return the least bits of a part of a frame, and the lengths of its blocks."""
    own = float(costs[depth][number])
    if depth == DEPTHS:
        return own, [length]
    halves = [_best(costs, length // 2, 2 * number + half, depth + 1) for half in range(2)]
    cut = sum(bits for bits, _ in halves)
    return (own, [length]) if own <= cut else (cut, [n for _, parts in halves for n in parts])


def _steps(samples: npt.NDArray[np.float32], layout: Layout) -> Doubles:
    """Return steps (channels, frames, bands) of mean levels of frames."""
    quarter = layout.frame >> 2
    bands = bands_of(quarter, layout.rate)
    blocks = analyze_evenly(samples, quarter)
    energy = bands.sums(np.square(blocks, dtype=np.float64)) / bands.widths
    means = energy.reshape(len(samples), -1, 4, bands.count).mean(axis=2)
    octaves = np.log2(means + _SILENT) / 2 + LEVEL_OF_1 / 2
    share = layout.masking / 16
    finer = _FINER if layout.masking else 0.0
    steps: Doubles = 2.0 ** ((layout.step - EXPONENT_OF_1) / 8 + share * octaves - finer)
    return steps
