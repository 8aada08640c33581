"""A network: an architecture with its weights, as arrays or as tensors on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import CPU_VALUES, NetworkSpec
from inrcodec.signal.geometry import Tiling

__all__ = ["Network"]

# Values that a layer may hold at once: what makes a GPU busy.
_GPU_VALUES = 1 << 26


class Network:
    """Weights of a spec over a domain, for some or all of the tiles.

    Attributes
    ----------
    weights
        By name, float32, all arrays or all tensors: (tiles, *shape) in tile scope, (1, *shape) in
        the others. Several signals under training stand as rows, (signals, *shape), of the item
        weights of a spec without tiles.
    tiles
        The box of tile positions that the weights cover, a range per axis.
    is_tiled
        Whether some weights are tile scope.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        domain: Domain,
        weights: Mapping[str, Any],
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

    @property
    def device(self) -> Any:
        """The torch device that the weights are on; None of arrays."""
        return getattr(self._weight, "device", None) if self._is_tensors else None

    @property
    def _weight(self) -> Any:
        return next(iter(self.weights.values()))

    @property
    def _is_tensors(self) -> bool:
        return not isinstance(self._weight, np.ndarray)

    @property
    def points_at_once(self) -> int:
        """Points to evaluate at once, in all tiles together."""
        on_cpu = self.device is None or self.device.type == "cpu"
        values = CPU_VALUES if on_cpu else _GPU_VALUES
        return max(1, values // self.spec.widest(self.domain))

    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the weights as numpy arrays."""
        if not self._is_tensors:
            return dict(self.weights)
        return {name: w.detach().cpu().numpy() for name, w in self.weights.items()}

    def on(self, device: Any) -> Network:
        """Return the network of tensors on a torch device."""
        import torch

        weights = {n: torch.as_tensor(w).to(device) for n, w in self.weights.items()}
        return Network(self.spec, self.domain, weights, self.tiles)

    def values(
        self, points: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.float32]:
        """Return what `forward` does, of arrays to an array wherever the weights are."""
        found: npt.NDArray[np.float32]
        if not self._is_tensors:
            # Weights of any file, and unbounded activations, come to infinite values.
            with np.errstate(all="ignore"):
                found = self.forward(points, rows)
            return found
        import torch

        with torch.no_grad():
            given = (torch.from_numpy(array).to(self.device) for array in (points, rows))
            found = self.forward(*given).cpu().numpy()
            return found

    def of_rows(self, part: Any) -> dict[str, Any]:
        """Return the weights that some of the tiles, or some of the signals, use."""
        return {n: w[part] if n in self._by_row else w for n, w in self.weights.items()}

    @property
    def shares(self) -> bool:
        """Tell whether signals share some of the weights."""
        return Scope.SHARED in self.spec.parameters(self.domain)

    def inner_matrices(self) -> list[Any]:
        """Return the matrices that neither multiply coordinates nor give the values."""
        outer = {f"weight{layer}" for layer in (*self.spec.first_layers, self.spec.last_layer)}
        return [w for n, w in self.weights.items() if n.startswith("weight") and n not in outer]

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

    def forward(self, points: Any, rows: Any = slice(None)) -> Any:
        """Return the values (rows, channels, points) at points (rows or 1, axes, points), of the
        kind that the weights are."""
        return self.at(self.spec.prepare(points), rows)

    def at(self, prepared: Any, rows: Any = slice(None)) -> Any:
        """Return the values at points that `NetworkSpec.prepare` has prepared."""
        return self.spec.forward(self.of_rows(rows), prepared)
