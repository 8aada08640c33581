"""The base of all architectures: weights by scope, and how they map points to values.

From an architecture's fields and a `Domain` follows which weights there are, in which scope, of
which shape, how they start, what they cost. Nothing here needs torch, so a file's header can be
read and its weights counted without it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from inrcodec.codecs.base import AUTO, FP16, PRIOR, Domain, ModelSpec, Scope
from inrcodec.limits import Cost
from inrcodec.signal.geometry import Frame, Raster, Tiling

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CPU_VALUES", "Effort", "NetworkSpec", "TensorSpec"]

# Values that a layer may hold at once on a CPU: about what its caches keep.
CPU_VALUES = 1 << 20
# Bytes that are held of a weight, and of a value of a layer, while a network is decoded. Of weights
# that all points meet, evaluation makes copies; of tiles, of a few at a time.
_DECODED_TILE_WEIGHT, _DECODED_WEIGHT, _DECODED_VALUE = 4, 16, 28
# Of a weight, and of a channel of a sample, while a network is fitted.
_FITTED_WEIGHT, _FITTED_SAMPLE = 28, 8
# Samples that a step of a fit goes through for each weight, and of a small signal: gradients of
# fewer are noise (of SIRENs, at a sample a weight fits diverge).
_POINTS_A_WEIGHT, _LEAST_POINTS = 2.5, 1 << 13
# Multiplications that a point is worth beside its network's: its coordinates, and its rounding.
_OF_POINT = 100


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
        """Numbers in it (in one tile, in tile scope)."""
        return math.prod(self.shape)

    @property
    def multiplications(self) -> int:
        """Multiplications that it takes part in for one sample."""
        if self.uses is not None:
            return self.uses
        return self.size if len(self.shape) > 1 else 0


@dataclass(frozen=True)
class Effort:
    """A row of an effort table: what to fit, in how many steps, at which learning rate."""

    spec: NetworkSpec
    steps: int
    learning_rate: float


class NetworkSpec(ModelSpec):
    """An architecture of a coordinate network."""

    precisions = (FP16, AUTO, PRIOR)
    frame: ClassVar[Frame] = Frame.SIGNAL
    # Whether `prepare` takes several rows of points for one row of weights.
    takes_rows: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        """Return the nine rows of the effort table for a domain, effort 1 first.

        Each is slower and better than the one before.
        """

    @abstractmethod
    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        """Return all weight tensors, in the order in which files hold them."""

    def prepare(self, points: Any) -> Any:
        """Return what `forward` takes of points (tiles or 1, axes, points).

        Coordinates are in the spec's frame. It is computed once for points that are evaluated many
        times.
        """
        return points

    @abstractmethod
    def forward(self, weights: Mapping[str, Any], points: Any) -> Any:
        """Evaluate the network at points.

        Parameters
        ----------
        weights
            By name, all arrays or all tensors; each (tiles or 1, *shape). Where a signal has no
            tiles, several signals of one shape stand in their place.
        points
            As `prepare` returns them.

        Returns
        -------
        Values (tiles, channels, points); samples scaled to [-1, 1], not clamped.
        """

    @property
    @abstractmethod
    def first_layers(self) -> tuple[str, ...]:
        """The layers that take coordinates, by the suffixes of their tensors: `weight0` has 0."""

    @property
    @abstractmethod
    def last_layer(self) -> str:
        """The linear layer that gives the values, by the suffix of its tensors."""

    @property
    def matrix_rate(self) -> float | None:
        """The learning rate of matrices between hidden layers under Muon; None for Adam."""
        return None

    def prior(self, number: int, domain: Domain) -> dict[str, Any] | None:
        """Return the weights (1, *shape) that one of its priors has of such a network, by name and
        in the order of files; None where it has none."""
        return None

    def has_prior(self, number: int, domain: Domain) -> bool:
        return self.prior(number, domain) is not None

    def newest_prior(self, domain: Domain) -> int:
        """Return the number of the newest prior of such a network; 0 where there is none."""
        return max((n for n in self.priors if self.has_prior(n, domain)), default=0)

    @property
    def stackable(self) -> bool:
        """Tell whether networks of several signals can be rows of one.

        They are plain perceptrons, none of whose weights are shared, without a penalty on them.
        """
        return False

    def tile_shape(self, domain: Domain) -> tuple[int, ...]:
        """Return the samples of a tile along each axis; without tiles, those of the domain."""
        return domain.shape

    def tiling(self, domain: Domain) -> Tiling:
        """Cut a domain into tiles."""
        return Tiling(domain.shape, self.tile_shape(domain), domain.overlap)

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count the weights in each scope that has any."""
        tiles = self.tiling(domain).count
        counts: dict[Scope, int] = {}
        for tensor in self.tensors(domain):
            copies = tiles if tensor.scope is Scope.TILE else 1
            counts[tensor.scope] = counts.get(tensor.scope, 0) + copies * tensor.size
        return counts

    def flops(self, domain: Domain) -> int:
        """Count the floating-point operations to render a domain, as ENRP's Table I does.

        They are two for each weight that multiplies at a sample, and two for each bias of one
        network in all.
        """
        tensors = self.tensors(domain)
        per_sample = sum(t.multiplications for t in tensors)
        once = sum(t.size for t in tensors if len(t.shape) == 1)
        return 2 * (math.prod(domain.shape) * per_sample + once)

    @property
    def planes(self) -> int:
        """Numbers of a hidden value: 2 where weights are complex."""
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
        touched = math.prod(map(len, self.tiling(domain).touching(raster.region)))
        tensors = self.tensors(domain)
        of_tiles = touched * sum(t.size for t in tensors if t.scope is Scope.TILE)
        others = sum(t.size for t in tensors if t.scope is not Scope.TILE)
        weights = _DECODED_TILE_WEIGHT * of_tiles + _DECODED_WEIGHT * others
        values = min(points * self.widest(domain), CPU_VALUES)
        memory = weights + _DECODED_VALUE * self.planes * values + output
        return Cost(memory, 2.0 * points * self._uses(domain))

    def points_a_step(self, domain: Domain) -> int:
        """Return about how many samples a step of a fit goes through: all of a small signal."""
        weights = sum(self.parameters(domain).values())
        return max(_LEAST_POINTS, math.ceil(_POINTS_A_WEIGHT * weights))

    def encoding_cost(self, domain: Domain, steps: int) -> Cost:
        """Estimate the memory and work of fitting a domain in so many steps."""
        samples = self.tiling(domain).count * self.tiling(domain).samples_per_tile
        layers = sum(len(t.shape) > 1 for t in self.tensors(domain))
        values = min(samples * self.widest(domain), CPU_VALUES) * layers
        memory = (
            _FITTED_WEIGHT * sum(self.parameters(domain).values())
            + self.fitted_value * self.planes * values
            + samples * (_FITTED_SAMPLE * domain.channels + self.fitted_point)
        )
        # Backward passes are twice a forward one.
        seen = min(samples, self.points_a_step(domain))
        return Cost(memory, 6.0 * (steps + 1) * seen * self._uses(domain))

    def _uses(self, domain: Domain) -> float:
        """Count the multiplications of a point, those of vectors and activations among them."""
        tensors = self.tensors(domain)
        return float(_OF_POINT + sum(max(t.multiplications, t.shape[-1]) for t in tensors))

    def regularizer(self, weights: Mapping[str, Tensor]) -> Tensor | None:
        """Return what is added to the mean squared error while fitting; None for nothing."""
        return None

    def widest(self, domain: Domain) -> int:
        """Return the most values that a layer holds per point."""
        return max(t.shape[-1] for t in self.tensors(domain) if len(t.shape) > 1)
