"""The networks of audio while they are fitted: floating-point tensors, their cost by torch, and
their optimizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from row_records import Records
from soap import Soap
from torch import Tensor
from torch.nn.functional import softplus

from inrcodec.codecs.audio_grid.networks import MOST_RATIO, AudioModel
from inrcodec.codecs.audio_grid.rows import KINDS, Kind
from inrcodec.codecs.grid.calibration import tally
from inrcodec.codecs.grid.context_network import (
    GATE_UNIT,
    LOGIT_SCALE,
    MOST_GATE,
    MOST_HIDDEN,
    MOST_LOGIT,
    MOST_ODD,
)
from inrcodec.codecs.grid.pretrained import HIDDEN, ODD, SCALES, Layers

__all__ = ["RowFit", "tables"]

Floats = npt.NDArray[np.float32]

# The largest weight that a model stores.
_MOST = 127
# Stored are means over about so many steps of a network.
_AVERAGED = 150
_BITS = 1 / np.log(2)


def tables() -> dict[str, npt.NDArray[Any]]:
    """Return the tables of a model: see `AudioModel`."""
    sizes = np.arange(8192)
    octaves = 2.0 ** (np.arange(-64, 128) / 8)
    ratios = 2.0 ** (np.arange(-MOST_RATIO, MOST_RATIO + 1) / 8 + 10)
    logistic = np.rint(65536 / (1 + np.exp(-np.arange(1024) / LOGIT_SCALE)))
    return {
        "logarithm": np.rint(16 * np.log2(1 + sizes[:1024])).astype(np.uint8),
        "slopes": np.rint(16 * np.log2(1 + sizes / 8)).astype(np.uint8),
        "expected": np.rint(16 * np.log2(1 + octaves)).astype(np.uint8),
        "ratios": np.rint(ratios).astype(np.int32),
        "logistic": np.minimum(logistic, 65535).astype(np.uint16),
    }


class RowFit:
    """The networks of all kinds of passes while they are fitted.

    Parameters
    ----------
    start
        A model to go on from; None for new networks.
    rate
        Of a step, in units of the root mean square of a tensor's weights.
    """

    def __init__(self, start: AudioModel | None, rate: float, seed: int = 0) -> None:
        generator = np.random.default_rng(seed)
        self._tensors: dict[Kind, dict[str, Floats]] = {}
        for kind in KINDS:
            if start is None:
                self._tensors[kind] = _new(kind, generator)
            else:
                layers = vars(start.layers[kind])
                self._tensors[kind] = {n: t.astype(np.float32) for n, t in layers.items()}
        self._averages = {
            kind: {name: tensor.copy() for name, tensor in own.items()}
            for kind, own in self._tensors.items()
        }
        self._optimizers = {
            (kind, name): Soap(tensor.shape)
            for kind, own in self._tensors.items()
            for name, tensor in own.items()
        }
        self._rate = rate
        self._steps = dict.fromkeys(KINDS, 0)

    def learn(self, kind: Kind, records: Records, share: float, whole: bool) -> float:
        """Do a step of a network, at a share of the rate; return the bits of a number."""
        leaves = {n: torch.from_numpy(t).requires_grad_() for n, t in self._tensors[kind].items()}
        weights = {n: _rounded(t) if whole else t for n, t in leaves.items()}
        cost = _bits(weights, records) / len(records.numbers)
        cost.backward()  # type: ignore[no-untyped-call]
        self._steps[kind] += 1
        share_of_new = np.float32(1 / min(self._steps[kind], _AVERAGED))
        for name, leaf in leaves.items():
            tensor = self._tensors[kind][name]
            assert leaf.grad is not None
            step = self._optimizers[kind, name].direction(leaf.grad.numpy())
            size = max(float(np.sqrt(np.mean(tensor.astype(np.float64) ** 2))), 4.0)
            tensor += np.float32(self._rate * share * size) * step
            if not name.endswith("bias"):
                np.clip(tensor, -_MOST, _MOST, out=tensor)
            average = self._averages[kind][name]
            average += share_of_new * (tensor - average)
        return float(cost.detach())

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays of a model's file."""
        pools: dict[bool, list[Floats]] = {False: [], True: []}
        for kind in KINDS:
            for name, tensor in self._averages[kind].items():
                pools[name.endswith("bias")].append(np.rint(tensor).reshape(-1))
        return {
            **tables(),
            "weights": np.concatenate(pools[False]).astype(np.int8),
            "biases": np.concatenate(pools[True]).astype(np.int32),
        }

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Return all that a fit goes on from."""
        arrays: dict[str, npt.NDArray[Any]] = {"steps": np.array([*self._steps.values()])}
        for place, (kind, name) in enumerate(self._optimizers):
            arrays[f"{place}.tensor"] = self._tensors[kind][name]
            arrays[f"{place}.average"] = self._averages[kind][name]
            for key, array in self._optimizers[kind, name].state().items():
                arrays[f"{place}.optimizer.{key}"] = array
        return arrays

    def restore(self, state: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on from a state."""
        self._steps = dict(zip(KINDS, state["steps"].tolist(), strict=True))
        for place, ((kind, name), optimizer) in enumerate(self._optimizers.items()):
            self._tensors[kind][name][...] = state[f"{place}.tensor"]
            self._averages[kind][name][...] = state[f"{place}.average"]
            start = f"{place}.optimizer."
            optimizer.restore({key: state[start + key] for key in optimizer.state()})


