"""Latents to a picture: scale, inverse wavelet, synthesis filter, colour.

The filter is a small convolutional network that a prior brings along. It sees the channels in
units of the step, as the errors of quantization are of that size, and adds a correction.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from inrcodec.lattice.color import color_matrix
from inrcodec.lattice.context_network import step_inputs
from inrcodec.lattice.prior import Prior
from inrcodec.lattice.spec import LatticeSpec
from inrcodec.lattice.wavelet import Pyramid, synthesise

__all__ = ["FILTER_MARGIN", "Lattice", "filtered", "synthesised", "to_color"]

# Latents as integers: (channels, rows, columns) of the lowest band, then of each level's bands.
Lattice = tuple[npt.NDArray[np.int32], list[list[npt.NDArray[np.int32]]]]

# How far a pixel's correction looks.
FILTER_MARGIN = 3
_ROWS_AT_ONCE = 128


def _scaled(latents: npt.NDArray[np.int32], device: torch.device | str) -> Tensor:
    return torch.from_numpy(latents).to(device, torch.float32)


def synthesised(lattice: Lattice, device: torch.device | str = "cpu") -> Tensor:
    """The channels (channels, height, width) of a lattice, in units of the step."""
    low, details = lattice
    pyramid: Pyramid = (
        _scaled(low, device),
        [(_scaled(a, device), _scaled(b, device), _scaled(c, device)) for a, b, c in details],
    )
    return synthesise(pyramid)


def filtered(channels: Tensor, prior: Prior, step: int) -> Tensor:
    """Channels in units of the step, corrected by the synthesis filter."""
    weights = [torch.from_numpy(array).to(channels) for array in prior.filter]
    # On a CPU, convolutions of few channels are more than twice as fast with channels last.
    weights = [
        w.contiguous(memory_format=torch.channels_last) if w.ndim == 4 else w for w in weights
    ]
    known = torch.cat([channels, channels.new_zeros(3 - len(channels), *channels.shape[1:])])
    told = torch.tensor(step_inputs(step), dtype=torch.float32, device=channels.device) / 64
    out = torch.empty_like(channels)
    height = channels.shape[1]
    for start in range(0, height, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, height)
        top, bottom = max(0, start - FILTER_MARGIN), min(height, stop + FILTER_MARGIN)
        part = known[:, top:bottom]
        planes = part[None].contiguous(memory_format=torch.channels_last)
        correction = _convolved(planes, told, weights)[0, : len(channels)]
        out[:, start:stop] = (part[: len(channels)] + correction)[:, start - top : stop - top]
    return out


def _convolved(x: Tensor, told: Tensor, weights: list[Tensor]) -> Tensor:
    """Three 3×3 convolutions, the first of which is also told the step; borders are replicated."""
    first, from_step, second, second_bias, third, third_bias = weights
    x = functional.conv2d(_edged(x), first, from_step @ torch.cat([told, told.new_ones(1)]))
    x = functional.conv2d(_edged(x.relu_()), second, second_bias)
    return functional.conv2d(_edged(x.relu_()), third, third_bias)


def _edged(x: Tensor) -> Tensor:
    return functional.pad(x, (1, 1, 1, 1), mode="replicate")


def to_color(channels: Tensor, spec: LatticeSpec) -> Tensor:
    """Channels in units of the step to samples from 0 to 1 (not clamped), in the picture's
    colours."""
    matrix = torch.from_numpy(np.linalg.inv(color_matrix(spec.angles))) * spec.step_size
    samples: Tensor = torch.tensordot(matrix.to(channels), channels, dims=1)
    return samples
