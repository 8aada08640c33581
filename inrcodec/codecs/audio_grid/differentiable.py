"""A latent grid of audio at coordinates that are tensors, differentiable by them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

__all__ = ["Part", "sample_tensor"]

# A block: where it starts, its coefficients (channels, length), how far it reaches over its joints,
# and the positions that it reaches.
Part = tuple[int, npt.NDArray[np.float64], int, int, npt.NDArray[np.int64]]


def sample_tensor(parts: Iterable[Part], positions: Tensor, channels: int) -> Tensor:
    """Return the values (positions, channels) at positions, in samples, from the blocks that reach
    them."""
    total = positions.new_zeros(len(positions), channels)
    for start, known, before, after, own in parts:
        index = torch.from_numpy(own).to(positions.device)
        times, coefficients = positions[index] - start, torch.from_numpy(known.copy())
        length = known.shape[1]
        frequencies = torch.arange(length, dtype=times.dtype, device=times.device) + 0.5
        waves = torch.cos(math.pi / length * times[:, None] * frequencies)
        window = _window(times, length, before, after) * math.sqrt(2 / length)
        sums = (waves @ coefficients.to(times).T) * window[:, None]
        total = total.index_add(0, index, sums)
    return total


def _window(times: Tensor, length: int, before: int, after: int) -> Tensor:
    """Return what a block's cosines are multiplied by."""
    window = torch.ones_like(times)
    if before:
        window = window * _slope((times + before) / (2 * before))
    if after:
        window = window * _slope((length + after - times) / (2 * after))
    outside = (times < -before) | (times >= length + after)
    return window.masked_fill(outside, 0.0)


def _slope(shares: Tensor) -> Tensor:
    rise = torch.sin(math.pi / 2 * shares.clamp(0, 1)) ** 2
    return torch.sin(math.pi / 2 * rise)
