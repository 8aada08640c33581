"""The adaptation of synthesis filters, by rate and distortion.

What a filter adds is linear in the weights of its last layer, so the squared error is a parabola
in them: from the products of what they weigh (its Gram matrix), the gain of each delta is
known without synthesizing anything, and it is taken where it is worth its bits. At coarser scales
this holds as far as the finer filters, and the wavelet as an orthonormal one, let it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.deltas import FILTER_UNIT, adapted_filter
from inrcodec.codecs.grid.encoder.delta_search import search_deltas
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import Synthesis, filter_at

__all__ = ["Target", "fit_filter_deltas"]

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

# So many pixels are looked at, of random rows where there are more; and rows at once.
_MOST_PIXELS = 1 << 17
_ROWS_AT_ONCE = 32


@dataclass(frozen=True)
class Target:
    """An image as filters are to serve it.

    Attributes
    ----------
    latents
        Whole ones, as they are coded.
    channels
        The image's channels (channels, height, width), in units of the step.
    step
        Of the quantization, as in the header.
    """

    latents: Subbands[Floats]
    channels: Floats
    step: int


def fit_filter_deltas(
    targets: Sequence[Target],
    filters: Sequence[Filter],
    shape: tuple[int, int, int],
    weight: float,
) -> Ints:
    """Fit deltas (scales, channels, taps) to some images, as `WeightDeltas` has them, where a bit
    is worth `weight` squared steps."""
    own = list(filters)
    deltas = np.zeros(shape, np.int32)
    # A finer filter's deltas change what is left to coarser ones.
    for scale in range(shape[0]):
        gram, moments = np.zeros((shape[1], shape[2], shape[2])), np.zeros(shape[1:])
        for target in targets:
            if scale < len(target.latents.levels):
                known, gradients = _around(target, own, scale)
                count = len(gradients)
                products, sums = _moments(known, gradients, filters[scale], target.step)
                gram[:count] += products * FILTER_UNIT**2
                moments[:count] += sums.T * FILTER_UNIT
        rows = [search_deltas(g, m, weight) for g, m in zip(gram, moments, strict=True)]
        deltas[scale] = rows
        own[scale] = adapted_filter(filters[scale], deltas[scale])
    return deltas


def _around(target: Target, filters: Sequence[Filter], scale: int) -> tuple[Floats, Floats]:
    """Return what the filter of a scale sees, and the squared error's negative half gradients by
    what it gives."""
    synthesis = Synthesis(filters, target.step)
    channels, known, trace = synthesis.traced_at(target.latents, scale)
    return known, synthesis.back_to(target.channels - channels, trace, scale)


def _moments(
    known: Floats, gradients: Floats, weights: Filter, step: int
) -> tuple[Doubles, Doubles]:
    """Sum products of what last layers weigh at pixels: with each other (taps, taps), and with the
    gradients (taps, channels)."""
    taps, (_, height, width) = weights[4][0].size + 1, gradients.shape
    gram, moments = np.zeros((taps, taps)), np.zeros((taps, len(gradients)))
    strips = [range(r, min(r + _ROWS_AT_ONCE, height)) for r in range(0, height, _ROWS_AT_ONCE)]
    share = min(1.0, _MOST_PIXELS / (height * width))
    count = max(1, round(share * len(strips)))
    chosen = np.sort(np.random.default_rng(0).permutation(len(strips))[:count])
    network = filter_at(weights, step)
    pixels = 0
    for rows in (strips[number] for number in chosen):
        weighed = _neighborhoods(network.hidden(known, rows))
        wanted = gradients[:, rows.start : rows.stop].reshape(len(gradients), -1)
        gram += weighed @ weighed.T
        moments += weighed @ wanted.T
        pixels += wanted.shape[1]
    share = pixels / (height * width)
    return gram / share, moments / share


def _neighborhoods(hidden: Floats) -> Floats:
    """Gather what a last layer weighs (taps, pixels) of planes with a rim (values, rows + 2,
    columns + 2); 1 for the bias comes last."""
    count, rows, columns = hidden.shape[0], hidden.shape[1] - 2, hidden.shape[2] - 2
    weighed = np.ones((count * 9 + 1, rows * columns), np.float32)
    around = weighed[:-1].reshape(count, 9, rows, columns)
    for tap in range(9):
        i, j = divmod(tap, 3)
        around[:, tap] = hidden[:, i : i + rows, j : j + columns]
    return weighed
