"""Levels-of-Experts with sine: every layer but the last holds a 2×2 tile of matrices, repeated over
the signal at a scale of the layer's own; a sample meets the one at its place.

At position p in [0, 1] along an axis, layer i takes the matrix floor(α_i·p) mod 2 (LoE, equation 3
with nearest blending and β = 0). Biases are one for all matrices of a layer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from inrcodec.errors import UsageError
from inrcodec.fields import REALS, as_real, coded
from inrcodec.networks.activations import SINE, activation_by_name
from inrcodec.networks.base import Domain, Effort, Scope, TensorSpec
from inrcodec.networks.mlp import MAX_FACTOR, PerceptronSpec

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PATTERNS", "Grouping", "LoeSpec"]


def _fine_to_coarse(levels: int) -> tuple[float, ...]:
    return tuple(2.0 ** (levels - i) for i in range(levels))


def _coarse_to_fine(levels: int) -> tuple[float, ...]:
    return tuple(2.0**i for i in range(levels))


def _quad_tree(levels: int) -> tuple[float, ...]:
    # The first level covers the whole signal with its 2×2 tiles, each next one halves the cell.
    return tuple(2.0 ** (i + 1) for i in range(levels))


_BORDER = 2.0**-10

# (levels) to the α of each level.
PATTERNS = {
    "coarse-to-fine": _coarse_to_fine,
    "fine-to-coarse": _fine_to_coarse,
    "quad-tree": _quad_tree,
}


class Grouping(NamedTuple):
    """How a level's points are sorted by the matrix they meet.

    `order` moves points from the order of the level before to this one's, `back` undoes it (for
    the gradient); `counts` are the points of each matrix. After the last level, `order` restores
    the order in which the points were given.
    """

    order: Tensor
    back: Tensor
    counts: list[int]


@dataclass(frozen=True)
class LoeSpec(PerceptronSpec):
    """Hyper-parameters; `depth + 1` layers are position-dependent, one is plain.

    `alphas` holds a scale for each position-dependent layer: how many cells, of either of the two
    matrices, lie along an axis.
    """

    number = 4
    name = "loe"
    summary = "one network whose matrices alternate over the signal, at a scale for each layer"
    activations = (SINE.number, activation_by_name("leaky-relu").number)

    alphas: tuple[float, ...] = coded(REALS, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alphas", tuple(as_real(alpha) for alpha in self.alphas))
        if len(self.alphas) != self.depth + 1:
            raise UsageError(f"{len(self.alphas)} scales for {self.depth + 1} layers")
        if not all(0 < alpha <= MAX_FACTOR for alpha in self.alphas):
            raise UsageError(f"scales must be above 0 and at most {MAX_FACTOR:.0f}")

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        axes = len(domain.shape)
        tensors: list[TensorSpec] = []
        widths = [axes, *[self.width] * (self.depth + 1)]
        for k, (fan_in, fan_out) in enumerate(pairwise(widths)):
            shape, bound = (2**axes, fan_out, fan_in), self.bound(fan_in, k == 0)
            tensors += [
                TensorSpec(f"weight{k}", Scope.ITEM, shape, bound, uses=fan_in * fan_out),
                TensorSpec(f"bias{k}", Scope.ITEM, (fan_out,), fan_in**-0.5),
            ]
        k, last = self.depth + 1, (domain.channels, self.width)
        return (
            *tensors,
            TensorSpec(f"weight{k}", Scope.ITEM, last, self.bound(self.width, False)),
            TensorSpec(f"bias{k}", Scope.ITEM, (domain.channels,), self.width**-0.5),
        )

    def prepare(self, points: Tensor) -> tuple[Tensor, list[Grouping]]:
        """Points of shape (points, axes), and their grouping at each level and after the last."""
        import torch

        flat = points[0].T.contiguous()
        experts = 2 ** flat.shape[1]
        positions = (flat.detach() + 1) / 2
        places = torch.arange(len(flat), device=flat.device)
        groupings: list[Grouping] = []
        for alpha in self.alphas:
            # What lies on a border but for rounding belongs to the cell that begins there.
            cells = (positions[places] * alpha + _BORDER).floor().clamp(0, math.ceil(alpha) - 1)
            owner = cells.long().remainder(2)
            number = owner[:, 0]
            for axis in range(1, owner.shape[1]):
                number = 2 * number + owner[:, axis]
            order = torch.argsort(number, stable=True)
            counts = torch.bincount(number, minlength=experts).tolist()
            groupings.append(Grouping(order, torch.argsort(order), counts))
            places = places[order]
        restore = torch.argsort(places)
        groupings.append(Grouping(restore, places, [len(flat)]))
        return flat, groupings

    def forward(self, weights: Mapping[str, Tensor], points: Any) -> Tensor:
        # The kernels import torch, which reading a header must not.
        import torch

        from inrcodec.networks.kernels import grouped_linear, permute

        values, groupings = points
        for k, grouping in enumerate(groupings[:-1]):
            values = permute(values, grouping.order, grouping.back)
            z = grouped_linear(
                values, weights[f"weight{k}"][0], weights[f"bias{k}"], grouping.counts
            )
            omega = self.omega_0 if k == 0 else self.omega
            values = torch.sin(omega * z) if self.activation == SINE.number else z.maximum(0.2 * z)
        k = self.depth + 1
        values = values @ weights[f"weight{k}"][0].T + weights[f"bias{k}"]
        return permute(values, groupings[-1].order, groupings[-1].back).T[None]

    def with_options(self, options: Mapping[str, Any]) -> Self:
        """As of every spec; `alphas` may name one of `PATTERNS`, and follows the depth."""
        depth = int(options.get("depth", self.depth))
        alphas = options.get("alphas", "fine-to-coarse" if "depth" in options else self.alphas)
        if alphas in PATTERNS:
            alphas = PATTERNS[alphas](depth + 1)
        return super().with_options({**options, "alphas": alphas})

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        table = (
            (16, 5, 100),
            (16, 5, 200),
            (20, 6, 300),
            (20, 6, 500),
            (24, 7, 1000),
            (24, 7, 2000),
            (32, 8, 4000),
            (32, 8, 10000),
            (32, 8, 30000),
        )
        return tuple(
            Effort(cls(w, d, 10.0, 10.0, alphas=_fine_to_coarse(d + 1)), steps, 5e-3)
            for w, d, steps in table
        )
