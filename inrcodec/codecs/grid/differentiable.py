"""A latent grid as a function of PyTorch tensors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.grid.reach import LOBES
from inrcodec.signal.geometry import Region

__all__ = ["sample_tensor"]


def sample_tensor(
    samples: npt.NDArray[np.float32],
    window: Region,
    shape: tuple[int, ...],
    coordinates: Tensor,
) -> Tensor:
    """Return values (points, channels) at coordinates (points, 2) in [-1, 1] over an image of a
    shape, differentiable by the coordinates; samples (channels, height, width) are those of a
    window of it."""
    coordinates = coordinates.float()
    sizes = coordinates.new_tensor(window.length)
    positions = (coordinates + 1) / 2 * coordinates.new_tensor(shape) - 0.5
    positions = positions - coordinates.new_tensor(window.start)
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
