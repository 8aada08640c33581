"""The context network: the chances of a latent's decisions, from latents already decoded.

All of it is integer arithmetic. Numbers are held in floating point, where every product and sum
stays a whole number below 2^24 (weights have 8 bits, inputs at most 11, no row more than 128
terms), so it is exact however a device orders its sums. Scales are powers of two: magnitudes and
values come in 1/16, weights in 1/64, hidden values and logits in 1/64.

A latent q is told by decisions: q = 0 or not; its sign; |q| > 1; |q| > 2; then one by one whether
it is larger still. The chance of the sign is an odd function of signed values; the others do not
change when all signs do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.contexts import Kind
from inrcodec.codecs.grid.pretrained import CONSTANTS, LEVELS, LOGITS, ODD, Prior

__all__ = ["LOGIT_SCALE", "POSITIONS_AT_ONCE", "ContextNetwork", "Smooth", "step_inputs"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

_MOST_ODD = 511
_MOST_HIDDEN = 2047
_MOST_LOGIT = 1023
_FIRST_SCALE = 16
# Logits are in parts of a nat.
LOGIT_SCALE = 64
# What networks see of more positions than these would leave the cache.
POSITIONS_AT_ONCE = 1 << 13
# What the sums of each layer are divided by.
_SCALES = {
    "odd": 16,
    "sign": 64,
    "first": _FIRST_SCALE,
    "constant": 1,
    "second": 64,
    "second_bias": 64,
    "third": 64,
    "third_bias": 64,
}
# The range of steps that priors are fitted to, in 1/64 of half an octave from 2^5.
_STEP_RANGE = (-128, 96)


def step_inputs(step: int) -> tuple[int, int, int]:
    """What networks are told of the step: half its octaves from 32 levels of 255 in 1/64, its
    square and its absolute value."""
    d = min(max((step - 704) // 2, _STEP_RANGE[0]), _STEP_RANGE[1])
    return d, d * d // 64, abs(d)


class ContextNetwork:
    """A prior's networks for one step size.

    They run on the CPU, where the entropy coder is; torch multiplies, with as many threads as it
    may use.
    """

    def __init__(self, prior: Prior, step: int) -> None:
        self._step = step_inputs(step)
        self._logarithm = prior.logarithm.astype(np.float32)
        logistic = prior.logistic.astype(np.int32)
        # Chances of logits from -1023 to 1023.
        chances = np.concatenate([65536 - logistic[:0:-1], logistic])
        self._chances = np.clip(chances, 1, 65535)
        # Division by powers of two is exact, so it may as well come first.
        self._layers = {
            kind: {
                name: torch.from_numpy(getattr(layers, name).astype(np.float32)) / scale
                for name, scale in _SCALES.items()
            }
            for kind, layers in prior.layers.items()
        }
        for tensors in self._layers.values():
            tensors["sign"] = tensors["sign"][None]
            for name in ("second_bias", "third_bias"):
                tensors[name] = tensors[name][:, None]

    def compress(self, latents: Ints) -> Floats:
        """sign(q)·16·log2(1 + |q|), rounded; what contexts hold of latents."""
        sizes = self._logarithm[np.minimum(np.abs(latents), len(self._logarithm) - 1)]
        return np.copysign(sizes, latents, dtype=np.float32)

    def constants(self, level_from_finest: int, rows_high: bool) -> Tensor:
        """Inputs that a pass's latents have in common, in 1/64."""
        values = [0] * CONSTANTS
        values[min(level_from_finest, LEVELS - 1)] = 64
        values[LEVELS] = 64 * rows_high
        values[LEVELS + 1 :] = self._step
        return torch.tensor(values, dtype=torch.float32)

    @torch.no_grad()
    def logits(self, kind: Kind, inputs: Floats, values: Floats, constants: Tensor) -> Ints:
        """Logits (5, positions) in 1/64: above 0, above 1, above 2, larger still, positive.

        `inputs` are the magnitudes and `ODD` more rows, which are overwritten.
        """
        w = self._layers[kind]
        bias = (w["constant"] @ constants).div_(4).round_().div_(_FIRST_SCALE)[:, None]
        seen, signed = torch.from_numpy(inputs), torch.from_numpy(values)
        logits = torch.empty(LOGITS + 1, seen.shape[1], dtype=torch.int32)
        for start in range(0, seen.shape[1], POSITIONS_AT_ONCE):
            part = slice(start, start + POSITIONS_AT_ONCE)
            logits[:, part] = _propagated(w, bias, seen[:, part], signed[:, part])
        whole: Ints = logits.numpy()
        return whole

    @torch.no_grad()
    def smooth(self, kind: Kind, magnitudes: Tensor, values: Tensor, constants: Tensor) -> Smooth:
        """`logits` without rounding, and what they depend on; `magnitudes` has no rows more."""
        w = self._layers[kind]
        return Smooth(w, (w["constant"] @ constants)[:, None] / 4, magnitudes, values)

    def chances(self, logits: Ints) -> Ints:
        """Chances of logits, in 2^-16."""
        chances: Ints = self._chances[logits + _MOST_LOGIT]
        return chances


