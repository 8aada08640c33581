"""Logits corrected by what the latents before them have shown.

Where a model's probabilities are too high or too low for an image, more or less decisions turn out
to be 1 than they say. Logits are counted in bins; after each pass, those of a bin are moved by what
would have served so far. All of it is integers, the same for those who write and read a stream.
"""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.pretrained import LOGITS

__all__ = ["UNARY", "Calibration", "Networks", "tally"]

Ints = npt.NDArray[np.int32]

# Beyond 2, so many times a decision tells whether a magnitude is larger still.
UNARY = 16
_DECISIONS = LOGITS + 1
# Bins have so many logits; of which there are 2^11.
_BIN, _BINS, _MIDDLE = 64, 32, 1024
_MOST_LOGIT, _MOST_SHIFT = 1023, 64
# In 2^-16: the spread of 64 decisions that are as likely as not, which are taken to be expected.
_PRIOR = 1 << 20


def tally(latents: Ints) -> tuple[Ints, Ints]:
    """Count how often each decision is taken of each latent, and how often it is 1; both as logits,
    (5, latents)."""
    sizes = np.abs(latents)
    more = np.clip(sizes - 3, 0, UNARY)
    trials = [sizes >= 0, sizes > 0, sizes > 1, (sizes > 2) * (more + (more < UNARY)), sizes > 0]
    hits = [sizes > 0, sizes > 1, sizes > 2, more, latents > 0]
    return np.stack(trials).astype(np.int32), np.stack(hits).astype(np.int32)


class Networks(Protocol):
    """Networks whose logits are corrected."""

    def probabilities(self, logits: Ints) -> Ints:
        """Return the probabilities of logits, in 2^-16."""


class Calibration:
    """The corrections of the logits of a level and channel, from its latents so far."""

    def __init__(self, network: Networks) -> None:
        self._network = network
        self._errors = np.zeros((_DECISIONS, _BINS), np.int64)
        self._spreads = np.zeros((_DECISIONS, _BINS), np.int64)

    def copy(self) -> Self:
        """Return one that has seen the same."""
        other = type(self)(self._network)
        other._errors[:], other._spreads[:] = self._errors, self._spreads
        return other

    def corrected(self, logits: Ints) -> Ints:
        """Return what logits (5, positions) are, given what has been learned."""
        below = self._spreads + _PRIOR
        shifts = ((64 * self._errors + below // 2) // below).clip(-_MOST_SHIFT, _MOST_SHIFT)
        moved = logits + np.take_along_axis(shifts, (logits + _MIDDLE) // _BIN, 1)
        limited: Ints = moved.clip(-_MOST_LOGIT, _MOST_LOGIT).astype(np.int32)
        return limited

    def learn(self, logits: Ints, latents: Ints) -> None:
        """Learn from the latents of a pass, flat, of these logits."""
        probabilities = self._network.probabilities(logits).astype(np.int64)
        trials, hits = tally(latents)
        errors = hits * 65536 - trials * probabilities
        spreads = trials * (probabilities * (65536 - probabilities) >> 16)
        bins = (logits + _MIDDLE) // _BIN
        for decision in range(_DECISIONS):
            np.add.at(self._errors[decision], bins[decision], errors[decision])
            np.add.at(self._spreads[decision], bins[decision], spreads[decision])
