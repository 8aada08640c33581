"""A latent grid as a function of PyTorch tensors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.reach import LOBES

__all__ = ["sample_tensor"]


def sample_tensor(
    samples: npt.NDArray[np.float32], shape: tuple[int, ...], coordinates: Tensor
) -> Tensor:
    """Return values (points, channels) at coordinates (points, 2) in [-1, 1] of samples (channels,
    height, width), differentiable by the coordinates."""
    coordinates = coordinates.float()
    sizes = coordinates.new_tensor(shape)
    positions = (coordinates + 1) / 2 * sizes - 0.5
    first = positions.detach().floor().long() - LOBES + 1
    index = first[..., None] + torch.arange(2 * LOBES, device=coordinates.device)
    weights = _lanczos(index - positions[..., None])
    weights = weights / weights.sum(-1, keepdim=True)
    rows, columns = torch.minimum(index.clamp(min=0), (sizes - 1).long()[:, None]).unbind(1)
    planes = torch.from_numpy(samples).to(coordinates)
    values = planes[:, rows[:, :, None], columns[:, None, :]]
    return torch.einsum("cpij,pi,pj->pc", values, weights[:, 0], weights[:, 1])


def _lanczos(x: Tensor) -> Tensor:
    return torch.where(x.abs() < LOBES, torch.sinc(x) * torch.sinc(x / LOBES), 0.0)