def _new(kind: Kind, generator: np.random.Generator) -> dict[str, Floats]:
    """Return random weights of a size that keeps hidden values in range."""
    spreads = {"odd": 16.0, "sign": 2.0, "gate": 2.0, "constant": 8.0, "third": 8.0}
    tensors: dict[str, Floats] = {}
    for name, shape in Layers.shapes(kind).items():
        spread = spreads.get(name, 0.0)
        if name == "first":
            spread = 16 * 3.0 / np.sqrt(shape[1])
        elif name == "second":
            spread = 64 * 1.4 / np.sqrt(HIDDEN)
        tensors[name] = (spread * generator.normal(size=shape)).astype(np.float32)
    # Most numbers are 0.
    tensors["third_bias"][:] = -64.0 * LOGIT_SCALE / 2
    return tensors


def _rounded(tensor: Tensor) -> Tensor:
    """Round a tensor; its gradient is passed on as it is."""
    rounded: Tensor = tensor + (tensor.round() - tensor).detach()
    return rounded


def _bits(weights: Mapping[str, Tensor], records: Records) -> Tensor:
    """Return the bits of numbers by a network: `context_network.logits_of` without rounding."""
    w = {name: tensor / SCALES[name] for name, tensor in weights.items()}
    values = torch.from_numpy(records.values.astype(np.float32))
    magnitudes = torch.from_numpy(records.magnitudes.astype(np.float32))
    constants = torch.from_numpy(records.constants.astype(np.float32))
    odd = (values @ w["odd"].T).clamp(-MOST_ODD, MOST_ODD)
    seen = torch.cat([magnitudes, odd.abs() / 4], dim=1)
    bias = constants @ w["constant"].T / 64
    hidden = (seen @ w["first"].T + bias).clamp(0, MOST_HIDDEN)
    hidden = (hidden @ w["second"].T + w["second_bias"]).clamp(0, MOST_HIDDEN)
    sizes = hidden @ w["third"].T + w["third_bias"]
    gate = (hidden @ w["gate"].T).clamp(-MOST_GATE, MOST_GATE)
    sign = (odd[:, :ODD] * (w["sign"] + gate * GATE_UNIT)).sum(1, keepdim=True)
    logits = torch.cat([sizes, sign], 1).clamp(-MOST_LOGIT, MOST_LOGIT) / LOGIT_SCALE
    trials, hits = (torch.from_numpy(x.T.astype(np.float32)) for x in tally(records.numbers))
    bits: Tensor = _BITS * (trials * softplus(logits) - hits * logits).sum()
    return bits
