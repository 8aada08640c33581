"""The adaptation of synthesis filters, by rate and distortion.

What a filter adds is linear in the weights of its last layer, so the squared error is a parabola
in them: from the products of what they weigh (its Gram matrix), the gain of each delta is
known without synthesizing anything, and it is taken where it is worth its bits. At coarser scales
this holds as far as the finer filters, and the wavelet as an orthonormal one, let it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.deltas import FILTER_UNIT, adapted_filter
from inrcodec.codecs.grid.encoder.delta_search import search_deltas
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.spec import offset_at
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import Synthesis, filter_at
from inrcodec.native import filters as kernels

__all__ = ["Target", "fit_filter_deltas"]

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

# So many pixels are looked at, of random rows where there are more; and rows at once.
_MOST_PIXELS = 1 << 16
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
    step, offsets
        Of the quantization, as in the header.
    """

    latents: Subbands[Floats]
    channels: Floats
    step: int
    offsets: tuple[int, ...] = ()


def fit_filter_deltas(
    targets: Sequence[Target],
    filters: Sequence[Filter],
    shape: tuple[int, int, int],
    weight: float,
) -> Ints:
    """Fit deltas (scales, channels, taps) to some images, as `WeightDeltas` has them, where a bit
    is worth `weight` squared steps."""
    own, deltas = list(filters), np.zeros(shape, np.int32)
    # The finest filter's deltas change what is left to all coarser ones.
    for scales in (range(min(1, shape[0])), range(1, shape[0])):
        parabolas = [_Parabola(shape[1:]) for _ in scales]
        for target in targets:
            present = range(scales.start, min(scales.stop, len(target.latents.levels)))
            for scale, known, gradients in _around(target, own, present):
                network = filter_at(filters[scale], target.step, offset_at(target.offsets, scale))
                products, sums = _moments(known, gradients, network)
                parabolas[scale - scales.start].add(products, sums)
        for scale, parabola in zip(scales, parabolas, strict=True):
            deltas[scale] = parabola.lowest(weight)
            own[scale] = adapted_filter(filters[scale], deltas[scale])
    return deltas


class _Parabola:
    """The squared error by the deltas of a filter, (channels, taps)."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._gram = np.zeros((shape[0], shape[1], shape[1]))
        self._moments = np.zeros(shape)

    def add(self, products: Doubles, sums: Doubles) -> None:
        """Count an image in, which may have fewer channels."""
        self._gram[: sums.shape[1]] += products * FILTER_UNIT**2
        self._moments[: sums.shape[1]] += sums.T * FILTER_UNIT

    def lowest(self, weight: float) -> Ints:
        """Find the deltas of least error and bits, where a bit is worth `weight`."""
        pairs = zip(self._gram, self._moments, strict=True)
        return np.stack([search_deltas(gram, moment, weight) for gram, moment in pairs])


def _around(
    target: Target, filters: Sequence[Filter], scales: range
) -> Iterator[tuple[int, Floats, Floats]]:
    """Iterate over some scales with what the filter of each sees, and the squared error's negative
    half gradients by what it gives."""
    if not scales:
        return
    synthesis = Synthesis(filters, target.step, target.offsets)
    channels, known, trace = synthesis.traced_at(target.latents, scales)
    gradients = synthesis.back_at(target.channels - channels, trace, scales)
    for scale in scales:
        yield scale, known[scale], gradients[scale]


def _moments(known: Floats, gradients: Floats, network: kernels.Filter) -> tuple[Doubles, Doubles]:
    """Sum products of what last layers weigh at pixels: with each other (taps, taps), and with the
    gradients (taps, channels)."""
    taps, (_, height, width) = network.weights[2][0].size + 1, gradients.shape
    gram, moments = np.zeros((taps, taps)), np.zeros((taps, len(gradients)))
    strips = [range(r, min(r + _ROWS_AT_ONCE, height)) for r in range(0, height, _ROWS_AT_ONCE)]
    share = min(1.0, _MOST_PIXELS / (height * width))
    count = max(1, round(share * len(strips)))
    chosen = np.sort(np.random.default_rng(0).permutation(len(strips))[:count])
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
