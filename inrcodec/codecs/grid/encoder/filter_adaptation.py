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
import torch
from torch import Tensor

from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.deltas import FILTER_UNIT, adapted_filter
from inrcodec.codecs.grid.encoder.delta_search import search_deltas
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import filtered, hidden_strips
from inrcodec.codecs.grid.wavelet import synthesize
from inrcodec.devices import total

__all__ = ["Target", "fit_filter_deltas"]

Doubles = npt.NDArray[np.float64]

# So many pixels are looked at, drawn at random where there are more.
_MOST_PIXELS = 1 << 17


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

    latents: Subbands[Tensor]
    channels: Tensor
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


def _around(target: Target, filters: Sequence[Filter], scale: int) -> tuple[Tensor, Tensor]:
    """Return what the filter of a scale sees, and the squared error's negative half gradients by
    what it gives."""
    around: list[Tensor] = []

    def corrected(channels: Tensor, left: int) -> Tensor:
        if left >= len(filters):
            return channels
        given = filtered(channels, filters[left], target.step)
        if left == scale:
            around.extend((channels, given.requires_grad_()))
        return given

    with torch.enable_grad():
        channels = synthesize(target.latents, corrected)
        error = total((channels - target.channels.to(channels)) ** 2)
        known, given = around
        gradients = torch.autograd.grad(error, given)[0]
    return known, gradients / -2


def _moments(
    known: Tensor, gradients: Tensor, weights: Filter, step: int
) -> tuple[Doubles, Doubles]:
    """Sum products of what last layers weigh at pixels: with each other (taps, taps), and with the
    gradients (taps, channels)."""
    taps = weights[4][0].size + 1
    gram = torch.zeros(taps, taps, dtype=torch.float64)
    moments = torch.zeros(taps, len(gradients), dtype=torch.float64)
    share = min(1.0, _MOST_PIXELS / gradients[0].numel())
    generator = torch.Generator().manual_seed(0)
    for rows, hidden in hidden_strips(known, weights, step):
        wanted = gradients[:, rows].reshape(len(gradients), -1)
        # All of a large image's neighborhoods would be two hundred times its size.
        count = max(1, round(share * wanted.shape[1]))
        drawn = torch.randperm(wanted.shape[1], generator=generator)[:count].sort().values
        drawn = drawn.to(wanted.device)
        weighed = _neighborhoods(hidden, drawn)
        gram += (weighed @ weighed.T).cpu().double()
        moments += (weighed @ wanted[:, drawn].T).cpu().double()
    return gram.numpy() / share, moments.numpy() / share


def _neighborhoods(hidden: Tensor, places: Tensor) -> Tensor:
    """Gather what a last layer weighs (taps, places) at flat places within the rim of planes
    (values, rows + 2, columns + 2); 1 for the bias comes last."""
    width = hidden.shape[2]
    rows = places.div(width - 2, rounding_mode="floor")
    flat, corner = hidden.flatten(1), rows * width + places % (width - 2)
    around = [flat[:, corner + i * width + j] for i in range(3) for j in range(3)]
    ones = flat.new_ones(1, len(places))
    return torch.cat([torch.stack(around, 1).flatten(0, 1), ones])
