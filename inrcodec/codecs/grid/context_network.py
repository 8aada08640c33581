"""The context network: the probabilities of a latent's decisions, from latents already decoded.

All of it is integer arithmetic. Numbers are held in floating point, where every product and sum
stays a whole number below 2^24 (weights have 8 bits, inputs at most 11, no row more than 128
terms), so it is exact however a machine orders its sums. Scales are powers of two: magnitudes and
values come in 1/16, weights in 1/64, hidden values and logits in 1/64.

The probability of the sign is an odd function of signed values, whose weights the hidden layer
sets; those of the other decisions (see `coder`) do not change when all signs do.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.geometry import MOST_LEVELS
from inrcodec.codecs.grid.passes import Kind, Place
from inrcodec.codecs.grid.pretrained import (
    CONSTANTS,
    LOGITS,
    ODD,
    SCALES,
    Layers,
    PretrainedModel,
)
from inrcodec.codecs.grid.subbands import ROWS_HIGH
from inrcodec.native.blocks import Contexts

__all__ = [
    "GATE_UNIT",
    "LOGIT_SCALE",
    "MOST_GATE",
    "MOST_HIDDEN",
    "MOST_LOGIT",
    "MOST_ODD",
    "POSITIONS_AT_ONCE",
    "ContextNetwork",
    "level_inputs",
    "logits_of",
    "looked_up",
    "probability_table",
    "scaled",
    "step_inputs",
]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

MOST_ODD = 511
MOST_HIDDEN = 2047
MOST_GATE = 1023
# What a gate adds to a weight of the sign.
GATE_UNIT = 1 / 512
MOST_LOGIT = 1023
# Logits are in parts of a nat.
LOGIT_SCALE = 64
# What networks see of more positions than these would leave the cache.
POSITIONS_AT_ONCE = 1 << 11
# The range of steps that models are trained for, in 1/64 of half an octave from 2^5.
_STEP_RANGE = (-128, 96)


def step_inputs(step: int) -> tuple[int, int, int]:
    """Return what networks are told of the step: half its octaves from 32 levels of 255 in 1/64,
    its square and its absolute value."""
    d = min(max((step - 704) // 2, _STEP_RANGE[0]), _STEP_RANGE[1])
    return d, d * d // 64, abs(d)


def level_inputs(step: int, offsets: Sequence[int] = ()) -> Ints:
    """Return what networks are told of each level, from the finest: (levels, 5).

    Of its details' step this is in 64ths of an octave how much coarser it is than that of one level
    coarser; then come `step_inputs`, and that step in eighths of the image's.
    """
    own = [*offsets, *[0] * (MOST_LEVELS + 1 - len(offsets))]
    rows = [
        [offset - before, *step_inputs(step + offset), round(8 * 2 ** (offset / 64))]
        for offset, before in itertools.pairwise(own)
    ]
    return np.array(rows, np.int32)


class ContextNetwork:
    """A pretrained model's context networks for one quantization step, by numpy; `kernel` is what
    the compiled kernels take.

    Parameters
    ----------
    step, offsets
        As a header has them.
    """

    def __init__(self, model: PretrainedModel, step: int, offsets: Sequence[int] = ()) -> None:
        self._model = model
        self._levels = level_inputs(step, offsets)
        self._logarithm = model.logarithm.astype(np.float32)
        self._slopes = model.slopes.astype(np.float32)
        self._probabilities = probability_table(model.logistic)
        self._layers: dict[Kind, dict[str, Floats]] = {}

    @cached_property
    def kernel(self) -> Contexts:
        """The networks as kernels take them."""
        return Contexts(
            self._model.packed,
            self._logarithm,
            self._slopes,
            self._probabilities.astype(np.uint16),
            self._levels,
        )

    def compress(self, latents: Ints) -> Floats:
        """Return sign(q)·16·log2(1 + |q|), rounded: what contexts hold of latents."""
        return looked_up(self._logarithm, latents)

    @property
    def units(self) -> list[int]:
        """The steps of each level's details from the finest, in eighths of the step."""
        units: list[int] = self._levels[:, -1].tolist()
        return units

    def compress_slopes(self, slopes: Ints) -> Floats:
        """Return sign(a)·16·log2(1 + |a|/8), rounded: what contexts hold of slopes in eighths."""
        return looked_up(self._slopes, slopes)

    def constants(self, place: Place) -> Floats:
        """Return the inputs that a band's latents have in common, in 1/64."""
        values = np.zeros(CONSTANTS, np.float32)
        values[place.depth] = 64
        values[MOST_LEVELS] = self._levels[place.depth, 0]
        values[MOST_LEVELS + 1] = 64 * (place.band == ROWS_HIGH)
        values[MOST_LEVELS + 2 :] = self._levels[place.depth, 1:4]
        return values

    def logits(self, kind: Kind, inputs: Floats, values: Floats, constants: Floats) -> Ints:
        """Compute logits (5, positions) in 1/64: above 0, above 1, above 2, larger still, positive.

        `inputs` are the magnitudes and `ODD` more rows, which are overwritten.
        """
        return logits_of(self.layers(kind), inputs, values, constants)

    def layers(self, kind: Kind) -> dict[str, Floats]:
        """Return the weights of a kind's network, divided by what its sums are to be divided by."""
        if kind not in self._layers:
            self._layers[kind] = scaled(self._model.layers[kind])
        return self._layers[kind]

    def probabilities(self, logits: Ints) -> Ints:
        """Return the probabilities of logits, in 2^-16."""
        probabilities: Ints = self._probabilities[logits + MOST_LOGIT]
        return probabilities


