"""The multi-layer perceptron that coordinate networks are made of, declared and evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from inrcodec.errors import UsageError
from inrcodec.fields import REAL, UINT, as_real, coded
from inrcodec.networks.activations import SINE, activation
from inrcodec.networks.base import Domain, NetworkSpec, Scope, TensorSpec

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PerceptronSpec"]

MAX_WIDTH = 4096
MAX_DEPTH = 64
MAX_OMEGA = 1e6


@dataclass(frozen=True)
class PerceptronSpec(NetworkSpec):
    """Hyper-parameters that every perceptron has.

    Attributes
    ----------
    width
        Features of each hidden layer, 1 to 4096.
    depth
        Hidden-to-hidden layers, 0 to 64: `depth + 2` linear layers in all (ENRP's d, SIREN's
        `hidden_layers`).
    omega_0, omega
        Factor on the pre-activation of the first and of the later hidden layers, above 0.
    activation
        Its number in `activations.ACTIVATIONS`.
    """

    width: int = coded(UINT)
    depth: int = coded(UINT)
    omega_0: float = coded(REAL)
    omega: float = coded(REAL)
    activation: int = coded(UINT, default=SINE.number)

    def __post_init__(self) -> None:
        if not 1 <= self.width <= MAX_WIDTH:
            raise UsageError(f"width {self.width}; it must be 1 to {MAX_WIDTH}")
        if not 0 <= self.depth <= MAX_DEPTH:
            raise UsageError(f"depth {self.depth}; it must be 0 to {MAX_DEPTH}")
        for name in ("omega_0", "omega"):
            # As the file will have it, so that the fit is of what will be decoded.
            object.__setattr__(self, name, as_real(getattr(self, name)))
        if not (0 < self.omega_0 <= MAX_OMEGA and 0 < self.omega <= MAX_OMEGA):
            raise UsageError(f"omega must be above 0 and at most {MAX_OMEGA:.0f}")
        activation(self.activation)

    def perceptron(self, domain: Domain, scope: Scope) -> tuple[TensorSpec, ...]:
        """The tensors `weight0, bias0, weight1, ...` of one perceptron over a domain."""
        function = activation(self.activation)
        widths = [len(domain.shape), *[self.width] * (self.depth + 1), domain.channels]
        tensors: list[TensorSpec] = []
        for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
            bound = function.hidden_bound(fan_in, self.omega)
            if index == 0:
                bound = function.first_bound(fan_in, self.omega_0)
            tensors.append(TensorSpec(f"weight{index}", scope, (fan_out, fan_in), bound))
            tensors.append(TensorSpec(f"bias{index}", scope, (fan_out,), fan_in**-0.5))
        return tuple(tensors)

    def forward(self, weights: Mapping[str, Tensor], points: Tensor) -> Tensor:
        # The kernels import torch, which reading a header must not.
        from inrcodec.networks.kernels import batched_linear

        function = activation(self.activation)
        values = points
        for index in range(self.depth + 1):
            omega = self.omega_0 if index == 0 else self.omega
            weight, bias = weights[f"weight{index}"], weights[f"bias{index}"]
            values = function.layer(values, weight, bias.unsqueeze(-1), omega)
        last = self.depth + 1
        return batched_linear(
            values, weights[f"weight{last}"], weights[f"bias{last}"].unsqueeze(-1)
        )
