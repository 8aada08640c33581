"""Fitting: gradient descent of a network's weights on a signal's samples.

Every step sees every sample. Networks of all tiles are trained at once; samples go through in
chunks that fit the caches (of a CPU) or memory (of a GPU), their gradients added up, so the
result does not depend on how much memory there is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.coordinates import Frame, TileGrid, pixel_centres
from inrcodec.errors import UsageError
from inrcodec.networks import Domain, NetworkSpec
from inrcodec.networks.network import Network, initialise

__all__ = ["Fit", "FitSettings", "Progress", "fit"]

_REPORT_EVERY = 10
# Second-moment decay below Adam's usual 0.999: fits are short, and the scale of gradients falls by
# orders of magnitude within them.
_BETAS = (0.9, 0.99)


@dataclass(frozen=True)
class FitSettings:
    """How to fit.

    Attributes
    ----------
    steps
        Updates of all weights, at least 0.
    learning_rate
        Adam's, at the start; it falls to 0 along a half cosine.
    stop_psnr
        Stop once the fit reaches this many dB on unrounded samples; None: never.
    seed
        Of the weights' start.
    device
        A torch device.
    """

    steps: int
    learning_rate: float
    stop_psnr: float | None = None
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise UsageError(f"{self.steps} steps; 0 is the least")
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"learning rate {self.learning_rate}; it must be above 0")


@dataclass(frozen=True)
class Progress:
    """Where a fit stands: steps done of `steps`, best PSNR so far (dB), seconds gone."""

    step: int
    steps: int
    psnr_db: float
    elapsed: float


@dataclass(frozen=True)
class Fit:
    """The best network of a fit, its PSNR in dB on unrounded samples, and the steps it took."""

    network: Network
    psnr_db: float
    steps: int


@dataclass(frozen=True)
class _Chunk:
    """Samples that go through a network together: of `tiles`, at `points`.

    `mask` is 0 at padded samples, None where there are none.
    """

    tiles: slice
    points: Tensor
    values: Tensor
    mask: Tensor | None


def _coordinates(network: Network, device: str) -> Tensor:
    """(tiles or 1, axes, samples per tile): every sample's coordinates in the network's frame."""
    grid = network.grid
    if network.spec.frame is Frame.TILE or grid.count == 1:
        grid = TileGrid(grid.tile, grid.tile)
    axes = np.meshgrid(*map(pixel_centres, grid.shape), indexing="ij")
    stacked = grid.stack(np.stack(axes, -1))
    return torch.from_numpy(stacked.astype(np.float32)).to(device)


def _mask(grid: TileGrid, device: str) -> Tensor | None:
    """(tiles, 1, samples per tile): 1 at samples of the signal, 0 at padding."""
    if grid.exact:
        return None
    inside = [
        (np.arange(k * t).reshape(k, t) < n).astype(np.float32)
        for k, t, n in zip(grid.counts, grid.tile, grid.shape, strict=True)
    ]
    mask = inside[0]
    for axis in inside[1:]:
        mask = np.einsum("as,bt->abst", mask, axis).reshape(
            mask.shape[0] * axis.shape[0], mask.shape[1] * axis.shape[1]
        )
    return torch.from_numpy(mask[:, None]).to(device)


def _chunks(network: Network, samples: npt.NDArray[np.unsignedinteger], peak: int) -> list[_Chunk]:
    grid, device = network.grid, str(network.device)
    points = _coordinates(network, device)
    mask = _mask(grid, device)
    scaled = samples.astype(np.float32)
    scaled *= 2 / peak
    scaled -= 1
    values = torch.from_numpy(np.ascontiguousarray(grid.stack(scaled)))
    return [
        _Chunk(
            tiles,
            (points if points.shape[0] == 1 else points[tiles])[..., part].contiguous(),
            values[tiles, :, part].contiguous().to(device),
            None if mask is None else mask[tiles, :, part].contiguous(),
        )
        for tiles, part in _cuts(grid, network.points_at_once)
    ]


def _cuts(grid: TileGrid, budget: int) -> Iterator[tuple[slice, slice]]:
    """(tiles, samples within a tile) of each chunk: whole tiles where they fit the budget."""
    length = min(grid.samples_per_tile, budget)
    tiles = max(1, budget // length)
    for first in range(0, grid.count, tiles):
        for start in range(0, grid.samples_per_tile, length):
            yield slice(first, first + tiles), slice(start, start + length)


class _Weights:
    """The weights under training, their gradients, and views of both for each chunk.

    A chunk's gradients are added straight into its tiles' share of the whole, which slicing under
    autograd would first write out at full size.
    """

    def __init__(self, network: Network) -> None:
        self.all = network.weights
        self.gradients = {name: torch.zeros_like(w) for name, w in self.all.items()}
        for name, weight in self.all.items():
            weight.grad = self.gradients[name]
        self._whole = network
        self._slopes = Network(network.spec, network.domain, self.gradients)

    def of(self, tiles: slice) -> Network:
        """A network of the weights of some tiles, whose gradients land in `gradients`."""
        views = {name: w.detach() for name, w in self._whole.of_tiles(tiles).items()}
        slopes = self._slopes.of_tiles(tiles)
        for name, view in views.items():
            view.requires_grad_()
            view.grad = slopes[name]
        return Network(self._whole.spec, self._whole.domain, views)

    def clear_gradients(self) -> None:
        for gradient in self.gradients.values():
            gradient.zero_()


class _Best:
    """The weights of least error so far, kept on the device without waiting for it."""

    def __init__(self, weights: dict[str, Tensor], device: torch.device) -> None:
        self.error = torch.full((), math.inf, dtype=torch.float64, device=device)
        self.weights = {name: w.clone() for name, w in weights.items()}

    def offer(self, error: Tensor, weights: dict[str, Tensor]) -> None:
        better = error < self.error
        self.error = torch.where(better, error, self.error)
        for name, weight in weights.items():
            torch.where(better, weight, self.weights[name], out=self.weights[name])


def _squared_error(network: Network, chunk: _Chunk) -> Tensor:
    difference = network.forward(chunk.points) - chunk.values
    if chunk.mask is not None:
        difference = difference * chunk.mask
    flat = difference.reshape(-1)
    return torch.dot(flat, flat)


def fit(
    samples: npt.NDArray[np.unsignedinteger],
    peak: int,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Callable[[Progress], None] | None = None,
) -> Fit:
    """Fit a network to samples.

    The loss is the sum over tiles of the mean squared error of a tile, so that a tile's fit is
    the same however many tiles there are (and far above Adam's epsilon).

    Parameters
    ----------
    samples
        (*axes, channels), integers from 0 to `peak`.
    report
        Called every few steps.

    Returns
    -------
    The best of the networks before, between and after the steps.
    """
    domain = Domain(samples.shape[:-1], samples.shape[-1])
    network = initialise(spec, domain, settings.seed, settings.device)
    chunks = _chunks(network, samples, peak)
    weights = _Weights(network)
    parts = [weights.of(chunk.tiles) for chunk in chunks]
    best = _Best(weights.all, network.device)
    optimizer = torch.optim.Adam(
        list(weights.all.values()), settings.learning_rate, betas=_BETAS, fused=True
    )
    scale = 1 / (network.grid.samples_per_tile * domain.channels)
    began = time.perf_counter()
    for step in range(settings.steps + 1):
        last = step == settings.steps
        weights.clear_gradients()
        error = torch.zeros((), dtype=torch.float64, device=network.device)
        with torch.set_grad_enabled(not last):
            for chunk, part in zip(chunks, parts, strict=True):
                loss = _squared_error(part, chunk)
                if not last:
                    (loss * scale).backward()  # type: ignore[no-untyped-call]
                error += loss.detach()
        best.offer(error, weights.all)
        if last or step % _REPORT_EVERY == 0:
            psnr = _psnr(float(best.error), samples.size)
            if report is not None:
                report(Progress(step, settings.steps, psnr, time.perf_counter() - began))
            if last or (settings.stop_psnr is not None and psnr >= settings.stop_psnr):
                return Fit(Network(spec, domain, best.weights), psnr, step)
        for group in optimizer.param_groups:
            group["lr"] = (
                settings.learning_rate * (1 + math.cos(math.pi * step / settings.steps)) / 2
            )
        optimizer.step()
    raise AssertionError("the last step returns")


def _psnr(squared_error: float, count: int) -> float:
    """PSNR in dB of samples scaled to [-1, 1], peak to peak 2; -inf if they diverged."""
    if not math.isfinite(squared_error):
        return -math.inf
    return 10 * math.log10(4 * count / max(squared_error, 1e-30))
