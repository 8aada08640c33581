"""The rate of latents: their own bits, and how they change the probabilities of those after them.

The first is the line between the bits of the whole numbers around a latent; the second is, to first
order, the derivative of all other bits by what contexts hold of it, its magnitude and its signed
value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.calibration import tally
from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.context_network import POSITIONS_AT_ONCE, ContextNetwork
from inrcodec.codecs.grid.contexts import BlockContexts
from inrcodec.codecs.grid.encoder.smooth_contexts import SmoothContexts
from inrcodec.codecs.grid.passes import Pass, places
from inrcodec.codecs.grid.pretrained import LOGITS
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native import optimizer as kernels
from inrcodec.native.door import library

__all__ = ["context_inputs", "rate_gradients", "sigmoid", "whole_latents"]

Floats = npt.NDArray[np.float32]

_BITS = 1 / math.log(2)
# What contexts hold is 16·log2(1 + |q|).
_COMPRESSED = 16 / math.log(2)


def sigmoid(logits: Floats) -> Floats:
    """Return the probabilities of logits, in nats."""
    probabilities: Floats = np.reciprocal(1 + np.exp(-np.clip(logits, -80, 80)))
    return probabilities


def _nats(logits: Floats) -> Floats:
    """Return what a decision that is 0 costs."""
    nats: Floats = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))
    return nats


def _own_gradients(logits: Floats, wanted: Floats) -> Floats:
    """Return bits per unit of real latents: the line between the whole magnitudes below and
    above."""
    above_0, above_1, above_2, more, positive = logits
    no, below = _nats, np.floor(np.abs(wanted))
    gradients = no(above_1) - above_0 + no(np.where(wanted > 0, -positive, positive))
    gradients = np.where(below < 1, gradients, no(above_2) - above_1)
    gradients = np.where(below < 2, gradients, no(more) - above_2)
    signed: Floats = np.where(below < 3, gradients, -more) * np.sign(wanted) * np.float32(_BITS)
    return signed


def rate_gradients(
    network: ContextNetwork, wanted: Subbands[Floats], gradients: Subbands[Floats], weight: float
) -> None:
    """Set the gradients by the real latents of a block, 0 before, of what its bits are worth,
    where contexts hold the nearest whole ones: its own bits, and what it changes in those of
    others.

    A band whose latents are all 0 has no gradients: it is told by one decision; the lowest band
    has none.
    """
    block = whole_latents(wanted)
    if library() is not None:
        kernels.rate_gradients(network.kernel, [*block], [*wanted], [*gradients], weight)
    else:
        _set_gradients(network, block, wanted, gradients, np.float32(weight))


def _set_gradients(
    network: ContextNetwork,
    block: Subbands[Ints],
    wanted: Subbands[Floats],
    gradients: Subbands[Floats],
    weight: np.float32,
) -> None:
    of_inputs = BlockContexts(block, network)
    coded = []
    for one, inputs, constants in context_inputs(network, block):
        latents = np.ascontiguousarray(one.of(block))
        logits = _by_inputs(network, one, inputs, constants, latents.reshape(-1))
        own = _own_gradients(logits, np.ascontiguousarray(one.of(wanted)).reshape(-1))
        one.of(gradients)[...] = own.reshape(latents.shape)
        of_inputs.scatter(one, *inputs)
        coded.append(one)
    for one in coded:
        exact, (by_magnitude, by_value) = one.of(wanted), of_inputs.at(one)
        scale = _COMPRESSED / (1 + np.abs(exact))
        gradient = one.of(gradients)
        gradient += scale * (by_magnitude * np.sign(exact) + by_value)
        gradient *= weight


def whole_latents(wanted: Subbands[Floats]) -> Subbands[Ints]:
    """Round real latents to the nearest whole ones."""
    return wanted.map(lambda band: np.rint(band).astype(np.int32))


def context_inputs(
    network: ContextNetwork, block: Subbands[Ints]
) -> Iterator[tuple[Pass, tuple[Floats, Floats], Floats]]:
    """Iterate over the passes of a block's bands that have latents other than 0, with what their
    networks see: magnitudes and values, and the constants of the band."""
    contexts = BlockContexts(block, network)
    for place in places(block):
        if not place.of(block).any():
            continue
        constants = network.constants(place)
        for one in place.passes(block):
            yield one, contexts.gather(one), constants
            contexts.put(one, network.compress(one.of(block)))


def _by_inputs(
    network: ContextNetwork,
    one: Pass,
    inputs: tuple[Floats, Floats],
    constants: Floats,
    latents: Ints,
) -> Floats:
    """Return the logits (5, positions) of a pass; what was gathered for it, magnitudes and values,
    is replaced by the derivatives of its bits."""
    magnitudes, values = inputs
    logits = np.empty((LOGITS + 1, latents.size), np.float32)
    for start in range(0, latents.size, POSITIONS_AT_ONCE):
        at = slice(start, start + POSITIONS_AT_ONCE)
        smooth = SmoothContexts(network, one.kind, magnitudes[:, at], values[:, at], constants)
        logits[:, at] = smooth.logits
        trials, hits = tally(latents[at])
        gradients = (trials * sigmoid(smooth.logits) - hits) * np.float32(_BITS)
        magnitudes[:, at], values[:, at] = smooth.backward(gradients)
    return logits
