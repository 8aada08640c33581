"""The inner loops of networks on torch tensors: batched layers with a backward pass written out.

`array_kernels` has the same functions on numpy arrays.

Values are feature-first, (tiles, features, points), so that matrix products run along the many
points instead of the few features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor

from inrcodec.codecs.inr.networks.steps import LayerStep

__all__ = [
    "ROWS",
    "as_complex",
    "batched_linear",
    "blend_shares",
    "blended_linear",
    "cell_numbers",
    "expand",
    "finer",
    "flat_points",
    "fourier_features",
    "gabor",
    "gaussian",
    "grouped_linear",
    "harmonized_sine",
    "identity_order",
    "in_rows",
    "inverse",
    "layers",
    "leaky_relu",
    "octaves",
    "permute",
    "relu",
    "sine",
    "sine_linear",
    "sorted_by",
]


# Into which the points of one network are split.
ROWS = 16


def in_rows(points: Tensor) -> Tensor:
    """Arrange points (1, values, points) as (16, values, points / 16), if they can be split so, and
    fewer than 16 as a row for each.

    Each row is a product of its own, which is not shared out: one alone would be, and its sums
    would depend on the number of threads.
    """
    count = points.shape[2]
    if count > ROWS and count % ROWS:
        return points.contiguous()
    rows = min(ROWS, count)
    arranged: Tensor = points.reshape(-1, rows, count // rows).transpose(0, 1).contiguous()
    return arranged


def layers(x: Tensor, steps: Sequence[LayerStep]) -> Tensor:
    """Return what layers make of points (tiles or 1, in, points), one after another."""
    for step in steps:
        x = step.values(x)
    return x


def batched_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return W·x + b for each tile.

    Parameters
    ----------
    x
        (tiles or 1, in, points); 1 where all tiles share their points.
    weight, bias
        (tiles or 1, out, in) and (tiles or 1, out, 1 or points); 1 where all tiles share their
        weights.

    Returns
    -------
    (tiles, out, points)
    """
    if x.shape[0] == 1 and weight.shape[0] > 1:
        # Shared points: one tall product in place of many small ones.
        tall = torch.addmm(bias.reshape(-1, 1), weight.reshape(-1, weight.shape[2]), x[0])
        return tall.reshape(*weight.shape[:2], -1)
    if weight.shape[0] == 1 and x.shape[0] > 1:
        weight, bias = (part.expand(len(x), -1, -1) for part in (weight, bias))
    return torch.baddbmm(bias, weight, x)


