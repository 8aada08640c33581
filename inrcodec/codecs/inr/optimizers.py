"""The optimizer of a fit: Muon for the matrices between hidden layers, Adam for all else.

Muon (Jordan et al. 2024) moves a matrix along the semi-orthogonal one nearest to its gradient, so
that each of its directions moves alike; coordinate networks, whose details lie in directions of
small gradients, gain most (arXiv 2512.14366).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor

from inrcodec.codecs.inr.fit_settings import FitSettings

__all__ = ["Optimizer", "orthogonalized"]

# Of the quintic iteration, whose result has singular values of 0.7 to 1.2.
_STEPS, _COEFFICIENTS = 5, (3.4445, -4.7750, 2.0315)
_MOMENTUM = 0.95


def orthogonalized(matrices: Tensor) -> Tensor:
    """Return about the nearest semi-orthogonal matrices of some (..., out, in)."""
    x = matrices.reshape(-1, *matrices.shape[-2:])
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-30)
    if len(x) == 1:
        # The products of one alone would be shared out, and depend on the number of threads.
        x = x.repeat(2, 1, 1)
    is_tall = x.shape[-2] > x.shape[-1]
    x = x.mT if is_tall else x
    a, b, c = _COEFFICIENTS
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    x = x.mT if is_tall else x
    count = max(1, matrices.numel() // (matrices.shape[-2] * matrices.shape[-1]))
    found: Tensor = x[:count].reshape(matrices.shape)
    return found


class Optimizer:
    """Moves weights, which have gradients, against these.

    Parameters
    ----------
    weights
        All that it moves.
    matrices
        Those of them that Muon moves where the settings have a rate for it, (..., out, in).
    """

    def __init__(
        self, weights: Sequence[Tensor], matrices: Sequence[Tensor], settings: FitSettings
    ) -> None:
        self._settings = settings
        self._matrices = list(matrices) if settings.matrix_rate is not None else []
        self._means = [torch.zeros_like(matrix) for matrix in self._matrices]
        by_muon = {id(matrix) for matrix in self._matrices}
        others = [weight for weight in weights if id(weight) not in by_muon]
        self._adam = torch.optim.Adam(
            others, settings.learning_rate, betas=settings.betas, fused=True
        )
        self._weights = list(weights)

    def copy(self) -> Optimizer:
        """Return an optimizer of the same weights that goes on as this one, of which none is fixed
        yet, would."""
        other = Optimizer(self._weights, self._matrices, self._settings)
        other._adam.load_state_dict(deepcopy(self._adam.state_dict()))
        other._means = [mean.clone() for mean in self._means]
        return other

    def clear(self) -> None:
        """Set all gradients to 0."""
        for weight in self._weights:
            assert weight.grad is not None
            weight.grad.zero_()

    def fix(self, weights: Sequence[Tensor]) -> None:
        """Leave some weights as they are from now on."""
        fixed = {id(weight) for weight in weights}
        (group,) = self._adam.param_groups
        group["params"] = [w for w in group["params"] if id(w) not in fixed]
        kept = [k for k, matrix in enumerate(self._matrices) if id(matrix) not in fixed]
        self._matrices = [self._matrices[k] for k in kept]
        self._means = [self._means[k] for k in kept]

    def step(self, share: float) -> None:
        """Move all weights at a share of their learning rates."""
        (group,) = self._adam.param_groups
        group["lr"] = share * self._settings.learning_rate
        self._adam.step()
        for matrix, mean in zip(self._matrices, self._means, strict=True):
            assert matrix.grad is not None
            assert self._settings.matrix_rate is not None
            mean.lerp_(matrix.grad, 1 - _MOMENTUM)
            ahead = matrix.grad.lerp(mean, _MOMENTUM)
            taller = max(1.0, ahead.shape[-2] / ahead.shape[-1])
            rate = share * self._settings.matrix_rate * taller**0.5
            matrix.sub_(orthogonalized(ahead), alpha=rate)
