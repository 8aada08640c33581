"""The RDO quantizer: latents chosen by rate and distortion, one pass at a time.

Each coefficient may take its nearest latent, the next towards 0, or 0. The rate is what the
context network says given what has been chosen before; how a choice changes later contexts is
not looked ahead to. `optimizer` does, for all latents at once.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.calibration import UNARY
from inrcodec.codecs.grid.coder import (
    Ints,
    Probabilities,
    code_block,
    write_latents,
    write_low,
)
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.passes import Pass, Place
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.entropy import DecisionWriter
from inrcodec.native import blocks as kernels
from inrcodec.native.blocks import Bands, Coarser
from inrcodec.native.door import library

__all__ = ["BITS", "RdoQuantizer", "code_lengths", "encode_block", "quantize"]

Floats = npt.NDArray[np.float32]

# Bits of a decision of each probability.
BITS = -np.log2(np.maximum(np.arange(65537), 0.5) / 65536).astype(np.float32)
# Below this, the nearest latent of a coefficient is 0 whatever the rates.
_LEAST = 0.5


def code_lengths(sizes: Ints, probabilities: Probabilities) -> Floats:
    """Return the bits of latents of these magnitudes, flat, without their signs."""
    told = np.stack(probabilities[:4])
    yes, no = BITS[told], BITS[65536 - told]
    bits = np.where(sizes > 0, yes[0], no[0])
    bits += np.where(sizes > 0, np.where(sizes > 1, yes[1], no[1]), 0)
    bits += np.where(sizes > 1, np.where(sizes > 2, yes[2], no[2]), 0)
    more = np.clip(sizes - 3, 0, UNARY)
    bits += np.where(sizes > 2, more * yes[3] + np.where(more < UNARY, no[3], 0), 0)
    escaped = np.maximum(sizes - 2 - UNARY, 1)
    tail: Floats = bits + np.where(sizes > 2 + UNARY, 5 + np.floor(np.log2(escaped)), 0)
    return tail


def encode_block(
    network: ContextNetwork,
    block: Subbands[Ints],
    exact: Subbands[Floats],
    weight: float,
    coarser: Coarser | None = None,
) -> bytes:
    """Quantize real latents to those of a block, and return their stream; where a bit is worth
    `weight` squared steps."""
    block.low[...] = np.rint(exact.low)
    if library() is not None:
        bands = Bands([*block], block.finer, coarser)
        return kernels.encode_block(network.kernel, bands, [*exact], BITS, weight)
    writer = DecisionWriter()
    for plane in block.low:
        write_low(writer, plane)
    code_block(network, block, RdoQuantizer(writer, exact, weight), coarser)
    return writer.to_bytes()


class RdoQuantizer:
    """A `LatentSource` that picks latents for coefficients and writes them.

    Parameters
    ----------
    coefficients
        Of the block, in units of the quantization step.
    weight
        What a bit is worth, in squared steps.
    """

    def __init__(
        self, writer: DecisionWriter, coefficients: Subbands[Floats], weight: float
    ) -> None:
        self._writer = writer
        self._coefficients = coefficients
        self._weight = weight
        self._mark = 0
        self._some = False
        self._probability = 0

    def fills(self, place: Place, probability: int) -> bool:
        """Implement `LatentSource`."""
        self._mark, self._some, self._probability = self._writer.mark(), False, probability
        filled = bool(np.abs(place.of(self._coefficients)).max() >= _LEAST)
        self._writer.put(np.array([filled]), np.array([probability]))
        return filled

    def latents(self, one: Pass, probabilities: Probabilities) -> Ints:
        """Implement `LatentSource`."""
        exact = np.ascontiguousarray(one.of(self._coefficients)).reshape(-1)
        latents = np.zeros(exact.size, np.int32)
        near = np.flatnonzero(np.abs(exact) >= _LEAST)
        latents[near] = quantize(exact[near], probabilities.at(near), self._weight)
        self._some = self._some or bool(latents.any())
        write_latents(self._writer, latents, probabilities)
        return latents

    def leave(self) -> bool:
        """Implement `LatentSource`."""
        if self._some:
            return False
        self._writer.rewind(self._mark)
        self._writer.put(np.array([0]), np.array([self._probability]))
        return True


def quantize(exact: Floats, probabilities: Probabilities, weight: float) -> Ints:
    """Return the latents, of a few candidates each, that minimize squared error plus `weight` times
    bits."""
    size, positive = np.abs(exact), probabilities.positive
    nearest = np.floor(size + 0.5).astype(np.int32)
    sign_bits = np.where(exact > 0, BITS[positive], BITS[65536 - positive])
    best = np.full(exact.shape, math.inf, np.float32)
    chosen = np.zeros(exact.shape, np.int32)
    for candidate in (nearest, np.maximum(nearest - 1, 0), np.zeros_like(nearest)):
        bits = code_lengths(candidate, probabilities) + np.where(candidate > 0, sign_bits, 0)
        cost = (size - candidate) ** 2 + weight * bits
        better = cost < best
        best, chosen = np.where(better, cost, best), np.where(better, candidate, chosen)
    signed: Ints = np.where(exact < 0, -chosen, chosen).astype(np.int32)
    return signed
