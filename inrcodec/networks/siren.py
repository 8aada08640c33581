"""SIREN: one perceptron with sine activations for the whole signal (Sitzmann et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.networks.base import Domain, Effort, Scope, TensorSpec
from inrcodec.networks.mlp import PerceptronSpec

__all__ = ["SirenSpec"]


@dataclass(frozen=True)
class SirenSpec(PerceptronSpec):
    """A SIREN; all its weights are item scope, its coordinates run over the signal."""

    number = 1
    name = "siren"
    summary = "one sine network for the whole signal"

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        return self.perceptron(domain, Scope.ITEM)

    @classmethod
    def efforts(cls) -> tuple[Effort, ...]:
        table = (
            (32, 3, 100),
            (32, 3, 200),
            (40, 3, 300),
            (40, 4, 500),
            (48, 4, 1000),
            (48, 5, 2000),
            (64, 5, 4000),
            (64, 6, 10000),
            (64, 6, 30000),
        )
        return tuple(Effort(cls(w, d, 30.0, 30.0), steps, 5e-3) for w, d, steps in table)
