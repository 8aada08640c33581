"""The encoder's choice of latents: rate against distortion, one pass at a time.

Each coefficient may take its nearest latent, the next towards 0, or 0. The rate is what the
context network says given what has been chosen before; how a choice changes later contexts is
not looked ahead to. `descent` does, for all latents at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.coder import UNARY, Ints, write_latents
from inrcodec.codecs.grid.contexts import PASSES, turned
from inrcodec.entropy import DecisionWriter

__all__ = ["Choosing", "choose", "code_lengths"]

Floats = npt.NDArray[np.float32]

# Bits of a decision of each chance.
_BITS = -np.log2(np.maximum(np.arange(65537), 0.5) / 65536).astype(np.float32)
# Below this, the nearest latent of a coefficient is 0 whatever the rates.
_LEAST = 0.5


def code_lengths(sizes: Ints, chances: Ints) -> Floats:
    """Bits of latents of these magnitudes, flat, without their signs; chances (4 or 5, n)."""
    yes, no = _BITS[chances[:4]], _BITS[65536 - chances[:4]]
    bits = np.where(sizes > 0, yes[0], no[0])
    bits += np.where(sizes > 0, np.where(sizes > 1, yes[1], no[1]), 0)
    bits += np.where(sizes > 1, np.where(sizes > 2, yes[2], no[2]), 0)
    more = np.clip(sizes - 3, 0, UNARY)
    bits += np.where(sizes > 2, more * yes[3] + np.where(more < UNARY, no[3], 0), 0)
    escaped = np.maximum(sizes - 2 - UNARY, 1)
    tail: Floats = bits + np.where(sizes > 2 + UNARY, 5 + np.floor(np.log2(escaped)), 0)
    return tail


class Choosing:
    """A `Chooser` that picks latents for coefficients and writes them.

    Parameters
    ----------
    coefficients
        For each level, channel and band, in units of the step.
    weight
        What a bit is worth, in squared steps.
    """

    def __init__(
        self,
        writer: DecisionWriter,
        coefficients: Sequence[Sequence[Sequence[Floats]]],
        weight: float,
    ) -> None:
        self._writer = writer
        self._coefficients = coefficients
        self._weight = weight
        self._mark = 0
        self._some = False
        self._chance = 0

    def fills(self, level: int, channel: int, band: int, chance: int) -> bool:
        """See `Chooser`."""
        self._mark, self._some, self._chance = self._writer.mark(), False, chance
        plane = self._coefficients[level][channel][band]
        filled = bool(np.abs(plane).max() >= _LEAST)
        self._writer.put(np.array([filled]), np.array([chance]))
        return filled

    def latents(self, place: tuple[int, int, int, int], chances: Ints) -> Ints:
        """See `Chooser`."""
        level, channel, band, number = place
        plane = turned(self._coefficients[level][channel][band], band)
        row, column = PASSES[number]
        exact = np.ascontiguousarray(plane[row::2, column::2]).reshape(-1)
        latents = np.zeros(exact.size, np.int32)
        near = np.flatnonzero(np.abs(exact) >= _LEAST)
        latents[near] = choose(exact[near], chances[:, near], self._weight)
        self._some = self._some or bool(latents.any())
        write_latents(self._writer, latents, chances)
        return latents

    def leave(self, level: int, channel: int, band: int) -> bool:
        """See `Chooser`."""
        if self._some:
            return False
        self._writer.rewind(self._mark)
        self._writer.put(np.array([0]), np.array([self._chance]))
        return True


def choose(exact: Floats, chances: Ints, weight: float) -> Ints:
    """The latents, of a few candidates each, that minimise squared error plus `weight` times
    bits."""
    size = np.abs(exact)
    nearest = np.floor(size + 0.5).astype(np.int32)
    sign_bits = np.where(exact > 0, _BITS[chances[4]], _BITS[65536 - chances[4]])
    best = np.full(exact.shape, math.inf, np.float32)
    chosen = np.zeros(exact.shape, np.int32)
    for candidate in (nearest, np.maximum(nearest - 1, 0), np.zeros_like(nearest)):
        bits = code_lengths(candidate, chances) + np.where(candidate > 0, sign_bits, 0)
        cost = (size - candidate) ** 2 + weight * bits
        better = cost < best
        best, chosen = np.where(better, cost, best), np.where(better, candidate, chosen)
    signed: Ints = np.where(exact < 0, -chosen, chosen).astype(np.int32)
    return signed
