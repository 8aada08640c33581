"""Levels-of-Experts: one network whose matrices alternate over the signal.

Every layer but the last holds a 2×2 tile of matrices, repeated over the signal at a scale of the
layer's own; a sample meets the one at its place.

At position p in [0, 1] along an axis, layer i takes the matrix floor(α_i·p) mod 2 (LoE, equation 3
with nearest blending and β = 0); or, with linear blending, a mean of both that goes from the one in
the middle of its cell to the other in the middle of the next. Biases are one for all matrices of a
layer. What enters the first layer are the coordinates, or their encoding γ (equation 2): beside
themselves, sines and cosines of octaves (Mildenhall et al. 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, Self

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.activations import SINE, activation_by_name
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import MAX_FACTOR, PerceptronSpec
from inrcodec.codecs.inr.networks.operations import operations
from inrcodec.errors import UsageError
from inrcodec.schema import REALS, UINT, as_real, coded, named

__all__ = ["LINEAR", "NEAREST", "PATTERNS", "Grouping", "LoeSpec"]

NEAREST = 1
LINEAR = 2

# At more octaves, binary32 coordinates do not tell phases well enough for decoders to agree.
MAX_FREQUENCIES = 12


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
    """The order of a level's points, sorted by the matrix they meet.

    `order` moves points from the order of the level before to this one's, `back` undoes it (for
    the gradient); `counts` are the points of each matrix. After the last level, `order` restores
    the order in which the points were given.
    """

    order: Any
    back: Any
    counts: list[int]


@dataclass(frozen=True)
class LoeSpec(PerceptronSpec):
    """Hyper-parameters; `depth + 1` layers are position-dependent, one is plain.

    Attributes
    ----------
    alphas
        A scale for each position-dependent layer: how many cells, of either of the two matrices,
        lie along an axis.
    frequencies
        Octaves of the encoding γ of coordinates, 0 to 12; 0 for none. LoE's is 10.
    blending
        1: the nearest matrix; 2: linear between the two along each axis, at four times the cost of
        a layer in an image.
    """

    number = 4
    name = "loe"
    summary = "one network whose matrices alternate over the signal, at a scale for each layer"
    activations = (SINE.number, activation_by_name("leaky-relu").number)
    takes_rows = False

    alphas: tuple[float, ...] = coded(REALS, kw_only=True)
    frequencies: int = coded(UINT, kw_only=True, default=0)
    blending: int = coded(
        named({"nearest": NEAREST, "linear": LINEAR}), kw_only=True, default=NEAREST
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "alphas", tuple(as_real(alpha) for alpha in self.alphas))
        if len(self.alphas) != self.depth + 1:
            raise UsageError(f"{len(self.alphas)} scales for {self.depth + 1} layers")
        if not all(0 < alpha <= MAX_FACTOR for alpha in self.alphas):
            raise UsageError(f"scales must be above 0 and at most {MAX_FACTOR:.0f}")
        if not 0 <= self.frequencies <= MAX_FREQUENCIES:
            raise UsageError(f"{self.frequencies} frequencies; 0 to {MAX_FREQUENCIES} are possible")
        if self.blending not in (NEAREST, LINEAR):
            raise UsageError(f"blending {self.blending}; it must be nearest or linear")

    def inputs(self, axes: int) -> int:
        return axes * (1 + 2 * self.frequencies)

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        axes = len(domain.shape)
        experts = 2**axes
        tensors: list[TensorSpec] = []
        widths = [self.inputs(axes), *[self.width] * (self.depth + 1)]
        for k, (fan_in, fan_out) in enumerate(pairwise(widths)):
            shape, bound = (experts, fan_out, fan_in), self.bound(fan_in, k == 0)
            uses = fan_in * fan_out * (experts if self.blending == LINEAR else 1)
            tensors += [
                TensorSpec(f"weight{k}", Scope.ITEM, shape, bound, uses=uses),
                TensorSpec(f"bias{k}", Scope.ITEM, (fan_out,), fan_in**-0.5),
            ]
        k, last = self.depth + 1, (domain.channels, self.width)
        return (
            *tensors,
            TensorSpec(f"weight{k}", Scope.ITEM, last, self.bound(self.width, False)),
            TensorSpec(f"bias{k}", Scope.ITEM, (domain.channels,), self.width**-0.5),
        )

    def widest(self, domain: Domain) -> int:
        # Blended layers hold their input once for each matrix.
        copies = 2 ** len(domain.shape) if self.blending == LINEAR else 1
        return copies * super().widest(domain)

    @property
    def fitted_value(self) -> int:
        return 24

    @property
    def fitted_point(self) -> int:
        # An order and its inverse for each level, and after the last.
        return super().fitted_point + 16 * (len(self.alphas) + 1)

    def prepare(self, points: Any) -> tuple[Any, list[Any]]:
        """Return what enters the first layer, (points, inputs), and which matrices points meet.

        The latter is the grouping of points at each level and after the last or, blended, the share
        (points, matrices) of each matrix at each level.
        """
        k = operations(points)
        flat = k.flat_points(points)
        positions = (flat + 1) / 2
        entering = k.octaves(flat, self.frequencies)
        if self.blending == LINEAR:
            return entering, [k.blend_shares(positions * alpha) for alpha in self.alphas]
        return entering, self._groupings(positions)

    def _groupings(self, positions: Any) -> list[Grouping]:
        k = operations(positions)
        places = k.identity_order(positions)
        groupings: list[Grouping] = []
        for alpha in self.alphas:
            numbers = k.cell_numbers(positions[places], alpha, _BORDER)
            grouping = Grouping(*k.sorted_by(numbers, 2 ** positions.shape[1]))
            groupings.append(grouping)
            places = places[grouping.order]
        groupings.append(Grouping(k.inverse(places), places, [len(positions)]))
        return groupings

    def forward(self, weights: Mapping[str, Any], points: Any) -> Any:
        values, matches = points
        ops = operations(values)
        for k in range(self.depth + 1):
            match = matches[k]
            weight, bias = weights[f"weight{k}"][0], weights[f"bias{k}"]
            if self.blending == LINEAR:
                z = ops.blended_linear(values, weight, bias, match)
            else:
                values = ops.permute(values, match.order, match.back)
                z = ops.grouped_linear(values, weight, bias, match.counts)
            values = self._activated(z, first=k == 0)
        k = self.depth + 1
        last = weights[f"weight{k}"], weights[f"bias{k}"]
        values = ops.grouped_linear(values, *last, [len(values)])
        if self.blending == NEAREST:
            values = ops.permute(values, matches[-1].order, matches[-1].back)
        return values.T[None]

    def _activated(self, z: Any, first: bool) -> Any:
        if self.activation == SINE.number:
            return operations(z).sine((self.omega_0 if first else self.omega) * z)
        return operations(z).leaky_relu(z)

    def with_options(self, options: Mapping[str, Any]) -> Self:
        """Change some fields; `alphas` may name one of `PATTERNS`, and follows the depth."""
        depth = int(options.get("depth", self.depth))
        alphas = options.get("alphas", "fine-to-coarse" if "depth" in options else self.alphas)
        if alphas in PATTERNS:
            alphas = PATTERNS[alphas](depth + 1)
        return super().with_options({**options, "alphas": alphas})

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        table = (
            (16, 5, 200),
            (16, 5, 400),
            (20, 6, 600),
            (20, 6, 1000),
            (24, 7, 2000),
            (24, 7, 4000),
            (32, 8, 6000),
            (32, 8, 10000),
            (32, 8, 30000),
        )
        return tuple(
            Effort(cls(w, d, 10.0, 10.0, alphas=_fine_to_coarse(d + 1)), steps, 5e-3)
            for w, d, steps in table
        )