class Smooth:
    """Networks without rounding at some positions, and the way back from slopes of their logits.

    Attributes
    ----------
    logits
        (5, positions), in nats.
    hidden
        What the last layer sees, (HIDDEN, positions).
    """

    def __init__(
        self, w: dict[str, Tensor], bias: Tensor, magnitudes: Tensor, values: Tensor
    ) -> None:
        self._w = w
        self._odd = torch.mm(w["odd"], values).clamp_(-_MOST_ODD, _MOST_ODD)
        seen = torch.cat([magnitudes, self._odd.abs() / 4])
        first = torch.addmm(bias / _FIRST_SCALE, w["first"], seen)
        self._first = first.clamp_(0, _MOST_HIDDEN)
        second = torch.addmm(w["second_bias"], w["second"], self._first)
        self.hidden = second.clamp_(0, _MOST_HIDDEN)
        sizes = torch.addmm(w["third_bias"], w["third"], self.hidden)
        self.logits = torch.cat([sizes, torch.mm(w["sign"], self._odd)]).div_(LOGIT_SCALE)

    def backward(self, slopes: Tensor) -> tuple[Tensor, Tensor]:
        """Slopes by magnitudes and by signed values, from those by logits (5, positions)."""
        w, slopes = self._w, slopes / LOGIT_SCALE
        back = torch.mm(w["third"].T, slopes[:LOGITS]).mul_(self.hidden > 0)
        back = torch.mm(w["second"].T, back).mul_(self._first > 0)
        back = torch.mm(w["first"].T, back)
        odd = back[-ODD:].mul(self._odd.sign()).div_(4)
        odd.addmm_(w["sign"].T, slopes[LOGITS:])
        return back[:-ODD], torch.mm(w["odd"].T, odd)


def _propagated(w: dict[str, Tensor], bias: Tensor, seen: Tensor, signed: Tensor) -> Tensor:
    """Logits of some positions; weights are divided by what sums are to be divided by."""
    odd = torch.mm(w["odd"], signed).round_().clamp_(-_MOST_ODD, _MOST_ODD)
    seen[-ODD:] = odd.abs().div_(4).floor_()
    hidden = torch.addmm(bias, w["first"], seen).round_().clamp_(0, _MOST_HIDDEN)
    hidden = torch.addmm(w["second_bias"], w["second"], hidden).round_().clamp_(0, _MOST_HIDDEN)
    sizes = torch.addmm(w["third_bias"], w["third"], hidden)
    logits = torch.cat([sizes, torch.mm(w["sign"], odd)])
    return logits.round_().clamp_(-_MOST_LOGIT, _MOST_LOGIT)
