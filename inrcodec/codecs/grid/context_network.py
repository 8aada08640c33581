"""The context network: the probabilities of a latent's decisions, from latents already decoded.

All of it is integer arithmetic. Numbers are held in floating point, where every product and sum
stays a whole number below 2^24 (weights have 8 bits, inputs at most 11, no row more than 128
terms), so it is exact however a device orders its sums. Scales are powers of two: magnitudes and
values come in 1/16, weights in 1/64, hidden values and logits in 1/64.

The probability of the sign is an odd function of signed values; those of the other decisions (see
`coder`) do not change when all signs do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.passes import Kind, Place
from inrcodec.codecs.grid.pretrained import CONSTANTS, LEVELS, LOGITS, ODD, PretrainedModel
from inrcodec.codecs.grid.subbands import ROWS_HIGH

__all__ = [
    "FIRST_SCALE",
    "LOGIT_SCALE",
    "MOST_HIDDEN",
    "MOST_ODD",
    "POSITIONS_AT_ONCE",
    "ContextNetwork",
    "step_inputs",
]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

MOST_ODD = 511
MOST_HIDDEN = 2047
_MOST_LOGIT = 1023
FIRST_SCALE = 16
# Logits are in parts of a nat.
LOGIT_SCALE = 64
# What networks see of more positions than these would leave the cache.
POSITIONS_AT_ONCE = 1 << 13
# What the sums of each layer are divided by.
_SCALES = {
    "odd": 16,
    "sign": 64,
    "first": FIRST_SCALE,
    "constant": 1,
    "second": 64,
    "second_bias": 64,
    "third": 64,
    "third_bias": 64,
}
# The range of steps that models are trained for, in 1/64 of half an octave from 2^5.
_STEP_RANGE = (-128, 96)


def step_inputs(step: int) -> tuple[int, int, int]:
    """Return what networks are told of the step: half its octaves from 32 levels of 255 in 1/64,
    its square and its absolute value."""
    d = min(max((step - 704) // 2, _STEP_RANGE[0]), _STEP_RANGE[1])
    return d, d * d // 64, abs(d)


class ContextNetwork:
    """A pretrained model's context networks for one quantization step.

    They run on the CPU, where the entropy coder is; torch multiplies, with as many threads as it
    may use.
    """

    def __init__(self, model: PretrainedModel, step: int) -> None:
        self._step = step_inputs(step)
        self._logarithm = model.logarithm.astype(np.float32)
        logistic = model.logistic.astype(np.int32)
        # Of logits from -1023 to 1023.
        probabilities = np.concatenate([65536 - logistic[:0:-1], logistic])
        self._probabilities = np.clip(probabilities, 1, 65535)
        # Division by powers of two is exact, so it may as well come first.
        self._layers = {
            kind: {
                name: torch.from_numpy(getattr(layers, name).astype(np.float32)) / scale
                for name, scale in _SCALES.items()
            }
            for kind, layers in model.layers.items()
        }
        for tensors in self._layers.values():
            tensors["sign"] = tensors["sign"][None]
            for name in ("second_bias", "third_bias"):
                tensors[name] = tensors[name][:, None]

    def compress(self, latents: Ints) -> Floats:
        """Return sign(q)·16·log2(1 + |q|), rounded: what contexts hold of latents."""
        sizes = self._logarithm[np.minimum(np.abs(latents), len(self._logarithm) - 1)]
        return np.copysign(sizes, latents, dtype=np.float32)

    def constants(self, place: Place) -> Tensor:
        """Return the inputs that a band's latents have in common, in 1/64."""
        values = [0] * CONSTANTS
        values[min(place.depth, LEVELS - 1)] = 64
        values[LEVELS] = 64 * (place.band == ROWS_HIGH)
        values[LEVELS + 1 :] = self._step
        return torch.tensor(values, dtype=torch.float32)

    @torch.no_grad()
    def logits(self, kind: Kind, inputs: Floats, values: Floats, constants: Tensor) -> Ints:
        """Compute logits (5, positions) in 1/64: above 0, above 1, above 2, larger still, positive.

        `inputs` are the magnitudes and `ODD` more rows, which are overwritten.
        """
        w = self._layers[kind]
        bias = (w["constant"] @ constants).div_(4).round_().div_(FIRST_SCALE)[:, None]
        seen, signed = torch.from_numpy(inputs), torch.from_numpy(values)
        logits = torch.empty(LOGITS + 1, seen.shape[1], dtype=torch.int32)
        for start in range(0, seen.shape[1], POSITIONS_AT_ONCE):
            part = slice(start, start + POSITIONS_AT_ONCE)
            logits[:, part] = _propagated(w, bias, seen[:, part], signed[:, part])
        whole: Ints = logits.numpy()
        return whole

    def layers(self, kind: Kind) -> dict[str, Tensor]:
        """Return the weights of a kind's network, divided by what its sums are to be divided by."""
        return self._layers[kind]

    def probabilities(self, logits: Ints) -> Ints:
        """Return the probabilities of logits, in 2^-16."""
        probabilities: Ints = self._probabilities[logits + _MOST_LOGIT]
        return probabilities


def _propagated(w: dict[str, Tensor], bias: Tensor, seen: Tensor, signed: Tensor) -> Tensor:
    """Compute the logits of some positions."""
    odd = torch.mm(w["odd"], signed).round_().clamp_(-MOST_ODD, MOST_ODD)
    seen[-ODD:] = odd.abs().div_(4).floor_()
    hidden = torch.addmm(bias, w["first"], seen).round_().clamp_(0, MOST_HIDDEN)
    hidden = torch.addmm(w["second_bias"], w["second"], hidden).round_().clamp_(0, MOST_HIDDEN)
    sizes = torch.addmm(w["third_bias"], w["third"], hidden)
    logits = torch.cat([sizes, torch.mm(w["sign"], odd)])
    return logits.round_().clamp_(-_MOST_LOGIT, _MOST_LOGIT)
