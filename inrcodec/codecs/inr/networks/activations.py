"""Activations: what follows each linear layer, what the weights start from, and good defaults.

A new activation is one entry of `ACTIVATIONS` under a number of its own; numbers are written to
files and never change their meaning.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np

from inrcodec.codecs.inr.networks.operations import operations
from inrcodec.errors import UnknownNumberError, UsageError
from inrcodec.native.layers import Dense, Kind

__all__ = [
    "ACTIVATIONS",
    "SINE",
    "Activation",
    "Factors",
    "Step",
    "activation",
    "activation_by_name",
]

FOURIER_MAPPING = 65


@dataclass(frozen=True)
class Factors:
    """The parameters of an activation in a layer.

    Attributes
    ----------
    omega, scale
        Of the layer, and of the network.
    harmonizer
        (rows or 1, 4): the four scalars of INCODE, where the network has them.
    """

    omega: float
    scale: float
    harmonizer: Any = None


# Of arrays or tensors: see `operations`.
Layer = Callable[[Any, Any, Any, Factors], Any]
# Of arrays: (weight, bias, factors) to the layer as the compiled kernels take it.
Compiled = Callable[[Any, Any, Factors], Dense]
Bound = Callable[[int, float], float]


def _torch_bound(fan_in: int, omega: float) -> float:
    """Return the default of torch's linear layers, weights and biases alike."""
    return 1 / math.sqrt(fan_in)


@dataclass(frozen=True)
class Activation:
    """A hidden layer's non-linearity.

    Attributes
    ----------
    number, name
        Its number in files and its name on the command line.
    layer
        (x, weight, bias, factors) to the layer's output, shapes as in `kernels.batched_linear`: of
        tensors, and of arrays that `compiled` does not take.
    compiled
        The same layer of arrays, for the kernels; None where they do not have it.
    omega_0, omega, scale, learning_rate
        Defaults that its papers give for a whole image; omega_0 is the first layer's. None as a
        learning rate stands for that of the sine.
    first_bound, hidden_bound
        (fan_in, omega) to the bound b of the uniform distribution U(-b, b) that the weights of
        the first and of all later layers start from.
    mapping
        Random frequencies that the coordinates are projected on first; each gives a cosine and a
        sine. Their deviation is `scale`.
    complex_weights
        Whether weights of all but the first layer are complex, stored as two real planes.
    harmonized
        Whether the network learns the four scalars of INCODE.
    """

    number: int
    name: str
    layer: Layer
    compiled: Compiled | None = None
    _: KW_ONLY
    omega_0: float = 1.0
    omega: float = 1.0
    scale: float = 1.0
    learning_rate: float | None = 5e-3
    first_bound: Bound = _torch_bound
    hidden_bound: Bound = _torch_bound
    mapping: int = 0
    complex_weights: bool = False
    harmonized: bool = False


def _siren_first(fan_in: int, omega: float) -> float:
    return 1 / fan_in


def _siren_hidden(fan_in: int, omega: float) -> float:
    return math.sqrt(6 / fan_in) / omega


