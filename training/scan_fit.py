"""The network of a sample, as a fit has it: floats that become whole numbers of 2^-10.

The integers that files are coded by follow from `formats/inr-v1-pixels.md`, 5; here is the same in
floats, so that gradients exist: inputs and outputs are in units of 1024.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

__all__ = ["HIDDEN", "INPUTS", "PARTS", "SampleNetwork", "bits_of"]

INPUTS, HIDDEN, PARTS = 32, 32, 3
# Weights that 16 bits hold, and sums that 32 do.
MOST_WEIGHT = 8.0
# Scales at the start, in octaves below the gradients nearby, for an input that is 1/4 always.
_SCALES = (-1.0, -2.0, -3.0)
_ALWAYS = 31
_LEAST_SCALE, _MOST_SCALE, _MOST_BITS = -4.0, 9.0, 16.0


class SampleNetwork(nn.Module):
    """Two hidden layers without biases, and a way around them: means, scales and shares of a
    mixture of logistic distributions."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(INPUTS, HIDDEN, bias=False)
        self.second = nn.Linear(HIDDEN, HIDDEN, bias=False)
        self.third = nn.Linear(HIDDEN, 3 * PARTS, bias=False)
        self.around = nn.Linear(INPUTS, 3 * PARTS, bias=False)
        with torch.no_grad():
            self.around.weight.zero_()
            self.third.weight *= 0.1
            self.around.weight[PARTS : 2 * PARTS, _ALWAYS] = 4 * torch.tensor(_SCALES)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return outputs (n, 9) of inputs (n, 32)."""
        hidden = torch.relu(self.second(torch.relu(self.first(inputs))))
        outputs: Tensor = self.third(hidden) + self.around(inputs)
        return outputs

    def clamp(self) -> None:
        """Keep weights in the range of integers."""
        with torch.no_grad():
            for weights in self.parameters():
                weights.clamp_(-MOST_WEIGHT, MOST_WEIGHT)

    def integers(self) -> dict[str, npt.NDArray[np.int16]]:
        """Return the tensors of files: first, second and third."""
        third = torch.cat([self.third.weight, self.around.weight], 1)
        tensors = {"first": self.first.weight, "second": self.second.weight, "third": third}
        return {
            name: np.round(1024 * weights.detach().numpy()).astype(np.int16)
            for name, weights in tensors.items()
        }


def bits_of(outputs: Tensor, base: Tensor, exponent: Tensor, sample: Tensor) -> Tensor:
    """Return the bits (n,) of samples (n,) of 8 bits under the mixtures of outputs, whose units are
    2^exponent levels from a base."""
    unit = torch.exp2(exponent)[:, None]
    means = base[:, None] + outputs[:, :PARTS] * unit
    octaves = outputs[:, PARTS : 2 * PARTS] + exponent[:, None]
    sharpness = torch.exp2(-torch.clamp(octaves, _LEAST_SCALE, _MOST_SCALE))
    level = sample[:, None]
    above, below = (level + 0.5 - means) * sharpness, (level - 0.5 - means) * sharpness
    inside = torch.log(-torch.expm1(below - above) + 1e-12)
    logs = inside - softplus(-above) - softplus(below)
    logs = torch.where(level < 0.5, -softplus(-above), logs)
    logs = torch.where(level > 254.5, -softplus(below), logs)
    shares = torch.log_softmax(outputs[:, 2 * PARTS :], 1)
    return -torch.logsumexp(shares + logs, 1).clamp(min=-_MOST_BITS) / math.log(2)