def as_complex(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return (tiles, 2, out, in) and (tiles, 2·out, 1), real then imaginary, as complex."""
    real, imaginary = bias.chunk(2, dim=1)
    return torch.complex(weight[:, 0], weight[:, 1]), torch.complex(real, imaginary)


def gabor(phase: Tensor, omega: float, scale: float) -> Tensor:
    """Return exp(jωz - |s·z|²) of a real or complex z."""
    envelope = (phase * phase.conj()).real * scale**2
    return torch.exp(1j * omega * phase - envelope)


def expand(weight: Tensor, rows: int) -> Tensor:
    """Repeat weights (1, out, in) for so many rows."""
    return weight.expand(rows, -1, -1)


def sine(z: Tensor) -> Tensor:
    """Return sin(z)."""
    return z.sin()


def relu(z: Tensor) -> Tensor:
    """Return what is above 0 of z."""
    return z.relu()


def leaky_relu(z: Tensor) -> Tensor:
    """Return z, or a fifth of it below 0."""
    return z.maximum(0.2 * z)


def gaussian(z: Tensor, scale: float) -> Tensor:
    """Return exp(-(s·z)²)."""
    return (-(scale**2) * z.square()).exp()


def finer(z: Tensor, omega: float) -> Tensor:
    """Return sin(ω(|z| + 1)z); gradients do not flow through |z|."""
    return (omega * (z.detach().abs() + 1) * z).sin()


def harmonized_sine(z: Tensor, omega: float, harmonizer: Tensor) -> Tensor:
    """Return exp(a)·sin(exp(b)·ωz + c) + d; the scalars are (rows or 1, 4)."""
    a, b, c, d = harmonizer.reshape(-1, 4, 1, 1).unbind(1)
    # As many as there are features, so that their gradients are added up feature by feature first,
    # in one order however many threads there are.
    a, b, c, d = (scalar.expand(-1, z.shape[1], -1) for scalar in (a, b, c, d))
    return a.exp() * (b.exp() * omega * z + c).sin() + d


def fourier_features(points: Tensor, mapping: Tensor) -> Tensor:
    """Return cos(2πBv) and sin(2πBv) of points v (rows, axes, points).

    They are (rows, 2·frequencies, points).
    """
    phase = 2 * torch.pi * torch.matmul(mapping, points)
    return torch.cat([phase.cos(), phase.sin()], dim=1)


def octaves(points: Tensor, count: int) -> Tensor:
    """Return points (points, axes) beside sines and cosines of their coordinates in octaves.

    They are (points, axes·(1 + 2·count)): first v, then sin(2^k·πv) and cos(2^k·πv) for k = 0 …
    count - 1, one octave after another (Mildenhall et al. 2020, equation 4).
    """
    parts = [points]
    for k in range(count):
        phase = torch.pi * 2**k * points
        parts += [phase.sin(), phase.cos()]
    return torch.cat(parts, dim=1)


def flat_points(points: Tensor) -> Tensor:
    """Return points (1, axes, points) as (points, axes)."""
    return points[0].T.contiguous()


def cell_numbers(positions: Tensor, alpha: float, border: float) -> Tensor:
    """Return which of the matrices of a level positions (points, axes) in [0, 1] meet.

    What lies on a border but for rounding belongs to the cell that begins there.
    """
    cells = (positions.detach() * alpha + border).floor().clamp(0, math.ceil(alpha) - 1)
    owner = cells.long().remainder(2)
    number = owner[:, 0]
    for axis in range(1, owner.shape[1]):
        number = 2 * number + owner[:, axis]
    return number


def identity_order(points: Tensor) -> Tensor:
    """Return the order of points (points, axes) as they are."""
    return torch.arange(len(points), device=points.device)


def sorted_by(numbers: Tensor, count: int) -> tuple[Tensor, Tensor, list[int]]:
    """Return the order that sorts points by number, its inverse, and the points of each number."""
    order = torch.argsort(numbers, stable=True)
    return order, inverse(order), torch.bincount(numbers, minlength=count).tolist()


def inverse(order: Tensor) -> Tensor:
    """Return the inverse of a permutation."""
    return torch.argsort(order)


def blend_shares(cells: Tensor) -> Tensor:
    """Return the share of each matrix, (points, matrices), at places (points, axes) in cells.

    A matrix is alone in the middle of its cell.
    """
    odd = 1 - ((cells - 0.5).remainder(2) - 1).abs()
    shares = torch.ones_like(cells[:, :1])
    for axis in range(cells.shape[1]):
        pair = torch.stack([1 - odd[:, axis], odd[:, axis]], dim=1)
        shares = (shares.unsqueeze(2) * pair.unsqueeze(1)).flatten(1)
    return shares


class _Permute(torch.autograd.Function):
    """Rows in another order; the gradient gathers too, where indexing's own would scatter."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, order: Tensor, back: Tensor) -> Tensor:
        ctx.save_for_backward(order, back)
        return rows.index_select(0, order)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        order, back = ctx.saved_tensors
        return permute(grad, back, order), None, None


def permute(rows: Tensor, order: Tensor, back: Tensor) -> Tensor:
    """Return rows[order]; `back` is the inverse permutation."""
    return cast(Tensor, _Permute.apply(rows, order, back))  # type: ignore[no-untyped-call]


def grouped_linear(x: Tensor, weight: Tensor, bias: Tensor, counts: list[int]) -> Tensor:
    """Multiply points (points, in), sorted by group, by a matrix of each group.

    Matrices are (groups, out, in), and `counts` the points of each group.
    """
    parts = x.split(counts)  # type: ignore[no-untyped-call]
    return torch.cat([part @ w.T for part, w in zip(parts, weight, strict=True)]) + bias


def blended_linear(x: Tensor, weight: Tensor, bias: Tensor, shares: Tensor) -> Tensor:
    """Multiply points (points, in) by means of matrices (matrices, out, in).

    Each matrix has a share (points, matrices) of its own at each point.
    """
    # One tall product: to weigh inputs costs less than to weigh each matrix's output.
    tall = (shares.unsqueeze(2) * x.unsqueeze(1)).flatten(1)
    return tall @ weight.transpose(1, 2).flatten(0, 1) + bias


class _SineLinear(torch.autograd.Function):
    """The operation sin(W·x + b), faster than autograd's own graph.

    It keeps one array between the passes, where autograd keeps two and allocates three more: the
    layers of small networks are bound by memory traffic.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        phase = batched_linear(x, weight, bias)
        ctx.save_for_backward(x, weight, bias)
        ctx.phase = phase
        return torch.sin(phase)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias = ctx.saved_tensors
        if torch.is_grad_enabled():
            # The gradients are to be differentiated themselves.
            plain = torch.sin(batched_linear(x, weight, bias))
            needed = [
                t for t, need in zip((x, weight, bias), ctx.needs_input_grad, strict=True) if need
            ]
            found = iter(torch.autograd.grad(plain, needed, grad, create_graph=True))
            return tuple(next(found) if need else None for need in ctx.needs_input_grad)
        # The gradient takes the phase's place; it is seldom needed again.
        phase = batched_linear(x, weight, bias) if ctx.phase is None else ctx.phase
        ctx.phase = None
        phase = phase.cos_().mul_(grad)
        if x.shape[0] == 1 and weight.shape[0] > 1:
            grad_weight = (phase.reshape(-1, phase.shape[2]) @ x[0].T).reshape(weight.shape)
        else:
            grad_weight = torch.bmm(phase, x.transpose(1, 2))
        grad_x = None
        if ctx.needs_input_grad[0]:
            turned = weight.transpose(1, 2)
            # Of one row, `matmul` would make one long product of all.
            turned = turned.expand(len(phase), -1, -1) if len(turned) == 1 else turned
            grad_x = torch.matmul(turned, phase)
        return (
            None if grad_x is None else grad_x.sum_to_size(x.shape),
            grad_weight.sum_to_size(weight.shape),
            phase.sum_to_size(bias.shape),
        )


def sine_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return sin(W·x + b) for each tile; shapes as in `batched_linear`."""
    if not weight.requires_grad:
        return torch.sin(batched_linear(x, weight, bias))
    return cast(Tensor, _SineLinear.apply(x, weight, bias))  # type: ignore[no-untyped-call]
