"""The adaptation of context networks, by rate.

Bits are a convex function of the last layer of a network. Around the pretrained weights they are
nearly a parabola, whose coefficients one walk over the latents gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.calibration import tally
from inrcodec.codecs.grid.coder import Ints
from inrcodec.codecs.grid.context_network import LOGIT_SCALE, POSITIONS_AT_ONCE, ContextNetwork
from inrcodec.codecs.grid.deltas import BIAS_UNIT, MOST_WEIGHT, WEIGHT_UNIT
from inrcodec.codecs.grid.encoder.delta_search import search_deltas
from inrcodec.codecs.grid.encoder.rate import context_inputs, sigmoid, whole_latents
from inrcodec.codecs.grid.encoder.smooth_contexts import SmoothContexts
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import HIDDEN, KINDS, LOGITS, PretrainedModel
from inrcodec.codecs.grid.subbands import Subbands

__all__ = ["fit_context_deltas", "possible_deltas"]

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
# Of a quantization: the step and the offsets, as in the header.
Steps = tuple[int, tuple[int, ...]]

_BITS = 1 / np.log(2)
# Far from the pretrained weights the parabola says little: deltas are kept small.
_MOST = 8
_CAUTION = 1.1
# So many parts of a pass are looked at, each of as many positions as are computed at once.
_MOST_PARTS = 4


class _Parabola:
    """Bits of a kind's decisions by deltas in the rows of its last layer: half the second
    derivatives (LOGITS, HIDDEN + 1, HIDDEN + 1), and the negative half of the first."""

    def __init__(self) -> None:
        self.gram = np.zeros((LOGITS, HIDDEN + 1, HIDDEN + 1))
        self.moment = np.zeros((LOGITS, HIDDEN + 1))

    def add(self, hidden: Floats, logits: Floats, latents: Ints, times: float) -> None:
        """Count latents in so many times, with what they see (HIDDEN, latents) and logits (5,
        latents) in nats."""
        trials, hits = tally(latents)
        probabilities = sigmoid(logits)
        weighed = np.empty((HIDDEN + 1, len(latents)), np.float32)
        weighed[:-1] = hidden * np.float32(WEIGHT_UNIT / LOGIT_SCALE**2)
        weighed[-1] = BIAS_UNIT / LOGIT_SCALE**2
        for logit in range(LOGITS):
            (some,) = np.nonzero(trials[logit])
            seen, probability = weighed[:, some], probabilities[logit, some]
            gradients = hits[logit, some] - trials[logit, some] * probability
            curvature = trials[logit, some] * probability * (1 - probability)
            self.gram[logit] += ((seen * curvature) @ seen.T) * (times * _BITS / 2)
            self.moment[logit] += (seen @ gradients) * (times * _BITS / 2)

    def lowest(self) -> Ints:
        """Find the deltas with which bits of decisions and of the deltas themselves are least."""
        rows = []
        for gram, moment in zip(self.gram, self.moment, strict=True):
            np.fill_diagonal(gram, gram.diagonal() * _CAUTION)
            rows.append(search_deltas(gram, moment, 1.0, _MOST))
        return np.stack(rows)


def fit_context_deltas(
    model: PretrainedModel, blocks: Iterable[tuple[Steps, Subbands[Floats]]], channels: int
) -> Ints:
    """Fit deltas (kinds, LOGITS, HIDDEN + 1) to some blocks of latents, each with its step and
    offsets, as `WeightDeltas` has them."""
    networks: dict[Steps, ContextNetwork] = {}
    parabolas: dict[Kind, _Parabola] = defaultdict(_Parabola)
    for steps, wanted in blocks:
        network = networks.setdefault(steps, ContextNetwork(model, *steps))
        block = whole_latents(wanted)
        for one, inputs, constants in context_inputs(network, block):
            magnitudes, values = inputs
            latents = np.ascontiguousarray(one.of(block)).reshape(-1)
            parts = _sampled(latents.size)
            for at in parts:
                seen = magnitudes[:, at], values[:, at], constants
                smooth = SmoothContexts(network, one.kind, *seen)
                share = sum(part.stop - part.start for part in parts) / latents.size
                parabolas[one.kind].add(smooth.hidden, smooth.logits, latents[at], 1 / share)
    found = [parabolas[kind].lowest() for kind in KINDS if kind.channel < channels]
    return possible_deltas(model, np.stack(found))


def _sampled(count: int) -> list[slice]:
    """Choose the positions of a pass that are looked at: all, or parts at equal distances."""
    parts = -(-count // POSITIONS_AT_ONCE)
    step = -(-parts // _MOST_PARTS) * POSITIONS_AT_ONCE
    starts = range(0, count, step)
    return [slice(start, min(start + POSITIONS_AT_ONCE, count)) for start in starts]


def possible_deltas(model: PretrainedModel, contexts: Ints) -> Ints:
    """Limit deltas of context networks to what keeps weights in range."""
    third = np.stack([model.layers[kind].third for kind in KINDS[: len(contexts)]]).astype(np.int32)
    lowest = -((MOST_WEIGHT + third) // WEIGHT_UNIT)
    possible = contexts.copy()
    possible[..., :-1] = contexts[..., :-1].clip(lowest, (MOST_WEIGHT - third) // WEIGHT_UNIT)
    return possible
