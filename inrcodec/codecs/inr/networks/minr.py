"""MINR: networks of many images that share their middle layers (MINR, section II-B).

Each image has a first layer, a projection and a last layer of its own; the middle layers are
shared. All are of one width.
"""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import (
    PerceptronSpec,
    harmonizer_tensor,
    layer_tensors,
    mapping_tensors,
    whole_rate,
)
from inrcodec.errors import UsageError
from inrcodec.schema import UINT, coded

__all__ = ["MinrSpec"]

# How a file says where the projection belongs.
NO_PROJECTION, ITEM_PROJECTION, SHARED_PROJECTION = range(3)


@dataclass(frozen=True)
class MinrSpec(PerceptronSpec):
    """Hyper-parameters; `depth` is the number of middle layers.

    Attributes
    ----------
    projection
        0: none, 1: of each image (the paper's), 2: shared.
    unshared
        Bit k is set where middle layer k belongs to each image (the ablation of Table III).
    """

    number = 3
    name = "minr"
    summary = "middle layers shared by several images, the others of each image"

    projection: int = coded(UINT, kw_only=True, default=ITEM_PROJECTION)
    unshared: int = coded(UINT, kw_only=True, default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.projection not in (NO_PROJECTION, ITEM_PROJECTION, SHARED_PROJECTION):
            raise UsageError(f"projection {self.projection}; it must be 0, 1 or 2")
        if self.unshared >> self.depth:
            raise UsageError(f"unshared {self.unshared} for {self.depth} middle layers")
        if self.function.complex_weights and self.projection == NO_PROJECTION and not self.depth:
            raise UsageError("complex weights need a layer between the first and the last")

    def _hidden(self) -> list[tuple[str, Scope]]:
        """Return the suffixes and scopes of the hidden layers after the first."""
        layers: list[tuple[str, Scope]] = []
        if self.projection != NO_PROJECTION:
            owner = Scope.ITEM if self.projection == ITEM_PROJECTION else Scope.SHARED
            layers.append(("_projection", owner))
        for k in range(self.depth):
            owner = Scope.ITEM if self.unshared >> k & 1 else Scope.SHARED
            layers.append((f"_middle{k}", owner))
        return layers

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        axes, width = len(domain.shape), self.width
        planes = 2 if self.function.complex_weights else 1
        tensors = [*mapping_tensors(self.function, axes, self.scale)]
        if self.function.harmonized:
            tensors.append(harmonizer_tensor(Scope.ITEM))
        fan_in = self.inputs(axes)
        tensors += layer_tensors("_first", Scope.ITEM, fan_in, width, self.bound(fan_in, True))
        bound = self.bound(width, False)
        for name, scope in self._hidden():
            tensors += layer_tensors(name, scope, width, width, bound, planes)
        tensors += layer_tensors("_last", Scope.ITEM, width, domain.channels, bound, planes)
        return tuple(tensors)

    def layers(self) -> list[str]:
        return ["_first", *(name for name, _ in self._hidden()), "_last"]

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        table = (
            (24, 2, 200),
            (24, 2, 400),
            (32, 2, 600),
            (32, 3, 1000),
            (40, 3, 2000),
            (40, 3, 4000),
            (48, 3, 6000),
            (64, 3, 10000),
            (64, 3, 30000),
        )
        rate = whole_rate(domain)
        return tuple(Effort(cls(w, d, 30.0, 30.0), steps, rate) for w, d, steps in table)
