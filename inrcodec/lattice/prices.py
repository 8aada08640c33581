"""What latents cost: their own bits, and how they change the chances of those after them.

The first is the line between the bits of the whole numbers around a latent; the second is, to first
order, the derivative of all other bits by what contexts hold of it, its magnitude and its signed
value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from inrcodec.devices import one_thread
from inrcodec.lattice.context_network import ContextNetwork
from inrcodec.lattice.contexts import PASSES, BlockLatents, Kind, band_order, kind_of, turned
from inrcodec.lattice.latents import UNARY, Ints
from inrcodec.lattice.prior import LOGITS

__all__ = ["block_slopes", "code_length"]

Floats = npt.NDArray[np.float32]
# A level, channel, band and pass.
_Place = tuple[int, int, int, int]

_POSITIONS_AT_ONCE = 1 << 13
_BITS = 1 / math.log(2)
# What contexts hold is 16·log2(1 + |q|).
_COMPRESSED = 16 / math.log(2)


def code_length(logits: Tensor, latents: Tensor) -> Tensor:
    """Bits of latents, differentiable by the logits (5, latents), in nats."""
    above_0, above_1, above_2, more, positive = logits
    no, sizes = functional.softplus, latents.abs()

    def told(logit: Tensor, yes: Tensor) -> Tensor:
        return no(torch.where(yes, -logit, logit))

    steps = (sizes - 3).clamp(0, UNARY)
    nats = told(above_0, sizes > 0)
    nats = nats + (sizes > 0) * (told(positive, latents > 0) + told(above_1, sizes > 1))
    nats = nats + (sizes > 1) * told(above_2, sizes > 2)
    nats = nats + (sizes > 2) * (steps * no(-more) + (steps < UNARY) * no(more))
    return nats.sum() * _BITS


def _logit_slopes(logits: Tensor, latents: Tensor) -> Tensor:
    """The derivative of `code_length` by the logits."""
    sizes = latents.abs()
    above_0, above_1, above_2, more, positive = torch.sigmoid(logits)
    steps = (sizes - 3).clamp(0, UNARY)
    slopes = [
        above_0 - (sizes > 0).float(),
        (sizes > 0) * (above_1 - (sizes > 1).float()),
        (sizes > 1) * (above_2 - (sizes > 2).float()),
        (sizes > 2) * ((steps + (steps < UNARY)) * more - steps),
        (sizes > 0) * (positive - (latents > 0).float()),
    ]
    return torch.stack(slopes) * _BITS


def _own_slopes(logits: Tensor, wanted: Tensor) -> Tensor:
    """Bits per unit of real latents: the line between the whole magnitudes below and above."""
    above_0, above_1, above_2, more, positive = logits
    no, below = functional.softplus, wanted.abs().floor()
    slopes = no(above_1) - above_0 + no(torch.where(wanted > 0, -positive, positive))
    slopes = torch.where(below < 1, slopes, no(above_2) - above_1)
    slopes = torch.where(below < 2, slopes, no(more) - above_2)
    return torch.where(below < 3, slopes, -more) * wanted.sign() * _BITS


@one_thread()
@torch.no_grad()
def block_slopes(
    network: ContextNetwork, wanted: Sequence[Sequence[Sequence[Floats]]]
) -> list[list[list[Floats]]]:
    """Bits per unit of each real latent of a block, where contexts hold the nearest whole ones:
    its own bits, and what it changes in those of others.

    `wanted` and what is returned are by level, channel and band. A band whose latents are all 0
    has no slopes: it is told by one decision.
    """
    details = [[[np.rint(p).astype(np.int32) for p in c] for c in level] for level in wanted]
    slopes = [[[np.zeros_like(p) for p in c] for c in level] for level in wanted]
    shapes = [[(plane.shape[0], plane.shape[1]) for plane in level[0]] for level in details]
    channels = len(details[0]) if details else 0
    contexts, prices = BlockLatents(shapes, channels), BlockLatents(shapes, channels)
    for place in _places(details):
        level, channel, band, number = place
        latents = np.ascontiguousarray(_of_pass(details, place))
        inputs = contexts.gather(*place)
        constants = network.constants(len(details) - 1 - level, band == 1)
        kind = kind_of(channel, band, number)
        logits = _by_inputs(network, kind, inputs, constants, latents.reshape(-1))
        real = torch.from_numpy(np.ascontiguousarray(_of_pass(wanted, place)))
        own = _own_slopes(logits, real.reshape(-1))
        _of_pass(slopes, place)[...] = own.numpy().reshape(latents.shape)
        prices.scatter(*place, *inputs)
        contexts.put(*place, network.compress(latents))
    for place in _places(details):
        real, (by_magnitude, by_value) = _of_pass(wanted, place), prices.at(*place)
        scale = _COMPRESSED / (1 + np.abs(real))
        _of_pass(slopes, place)[...] += scale * (by_magnitude * np.sign(real) + by_value)
    return slopes


def _by_inputs(
    network: ContextNetwork,
    kind: Kind,
    inputs: tuple[Floats, Floats],
    constants: Tensor,
    latents: Ints,
) -> Tensor:
    """Logits (5, positions) of a pass; what was gathered for it, magnitudes and values, is replaced
    by the derivatives of its bits."""
    magnitudes, values = map(torch.from_numpy, inputs)
    logits = torch.empty(LOGITS + 1, latents.size)
    for start in range(0, latents.size, _POSITIONS_AT_ONCE):
        at = slice(start, start + _POSITIONS_AT_ONCE)
        smooth = network.smooth(kind, magnitudes[:, at], values[:, at], constants)
        logits[:, at] = smooth.logits
        slopes = _logit_slopes(smooth.logits, torch.from_numpy(latents[at]))
        magnitudes[:, at], values[:, at] = smooth.backward(slopes)
    return logits


def _places(details: Sequence[Sequence[Sequence[Ints]]]) -> Iterator[_Place]:
    """All passes of bands that have latents, in order of coding."""
    for level, bands in enumerate(details):
        for channel, band in band_order(len(bands)):
            if bands[channel][band].any():
                for number in range(len(PASSES)):
                    if _of_pass(details, (level, channel, band, number)).size:
                        yield level, channel, band, number


def _of_pass(planes: Sequence[Sequence[Sequence[npt.NDArray[Any]]]], place: _Place) -> Any:
    """A view of what belongs to a pass, as its network sees it."""
    level, channel, band, number = place
    row, column = PASSES[number]
    return turned(planes[level][channel][band], band)[row::2, column::2]
