"""Latents to a picture: scale, inverse wavelet, synthesis filter, colour.

The filter is a small convolutional network that a prior brings along. It sees the channels in
units of the step, as the errors of quantization are of that size, and adds a correction.
"""

from __future__ import annotations

from collections.abc import Iterator

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

__all__ = ["FILTER_MARGIN", "Lattice", "filtered", "squared_error", "synthesised", "to_color"]

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
    network = _Filter(prior, step, channels)
    out = torch.empty_like(channels)
    for part, inner, kept in _strips(channels.shape[1]):
        out[:, inner] = network(channels[:, part])[:, kept]
    return out


def squared_error(
    channels: Tensor, original: Tensor, prior: Prior, step: int, apply_filter: bool
) -> tuple[float, Tensor]:
    """The squared error of channels, filtered or not, and its slopes by the channels.

    Memory does not grow with the picture beyond that of its channels.
    """
    if not apply_filter:
        difference = channels - original
        return float((difference**2).sum()), 2 * difference
    network = _Filter(prior, step, channels)
    total, slopes = 0.0, torch.zeros_like(channels)
    for part, inner, kept in _strips(channels.shape[1]):
        known = channels[:, part].detach().requires_grad_()
        with torch.enable_grad():
            error = ((network(known)[:, kept] - original[:, inner]) ** 2).sum()
            slopes[:, part] += torch.autograd.grad(error, known)[0]
        total += float(error.detach())
    return total, slopes


def _strips(height: int) -> Iterator[tuple[slice, slice, slice]]:
    """Rows to read, the rows that follow from them, and where these are among those read."""
    for start in range(0, height, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, height)
        top, bottom = max(0, start - FILTER_MARGIN), min(height, stop + FILTER_MARGIN)
        yield slice(top, bottom), slice(start, stop), slice(start - top, stop - top)


class _Filter:
    """A prior's filter at a step, for channels of a kind (device and type)."""

    def __init__(self, prior: Prior, step: int, like: Tensor) -> None:
        weights = [torch.from_numpy(array).to(like) for array in prior.filter]
        # On a CPU, convolutions of few channels are more than twice as fast with channels last.
        self._weights = [
            w.contiguous(memory_format=torch.channels_last) if w.ndim == 4 else w for w in weights
        ]
        self._told = torch.tensor(step_inputs(step), dtype=like.dtype, device=like.device) / 64

    def __call__(self, channels: Tensor) -> Tensor:
        count = len(channels)
        known = torch.cat([channels, channels.new_zeros(3 - count, *channels.shape[1:])])
        planes = known[None].contiguous(memory_format=torch.channels_last)
        return channels + _convolved(planes, self._told, self._weights)[0, :count]


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
