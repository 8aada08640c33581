"""Latents to an image: inverse wavelet, synthesis filters, color.

A filter is a small convolutional network of the pretrained model, one for each of the finest
scales. After the inverse step that leads to its scale, it sees the channels there in units of the
step, as the errors of quantization are of that size, and adds a correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from inrcodec.codecs.grid.color import color_matrix
from inrcodec.codecs.grid.context_network import step_inputs
from inrcodec.codecs.grid.costs import CONV_COLUMNS, CONV_PIXELS, CONV_ROWS
from inrcodec.codecs.grid.pretrained import Filter
from inrcodec.codecs.grid.reach import FILTER_MARGIN
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.wavelet import synthesize
from inrcodec.devices import one_thread

__all__ = [
    "as_tensors",
    "filtered",
    "hidden_strips",
    "synthesized",
    "to_color",
]

# Pixels that one thread convolves.
_FEW = 1 << 13
# Beyond so many samples, what derivatives need is computed again rather than kept.
_MOST_KEPT = 1 << 23


def as_tensors(
    latents: Subbands[npt.NDArray[Any]], device: torch.device | str = "cpu"
) -> Subbands[Tensor]:
    """Convert latents to what is synthesized."""
    return latents.map(lambda band: torch.from_numpy(band).to(device, torch.float32))


def synthesized(latents: Subbands[Tensor], filters: Sequence[Filter], step: int) -> Tensor:
    """Synthesize the channels (channels, height, width) of latents, in units of the step, with
    filters from the finest scale on; differentiable."""

    def corrected(channels: Tensor, scale: int) -> Tensor:
        return filtered(channels, filters[scale], step) if scale < len(filters) else channels

    return synthesize(latents, corrected)


def filtered(channels: Tensor, weights: Filter, step: int) -> Tensor:
    """Correct channels, in units of the step, by a filter, part by part."""
    network = _Network(weights, step, channels)
    # Shared out, small ones would be computed in another way, by the number of threads.
    few = channels[0].numel() < _FEW
    again = channels.requires_grad and channels.numel() > _MOST_KEPT

    def corrected(known: Tensor) -> Tensor:
        with one_thread() if few else nullcontext():
            return checkpoint(network, known, use_reentrant=False) if again else network(known)

    height, width = channels.shape[1:]
    strips = []
    for rows, kept_rows in _strips(height, max(CONV_ROWS, CONV_PIXELS // width)):
        parts = [
            corrected(channels[:, rows, columns])[:, kept_rows, kept]
            for columns, kept in _strips(width, CONV_COLUMNS)
        ]
        strips.append(parts[0] if len(parts) == 1 else torch.cat(parts, 2))
    return strips[0] if len(strips) == 1 else torch.cat(strips, 1)


def hidden_strips(channels: Tensor, weights: Filter, step: int) -> Iterator[tuple[slice, Tensor]]:
    """Iterate over rows, and what a filter's last layer sees there and one pixel around (values,
    rows + 2, width + 2)."""
    network = _Network(weights, step, channels)
    for part, kept in _strips(channels.shape[1], CONV_ROWS):
        hidden = network.hidden(channels[:, part])[0, :, kept.start : kept.stop + 2]
        start = part.start + kept.start
        yield slice(start, start + kept.stop - kept.start), hidden


def _strips(length: int, at_once: int) -> Iterator[tuple[slice, slice]]:
    """Iterate over rows (or columns) to read, and where among them those are that follow from
    them."""
    for start in range(0, length, at_once):
        stop = min(start + at_once, length)
        first, last = max(0, start - FILTER_MARGIN), min(length, stop + FILTER_MARGIN)
        yield slice(first, last), slice(start - first, stop - first)


class _Network:
    """A filter at a step, for channels of a kind (device and type)."""

    def __init__(self, arrays: Filter, step: int, like: Tensor) -> None:
        weights = [torch.from_numpy(array).to(like.detach()) for array in arrays]
        # On a CPU, convolutions of few channels are more than twice as fast with channels last.
        self._weights = [
            w.contiguous(memory_format=torch.channels_last) if w.ndim == 4 else w for w in weights
        ]
        self._told = torch.tensor(step_inputs(step), dtype=like.dtype, device=like.device) / 64

    def __call__(self, channels: Tensor) -> Tensor:
        last, bias = self._weights[4:]
        correction = functional.conv2d(self.hidden(channels), last, bias)
        return channels + correction[0, : len(channels)]

    def hidden(self, channels: Tensor) -> Tensor:
        """Compute what the last of three convolutions sees, (1, values, height + 2, width + 2); the
        first is also told the step. Borders are replicated before each."""
        first, from_step, second, bias = self._weights[:4]
        known = torch.cat([channels, channels.new_zeros(3 - len(channels), *channels.shape[1:])])
        x = known[None].contiguous(memory_format=torch.channels_last)
        told = torch.cat([self._told, self._told.new_ones(1)])
        x = functional.conv2d(_edged(x), first, from_step @ told)
        x = functional.conv2d(_edged(x.relu_()), second, bias)
        return _edged(x.relu_())


def _edged(x: Tensor) -> Tensor:
    return functional.pad(x, (1, 1, 1, 1), mode="replicate")


def to_color(channels: Tensor, spec: GridSpec) -> Tensor:
    """Convert channels in units of the step to samples from 0 to 1 (not clamped), in the image's
    colors."""
    matrix = torch.from_numpy(np.linalg.inv(color_matrix(spec.angles))) * spec.step_size
    samples: Tensor = torch.tensordot(matrix.to(channels), channels, dims=1)
    return samples
