"""What latents cost beside their own bits: how they change the chances of those after them.

To first order, the price of a latent is the derivative of a block's bits by what contexts hold of
it, its magnitude and its signed value, while all latents stay as they are.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inrcodec.lattice.context_network import ContextNetwork
from inrcodec.lattice.contexts import PASSES, BlockLatents, band_order, kind_of, turned
from inrcodec.lattice.latents import UNARY, Ints

__all__ = ["block_prices", "code_length"]


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
    return nats.sum() / math.log(2)


def block_prices(network: ContextNetwork, details: list[list[list[Ints]]]) -> BlockLatents:
    """Bits per unit of each latent's magnitude and value, in the layout of contexts; `details` are
    a block's latents by level, channel and band."""
    shapes = [[(plane.shape[0], plane.shape[1]) for plane in level[0]] for level in details]
    channels = len(details[0]) if details else 0
    contexts, prices = BlockLatents(shapes, channels), BlockLatents(shapes, channels)
    for level, bands in enumerate(details):
        for channel, band in band_order(channels):
            plane = bands[channel][band]
            # A band without latents is told by one decision.
            if not plane.any():
                continue
            constants = network.constants(len(details) - 1 - level, band == 1)
            for number, (row, column) in enumerate(PASSES):
                place = (level, channel, band, number)
                latents = np.ascontiguousarray(turned(plane, band)[row::2, column::2])
                if latents.size:
                    _add_pass(network, contexts, prices, place, latents, constants)
                    contexts.put(*place, network.compress(latents))
    return prices


def _add_pass(
    network: ContextNetwork,
    contexts: BlockLatents,
    prices: BlockLatents,
    place: tuple[int, int, int, int],
    latents: Ints,
    constants: Tensor,
) -> None:
    magnitudes, values = (
        torch.from_numpy(array).requires_grad_() for array in contexts.gather(*place)
    )
    with torch.enable_grad():
        logits = network.smooth_logits(kind_of(*place[1:]), magnitudes, values, constants)
        bits = code_length(logits, torch.from_numpy(latents.reshape(-1)))
        slopes = torch.autograd.grad(bits, (magnitudes, values))
    prices.scatter(*place, slopes[0].numpy(), slopes[1].numpy())
