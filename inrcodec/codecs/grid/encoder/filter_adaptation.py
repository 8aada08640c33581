"""The encoder's choice of an image's own filters, by rate and distortion.

What a filter adds is linear in the weights of its last layer, so the squared error is a parabola
in them: from the products of what they weigh (its Gram matrix), the gain of each difference is
known without synthesising anything, and it is taken where it is worth its bits. At coarser scales
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
from inrcodec.codecs.grid.delta_coder import chosen_differences
from inrcodec.codecs.grid.deltas import FILTER_UNIT, own_filter
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.synthesis import filtered, hidden_strips
from inrcodec.codecs.grid.wavelet import Pyramid, synthesise
from inrcodec.devices import total

__all__ = ["Source", "fit_filters"]

Doubles = npt.NDArray[np.float64]

# So many pixels are looked at, drawn at random where there are more.
_MOST_PIXELS = 1 << 17


@dataclass(frozen=True)
class Source:
    """What filters are to serve.

    Attributes
    ----------
    latents
        Whole ones, as they are coded.
    target
        The image's channels (channels, height, width), in units of the step.
    step
        That of the quantization, as in the header.
    """

    latents: Pyramid
    target: Tensor
    step: int


def fit_filters(
    sources: Sequence[Source],
    filters: Sequence[Filter],
    shape: tuple[int, int, int],
    weight: float,
) -> Ints:
    """The best differences (scales, channels, taps) for some images, as a `Tuning` has them,
    where a bit is worth `weight` squared steps."""
    own = list(filters)
    differences = np.zeros(shape, np.int32)
    # A finer filter's differences change what is left to coarser ones.
    for scale in range(shape[0]):
        gram, moments = np.zeros((shape[1], shape[2], shape[2])), np.zeros(shape[1:])
        for source in sources:
            if scale < len(source.latents[1]):
                known, slopes = _around(source, own, scale)
                count = len(slopes)
                products, sums = _moments(known, slopes, filters[scale], source.step)
                gram[:count] += products * FILTER_UNIT**2
                moments[:count] += sums.T * FILTER_UNIT
        rows = [chosen_differences(g, m, weight) for g, m in zip(gram, moments, strict=True)]
        differences[scale] = rows
        own[scale] = own_filter(filters[scale], differences[scale])
    return differences


def _around(source: Source, filters: Sequence[Filter], scale: int) -> tuple[Tensor, Tensor]:
    """What the filter of a scale sees, and the squared error's negative half slopes by what it
    gives."""
    around: list[Tensor] = []

    def corrected(channels: Tensor, left: int) -> Tensor:
        if left >= len(filters):
            return channels
        given = filtered(channels, filters[left], source.step)
        if left == scale:
            around.extend((channels, given.requires_grad_()))
        return given

    with torch.enable_grad():
        channels = synthesise(source.latents, corrected)
        error = total((channels - source.target.to(channels)) ** 2)
        known, given = around
        slopes = torch.autograd.grad(error, given)[0]
    return known, slopes / -2


def _moments(known: Tensor, slopes: Tensor, weights: Filter, step: int) -> tuple[Doubles, Doubles]:
    """Of what last layers weigh at pixels: the sums of products with each other (taps, taps), and
    with the slopes (taps, channels)."""
    taps = weights[4][0].size + 1
    gram = torch.zeros(taps, taps, dtype=torch.float64)
    moments = torch.zeros(taps, len(slopes), dtype=torch.float64)
    share = min(1.0, _MOST_PIXELS / slopes[0].numel())
    source = torch.Generator().manual_seed(0)
    for rows, hidden in hidden_strips(known, weights, step):
        wanted = slopes[:, rows].reshape(len(slopes), -1)
        # All of a large image's neighbourhoods would be two hundred times its size.
        count = max(1, round(share * wanted.shape[1]))
        drawn = torch.randperm(wanted.shape[1], generator=source)[:count].sort().values
        drawn = drawn.to(wanted.device)
        weighed = _neighbourhoods(hidden, drawn)
        gram += (weighed @ weighed.T).cpu().double()
        moments += (weighed @ wanted[:, drawn].T).cpu().double()
    return gram.numpy() / share, moments.numpy() / share


def _neighbourhoods(hidden: Tensor, places: Tensor) -> Tensor:
    """What a last layer weighs (taps, places) at flat places within the rim of planes (values,
    rows + 2, columns + 2); 1 for the bias comes last."""
    width = hidden.shape[2]
    rows = places.div(width - 2, rounding_mode="floor")
    flat, corner = hidden.flatten(1), rows * width + places % (width - 2)
    around = [flat[:, corner + i * width + j] for i in range(3) for j in range(3)]
    ones = flat.new_ones(1, len(places))
    return torch.cat([torch.stack(around, 1).flatten(0, 1), ones])
