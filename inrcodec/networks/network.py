"""A network: an architecture with its weights, on a device."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.coordinates import TileGrid
from inrcodec.networks.base import Domain, NetworkSpec, Scope

__all__ = ["Network", "initialise"]

Arrays = Mapping[str, npt.NDArray[np.float32]]

# Values that a layer may hold at once: about what the caches of a CPU keep, and what makes a
# GPU busy.
_CPU_VALUES = 1 << 20
_GPU_VALUES = 1 << 26


class Network:
    """Weights of a spec over a domain, for some or all of the tiles.

    Attributes
    ----------
    weights
        By name, float32: (tiles, *shape) in tile scope, (1, *shape) in the others.
    tiles
        The box of tile positions that the weights cover, a range per axis.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        domain: Domain,
        weights: Mapping[str, Tensor],
        tiles: tuple[range, ...] | None = None,
    ) -> None:
        self.spec = spec
        self.domain = domain
        self.weights = dict(weights)
        self.grid: TileGrid = spec.grid(domain)
        self.tiles = tiles or tuple(range(count) for count in self.grid.counts)
        self._tiled = {t.name for t in spec.tensors(domain) if t.scope is Scope.TILE}

    @classmethod
    def from_arrays(
        cls,
        spec: NetworkSpec,
        domain: Domain,
        arrays: Arrays,
        tiles: tuple[range, ...] | None = None,
        device: str = "cpu",
    ) -> Network:
        """A network of weights that are numpy arrays, shaped as in `weights`."""
        weights = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
        return cls(spec, domain, weights, tiles)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.weights.values())).device

    @property
    def points_at_once(self) -> int:
        """How many points to evaluate at once, in all tiles together."""
        values = _CPU_VALUES if self.device.type == "cpu" else _GPU_VALUES
        return max(1, values // self.spec.widest(self.domain))

    @property
    def is_tiled(self) -> bool:
        """Whether some weights are tile scope."""
        return bool(self._tiled)

    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """The weights as numpy arrays."""
        return {name: w.detach().cpu().numpy() for name, w in self.weights.items()}

    def of_tiles(self, part: slice | Tensor) -> dict[str, Tensor]:
        """The weights that some of the tiles use."""
        return {n: w[part] if n in self._tiled else w for n, w in self.weights.items()}

    def places(self, ranges: tuple[range, ...]) -> npt.NDArray[np.int64]:
        """Where the tiles of a box of positions stand in the tile axis of the weights."""
        inner = [
            range(r.start - own.start, r.stop - own.start)
            for r, own in zip(ranges, self.tiles, strict=True)
        ]
        sizes = tuple(len(own) for own in self.tiles)
        return TileGrid(sizes, (1,) * len(sizes)).numbers(tuple(inner))

    def forward(self, points: Tensor, tiles: slice | Tensor = slice(None)) -> Tensor:
        """Values (tiles, channels, points) at points (tiles or 1, axes, points); see
        `NetworkSpec.forward`."""
        return self.spec.forward(self.of_tiles(tiles), points)


def initialise(spec: NetworkSpec, domain: Domain, seed: int, device: str = "cpu") -> Network:
    """A network before fitting. The weights depend on the seed alone, not on the device."""
    generator = torch.Generator().manual_seed(seed)
    tiles = spec.grid(domain).count
    weights: dict[str, Tensor] = {}
    for tensor in spec.tensors(domain):
        copies = tiles if tensor.scope is Scope.TILE else 1
        uniform = torch.rand(copies, *tensor.shape, generator=generator) * 2 - 1
        weights[tensor.name] = (uniform * tensor.bound).to(device)
    return Network(spec, domain, weights)
