"""Fitting the synthesis filters: least squared error of what they make of synthesized images."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from inrcodec.codecs.grid.context_network import step_inputs
from inrcodec.codecs.grid.wavelet import analyze, synthesize
from inrcodec.native.filters import Filter

__all__ = ["Example", "FilterFit"]

FEATURES = 24
SCALES = 4
# Crops at each scale, and the samples of a batch. Kernels compute 96 columns at a time, of which a
# layer needs up to 6 beside those that come out.
_SIDES, _SAMPLES = (90, 90, 72, 36), 1 << 16
_RATE = 1e-3
# Of the time, for each scale from the finest.
_SHARES = (0.44, 0.32, 0.16, 0.08)


@dataclass(frozen=True)
class Example:
    """Channels (3, height, width) in units of their steps: synthesized, and as they should be."""

    step: int
    synthesized: Tensor
    original: Tensor

    def at(self, scale: int) -> Example:
        """The same at a coarser scale."""
        planes = (self.synthesized, self.original)
        low, original = (torch.from_numpy(analyze(x.numpy(), scale).low) for x in planes)
        return Example(self.step, low, original)

    @torch.no_grad()
    def corrected(self, network: _Filter, scale: int) -> Example:
        """With a scale filtered."""
        subbands = analyze(self.synthesized.numpy(), scale)
        low = torch.from_numpy(subbands.low)[None]
        filtered = network(low, torch.tensor([_told(self.step)]))[0].numpy()
        whole = torch.from_numpy(synthesize(replace(subbands, low=filtered)))
        return Example(self.step, whole, self.original)


class _Filtered(torch.autograd.Function):
    """Crops (crops, 3, height, width) as a filter corrects them, of which the first biases are each
    crop's own, and gradients by weights and biases."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *tensors: Tensor) -> Tensor:
        first, *others = (np.ascontiguousarray(t.detach().numpy()) for t in tensors[3:])
        weights = tuple(t.detach().numpy() for t in tensors[:3])
        ctx.crops = x.numpy()
        ctx.filters = [Filter(weights, (bias, *others)) for bias in first]
        pairs = zip(ctx.filters, ctx.crops, strict=True)
        corrected, ctx.hidden = zip(*(f.apply_hidden(c) for f, c in pairs), strict=True)
        return torch.from_numpy(np.stack(corrected))

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor | None, ...]:
        crops = zip(ctx.filters, ctx.crops, ctx.hidden, gradients.numpy(), strict=True)
        found = [network.by_weights(crop, hidden, g) for network, crop, hidden, g in crops]
        *of_all, first, second, third = zip(*((*w, *b) for w, b in found), strict=True)
        weights = [torch.from_numpy(sum(parts)) for parts in of_all]
        others = [torch.from_numpy(sum(parts)) for parts in (second, third)]
        return (None, *weights, torch.from_numpy(np.stack(first)), *others)


class _Filter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, FEATURES, 3, bias=False)
        self.from_step = nn.Parameter(torch.zeros(FEATURES, 4))
        self.second = nn.Conv2d(FEATURES, FEATURES, 3)
        self.third = nn.Conv2d(FEATURES, 3, 3)
        nn.init.zeros_(self.third.weight)
        nn.init.zeros_(self.third.bias)
        with torch.no_grad():
            # Brightness is no reason for a correction.
            self.first.weight -= self.first.weight.mean((2, 3), keepdim=True)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        weights = (self.first.weight, self.second.weight, self.third.weight)
        biases = (told @ self.from_step.T, self.second.bias, self.third.bias)
        corrected: Tensor = _Filtered.apply(x, *weights, *biases)
        return corrected

    def arrays(self) -> list[npt.NDArray[np.int16]]:
        """Its weights as a model stores them, in 2^-10."""
        tensors = (
            *(self.first.weight, self.from_step, self.second.weight, self.second.bias),
            *(self.third.weight, self.third.bias),
        )
        return [np.rint(t.detach().numpy() * 1024).astype(np.int16) for t in tensors]


class FilterFit:
    """The filters of all scales while they are fitted, from the coarsest to the finest: each to
    what the ones before have made of its scale."""

    def __init__(self) -> None:
        self._networks = [_Filter() for _ in range(SCALES)]

    def fit(self, examples: list[Example], minutes: float) -> None:
        """Fit for so long."""
        for scale in reversed(range(SCALES)):
            network = self._networks[scale]
            low = [example.at(scale) for example in examples]
            _fit(network, low, minutes * _SHARES[scale], _SIDES[scale])
            examples = [example.corrected(network, scale) for example in examples]

    def arrays(self) -> dict[str, npt.NDArray[np.int16]]:
        """The filters of a model."""
        return {
            f"filter{scale}_{place}": array
            for scale, network in enumerate(self._networks)
            for place, array in enumerate(network.arrays())
        }


def _batch(examples: list[Example], side: int) -> tuple[Tensor, Tensor, Tensor]:
    crops, told = [], []
    for _ in range(_SAMPLES // side**2):
        example = examples[int(torch.randint(len(examples), ()))]
        pair = torch.stack([example.synthesized, example.original])
        y, x = (int(torch.randint(n - side + 1, ())) for n in pair.shape[2:])
        pair = pair[:, :, y : y + side, x : x + side]
        if torch.rand(()) < 0.08:
            # Gray images have one channel.
            pair = pair * torch.tensor([1.0, 0.0, 0.0])[:, None, None]
        if torch.rand(()) < 0.5:
            pair = pair.transpose(2, 3)
        crops.append(pair.flip([d for d in (2, 3) if torch.rand(()) < 0.5]))
        told.append(_told(example.step))
    pairs = torch.stack(crops)
    return pairs[:, 0], pairs[:, 1], torch.tensor(told)


def _told(step: int) -> list[float]:
    return [value / 64 for value in step_inputs(step)] + [1.0]


def _fit(network: _Filter, examples: list[Example], minutes: float, side: int) -> None:
    examples = [e for e in examples if min(e.original.shape[1:]) >= side]
    optimizer = torch.optim.Adam(network.parameters(), _RATE)
    began, step = time.monotonic(), 0
    while examples and (share := (time.monotonic() - began) / 60 / max(minutes, 1e-9)) < 1:
        warm = min(1.0, (step + 1) / 100)
        optimizer.param_groups[0]["lr"] = _RATE * warm * (1 + math.cos(math.pi * share)) / 2
        x, wanted, told = _batch(examples, side)
        before = ((x - wanted) ** 2).mean((1, 2, 3))
        after = ((network(x, told) - wanted) ** 2).mean((1, 2, 3))
        # Each rate and image counts alike.
        loss = (after / (before + 0.01)).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
        step += 1
        if step % 200 == 0:
            print(f"{step} steps, {float((after / before).mean().detach()):.4f} of the error")