def looked_up(table: Floats, values: npt.NDArray[np.integer[Any]]) -> Floats:
    """Return what a table says of sizes, with the values' signs."""
    sizes = table[np.minimum(np.abs(values), len(table) - 1)]
    signed: Floats = np.copysign(sizes, values, dtype=np.float32)
    return signed


def _limited(sums: Floats, least: float, most: float) -> Floats:
    """Round sums and limit them, in place."""
    return np.clip(np.rint(sums, out=sums), least, most, out=sums)


def scaled(layers: Layers) -> dict[str, Floats]:
    """Return the weights of a network, divided by what its sums are to be divided by."""
    # Division by powers of two is exact, so it may as well come first.
    tensors = {
        name: getattr(layers, name).astype(np.float32) / np.float32(scale)
        for name, scale in SCALES.items()
    }
    tensors["sign"] = tensors["sign"][:, None]
    for name in ("second_bias", "third_bias"):
        tensors[name] = tensors[name][:, None]
    return tensors


def probability_table(logistic: npt.NDArray[np.uint16]) -> Ints:
    """Return the probabilities of logits from -1023 to 1023, in 2^-16, from a model's table."""
    positive = logistic.astype(np.int32)
    probabilities = np.concatenate([65536 - positive[:0:-1], positive])
    possible: Ints = np.clip(probabilities, 1, 65535)
    return possible


def logits_of(w: dict[str, Floats], inputs: Floats, values: Floats, constants: Floats) -> Ints:
    """Compute logits (5, positions) in 1/64 by weights that are `scaled`.

    `inputs` are the magnitudes and `ODD` more rows, which are overwritten.
    """
    bias = np.rint(w["constant"] @ constants / 4)[:, None].astype(np.float32) / np.float32(16)
    logits = np.empty((LOGITS + 1, inputs.shape[1]), np.int32)
    for start in range(0, inputs.shape[1], POSITIONS_AT_ONCE):
        part = slice(start, start + POSITIONS_AT_ONCE)
        logits[:, part] = _propagated(w, bias, inputs[:, part], values[:, part])
    return logits


def _propagated(w: dict[str, Floats], bias: Floats, seen: Floats, signed: Floats) -> Floats:
    """Compute the logits of some positions."""
    odd = _limited(w["odd"] @ signed, -MOST_ODD, MOST_ODD)
    seen[-ODD:] = np.floor(np.abs(odd) / 4)
    hidden = _limited(w["first"] @ seen + bias, 0, MOST_HIDDEN)
    hidden = _limited(w["second"] @ hidden + w["second_bias"], 0, MOST_HIDDEN)
    sizes = w["third"] @ hidden + w["third_bias"]
    gate = _limited(w["gate"] @ hidden, -MOST_GATE, MOST_GATE)
    sign = (odd * (w["sign"] + gate * np.float32(GATE_UNIT))).sum(0, keepdims=True)
    logits = np.concatenate([sizes, sign])
    return _limited(logits, -MOST_LOGIT, MOST_LOGIT)
