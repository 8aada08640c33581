"""Local-Global: a small network for each tile, advised at every layer by one for the whole signal.

The model is that of Local-Global INRs, sections 3.3 to 3.6.

At each of the depth + 1 hidden levels

    g ← φ(G·g),  l' ← φ(L·l),  l ← φ(W·[l' ; g] + b)

and a linear layer of the tile's own ends it. The merge W, b is one for all levels and tiles;
merging by addition, l ← l' + φ(W·g + b), has one for each level, as in the authors' code. Tiles can
be left out of a file without touching the values of the others.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.activations import SINE, Step, activation_by_name
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import (
    MAX_TILE,
    MAX_WIDTH,
    PerceptronSpec,
    harmonizer_tensor,
    layer_tensors,
)
from inrcodec.codecs.inr.networks.operations import operations
from inrcodec.errors import UsageError
from inrcodec.schema import UINT, UINTS, coded, named

__all__ = ["ADD", "CONCATENATE", "LocalGlobalSpec"]

CONCATENATE = 1
ADD = 2

_PARTS = ("local", "global", "merge")
# Of an audio signal.
_PARTITIONS = 32

# Of the automatic partition: what part of the weights left to them the local networks have at
# least, and all networks together of the weights asked for; how far the global share may go, as a
# part of itself, to make up for what local widths, which are thousands of weights apart, miss.
_LOCAL_PART = 0.95
_WHOLE_PART = 0.99
_DRIFT = 0.25


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
        1: φ(W·[l' ; g] + b), the paper's equation 1, one W, b for all levels; 2: l' + φ(W·g + b),
        its equation 2, a W, b for each level.
    """

    number = 5
    name = "local-global"
    summary = "a small network for each tile, advised by one for the whole signal"
    activations = (SINE.number, activation_by_name("incode").number)

    tile: tuple[int, ...] = coded(UINTS, kw_only=True)
    global_width: int = coded(UINT, kw_only=True)
    merge: int = coded(
        named({"concatenate": CONCATENATE, "add": ADD}), kw_only=True, default=CONCATENATE
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= len(self.tile) <= 3 or not all(1 <= side <= MAX_TILE for side in self.tile):
            raise UsageError(f"tile {self.tile}; it must be 1 to 3 sides of 1 to {MAX_TILE}")
        if not 1 <= self.global_width <= MAX_WIDTH:
            raise UsageError(f"global width {self.global_width}; it must be 1 to {MAX_WIDTH}")
        if self.merge not in (CONCATENATE, ADD):
            raise UsageError(f"merge {self.merge}; it must be concatenate or add")

    def mismatch(self, domain: Domain) -> str | None:
        """Refuse a tile that has neither a side for each axis nor one for all."""
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
        for suffix in dict.fromkeys(self._merges()):
            tensors += layer_tensors(suffix, Scope.ITEM, fan_in, h, self.bound(fan_in, False))
        if self.function.harmonized:
            tensors += [harmonizer_tensor(Scope.ITEM, f"_{part}") for part in _PARTS]
        widths = [axes, *[h] * (self.depth + 1), domain.channels]
        for k, (fan_in, fan_out) in enumerate(pairwise(widths)):
            bound = self.bound(fan_in, k == 0)
            tensors += layer_tensors(f"_local{k}", Scope.TILE, fan_in, fan_out, bound)
        # Every level merges once more with the same weights.
        return tuple(
            replace(t, uses=t.size * (self.depth + 1)) if t.name == "weight_merge" else t
            for t in tensors
        )

    def _merges(self) -> list[str]:
        """Return the merge layer of each level, by the suffix of its tensors."""
        if self.merge == CONCATENATE:
            return ["_merge"] * (self.depth + 1)
        return [f"_merge{k}" for k in range(self.depth + 1)]

    @property
    def first_layers(self) -> tuple[str, ...]:
        return ("_global0", "_local0")

    def layers(self) -> list[str]:
        """Return the suffixes of the layers of a tile's own network."""
        return [f"_local{k}" for k in range(self.depth + 2)]

    def prepare(self, points: Any) -> tuple[Any, Any]:
        """Return points as the tiles take them, (tiles, axes, points), and all in a few rows.

        The global network takes the latter: its large products are fastest over many points.
        """
        flat = points.swapaxes(0, 1).reshape(1, points.shape[1], -1)
        return points, operations(points).in_rows(flat)

    def forward(self, weights: Mapping[str, Any], points: Any) -> Any:
        local, coarse = points
        layers = operations(local).layers
        # 1 where all tiles have the same points, as where two fade into each other.
        rows = local.shape[0]

        def tensors(suffix: str) -> tuple[Any, Any]:
            return weights[f"weight{suffix}"], weights[f"bias{suffix}"][..., None]

        def step(weight: Any, bias: Any, part: str, first: bool = False) -> Step:
            factors = self.factors(first, weights.get(f"harmonizer_{part}"))
            return Step(weight, bias, self.function, factors)

        def by_tile(values: Any) -> Any:
            """Arrange (rows, width, points of a row) as (tiles or 1, width, points)."""
            apart = values.swapaxes(0, 1).reshape(self.width, rows, -1)
            return apart.swapaxes(0, 1)

        for k, suffix in enumerate(self._merges()):
            coarse = layers(coarse, [step(*tensors(f"_global{k}"), "global", k == 0)])
            own = step(*tensors(f"_local{k}"), "local", k == 0)
            merge, bias = tensors(suffix)
            if self.merge == CONCATENATE:
                # W·[l' ; g] + b is W_l·l' + (W_g·g + b), and what is in brackets is small.
                advice = by_tile(layers(coarse, [Step(merge[..., self.width :], bias)]))
                local = layers(local, [own, step(merge[..., : self.width], advice, "merge")])
            else:
                local = layers(local, [own]) + by_tile(layers(coarse, [step(merge, bias, "merge")]))
        return layers(local, [Step(*tensors(f"_local{self.depth + 1}"))])

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
        """Return the network of about `total` weights, a share `ratio` of them global.

        Tiles have at most `tile` samples along an axis. The rule is that of Appendix A, algorithm
        1, as the authors' code has it: the global width is the smallest that reaches its share,
        the local width the smallest that reaches 0.95 of what is left; then the global width
        changes until both come to 0.99 of `total`, or its share is off by a quarter of `ratio`. The
        merge is not counted. Raises `UsageError` for a total or a tile below 1, or a ratio that is
        not between 0 and 1.
        """
        if total < 1 or not 0 < ratio < 1 or tile < 1:
            raise UsageError(f"no partition for {total} weights, {ratio} global, tiles of {tile}")
        factors = [math.ceil(size / tile) for size in domain.shape]
        sides = tuple(map(lambda size, n: -(-size // n), domain.shape, factors))
        axes = len(domain.shape)

        def local_size(width: int) -> int:
            one = _chain_size([axes, *[width] * (depth + 1), domain.channels])
            return math.prod(factors) * one

        def coarse_size(width: int) -> int:
            return _chain_size([axes, *[width] * (depth + 1)])

        coarse = _smallest(coarse_size, total * ratio)
        local = _smallest(local_size, _LOCAL_PART * (total - coarse_size(coarse)))

        def missing(width: int) -> float:
            return _WHOLE_PART * total - local_size(local) - coarse_size(width)

        def is_near(width: int) -> bool:
            return abs(coarse_size(width) / total - ratio) < _DRIFT * ratio

        while missing(coarse) < 0 and is_near(coarse) and coarse > 1:
            coarse -= 1
        while missing(coarse) > 0 and is_near(coarse) and coarse < MAX_WIDTH:
            coarse += 1
        return cls(local, depth, omega, omega, tile=sides, global_width=coarse)

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        if len(domain.shape) == 1:
            return cls._audio_efforts(domain)
        table = (
            (7, 2, 40, 200),
            (7, 2, 40, 500),
            (7, 3, 40, 800),
            (7, 3, 40, 1600),
            (7, 3, 40, 3000),
            (8, 3, 48, 4000),
            (8, 3, 64, 6000),
            (8, 4, 64, 8000),
            (8, 4, 64, 20000),
        )
        return tuple(
            Effort(cls(h, depth, 30.0, 30.0, tile=(48,), global_width=g), steps, 3e-3)
            for h, depth, g, steps in table
        )

    @classmethod
    def _audio_efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        """Return the effort table of audio signals, for 32 tiles, as in the paper."""
        table = (
            (12, 24, 80),
            (12, 24, 160),
            (12, 32, 300),
            (12, 32, 600),
            (16, 48, 1000),
            (16, 48, 2000),
            (24, 64, 3000),
            (32, 64, 4000),
            (42, 72, 10000),
        )
        tile = (math.ceil(domain.shape[0] / _PARTITIONS),)
        return tuple(
            Effort(cls(h, 3, 30.0, 15.0, tile=tile, global_width=g), steps, 2e-3)
            for h, g, steps in table
        )


def _chain_size(widths: list[int]) -> int:
    """Count the weights of layers one after another, with their biases."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))


def _smallest(size: Callable[[int], int], least: float) -> int:
    """Return the smallest width of at least a size; the largest there is where none has it."""
    return 1 + bisect_left(range(1, MAX_WIDTH), least, key=size)
