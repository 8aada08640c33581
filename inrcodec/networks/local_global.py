"""Local-Global networks: a small network for each tile, which a network for the whole signal
advises at every layer (Local-Global INRs, sections 3.3 to 3.6).

At each of the depth + 1 hidden levels

    g ← φ(G·g),  l' ← φ(L·l),  l ← φ(W·[l' ; g] + b)

and a linear layer of the tile's own ends it. The merge W, b is one for all levels and tiles.
Tiles can be left out of a file without touching the values of the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from inrcodec.errors import UsageError
from inrcodec.fields import UINT, UINTS, coded
from inrcodec.networks.activations import SINE, activation_by_name
from inrcodec.networks.base import Domain, Effort, Scope, TensorSpec
from inrcodec.networks.mlp import MAX_TILE, MAX_WIDTH, PerceptronSpec, layer_tensors

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ADD", "CONCATENATE", "LocalGlobalSpec"]

CONCATENATE = 1
ADD = 2

_PARTS = ("local", "global", "merge")
# Of a recording.
_PARTITIONS = 32


@dataclass(frozen=True)
class LocalGlobalSpec(PerceptronSpec):
    """Hyper-parameters of a Local-Global network; `width` is that of the local sub-networks.

    Attributes
    ----------
    tile
        Sides of a tile in samples, one per axis, or one for all.
    global_width
        Features of a layer of the global sub-network.
    merge
        1: φ(W·[l' ; g] + b), the paper's equation 1; 2: l' + φ(W·g + b), its equation 2.
    """

    number = 5
    name = "local-global"
    summary = "a small network for each tile, advised by one for the whole signal"
    activations = (SINE.number, activation_by_name("incode").number)

    tile: tuple[int, ...] = coded(UINTS, kw_only=True)
    global_width: int = coded(UINT, kw_only=True)
    merge: int = coded(UINT, kw_only=True, default=CONCATENATE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.tile) <= 3 or not all(1 <= side <= MAX_TILE for side in self.tile):
            raise UsageError(f"tile {self.tile}; it must be 1 to 3 sides of 1 to {MAX_TILE}")
        if not 1 <= self.global_width <= MAX_WIDTH:
            raise UsageError(f"global width {self.global_width}; it must be 1 to {MAX_WIDTH}")
        if self.merge not in (CONCATENATE, ADD):
            raise UsageError(f"merge {self.merge}; it must be 1 or 2")

    def mismatch(self, domain: Domain) -> str | None:
        """A tile has a side for each axis, or one for all."""
        if len(self.tile) in (1, len(domain.shape)):
            return None
        return f"{len(self.tile)} sides of a tile for {len(domain.shape)} axes"

    def tile_shape(self, domain: Domain) -> tuple[int, ...]:
        if mismatch := self.mismatch(domain):
            raise UsageError(mismatch)
        sides = self.tile * len(domain.shape) if len(self.tile) == 1 else self.tile
        return tuple(min(side, size) for side, size in zip(sides, domain.shape, strict=True))

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        axes, h, g = len(domain.shape), self.width, self.global_width
        tensors: list[TensorSpec] = []
        for k, (fan_in, fan_out) in enumerate(pairwise([axes, *[g] * (self.depth + 1)])):
            bound = self.bound(fan_in, k == 0)
            tensors += layer_tensors(f"_global{k}", Scope.ITEM, fan_in, fan_out, bound)
        fan_in = g + h if self.merge == CONCATENATE else g
        tensors += layer_tensors("_merge", Scope.ITEM, fan_in, h, self.bound(fan_in, False))
        if self.function.harmonized:
            tensors += [TensorSpec(f"harmonizer_{part}", Scope.ITEM, (4,), 0.0) for part in _PARTS]
        widths = [axes, *[h] * (self.depth + 1), domain.channels]
        for k, (fan_in, fan_out) in enumerate(pairwise(widths)):
            bound = self.bound(fan_in, k == 0)
            tensors += layer_tensors(f"_local{k}", Scope.TILE, fan_in, fan_out, bound)
        # Every level merges once more with the same weights.
        return tuple(
            replace(t, uses=t.size * (self.depth + 1)) if t.name == "weight_merge" else t
            for t in tensors
        )

    @property
    def first_layers(self) -> tuple[str, ...]:
        return ("_global0", "_local0")

    def layers(self) -> list[str]:
        """Of a tile's own network."""
        return [f"_local{k}" for k in range(self.depth + 2)]

    def prepare(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Points as the tiles take them, (tiles, axes, points), and all in one row, as
        the global one does: its large products are fastest over many points."""
        return points, points.transpose(0, 1).reshape(1, points.shape[1], -1)

    def forward(self, weights: Mapping[str, Tensor], points: Any) -> Tensor:
        # The kernels import torch, which reading a header must not.
        from inrcodec.networks.kernels import batched_linear

        def tensors(name: str) -> tuple[Tensor, Tensor]:
            return weights[f"weight_{name}"], weights[f"bias_{name}"].unsqueeze(-1)

        def layer(x: Tensor, weight: Tensor, bias: Tensor, part: str, first: bool) -> Tensor:
            factors = self.factors(first, weights.get(f"harmonizer_{part}"))
            return self.function.layer(x, weight, bias, factors)

        def by_tile(values: Tensor) -> Tensor:
            """(1, width, all points) as (tiles, width, points)."""
            return values.reshape(self.width, local.shape[0], -1).transpose(0, 1)

        local, coarse = points
        merge, bias = tensors("merge")
        # W·[l' ; g] + b is W_l·l' + (W_g·g + b), and what is in brackets is small.
        merge_local, merge_global = merge[..., : self.width], merge[..., self.width :]
        for k in range(self.depth + 1):
            coarse = layer(coarse, *tensors(f"global{k}"), "global", k == 0)
            local = layer(local, *tensors(f"local{k}"), "local", k == 0)
            if self.merge == CONCATENATE:
                advice = by_tile(batched_linear(coarse, merge_global, bias))
                local = layer(local, merge_local, advice, "merge", False)
            else:
                local = local + by_tile(layer(coarse, merge, bias, "merge", False))
        return batched_linear(local, *tensors(f"local{self.depth + 1}"))

    @classmethod
    def automatic(
        cls,
        domain: Domain,
        total: int,
        ratio: float,
        tile: int,
        depth: int = 3,
        omega: float = 30.0,
    ) -> LocalGlobalSpec:
        """The widths that come to `total` parameters with a share `ratio` of global ones, for tiles
        of at most `tile` samples (Appendix A, algorithm 1)."""
        factors = [math.ceil(size / tile) for size in domain.shape]
        sides = tuple(
            -(-size // factor) for size, factor in zip(domain.shape, factors, strict=True)
        )

        def counts(local: int, coarse: int) -> tuple[int, int]:
            spec = cls(local, depth, omega, omega, tile=sides, global_width=coarse)
            found = spec.parameters(domain)
            return found[Scope.TILE], found[Scope.ITEM]

        coarse = _largest(lambda g: counts(1, g)[1] <= total * ratio)
        local = _largest(lambda h: counts(h, 1)[0] <= total - counts(1, coarse)[1])
        # One local width more or less is thousands of weights; the global one makes up for it.
        step = 1 if sum(counts(local, coarse)) < total else -1
        while abs(sum(counts(local, coarse)) - total) > total / 100:
            closer = coarse + step
            if closer < 1 or (sum(counts(local, closer)) - total) * step > total / 100:
                break
            coarse = closer
        return cls(local, depth, omega, omega, tile=sides, global_width=coarse)

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        if len(domain.shape) == 1:
            return cls._recording_efforts(domain)
        table = (
            (7, 2, 40, 100),
            (7, 2, 40, 250),
            (7, 3, 40, 400),
            (7, 3, 40, 800),
            (7, 3, 40, 1500),
            (8, 3, 48, 2500),
            (8, 3, 64, 4000),
            (8, 4, 64, 8000),
            (8, 4, 64, 20000),
        )
        return tuple(
            Effort(cls(h, depth, 30.0, 30.0, tile=(48,), global_width=g), steps, 3e-3)
            for h, depth, g, steps in table
        )

    @classmethod
    def _recording_efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        """For 32 tiles, as in the paper."""
        table = (
            (12, 24, 40),
            (12, 24, 80),
            (12, 32, 150),
            (12, 32, 300),
            (16, 48, 500),
            (16, 48, 1000),
            (24, 64, 2000),
            (32, 64, 4000),
            (42, 72, 10000),
        )
        tile = (math.ceil(domain.shape[0] / _PARTITIONS),)
        return tuple(
            Effort(cls(h, 3, 30.0, 15.0, tile=tile, global_width=g), steps, 2e-3)
            for h, g, steps in table
        )


def _largest(holds: object) -> int:
    """The largest width for which a condition holds; 1 where none does."""
    low, high = 1, MAX_WIDTH
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)  # type: ignore[operator]
    return low
