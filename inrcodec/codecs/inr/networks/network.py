"""A network: an architecture with its weights, on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import CPU_VALUES, NetworkSpec
from inrcodec.signal.geometry import Tiling

__all__ = ["Network", "initialize"]

Arrays = Mapping[str, npt.NDArray[np.float32]]

# Values that a layer may hold at once: what makes a GPU busy.
_GPU_VALUES = 1 << 26


class Network:
    """Weights of a spec over a domain, for some or all of the tiles.

    Attributes
    ----------
    weights
        By name, float32: (tiles, *shape) in tile scope, (1, *shape) in the others. Several signals
        under training stand as rows, (signals, *shape), of the item weights of a spec without
        tiles.
    tiles
        The box of tile positions that the weights cover, a range per axis.
    is_tiled
        Whether some weights are tile scope.
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
        self.tiling: Tiling = spec.tiling(domain)
        self.tiles = tiles or tuple(range(count) for count in self.tiling.counts)
        tensors = spec.tensors(domain)
        self.is_tiled = any(t.scope is Scope.TILE for t in tensors)
        rows = Scope.TILE if self.is_tiled else Scope.ITEM
        self._by_row = {t.name for t in tensors if t.scope is rows}

    @classmethod
    def from_arrays(
        cls,
        spec: NetworkSpec,
        domain: Domain,
        arrays: Arrays,
        tiles: tuple[range, ...] | None = None,
        device: str = "cpu",
    ) -> Network:
        """Return a network of weights that are numpy arrays, shaped as in `weights`."""
        weights = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
        return cls(spec, domain, weights, tiles)

    @property
    def device(self) -> torch.device:
        """The device that the weights are on."""
        return next(iter(self.weights.values())).device

    @property
    def points_at_once(self) -> int:
        """Points to evaluate at once, in all tiles together."""
        values = CPU_VALUES if self.device.type == "cpu" else _GPU_VALUES
        return max(1, values // self.spec.widest(self.domain))

    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the weights as numpy arrays."""
        return {name: w.detach().cpu().numpy() for name, w in self.weights.items()}

    def of_rows(self, part: slice | Tensor) -> dict[str, Tensor]:
        """Return the weights that some of the tiles, or some of the signals, use."""
        return {n: w[part] if n in self._by_row else w for n, w in self.weights.items()}

    def first_matrices(self) -> list[Tensor]:
        """Return the matrices that multiply coordinates."""
        return [self.weights[f"weight{layer}"] for layer in self.spec.first_layers]

    def scaled(self, gain: float) -> Network:
        """Return the network whose values are `gain` times as large."""
        if gain == 1:
            return self
        last = {f"{kind}{self.spec.last_layer}" for kind in ("weight", "bias")}
        weights = {n: w * gain if n in last else w for n, w in self.weights.items()}
        return Network(self.spec, self.domain, weights, self.tiles)

    def places(self, ranges: tuple[range, ...]) -> npt.NDArray[np.int64]:
        """Return where the tiles of a box of positions stand in the tile axis of the weights."""
        inner = [
            range(r.start - own.start, r.stop - own.start)
            for r, own in zip(ranges, self.tiles, strict=True)
        ]
        sizes = tuple(len(own) for own in self.tiles)
        return Tiling(sizes, (1,) * len(sizes)).numbers(tuple(inner))

    def forward(self, points: Tensor, rows: slice | Tensor = slice(None)) -> Tensor:
        """Return the values (rows, channels, points) at points (rows or 1, axes, points)."""
        return self.at(self.spec.prepare(points), rows)

    def at(self, prepared: Any, rows: slice | Tensor = slice(None)) -> Tensor:
        """Return the values at points that `NetworkSpec.prepare` has prepared."""
        return self.spec.forward(self.of_rows(rows), prepared)


def initialize(spec: NetworkSpec, domain: Domain, seed: int, device: str = "cpu") -> Network:
    """Return a network before fitting.

    The weights depend on the seed alone, not on the device.
    """
    generator = torch.Generator().manual_seed(seed)
    tiles = spec.tiling(domain).count
    weights: dict[str, Tensor] = {}
    for tensor in spec.tensors(domain):
        copies = tiles if tensor.scope is Scope.TILE else 1
        size = (copies, *tensor.shape)
        if tensor.normal:
            unit = torch.randn(size, generator=generator)
        else:
            unit = 2 * torch.rand(size, generator=generator) - 1
        weights[tensor.name] = (unit * tensor.bound + tensor.center).to(device)
    return Network(spec, domain, weights)
