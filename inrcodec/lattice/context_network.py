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

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.lattice.contexts import Kind
from inrcodec.lattice.prior import CONSTANTS, LEVELS, Prior

__all__ = ["ContextNetwork", "step_inputs"]

_MOST_ODD = 511
_MOST_HIDDEN = 2047
_MOST_LOGIT = 1023
# The range of steps that priors are fitted to, in 1/64 of half an octave from 2^5.
_STEP_RANGE = (-128, 96)


def step_inputs(step: int) -> tuple[int, int, int]:
    """What networks are told of the step: half its octaves from 32 levels of 255 in 1/64, its
    square and its absolute value."""
    d = min(max((step - 704) // 2, _STEP_RANGE[0]), _STEP_RANGE[1])
    return d, d * d // 64, abs(d)


class ContextNetwork:
    """A prior's networks on a device, for one step size."""

    def __init__(self, prior: Prior, step: int, device: str | torch.device = "cpu") -> None:
        # Reduced precision of float32 products, which a user may allow on GPUs, leaves float64 be.
        self.dtype = torch.float32 if torch.device(device).type == "cpu" else torch.float64
        self._step = step_inputs(step)
        self._logarithm = torch.tensor(prior.logarithm.tolist(), dtype=self.dtype, device=device)
        logistic = prior.logistic.astype(np.int64)
        # Chances of logits from -1023 to 1023.
        chances = np.concatenate([65536 - logistic[:0:-1], logistic])
        self._chances = np.clip(chances, 1, 65535).astype(np.int32)
        self._layers = {
            kind: {
                name: torch.tensor(getattr(layers, name).tolist(), dtype=self.dtype, device=device)
                for name in layers.shapes(kind)
            }
            for kind, layers in prior.layers.items()
        }

    def compress(self, latents: Tensor) -> Tensor:
        """sign(q)·16·log2(1 + |q|), rounded; what contexts hold of latents."""
        index = latents.abs().clamp(max=len(self._logarithm) - 1).long()
        return torch.sign(latents) * self._logarithm[index]

    def constants(self, level_from_finest: int, rows_high: bool) -> Tensor:
        """Inputs that a pass's latents have in common, in 1/64."""
        values = [0] * CONSTANTS
        values[min(level_from_finest, LEVELS - 1)] = 64
        values[LEVELS] = 64 * rows_high
        values[LEVELS + 1 :] = self._step
        device = self._logarithm.device
        return torch.tensor(values, dtype=self.dtype, device=device)

    def logits(self, kind: Kind, magnitudes: Tensor, values: Tensor, constants: Tensor) -> Tensor:
        """Logits (5, positions) in 1/64: above 0, above 1, above 2, larger still, positive."""
        w = self._layers[kind]
        odd = (w["odd"] @ values / 16).round_().clamp_(-_MOST_ODD, _MOST_ODD)
        inputs = torch.cat([magnitudes, (odd.abs() / 4).floor_()])
        bias = (w["constant"] @ constants / 4).round_()
        hidden = w["first"] @ inputs
        hidden += bias[:, None]
        hidden = hidden.div_(16).round_().clamp_(0, _MOST_HIDDEN)
        hidden = w["second"] @ hidden
        hidden += w["second_bias"][:, None]
        hidden = hidden.div_(64).round_().clamp_(0, _MOST_HIDDEN)
        sizes = w["third"] @ hidden
        sizes += w["third_bias"][:, None]
        sign = w["sign"] @ odd
        logits = torch.cat([sizes, sign[None]]).div_(64).round_()
        return logits.clamp_(-_MOST_LOGIT, _MOST_LOGIT)

    def chances(self, logits: Tensor) -> npt.NDArray[np.int32]:
        """Chances in 2^-16 of logits, on the CPU."""
        index: npt.NDArray[Any] = logits.cpu().numpy().astype(np.int64) + _MOST_LOGIT
        chances: npt.NDArray[np.int32] = self._chances[index]
        return chances
