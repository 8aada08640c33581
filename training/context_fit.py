"""Fitting context networks: least code length of given latents."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from inrcodec.codecs.grid.context_network import ContextNetwork, step_inputs
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import (
    KINDS,
    Layers,
    load_pretrained,
    pack_tensors,
    unpack_gradients,
)
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native.optimizer import rate_gradients

__all__ = ["ContextFit", "Latents"]

# Stored weights are whole numbers of 1/64 in a byte; biases of 1/4096.
_WEIGHT, _BIAS = 64, 4096
_LARGEST = 127 / _WEIGHT


@dataclass(frozen=True)
class Latents:
    """An image's latents, and the quantization step that they were made with."""

    step: int
    subbands: Subbands[npt.NDArray[np.int32]]


def _rounded(weight: Tensor) -> Tensor:
    """As it will be stored; its gradient is that of the exact weight."""
    stored = (weight * _WEIGHT).round().clamp(-127, 127) / _WEIGHT
    return weight + (stored - weight).detach()


class _Network(nn.Module):
    """One kind's network, in units of 1 (see `inrcodec.codecs.grid.context_network`)."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        starts = {"odd": 0.1, "sign": 0.1, "constant": 0.3, "second": 1.4, "third": 0.1}
        for name, shape in Layers.shapes(kind).items():
            spread = starts.get(name, 1.0) / math.sqrt(shape[-1])
            start = torch.zeros(shape) if name.endswith("bias") else torch.randn(shape) * spread
            self.register_parameter(name, nn.Parameter(start))
        with torch.no_grad():
            self.third_bias.copy_(torch.tensor([-2.0, -1.0, -0.5, 0.0]))

    def weights(self, whole: bool) -> dict[str, Tensor]:
        """Return the tensors in the order of storing; as they will be stored if `whole`."""
        return {
            name: _rounded(p) if whole and not name.endswith("bias") else p
            for name, p in self.named_parameters()
        }


class _CodeLength(torch.autograd.Function):
    """Bits of an image's latents by networks without rounding, and their gradients by weights."""

    @staticmethod
    def forward(ctx: Any, latents: Latents, names: list[str], *weights: Tensor) -> Tensor:
        units = [_BIAS if name.endswith("bias") else _WEIGHT for name in names]
        arrays = [unit * w.detach().numpy() for unit, w in zip(units, weights, strict=True)]
        each = len(names) // len(KINDS)
        parts = range(0, len(names), each)
        packed = np.concatenate(
            [
                pack_tensors(dict(zip(names[p : p + each], arrays[p : p + each], strict=True)))
                for p in parts
            ]
        )
        contexts = replace(_NETWORK.kernel, weights=packed, step=step_inputs(latents.step))
        whole, by_weights = latents.subbands, np.zeros_like(packed)
        exact = whole.map(lambda band: band.astype(np.float32))
        spare = exact.map(np.zeros_like)
        bits = rate_gradients(contexts, [*whole], [*exact], [*spare], 1.0, by_weights)
        found = unpack_gradients(by_weights)
        gradients = [found[kind][name] for kind in KINDS for name in names[:each]]
        ctx.gradients = [
            torch.from_numpy(unit * g) for unit, g in zip(units, gradients, strict=True)
        ]
        return torch.tensor(bits, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return (None, None, *(gradient * g for g in ctx.gradients))


class ContextFit:
    """Context networks of all kinds while they are fitted."""

    def __init__(self) -> None:
        self._networks = {kind: _Network(kind) for kind in KINDS}
        self._parameters = [p for n in self._networks.values() for p in n.parameters()]

    def _length(self, latents: Latents, whole: bool) -> Tensor:
        """Bits of an image's latents."""
        pairs = [pair for kind in KINDS for pair in self._networks[kind].weights(whole).items()]
        names, weights = [name for name, _ in pairs], [weight for _, weight in pairs]
        length: Tensor = _CodeLength.apply(latents, names, *weights)
        return length

    def fit(
        self, draw: Callable[[], Latents], minutes: float, rate: float, whole: bool = False
    ) -> None:
        """Fit for so long to latents as they are drawn, with stored weights if `whole`."""
        optimizer = torch.optim.Adam(self._parameters, rate, betas=(0.9, 0.98))
        began, step = time.monotonic(), 0
        while (share := (time.monotonic() - began) / 60 / max(minutes, 1e-9)) < 1:
            warm = min(1.0, (step + 1) / 50)
            optimizer.param_groups[0]["lr"] = rate * warm * (1 + math.cos(math.pi * share)) / 2
            latents = draw()
            length = self._length(latents, whole)
            if not float(length.detach()):
                continue
            count = sum(band[0].size for bands in latents.subbands.levels for band in bands)
            # Between the sum of all bits and equal weight for all rates.
            loss = length / (float(length.detach()) * count) ** 0.5
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self._parameters, 1.0)
            optimizer.step()
            with torch.no_grad():
                for network in self._networks.values():
                    for name, parameter in network.named_parameters():
                        if not name.endswith("bias"):
                            parameter.clamp_(-_LARGEST, _LARGEST)
            step += 1
            if step % 100 == 0:
                print(f"{step} steps, {float(length.detach()) / count:.4f} bits per pixel")

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays `weights` and `biases` of a model."""
        pools: dict[str, list[npt.NDArray[np.generic]]] = {"weights": [], "biases": []}
        for kind in KINDS:
            for name, parameter in self._networks[kind].named_parameters():
                flat = parameter.detach().numpy().reshape(-1)
                if name.endswith("bias"):
                    pools["biases"].append(np.rint(flat * _BIAS).astype(np.int32))
                else:
                    stored = np.clip(np.rint(flat * _WEIGHT), -127, 127)
                    pools["weights"].append(stored.astype(np.int8))
        return {name: np.concatenate(parts) for name, parts in pools.items()}


_NETWORK = ContextNetwork(load_pretrained(1), 0)
