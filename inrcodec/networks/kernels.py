"""The inner loops of networks: batched layers with a backward pass written out.

Values are feature-first, (tiles, features, points), so that matrix products run along the many
points instead of the few features.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

__all__ = ["batched_linear", "sine_linear"]


def batched_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """W·x + b for each tile.

    Parameters
    ----------
    x
        (tiles or 1, in, points); 1 where all tiles share their points.
    weight, bias
        (tiles or 1, out, in) and (tiles or 1, out, 1); 1 where all tiles share their weights.

    Returns
    -------
    (tiles, out, points)
    """
    if x.shape[0] == 1 and weight.shape[0] > 1:
        # Shared points: one tall product in place of many small ones.
        tall = torch.addmm(bias.reshape(-1, 1), weight.reshape(-1, weight.shape[2]), x[0])
        return tall.reshape(*weight.shape[:2], -1)
    if weight.shape[0] == 1 and x.shape[0] > 1:
        return torch.matmul(weight, x) + bias
    return torch.baddbmm(bias, weight, x)


class _SineLinear(torch.autograd.Function):
    """sin(W·x + b). Keeps one array between the passes, where autograd's own graph keeps two and
    allocates three more: the layers of small networks are bound by memory traffic."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        phase = batched_linear(x, weight, bias)
        ctx.save_for_backward(x, weight, phase)
        return torch.sin(phase)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight, phase = ctx.saved_tensors
        # The phase is not needed again, so the gradient may take its place.
        phase = phase.cos_().mul_(grad)
        grad_bias = phase.sum(2, keepdim=True)
        if x.shape[0] == 1 and weight.shape[0] > 1:
            grad_weight = (phase.reshape(-1, phase.shape[2]) @ x[0].T).reshape(weight.shape)
        else:
            grad_weight = torch.bmm(phase, x.transpose(1, 2))
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = torch.matmul(weight.transpose(1, 2), phase)
        shared = weight.shape[0]
        return (
            None if grad_x is None else grad_x.sum_to_size(x.shape),
            grad_weight if shared > 1 else grad_weight.sum(0, keepdim=True),
            grad_bias if shared > 1 else grad_bias.sum(0, keepdim=True),
        )


def sine_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """sin(W·x + b) for each tile; shapes as in `batched_linear`.

    Where weights are trained, gradients flow back once; else any number of times and orders.
    """
    if not weight.requires_grad:
        return torch.sin(batched_linear(x, weight, bias))
    return cast(Tensor, _SineLinear.apply(x, weight, bias))  # type: ignore[no-untyped-call]
