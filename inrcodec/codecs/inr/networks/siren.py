"""SIREN: one perceptron with sine activations for the whole signal (Sitzmann et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.learnt import PRIORS, learnt_weights
from inrcodec.codecs.inr.networks.mlp import WHOLE_EFFORTS, PerceptronSpec, whole_rate
from inrcodec.signal import Color

__all__ = ["SirenSpec"]

# What priors were learnt with.
_OMEGA = 30.0


@dataclass(frozen=True)
class SirenSpec(PerceptronSpec):
    """A SIREN; all its weights are item scope, its coordinates run over the signal."""

    number = 1
    name = "siren"
    summary = "one sine network for the whole signal"
    priors: ClassVar[tuple[int, ...]] = tuple(PRIORS)

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        return self.perceptron(domain, Scope.ITEM)

    @property
    def stackable(self) -> bool:
        return not self.function.harmonized

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        rate = whole_rate(domain)
        return tuple(
            Effort(cls(w, d, _OMEGA, _OMEGA), steps, rate) for w, d, steps in WHOLE_EFFORTS
        )

    def prior(self, number: int, domain: Domain) -> dict[str, Any] | None:
        is_color_image = len(domain.shape) == 2 and domain.channels == Color.RGB
        is_plain = replace(self, width=1, depth=0) == type(self)(1, 0, _OMEGA, _OMEGA)
        if number not in self.priors or not is_color_image or not is_plain:
            return None
        names = [tensor.name for tensor in self.tensors(domain)]
        return learnt_weights(number, self.width, self.depth, names)
