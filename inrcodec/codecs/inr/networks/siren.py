"""SIREN: one perceptron with sine activations for the whole signal (Sitzmann et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import WHOLE_EFFORTS, PerceptronSpec, whole_rate

__all__ = ["SirenSpec"]


@dataclass(frozen=True)
class SirenSpec(PerceptronSpec):
    """A SIREN; all its weights are item scope, its coordinates run over the signal."""

    number = 1
    name = "siren"
    summary = "one sine network for the whole signal"

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        return self.perceptron(domain, Scope.ITEM)

    @property
    def stackable(self) -> bool:
        return not self.function.harmonized

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        rate = whole_rate(domain)
        return tuple(Effort(cls(w, d, 30.0, 30.0), steps, rate) for w, d, steps in WHOLE_EFFORTS)
