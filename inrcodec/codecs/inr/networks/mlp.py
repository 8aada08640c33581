"""The multi-layer perceptron that coordinate networks are made of, declared and evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.activations import (
    ACTIVATIONS,
    SINE,
    Activation,
    Factors,
    Step,
    activation,
)
from inrcodec.codecs.inr.networks.base import NetworkSpec, TensorSpec
from inrcodec.codecs.inr.networks.operations import operations
from inrcodec.errors import UsageError
from inrcodec.schema import REAL, UINT, as_real, coded, named

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "WHOLE_EFFORTS",
    "PerceptronSpec",
    "harmonizer_tensor",
    "layer_tensors",
    "mapping_tensors",
    "whole_rate",
]

MAX_WIDTH = 4096
MAX_TILE = 1 << 24
MAX_DEPTH = 64
MAX_FACTOR = 1e6

_ACTIVATION = named({function.name: number for number, function in ACTIVATIONS.items()})

# (width, depth, steps) of the efforts of a perceptron for a whole image.
WHOLE_EFFORTS = (
    (32, 3, 200),
    (32, 3, 400),
    (40, 3, 600),
    (40, 4, 1000),
    (48, 4, 2000),
    (48, 5, 4000),
    (64, 5, 6000),
    (64, 6, 10000),
    (64, 6, 30000),
)

# Learning rates of a perceptron for a whole image, and for an audio signal, whose first layer goes
# up to higher frequencies (`spectral`).
_RATES = {2: 5e-3, 1: 2e-3}

_TURN = 0.15

# Kazerouni et al. 2024: keeps a, b, c and d of INCODE from falling below 0.
_HARMONIZER_WEIGHTS = (0.1993, 0.0196, 0.0588, 0.0269)
# What all four are before the fit: the bias of the last layer of the network that emits them in
# its authors' code, where its weights begin at next to nothing, for images and audio alike.
_HARMONIZER_START = 0.312


def whole_rate(domain: Domain) -> float:
    """Return the learning rate of a perceptron for a whole signal."""
    return _RATES.get(len(domain.shape), _RATES[2])


def layer_tensors(
    suffix: str, scope: Scope, fan_in: int, fan_out: int, bound: float, planes: int = 1
) -> tuple[TensorSpec, TensorSpec]:
    """Declare `weight{suffix}` and `bias{suffix}` of a linear layer.

    Biases start in U(±1/√fan_in). Complex layers hold their real and imaginary planes one after the
    other.
    """
    lead = (planes,) if planes > 1 else ()
    return (
        TensorSpec(
            f"weight{suffix}",
            scope,
            (*lead, fan_out, fan_in),
            bound,
            uses=planes**2 * fan_in * fan_out,
        ),
        TensorSpec(f"bias{suffix}", scope, (planes * fan_out,), fan_in**-0.5),
    )


def harmonizer_tensor(scope: Scope, suffix: str = "") -> TensorSpec:
    """Declare `harmonizer{suffix}`: the a, b, c and d of INCODE."""
    return TensorSpec(f"harmonizer{suffix}", scope, (4,), 0.0, center=_HARMONIZER_START)


def mapping_tensors(function: Activation, axes: int, scale: float) -> tuple[TensorSpec, ...]:
    """Declare the random frequencies of Fourier features, which are not trained.

    ENRP's Table I counts no operations for them.
    """
    if not function.mapping:
        return ()
    shape = (function.mapping, axes)
    return (TensorSpec("mapping", Scope.ITEM, shape, scale, normal=True, trained=False, uses=0),)


@dataclass(frozen=True)
class PerceptronSpec(NetworkSpec):
    """Hyper-parameters that every perceptron has.

    Attributes
    ----------
    width
        Features of each hidden layer, 1 to 4096.
    depth
        Hidden-to-hidden layers, 0 to 64: `depth + 2` linear layers in all (ENRP's d, SIREN's
        `hidden_layers`).
    omega_0, omega
        Factor on the pre-activation of the first and of the later hidden layers, above 0.
    activation
        Its number in `activations.ACTIVATIONS`.
    scale
        The other parameter of activations that have one, above 0.
    """

    activations: ClassVar[tuple[int, ...]] = tuple(ACTIVATIONS)

    width: int = coded(UINT)
    depth: int = coded(UINT)
    omega_0: float = coded(REAL)
    omega: float = coded(REAL)
    activation: int = coded(_ACTIVATION, default=SINE.number)
    scale: float = coded(REAL, default=1.0)

    def __post_init__(self) -> None:
        if not 1 <= self.width <= MAX_WIDTH:
            raise UsageError(f"width {self.width}; it must be 1 to {MAX_WIDTH}")
        if not 0 <= self.depth <= MAX_DEPTH:
            raise UsageError(f"depth {self.depth}; it must be 0 to {MAX_DEPTH}")
        for name in ("omega_0", "omega", "scale"):
            # As the file will have it, so that the fit is of what will be decoded.
            object.__setattr__(self, name, as_real(getattr(self, name)))
            if not 0 < getattr(self, name) <= MAX_FACTOR:
                raise UsageError(f"{name} must be above 0 and at most {MAX_FACTOR:.0f}")
        if activation(self.activation).number not in self.activations:
            name = activation(self.activation).name
            raise UsageError(f"model {self.name} does not go with activation {name}")

    @property
    def function(self) -> Activation:
        """The activation of the hidden layers."""
        return activation(self.activation)

    def bound(self, fan_in: int, first: bool) -> float:
        """Return the bound that a layer's weights start within."""
        if first:
            return self.function.first_bound(fan_in, self.omega_0)
        return self.function.hidden_bound(fan_in, self.omega)

    def factors(self, first: bool, harmonizer: Any = None) -> Factors:
        """Return what a layer's activation takes besides its input."""
        return Factors(self.omega_0 if first else self.omega, self.scale, harmonizer)

    @property
    def matrix_rate(self) -> float | None:
        # Hidden matrices of sines start at norms of about 2.8 / ω: at this, a step of Muon turns
        # them by 7 %.
        return _TURN / self.omega if self.function.omega == SINE.omega else None

    def inputs(self, axes: int) -> int:
        """Return how many values of a point enter the first layer."""
        return 2 * self.function.mapping or axes

    def perceptron(self, domain: Domain, scope: Scope) -> tuple[TensorSpec, ...]:
        """Declare the tensors of one perceptron over a domain: `weight0, bias0, weight1, ...`.

        Those that its activation needs come first.
        """
        return _tensors(self, len(domain.shape), domain.channels, scope)

    @property
    def planes(self) -> int:
        return 2 if self.function.complex_weights else 1

    @property
    def fitted_value(self) -> int:
        # Sines have a kernel of their own, which keeps one array.
        return 8 if self.activation == SINE.number else 28

    @property
    def first_layers(self) -> tuple[str, ...]:
        return (self.layers()[0],)

    @property
    def last_layer(self) -> str:
        return self.layers()[-1]

    def layers(self) -> list[str]:
        """Return the suffixes of the layers' tensors, in the order of evaluation."""
        return [str(index) for index in range(self.depth + 2)]

    def forward(self, weights: Mapping[str, Any], points: Any) -> Any:
        k, values = operations(points), points
        if self.function.mapping:
            values = k.fourier_features(values, weights["mapping"])
        harmonizer = weights.get("harmonizer")
        first, *_, last = self.layers()
        steps = []
        for layer in self.layers():
            weight, bias = weights[f"weight{layer}"], weights[f"bias{layer}"][..., None]
            if self.function.complex_weights and layer != first:
                weight, bias = k.as_complex(weight, bias)
            if layer == last:
                steps.append(Step(weight, bias))
            else:
                factors = self.factors(layer == first, harmonizer)
                steps.append(Step(weight, bias, self.function, factors))
        values = k.layers(values, steps)
        return values.real if self.function.complex_weights else values

    def regularizer(self, weights: Mapping[str, Tensor]) -> Tensor | None:
        terms = [
            -weight.clamp(max=0) @ weight.new_tensor(_HARMONIZER_WEIGHTS)
            for name, weight in weights.items()
            if name.startswith("harmonizer")
        ]
        return sum(term.mean() for term in terms) if terms else None  # type: ignore[return-value]


# Items of an album mostly have one architecture.
@lru_cache(64)
def _tensors(
    spec: PerceptronSpec, axes: int, channels: int, scope: Scope
) -> tuple[TensorSpec, ...]:
    tensors = [*mapping_tensors(spec.function, axes, spec.scale)]
    if spec.function.harmonized:
        tensors.append(harmonizer_tensor(scope))
    widths = [spec.inputs(axes), *[spec.width] * (spec.depth + 1), channels]
    for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
        planes = 2 if spec.function.complex_weights and index > 0 else 1
        bound = spec.bound(fan_in, index == 0)
        tensors += layer_tensors(str(index), scope, fan_in, fan_out, bound, planes)
    return tuple(tensors)
