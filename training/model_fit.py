"""The pretrained model while it is fitted: its weights, and Adam."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from crop_encoding import Learned, Networks

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.objective import BIT_WEIGHT
from inrcodec.codecs.grid.passes import Kind
from inrcodec.codecs.grid.pretrained import (
    FILTER_TENSORS,
    KINDS,
    Layers,
    PretrainedModel,
    pack_tensors,
    unpack_gradients,
)

__all__ = ["ModelFit"]

Floats = npt.NDArray[np.float32]
Make = Callable[[str, tuple[int, ...]], npt.NDArray[Any]]

_BETAS = (0.9, 0.998)
_EPSILON = 1e-12
# The largest weight, and the part of a filter's weights, that a model stores.
_MOST, _FILTER_UNIT = 127, np.float32(1 / 1024)
# Root mean squares of tensors count at least as so much where a model stores whole numbers.
_LEAST = 4.0
# Stored are means over about so many steps, which gradients of few crops spoil less.
_AVERAGED = 60


class ModelFit:
    """The networks of a model while they are fitted.

    Parameters
    ----------
    model
        What to start from.
    rate
        Of a step of Adam, in units of the root mean square of a tensor's weights: 0.01 for networks
        that are new, less for those that have been fitted.
    """

    def __init__(self, model: PretrainedModel, rate: float) -> None:
        self._model, self._kernel = model, ContextNetwork(model, 0).kernel
        ones = {kind: _tensors(kind, lambda name, shape: np.ones(shape)) for kind in KINDS}
        self._units = np.concatenate([pack_tensors(ones[kind]) for kind in KINDS])
        self._limits = np.concatenate([_limits(kind) for kind in KINDS])
        self._weights = [self._kernel.weights.copy()]
        self._weights += [tensor.copy() for tensors in model.filters for tensor in tensors]
        self._balance()
        self._means = [np.zeros_like(w) for w in self._weights]
        self._squares = [np.zeros_like(w) for w in self._weights]
        sizes = [_sizes_of_contexts(model)]
        sizes += [np.sqrt(np.mean(w * w) + _FILTER_UNIT**2) for w in self._weights[1:]]
        self._rates = [np.float32(rate) * size for size in sizes]
        self._averages = [w.copy() for w in self._weights]
        self.steps = 0

    def networks(self, whole: bool) -> Networks:
        """Return the networks; with weights as they will be stored if `whole`."""
        contexts, *filters = self._rounded(self._weights) if whole else self._weights
        parts = range(0, len(filters), FILTER_TENSORS)
        return Networks(
            replace(self._kernel, weights=contexts),
            [tuple(filters[p : p + FILTER_TENSORS]) for p in parts],
        )

    def learn(self, found: Sequence[tuple[Learned, int]], share: float) -> None:
        """Do a step from what crops of so many samples have found, at a share of the rate.

        Each counts for between its cost and as much as all others: costs of fine steps are a
        hundred times those of coarse ones.
        """
        gradients = [np.zeros_like(w) for w in self._weights]
        for learned, samples in found:
            weight = np.float32(1 / np.sqrt(max(learned.cost, 1.0) * samples))
            gradients[0] += weight * learned.contexts
            flat = [tensor for tensors in learned.filters for tensor in tensors]
            for gradient, tensor in zip(gradients[1:], flat, strict=False):
                gradient += (weight / np.float32(BIT_WEIGHT)) * tensor
        self.steps += 1
        for place, gradient in enumerate(gradients):
            self._move(place, gradient, share)
        np.clip(self._weights[0], -self._limits, self._limits, out=self._weights[0])
        self._balance()
        share_of_new = np.float32(1 / min(self.steps, _AVERAGED))
        for average, weights in zip(self._averages, self._weights, strict=True):
            average += share_of_new * (weights - average)

    def _move(self, place: int, gradient: Floats, share: float) -> None:
        mean, square = self._means[place], self._squares[place]
        mean += np.float32(1 - _BETAS[0]) * (gradient - mean)
        square += np.float32(1 - _BETAS[1]) * (gradient * gradient - square)
        of_mean, of_square = (1 - beta**self.steps for beta in _BETAS)
        spread = np.sqrt(square / np.float32(of_square)) + np.float32(_EPSILON)
        step = self._rates[place] * np.float32(share / of_mean)
        self._weights[place] -= step * mean / spread

    def _balance(self) -> None:
        """Keep filters from seeing how bright an image is: what their first layers weigh it by sums
        to 0. Brightness is a hundred times what they are to see, and would drown it."""
        for first in self._weights[1::FILTER_TENSORS]:
            first -= first.mean(axis=(2, 3), keepdims=True)

    def _rounded(self, weights: list[Floats]) -> list[Floats]:
        """Return weights as they are stored."""
        contexts, *filters = weights
        filters = [np.rint(w / _FILTER_UNIT) * _FILTER_UNIT for w in filters]
        for first in filters[::FILTER_TENSORS]:
            first[..., 1, 1] -= first.sum(axis=(2, 3))
        return [np.rint(contexts / self._units) * self._units, *filters]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays of a model's file."""
        contexts, *filters = self._rounded(self._averages)
        tensors = unpack_gradients(contexts / self._units**2)
        pools: dict[str, list[npt.NDArray[Any]]] = {"weights": [], "biases": []}
        for kind in KINDS:
            for name in Layers.shapes(kind):
                pool = "biases" if name.endswith("bias") else "weights"
                pools[pool].append(np.rint(tensors[kind][name]).reshape(-1))
        enlargement = [np.rint(w / _FILTER_UNIT) for w in self._model.enlargement]
        return {
            "logarithm": self._model.logarithm,
            "slopes": self._model.slopes,
            "logistic": self._model.logistic,
            "weights": np.concatenate(pools["weights"]).astype(np.int8),
            "biases": np.concatenate(pools["biases"]).astype(np.int32),
            **{
                f"filter{place // FILTER_TENSORS}_{place % FILTER_TENSORS}": np.rint(
                    w / _FILTER_UNIT
                ).astype(np.int16)
                for place, w in enumerate(filters)
            },
            **{f"enlargement_{k}": w.astype(np.int16) for k, w in enumerate(enlargement)},
        }

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return all that a fit goes on from."""
        groups = self._groups()
        arrays = {f"{name}{k}": a for name, group in groups.items() for k, a in enumerate(group)}
        return {**arrays, "steps": np.array(self.steps)}

    def _groups(self) -> dict[str, list[Floats]]:
        return {
            "weights": self._weights,
            "averages": self._averages,
            "means": self._means,
            "squares": self._squares,
        }

    def restore(self, state: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Go on from a state."""
        for name, group in self._groups().items():
            for k, array in enumerate(group):
                array[...] = state[f"{name}{k}"]
        self.steps = int(state["steps"])


def _tensors(kind: Kind, make: Make) -> dict[str, npt.NDArray[Any]]:
    """Make the tensors of a kind's network, of names and shapes."""
    return {name: make(name, shape) for name, shape in Layers.shapes(kind).items()}


def _limits(kind: Kind) -> Floats:
    """Return the largest packed weights of a kind."""

    def most(name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        return np.full(shape, np.inf if name.endswith("bias") else _MOST)

    return pack_tensors(_tensors(kind, most))


def _sizes_of_contexts(model: PretrainedModel) -> Floats:
    """Return the root mean squares of the tensors of context networks, packed."""

    def of(kind: Kind) -> Floats:
        def size(name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
            tensor = getattr(model.layers[kind], name).astype(np.float64)
            return np.full(shape, max(np.sqrt(np.mean(tensor**2)), _LEAST))

        return pack_tensors(_tensors(kind, size))

    return np.concatenate([of(kind) for kind in KINDS])
