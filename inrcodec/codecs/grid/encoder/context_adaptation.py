"""The encoder's choice of an image's own context networks, by rate.

Bits are a convex function of the last layer of a network. Around the prior's weights they are
nearly a parabola, whose coefficients one walk over the latents gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.context_network import LOGIT_SCALE, POSITIONS_AT_ONCE, ContextNetwork
from inrcodec.codecs.grid.contexts import Kind
from inrcodec.codecs.grid.delta_coder import chosen_differences
from inrcodec.codecs.grid.deltas import BIAS_UNIT, WEIGHT_UNIT, possible_contexts
from inrcodec.codecs.grid.encoder.rate import passes, tally
from inrcodec.codecs.grid.pretrained import HIDDEN, KINDS, LOGITS, Prior
from inrcodec.devices import one_thread

__all__ = ["fit_contexts"]

Doubles = npt.NDArray[np.float64]
# A block's latents by level, channel and band.
_Details = Sequence[Sequence[Sequence[npt.NDArray[Any]]]]

_BITS = 1 / np.log(2)
# Far from the prior's weights the parabola says little: differences are kept small.
_MOST = 8
_CAUTION = 1.1


class _Parabola:
    """Bits of a kind's decisions by differences in the rows of its last layer: half the second
    derivatives (LOGITS, HIDDEN + 1, HIDDEN + 1), and the negative half of the first."""

    def __init__(self) -> None:
        self.gram = np.zeros((LOGITS, HIDDEN + 1, HIDDEN + 1))
        self.moment = np.zeros((LOGITS, HIDDEN + 1))

    def add(self, hidden: Tensor, logits: Tensor, latents: Tensor) -> None:
        """Count latents in, with what they see (HIDDEN, latents) and logits (5, latents) in
        nats."""
        trials, hits = tally(latents)
        chances = torch.sigmoid(logits)
        weights = hidden * (WEIGHT_UNIT / LOGIT_SCALE)
        weighed = torch.cat([weights, weights.new_full((1, len(latents)), BIAS_UNIT / LOGIT_SCALE)])
        weighed /= LOGIT_SCALE
        for logit in range(LOGITS):
            some = torch.nonzero(trials[logit])[:, 0]
            seen, chance = weighed[:, some], chances[logit, some]
            slopes = hits[logit, some] - trials[logit, some] * chance
            curvature = trials[logit, some] * chance * (1 - chance)
            self.gram[logit] += ((seen * curvature) @ seen.T).double().numpy() * (_BITS / 2)
            self.moment[logit] += (seen @ slopes).double().numpy() * (_BITS / 2)

    def lowest(self) -> Ints:
        """Where bits of decisions and of the differences themselves are least."""
        rows = []
        for gram, moment in zip(self.gram, self.moment, strict=True):
            np.fill_diagonal(gram, gram.diagonal() * _CAUTION)
            rows.append(chosen_differences(gram, moment, 1.0, _MOST))
        return np.stack(rows)


@one_thread()
@torch.no_grad()
def fit_contexts(prior: Prior, blocks: Iterable[tuple[int, _Details]], channels: int) -> Ints:
    """The best differences (kinds, LOGITS, HIDDEN + 1) for some blocks of latents, each with its
    step, as a `Tuning` has them."""
    networks: dict[int, ContextNetwork] = {}
    parabolas: dict[Kind, _Parabola] = defaultdict(_Parabola)
    for step, details in blocks:
        network = networks.setdefault(step, ContextNetwork(prior, step))
        whole = [[[np.rint(p).astype(np.int32) for p in c] for c in level] for level in details]
        for _, kind, inputs, constants, latents in passes(network, whole):
            magnitudes, values = map(torch.from_numpy, inputs)
            for start in range(0, latents.size, POSITIONS_AT_ONCE):
                at = slice(start, start + POSITIONS_AT_ONCE)
                smooth = network.smooth(kind, magnitudes[:, at], values[:, at], constants)
                told = torch.from_numpy(latents.reshape(-1)[at])
                parabolas[kind].add(smooth.hidden, smooth.logits, told)
    chosen = [parabolas[kind].lowest() for kind in KINDS if kind.channel < channels]
    return possible_contexts(prior, np.stack(chosen))
