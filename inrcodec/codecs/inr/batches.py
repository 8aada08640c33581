"""What a fit goes through in each step: samples in chunks, with the weights that they train."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.kernels import ROWS, in_rows
from inrcodec.codecs.inr.networks.network import Network, initialise
from inrcodec.codecs.inr.spectral import start_audio
from inrcodec.devices import total
from inrcodec.signal.geometry import Frame, Tiling, by_axes, pixel_centres

__all__ = ["Batch", "Chunk", "batches", "difference", "squared_error", "stack"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Chunk:
    """Samples that go through a network together.

    Attributes
    ----------
    network
        The weights of some rows, tiles or signals; their gradients land in the whole batch's.
    points
        Prepared for the network.
    values
        (rows, channels, points), as the network is to give them.
    mask
        0 at padded samples, None where there are none.
    rows
        Which of the batch's rows these are.
    """

    network: Network
    points: Any
    values: Tensor
    mask: Tensor | None
    rows: slice


@dataclass(frozen=True)
class Batch:
    """Signals of one shape under training: a row of weights for each tile or each signal.

    Attributes
    ----------
    network
        Its tile weights have a row for each tile, or its item weights one for each signal.
    signals
        Which of all signals, in order of the rows.
    chunks
        All their samples, in order of the rows.
    turns
        How many steps it takes to come by all chunks.
    """

    network: Network
    signals: list[int]
    chunks: list[Chunk]
    turns: int = 1

    @property
    def count(self) -> int:
        """Values of all chunks, without padding; those where tiles overlap count for each."""
        channels = self.network.domain.channels
        return sum(
            c.values.numel() if c.mask is None else channels * int(c.mask.sum())
            for c in self.chunks
        )

    def chunks_at(self, step: int) -> list[Chunk]:
        """What a step goes through: samples of every row."""
        return self.chunks[step % self.turns :: self.turns]

    def networks(self, weights: dict[str, Tensor]) -> list[Network]:
        """A network for each signal, of weights that stand as in `network`."""
        spec, domain = self.network.spec, self.network.domain
        if len(self.signals) == 1:
            return [Network(spec, domain, weights)]
        rows = Network(spec, domain, weights)
        each = self.network.tiling.count if rows.is_tiled else 1
        parts = [slice(k * each, (k + 1) * each) for k in range(len(self.signals))]
        return [Network(spec, domain, rows.of_rows(part)) for part in parts]


def batches(
    signals: Sequence[Values],
    spec: NetworkSpec,
    seed: int,
    device: str,
    shared: Mapping[str, Tensor],
    points: int | None = None,
    overlap: int = 0,
    audio: bool = False,
) -> list[Batch]:
    """Signals (*axes, channels) sorted into batches, their networks at the start of a fit.

    Signals of one shape that share weights are stacked. Signal k starts from seed + k, save
    shared weights, which are those given, or else start from the first signal's seed, and are the
    same tensors in all batches; with `audio signal`, `start_audio` alters them. If there
    are more samples than `points`, a step goes through about so many, drawn at random from all
    signals alike.
    """
    groups: dict[tuple[tuple[int, ...], int], list[int]] = {}
    for k, values in enumerate(signals):
        shares = Scope.SHARED in spec.parameters(_domain(values, overlap))
        groups.setdefault((values.shape, 0 if shares else k), []).append(k)
    total = sum(values[..., 0].size for values in signals)
    turns = 1 if points is None else -(-total // points)
    made: list[Batch] = []
    common = dict(shared)
    for members in groups.values():
        domain = _domain(signals[members[0]], overlap)
        starts = [initialise(spec, domain, seed + k, device) for k in members]
        if audio:
            for k, start in zip(members, starts, strict=True):
                start_audio(start, signals[k], seed + k)
        network = _stack(starts, common)
        own = min(turns, network.tiling.samples_per_tile)
        chunks = _chunks(network, [signals[k] for k in members], own)
        made.append(Batch(network, members, chunks, own))
    return made


def stack(
    signals: Sequence[Values], spec: NetworkSpec, seed: int, device: str, overlap: int = 0
) -> Batch:
    """Signals of one shape, whose networks share nothing, as one batch; each starts from `seed`."""
    network = initialise(spec, _domain(signals[0], overlap), seed, device)
    network = _stack([network] * len(signals), {})
    return Batch(network, list(range(len(signals))), _chunks(network, signals, 1))


def _domain(values: Values, overlap: int) -> Domain:
    return Domain(values.shape[:-1], values.shape[-1], overlap)


def _stack(networks: list[Network], shared: dict[str, Tensor]) -> Network:
    """One network with a row for each of some; `shared` is taken from, or filled by, the first."""
    first = networks[0]
    weights: dict[str, Tensor] = {}
    for tensor in first.spec.tensors(first.domain):
        name = tensor.name
        if tensor.scope is Scope.SHARED:
            weights[name] = shared.setdefault(name, first.weights[name])
        elif len(networks) == 1:
            weights[name] = first.weights[name]
        else:
            weights[name] = torch.cat([network.weights[name] for network in networks])
    for weight in weights.values():
        if weight.grad is None:
            weight.grad = torch.zeros_like(weight)
    return Network(first.spec, first.domain, weights)


def _coordinates(network: Network) -> Tensor:
    """(tiles or 1, axes, samples per tile): every sample's coordinates in the network's frame."""
    grid = network.tiling
    if network.spec.frame is Frame.TILE or grid.count == 1:
        sides = [pixel_centres(t, r)[None] for t, r in zip(grid.tile, grid.reach, strict=True)]
    else:
        sides = [(2 * grid.samples_of(axis) + 1) / n - 1 for axis, n in enumerate(grid.shape)]
    return torch.from_numpy(by_axes(sides).astype(np.float32)).to(network.device)


def _mask(grid: Tiling, device: torch.device) -> Tensor | None:
    """(tiles, 1, samples per tile): 1 at samples of the signal, 0 at padding."""
    if grid.exact:
        return None
    inside = [
        (grid.samples_of(axis) >= 0) & (grid.samples_of(axis) < n)
        for axis, n in enumerate(grid.shape)
    ]
    mask = by_axes(inside).all(1, keepdims=True)
    return torch.from_numpy(mask.astype(np.float32)).to(device)


def _chunks(network: Network, signals: Sequence[Values], turns: int) -> list[Chunk]:
    grid, device = network.tiling, network.device
    points, mask = _coordinates(network), _mask(grid, device)
    if network.is_tiled and len(signals) > 1:
        points = points if points.shape[0] == 1 else points.repeat(len(signals), 1, 1)
        mask = None if mask is None else mask.repeat(len(signals), 1, 1)
    values = [torch.from_numpy(np.ascontiguousarray(grid.stack(v))) for v in signals]
    rows = values[0] if len(values) == 1 else torch.cat(values)
    if turns > 1:
        order = torch.randperm(rows.shape[-1], generator=torch.Generator().manual_seed(0))
        points, rows = points[..., order.to(points.device)], rows[..., order]
        mask = None if mask is None else mask[..., order.to(mask.device)]
    # Where there are tiles or several signals, these are the rows.
    alone = len(rows) == 1 and not network.is_tiled and network.spec.takes_rows
    arranged = in_rows if alone else Tensor.contiguous
    cuts = _cuts(len(rows), grid.samples_per_tile, network.points_at_once, turns)
    return [
        Chunk(
            _trained_rows(network, part),
            network.spec.prepare(
                arranged((points if points.shape[0] == 1 else points[part])[..., inner])
            ),
            arranged(rows[part, :, inner]).to(device),
            None if mask is None else mask[part, :, inner].contiguous(),
            part,
        )
        for part, whole in cuts
        for inner in (_divisible(whole) if alone and turns == 1 else (whole,))
    ]


def _divisible(inner: slice) -> Iterator[slice]:
    """A range in two parts: as many samples as `in_rows` can split, and what is left over."""
    middle = inner.stop - (inner.stop - inner.start) % ROWS
    if middle > inner.start:
        yield slice(inner.start, middle)
    if inner.stop > middle:
        yield slice(middle, inner.stop)


def _cuts(rows: int, length: int, budget: int, turns: int) -> Iterator[tuple[slice, slice]]:
    """(rows, samples within a row) of each chunk: as many rows as fit the budget together with all
    of their samples, or those of a turn. Chunks of one turn come `turns` apart."""
    if turns == 1:
        inner = min(length, budget)
        starts = range(0, length, inner)
    else:
        # What a turn has of a row is small: a share of what a step goes through.
        inner = -(-length // turns)
        starts = range(0, inner * turns, inner)
    together = max(1, budget // inner)
    for first in range(0, rows, together):
        for start in starts:
            yield slice(first, first + together), slice(start, min(start + inner, length))


def _trained_rows(network: Network, rows: slice) -> Network:
    """A network of some rows of the weights, as leaves of autograd.

    Their gradients are views of the whole gradients, so that a chunk adds straight to its share,
    which slicing under autograd would first write out at full size.
    """
    trained = {t.name for t in network.spec.tensors(network.domain) if t.trained}
    views = {name: w.detach() for name, w in network.of_rows(rows).items()}
    gradients = {name: w.grad for name, w in network.weights.items() if w.grad is not None}
    slopes = Network(network.spec, network.domain, gradients).of_rows(rows)
    for name in trained:
        views[name].requires_grad_()
        views[name].grad = slopes[name]
    return Network(network.spec, network.domain, views)


def difference(chunk: Chunk) -> Tensor:
    """(rows, channels, points): what the network is off by, 0 at padding."""
    off = chunk.network.at(chunk.points) - chunk.values
    return off if chunk.mask is None else off * chunk.mask


def squared_error(chunk: Chunk) -> Tensor:
    """The sum over a chunk's samples, padding left out."""
    return total(difference(chunk).square())
