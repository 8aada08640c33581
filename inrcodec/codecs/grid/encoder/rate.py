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

from inrcodec.codecs.grid.coder import UNARY, Ints
from inrcodec.codecs.grid.context_network import POSITIONS_AT_ONCE, ContextNetwork
from inrcodec.codecs.grid.contexts import PASSES, BlockLatents, Kind, band_order, kind_of, turned
from inrcodec.codecs.grid.pretrained import LOGITS
from inrcodec.devices import one_thread

__all__ = ["block_slopes", "code_length", "passes", "tally"]

Floats = npt.NDArray[np.float32]
# A level, channel, band and pass.
_Place = tuple[int, int, int, int]
# A block's latents by level, channel and band.
_Details = Sequence[Sequence[Sequence[Ints]]]
# Where it is, its network, what that sees (magnitudes, values; constants), and its latents.
_Pass = tuple[_Place, Kind, tuple[Floats, Floats], Tensor, Ints]

_BITS = 1 / math.log(2)
# What contexts hold is 16·log2(1 + |q|).
_COMPRESSED = 16 / math.log(2)


def tally(latents: Tensor) -> tuple[Tensor, Tensor]:
    """How often each decision is taken of each latent, and how often it is 1; both as logits,
    (5, latents)."""
    sizes = latents.abs()
    more = (sizes - 3).clamp(0, UNARY)
    trials = [sizes >= 0, sizes > 0, sizes > 1, (sizes > 2) * (more + (more < UNARY)), sizes > 0]
    hits = [sizes > 0, sizes > 1, sizes > 2, more, latents > 0]
    return torch.stack([t.float() for t in trials]), torch.stack([h.float() for h in hits])


def code_length(logits: Tensor, latents: Tensor) -> Tensor:
    """Bits of latents, differentiable by the logits (5, latents), in nats."""
    trials, hits = tally(latents)
    no = functional.softplus
    return (hits * no(-logits) + (trials - hits) * no(logits)).sum() * _BITS


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
    prices = BlockLatents(_shapes(details), len(details[0]) if details else 0)
    for place, kind, inputs, constants, latents in passes(network, details):
        logits = _by_inputs(network, kind, inputs, constants, latents.reshape(-1))
        real = torch.from_numpy(np.ascontiguousarray(_of_pass(wanted, place)))
        own = _own_slopes(logits, real.reshape(-1))
        _of_pass(slopes, place)[...] = own.numpy().reshape(latents.shape)
        prices.scatter(*place, *inputs)
    for place in _places(details):
        real, (by_magnitude, by_value) = _of_pass(wanted, place), prices.at(*place)
        scale = _COMPRESSED / (1 + np.abs(real))
        _of_pass(slopes, place)[...] += scale * (by_magnitude * np.sign(real) + by_value)
    return slopes


def passes(network: ContextNetwork, details: _Details) -> Iterator[_Pass]:
    """All passes over a block's latents, by level, channel and band, of bands that have any."""
    contexts = BlockLatents(_shapes(details), len(details[0]) if details else 0)
    for place in _places(details):
        level, channel, band, number = place
        latents = np.ascontiguousarray(_of_pass(details, place))
        constants = network.constants(len(details) - 1 - level, band == 1)
        kind = kind_of(channel, band, number)
        yield place, kind, contexts.gather(*place), constants, latents
        contexts.put(*place, network.compress(latents))


def _shapes(details: _Details) -> list[list[tuple[int, int]]]:
    return [[(plane.shape[0], plane.shape[1]) for plane in level[0]] for level in details]


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
    for start in range(0, latents.size, POSITIONS_AT_ONCE):
        at = slice(start, start + POSITIONS_AT_ONCE)
        smooth = network.smooth(kind, magnitudes[:, at], values[:, at], constants)
        logits[:, at] = smooth.logits
        trials, hits = tally(torch.from_numpy(latents[at]))
        slopes = (trials * torch.sigmoid(smooth.logits) - hits) * _BITS
        magnitudes[:, at], values[:, at] = smooth.backward(slopes)
    return logits


def _places(details: _Details) -> Iterator[_Place]:
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
