"""The pretrained model while it is fitted: its tensors, and their optimizers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from crop_encoding import Learned, Networks
from soap import Soap

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import (
    FILTER_TENSORS,
    KINDS,
    Layers,
    PretrainedModel,
    pack_tensors,
    unpack_gradients,
)
from inrcodec.codecs.rate_control import BIT_WEIGHT

__all__ = ["ModelFit"]

Floats = npt.NDArray[np.float32]
# The name of a tensor: its network's (a kind, or a filter by its scale) and its own in there.
Name = tuple[Kind | int, str]
Tensors = dict[Name, Floats]

# The largest weight that a model stores, and the parts of a filter's weights.
_MOST, _PARTS = 127, 1024
# Root mean squares of tensors count at least as so much: 4 of a context network's whole numbers.
_LEAST, _LEAST_OF_FILTER = 4.0, 1 / _PARTS
_PART = np.float32(1 / _PARTS)
# Stored are means over about so many steps, which gradients of few crops spoil less.
_AVERAGED = 60


class ModelFit:
    """The networks of a model while they are fitted.

    Parameters
    ----------
    model
        What to start from.
    rate
        Of a step, in units of the root mean square of a tensor's weights: 0.01 for networks that
        are new, less for those that have been fitted.
    """

    def __init__(self, model: PretrainedModel, rate: float) -> None:
        self._model, self._kernel = model, ContextNetwork(model, 0).kernel
        self._tensors = _tensors_of(model)
        self._balance()
        self._averages = {name: tensor.copy() for name, tensor in self._tensors.items()}
        self._optimizers = {name: Soap(tensor.shape) for name, tensor in self._tensors.items()}
        self._rates = {
            name: np.float32(rate * _size(name, tensor)) for name, tensor in self._tensors.items()
        }
        self.steps = 0

    def networks(self, whole: bool) -> Networks:
        """Return the networks; with weights as they will be stored if `whole`."""
        tensors = _rounded(self._tensors) if whole else self._tensors
        contexts = np.concatenate([pack_tensors(_network(tensors, kind)) for kind in KINDS])
        filters = [tuple(_network(tensors, scale).values()) for scale in self._scales()]
        return Networks(replace(self._kernel, weights=contexts), filters)

    def _scales(self) -> range:
        return range(len(self._model.filters))

    def learn(self, found: Sequence[tuple[Learned, int]], share: float) -> None:
        """Do a step from what crops of so many samples have found, at a share of the rate.

        Each counts for between its cost and as much as all others: costs of fine steps are a
        hundred times those of coarse ones.
        """
        gradients = {name: np.zeros_like(tensor) for name, tensor in self._tensors.items()}
        for learned, samples in found:
            weight = np.float32(1 / np.sqrt(max(learned.cost, 1.0) * samples))
            for name, gradient in _gradients_of(learned).items():
                gradients[name] += weight * gradient
        self.steps += 1
        for name, gradient in gradients.items():
            step = self._optimizers[name].direction(gradient)
            self._tensors[name] += self._rates[name] * np.float32(share) * step
            if _is_limited(name):
                np.clip(self._tensors[name], -_MOST, _MOST, out=self._tensors[name])
        self._balance()
        share_of_new = np.float32(1 / min(self.steps, _AVERAGED))
        for name, average in self._averages.items():
            average += share_of_new * (self._tensors[name] - average)

    def _balance(self) -> None:
        """Keep filters from seeing how bright an image is: what their first layers weigh it by sums
        to 0. Brightness is a hundred times what they are to see, and would drown it."""
        for scale in self._scales():
            first = self._tensors[scale, "0"]
            first -= first.mean(axis=(2, 3), keepdims=True)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays of a model's file."""
        tensors = _rounded(self._averages)
        pools: dict[bool, list[Floats]] = {False: [], True: []}
        for kind in KINDS:
            for name, tensor in _network(tensors, kind).items():
                pools[name.endswith("bias")].append(tensor.reshape(-1))
        filters = {
            f"filter{scale}_{name}": tensor
            for scale in self._scales()
            for name, tensor in _network(tensors, scale).items()
        }
        filters |= {f"enlargement_{k}": w for k, w in enumerate(self._model.enlargement)}
        return {
            "logarithm": self._model.logarithm,
            "slopes": self._model.slopes,
            "logistic": self._model.logistic,
            "weights": np.concatenate(pools[False]).astype(np.int8),
            "biases": np.concatenate(pools[True]).astype(np.int32),
            **{name: np.rint(w * _PARTS).astype(np.int16) for name, w in filters.items()},
        }

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return all that a fit goes on from."""
        arrays: dict[str, npt.NDArray[Any]] = {"steps": np.array(self.steps)}
        for place, (name, optimizer) in enumerate(self._optimizers.items()):
            arrays[f"{place}.tensor"] = self._tensors[name].copy()
            arrays[f"{place}.average"] = self._averages[name].copy()
            for key, array in optimizer.state().items():
                arrays[f"{place}.optimizer.{key}"] = array
        return arrays

    def restore(self, state: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on from a state."""
        for place, (name, optimizer) in enumerate(self._optimizers.items()):
            self._tensors[name][...] = state[f"{place}.tensor"]
            self._averages[name][...] = state[f"{place}.average"]
            start = f"{place}.optimizer."
            optimizer.restore({key: state[start + key] for key in optimizer.state()})
        self.steps = int(state["steps"])


def _tensors_of(model: PretrainedModel) -> Tensors:
    """Return copies of a model's tensors: those of context networks in whole numbers."""
    tensors: Tensors = {
        (kind, name): getattr(model.layers[kind], name).astype(np.float32)
        for kind in KINDS
        for name in Layers.shapes(kind)
    }
    return tensors | _named(model.filters)


def _network(tensors: Tensors, network: Kind | int) -> dict[str, Floats]:
    """Return the tensors of a network."""
    names = Layers.shapes(network) if isinstance(network, Kind) else map(str, range(FILTER_TENSORS))
    return {name: tensors[network, name] for name in names}


def _gradients_of(learned: Learned) -> Tensors:
    """Return the gradients of an iteration's cost, in bits, by the tensors that it has seen."""
    contexts = unpack_gradients(learned.contexts)
    found: Tensors = {
        (kind, name): tensor for kind in KINDS for name, tensor in contexts[kind].items()
    }
    filters = _named(learned.filters)
    return found | {name: tensor / np.float32(BIT_WEIGHT) for name, tensor in filters.items()}


def _named(filters: Iterable[Iterable[Floats]]) -> Tensors:
    """Return the tensors of the filters of scales, by their names."""
    return {
        (scale, str(place)): tensor.copy()
        for scale, tensors in enumerate(filters)
        for place, tensor in enumerate(tensors)
    }


def _is_limited(name: Name) -> bool:
    """Tell whether a tensor is stored in 8 bits."""
    return isinstance(name[0], Kind) and not name[1].endswith("bias")


def _size(name: Name, tensor: Floats) -> float:
    """Return the root mean square of a tensor's weights."""
    least = _LEAST if isinstance(name[0], Kind) else _LEAST_OF_FILTER
    return max(float(np.sqrt(np.mean(tensor.astype(np.float64) ** 2))), least)


def _rounded(tensors: Tensors) -> Tensors:
    """Return tensors as they are stored."""
    found: Tensors = {}
    for (network, name), tensor in tensors.items():
        if isinstance(network, Kind):
            found[network, name] = np.rint(tensor)
            continue
        found[network, name] = rounded = np.rint(tensor * _PARTS) * _PART
        if name == "0":
            rounded[..., 1, 1] -= rounded.sum(axis=(2, 3))
    return found
