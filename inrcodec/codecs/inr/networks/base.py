"""What every architecture declares: its weights by scope, and how they map points to values.

An architecture is a frozen dataclass of a few coded fields (they go into the file's header).
From it and a `Domain` follows everything else: which weights there are, in which scope, of which
shape, how they start, what they cost. Nothing here needs torch, so a file's header can be read
and its weights counted without it.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import codes
from inrcodec.signal.geometry import Frame, Raster, Tiling

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CPU_VALUES", "Domain", "Effort", "ModelSpec", "NetworkSpec", "Scope", "TensorSpec"]

# Values that a layer may hold at once on a CPU: about what its caches keep.
CPU_VALUES = 1 << 20
# Bytes that are held of a weight, and of a value of a layer, while a network is decoded.
_DECODED_WEIGHT, _DECODED_VALUE = 4, 28
# Of a weight, and of a channel of a sample, while a network is fitted.
_FITTED_WEIGHT, _FITTED_SAMPLE = 28, 8
# Multiplications that a point is worth beside its network's: its coordinates, and its rounding.
_OF_POINT = 100


class Scope(IntEnum):
    """What a weight belongs to."""

    SHARED = 0
    ITEM = 1
    TILE = 2


@dataclass(frozen=True)
class Domain:
    """What a network is defined over: samples along each axis, values per sample, and by how many
    samples its tiles overlap."""

    shape: tuple[int, ...]
    channels: int
    overlap: int = 0


@dataclass(frozen=True)
class TensorSpec:
    """One weight tensor.

    Attributes
    ----------
    name, scope
        Its name in the network, and what it belongs to.
    shape
        Within one tile, in tile scope.
    bound
        It starts uniform in [-bound, bound]; normal of that deviation if `normal`.
    center
        What is added to that.
    trained
        Whether fitting changes it.
    uses
        Of its numbers, how many multiply at each sample: all of a matrix, none of a vector, a part
        where a sample meets one of several matrices.
    """

    name: str
    scope: Scope
    shape: tuple[int, ...]
    bound: float
    normal: bool = False
    trained: bool = True
    uses: int | None = None
    center: float = 0.0

    @property
    def size(self) -> int:
        """Numbers in it (in one tile's, in tile scope)."""
        return math.prod(self.shape)

    @property
    def multiplications(self) -> int:
        """Of one sample."""
        if self.uses is not None:
            return self.uses
        return self.size if len(self.shape) > 1 else 0


@dataclass(frozen=True)
class Effort:
    """What to fit, for how long, how fast: a row of an effort table, maybe altered."""

    spec: NetworkSpec
    steps: int
    learning_rate: float


class ModelSpec(ABC):
    """What represents a signal, with its hyper-parameters: the fields of a `NETW` section.

    A family is fitted, coded and rendered in a way of its own.
    """

    number: ClassVar[int]
    name: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[str]

    @abstractmethod
    def tiling(self, domain: Domain) -> Tiling:
        """The tiles of a domain."""

    @abstractmethod
    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """How many numbers there are in each scope that has any."""

    @abstractmethod
    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """What opening a domain for a raster and rendering it takes: evaluations of so many points,
        and so many bytes of output at a time."""

    @abstractmethod
    def encoding_cost(self, domain: Domain, steps: int | None) -> Cost:
        """What encoding a domain in so many steps takes; None: as many as there is time for."""

    def mismatch(self, domain: Domain) -> str | None:
        """What about the fields does not suit a signal."""
        return None

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """Sections that a signal needs beside those of its scopes."""
        return ()

    def fields(self) -> dict[str, Any]:
        """The coded fields and their values."""
        return {name: getattr(self, name) for name in codes(self)}

    def with_options(self, options: Mapping[str, Any]) -> Self:
        """The spec with some fields changed, given as values or as their text.

        Raises `UsageError` where there is no such field or it cannot have that value.
        """
        known = codes(self)
        if unknown := sorted(set(options) - set(known)):
            raise UsageError(f"model {self.name} has no {unknown[0]}; it has {', '.join(known)}")
        values = {name: known[name].parse(value) for name, value in options.items()}
        return dataclasses.replace(self, **values)  # type: ignore[type-var]


class NetworkSpec(ModelSpec):
    """An architecture of a coordinate network."""

    family = "network"
    frame: ClassVar[Frame] = Frame.SIGNAL
    # Whether `prepare` takes several rows of points for one row of weights.
    takes_rows: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        """The nine rows of the effort table for a domain, effort 1 first; each slower and
        better."""

    @abstractmethod
    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        """All weight tensors, in the order in which files hold them."""

    def prepare(self, points: Tensor) -> Any:
        """What `forward` takes of points (tiles or 1, axes, points), coordinates in the spec's
        frame; computed once for points that are evaluated many times."""
        return points

    @abstractmethod
    def forward(self, weights: Mapping[str, Tensor], points: Any) -> Tensor:
        """Values at points.

        Parameters
        ----------
        weights
            By name; each (tiles or 1, *shape). Where a signal has no tiles, several signals of one
            shape stand in their place.
        points
            What `prepare` made of them.

        Returns
        -------
        (tiles, channels, points); samples scaled to [-1, 1], not clamped.
        """

    @property
    @abstractmethod
    def first_layers(self) -> tuple[str, ...]:
        """The layers that take coordinates, by what follows `weight` and `bias` in the names of
        their tensors."""

    @property
    @abstractmethod
    def last_layer(self) -> str:
        """The linear layer that gives the values, likewise."""

    def tile_shape(self, domain: Domain) -> tuple[int, ...]:
        """Samples of a tile along each axis; a spec without tiles has one of the whole domain."""
        return domain.shape

    def tiling(self, domain: Domain) -> Tiling:
        """The tiles of a domain."""
        return Tiling(domain.shape, self.tile_shape(domain), domain.overlap)

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """How many weights there are in each scope that has any."""
        tiles = self.tiling(domain).count
        counts: dict[Scope, int] = {}
        for tensor in self.tensors(domain):
            copies = tiles if tensor.scope is Scope.TILE else 1
            counts[tensor.scope] = counts.get(tensor.scope, 0) + copies * tensor.size
        return counts

    def flops(self, domain: Domain) -> int:
        """Floating-point operations to render a domain, as ENRP's Table I counts them: two for
        each weight that multiplies at a sample, and two for each bias of one network in all."""
        tensors = self.tensors(domain)
        per_sample = sum(t.multiplications for t in tensors)
        once = sum(t.size for t in tensors if len(t.shape) == 1)
        return 2 * (math.prod(domain.shape) * per_sample + once)

    @property
    def planes(self) -> int:
        """Numbers that a hidden value is of: 2 where weights are complex."""
        return 1

    @property
    def fitted_value(self) -> int:
        """Bytes that a step of a fit holds of a value of a layer."""
        return 8

    @property
    def fitted_point(self) -> int:
        """Bytes that `prepare` makes of a point, for all of a fit."""
        return 8

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """See `ModelSpec`."""
        touched = math.prod(map(len, self.tiling(domain).touching(raster.region)))
        tensors = self.tensors(domain)
        weights = sum(t.size * (touched if t.scope is Scope.TILE else 1) for t in tensors)
        values = min(points * self.widest(domain), CPU_VALUES)
        memory = _DECODED_WEIGHT * weights + _DECODED_VALUE * self.planes * values + output
        return Cost(memory, 2.0 * points * self._uses(domain))

    def encoding_cost(self, domain: Domain, steps: int | None) -> Cost:
        """See `ModelSpec`."""
        samples = self.tiling(domain).count * self.tiling(domain).samples_per_tile
        layers = sum(len(t.shape) > 1 for t in self.tensors(domain))
        values = min(samples * self.widest(domain), CPU_VALUES) * layers
        memory = (
            _FITTED_WEIGHT * sum(self.parameters(domain).values())
            + self.fitted_value * self.planes * values
            + samples * (_FITTED_SAMPLE * domain.channels + self.fitted_point)
        )
        # Backward passes are twice a forward one.
        return Cost(memory, 6.0 * ((steps or 0) + 1) * samples * self._uses(domain))

    def _uses(self, domain: Domain) -> float:
        """Multiplications of a point; a vector's are counted, too, and one for each activation."""
        tensors = self.tensors(domain)
        return float(_OF_POINT + sum(max(t.multiplications, t.shape[-1]) for t in tensors))

    def regularizer(self, weights: Mapping[str, Tensor]) -> Tensor | None:
        """What is added to the mean squared error while fitting; None for nothing."""
        return None

    def widest(self, domain: Domain) -> int:
        """The most values that a layer holds per point."""
        return max(t.shape[-1] for t in self.tensors(domain) if len(t.shape) > 1)
