"""Activations: what follows each hidden linear layer, and the weights it starts from.

A new activation is one entry of `ACTIVATIONS` under a number of its own; numbers are written to
files and never change their meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inrcodec.errors import UnknownNumberError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ACTIVATIONS", "SINE", "Activation", "activation"]


@dataclass(frozen=True)
class Activation:
    """A hidden layer's non-linearity.

    Attributes
    ----------
    number, name
        Its number in files and its name on the command line.
    first_bound, hidden_bound
        (fan_in, omega) to the bound b of the uniform distribution U(-b, b) that the weights of
        the first and of all later layers start from.
    layer
        (x, weight, bias, omega) to the layer's output; shapes as in `kernels.batched_linear`.
    """

    number: int
    name: str
    first_bound: Callable[[int, float], float]
    hidden_bound: Callable[[int, float], float]
    layer: Callable[[Tensor, Tensor, Tensor, float], Tensor]


def _sine_layer(x: Tensor, weight: Tensor, bias: Tensor, omega: float) -> Tensor:
    # The kernels import torch, which reading a header must not.
    from inrcodec.networks.kernels import sine_linear

    return sine_linear(x, weight * omega, bias * omega)


# sin(ω(Wx + b)), initialised as in SIREN (Sitzmann et al. 2020, section 3.2).
SINE = Activation(
    number=1,
    name="sine",
    first_bound=lambda fan_in, omega: 1 / fan_in,
    hidden_bound=lambda fan_in, omega: math.sqrt(6 / fan_in) / omega,
    layer=_sine_layer,
)

ACTIVATIONS: dict[int, Activation] = {SINE.number: SINE}


def activation(number: int) -> Activation:
    """The activation of a number; `UnknownNumberError` where it is unassigned."""
    if number not in ACTIVATIONS:
        raise UnknownNumberError(f"activation {number} is unknown to this release")
    return ACTIVATIONS[number]