def _sine(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    return operations(x).sine_linear(x, weight * factors.omega, bias * factors.omega)


def _relu(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    k = operations(x)
    return k.relu(k.batched_linear(x, weight, bias))


def _leaky_relu(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    k = operations(x)
    return k.leaky_relu(k.batched_linear(x, weight, bias))


def _gaussian(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    k = operations(x)
    return k.gaussian(k.batched_linear(x, weight, bias), factors.scale)


def _wire(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    k = operations(x)
    return k.gabor(k.batched_linear(x, weight, bias), factors.omega, factors.scale)


def _finer(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    k = operations(x)
    return k.finer(k.batched_linear(x, weight, bias), factors.omega)


def _incode(x: Any, weight: Any, bias: Any, factors: Factors) -> Any:
    if factors.harmonizer is None:
        raise AssertionError("INCODE's scalars are among the weights of its network")
    k = operations(x)
    z = k.batched_linear(x, weight, bias)
    return k.harmonized_sine(z, factors.omega, factors.harmonizer)


def _compiled_sine(weight: Any, bias: Any, factors: Factors) -> Dense:
    return Dense(weight * factors.omega, bias * factors.omega, Kind.SINE)


def _compiled_relu(weight: Any, bias: Any, factors: Factors) -> Dense:
    return Dense(weight, bias, Kind.RELU)


def _compiled_leaky_relu(weight: Any, bias: Any, factors: Factors) -> Dense:
    return Dense(weight, bias, Kind.LEAKY_RELU)


def _compiled_gaussian(weight: Any, bias: Any, factors: Factors) -> Dense:
    return Dense(weight * factors.scale, bias * factors.scale, Kind.GAUSSIAN)


def _compiled_finer(weight: Any, bias: Any, factors: Factors) -> Dense:
    omega = factors.omega
    return Dense(weight * omega, bias * omega, Kind.FINER, omega)


def _compiled_incode(weight: Any, bias: Any, factors: Factors) -> Dense:
    a, b, c, d = np.moveaxis(factors.harmonizer, 1, 0)
    factor = (np.exp(b) * np.float32(factors.omega))[:, None, None]
    shifted = bias * factor + c[:, None, None]
    return Dense(weight * factor, shifted, Kind.SINE, moved=np.stack([np.exp(a), d], axis=1))


SINE = Activation(
    1,
    "sine",
    _sine,
    _compiled_sine,
    omega_0=30.0,
    omega=30.0,
    learning_rate=None,
    first_bound=_siren_first,
    hidden_bound=_siren_hidden,
)

_ALL = (
    # sin(ω(Wx + b)): Sitzmann et al. 2020, section 3.2.
    SINE,
    Activation(2, "relu", _relu, _compiled_relu),
    # Slope 0.2 below zero: Levels-of-Experts.
    Activation(3, "leaky-relu", _leaky_relu, _compiled_leaky_relu),
    # A ReLU network of cos and sin of random projections: Tancik et al. 2020; size as in ENRP.
    Activation(4, "fourier", _relu, _compiled_relu, scale=10.0, mapping=FOURIER_MAPPING),
    # exp(-(s z)^2): Ramasinghe and Lucey 2022.
    Activation(5, "gaussian", _gaussian, _compiled_gaussian, scale=30.0),
    # exp(jωz - |s z|^2) with complex weights: Saragadam et al. 2023.
    Activation(6, "wire", _wire, omega_0=20.0, omega=20.0, scale=10.0, complex_weights=True),
    # sin(ω(|z| + 1)z): Liu et al. 2024.
    replace(SINE, number=7, name="finer", layer=_finer, compiled=_compiled_finer),
    # exp(a)·sin(exp(b)·ωz + c) + d with learnt a, b, c, d: Kazerouni et al. 2024.
    replace(
        SINE,
        number=8,
        name="incode",
        layer=_incode,
        compiled=_compiled_incode,
        learning_rate=1e-3,
        harmonized=True,
    ),
)

ACTIVATIONS: dict[int, Activation] = {function.number: function for function in _ALL}


@dataclass(frozen=True)
class Step:
    """A layer of a network over arrays or tensors, shapes as in `kernels.batched_linear`.

    Attributes
    ----------
    activation
        None for W·x + b alone.
    """

    weight: Any
    bias: Any
    activation: Activation | None = None
    factors: Factors = Factors(1.0, 1.0)

    @property
    def has_kernel(self) -> bool:
        """Tell whether the compiled kernels have it."""
        return self.activation is None or self.activation.compiled is not None

    def dense(self) -> Dense:
        """Return the layer of arrays as the compiled kernels take it."""
        if self.activation is None:
            return Dense(self.weight, self.bias)
        assert self.activation.compiled is not None
        return self.activation.compiled(self.weight, self.bias, self.factors)

    def values(self, x: Any) -> Any:
        """Return what it gives."""
        if self.activation is None:
            return operations(x).batched_linear(x, self.weight, self.bias)
        return self.activation.layer(x, self.weight, self.bias, self.factors)


def activation(number: int) -> Activation:
    """Return the activation of a number; `UnknownNumberError` where it is unassigned."""
    if number not in ACTIVATIONS:
        raise UnknownNumberError(f"activation {number} is unknown to this release")
    return ACTIVATIONS[number]


def activation_by_name(name: str) -> Activation:
    """Return the activation of a name; `UsageError` where there is none."""
    for function in _ALL:
        if function.name == name:
            return function
    raise UsageError(f"no activation {name!r}; there are {', '.join(a.name for a in _ALL)}")
