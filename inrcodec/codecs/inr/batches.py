"""Batches of a fit: the samples of a step in microbatches, with the weights that they train."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.kernels import ROWS, in_rows
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.spectral import start_audio
from inrcodec.signal.geometry import Frame, Tiling, by_axes, pixel_centers

__all__ = ["Batch", "Microbatch", "make_batches", "make_part", "make_stack"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Microbatch:
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

    def squared_errors(self) -> Tensor:
        """Return the sum over the samples of each row, (rows,), padding left out."""
        errors = self.network.at(self.points) - self.values
        if self.mask is not None:
            errors = errors * self.mask
        # Axis by axis, where torch would share one long sum out among threads. The samples of a
        # batch of one row may be arranged in several.
        sums: Tensor = errors.square().sum(-1).sum(-1)
        return sums.reshape(self.rows.stop - self.rows.start, -1).sum(1)


@dataclass(frozen=True)
class Batch:
    """Signals of one shape under training: a row of weights for each tile or each signal.

    Attributes
    ----------
    network
        Its tile weights have a row for each tile, or its item weights one for each signal.
    signals
        Which of all signals, in order of the rows.
    seeds
        Of the start of each of them.
    microbatches
        All their samples, in order of the rows.
    turns
        How many steps it takes to come by all microbatches.
    """

    network: Network
    signals: list[int]
    seeds: list[int]
    microbatches: list[Microbatch]
    turns: int = 1

    @property
    def rows(self) -> int:
        """Rows of weights."""
        stops: list[int] = [microbatch.rows.stop for microbatch in self.microbatches]
        return max(stops)

    @property
    def count(self) -> int:
        """Values of all samples, without padding; those where tiles overlap count for each."""
        channels = self.network.domain.channels
        return sum(
            m.values.numel() if m.mask is None else channels * int(m.mask.sum())
            for m in self.microbatches
        )

    def start_first_layers(self, seed: int) -> None:
        """Start the first layer of every network from one seed."""
        network = self.network
        start = initialize(network.spec, network.domain, seed, str(network.device))
        for layer in network.spec.first_layers:
            for name in (f"weight{layer}", f"bias{layer}"):
                network.weights[name].copy_(start.weights[name])

    def microbatches_at(self, step: int) -> list[Microbatch]:
        """Return what a step goes through: samples of every row."""
        return self.microbatches[step % self.turns :: self.turns]

    def networks(self, weights: dict[str, Tensor]) -> list[Network]:
        """Return a network for each signal, of weights that stand as in `network`."""
        spec, domain = self.network.spec, self.network.domain
        if len(self.signals) == 1:
            return [Network(spec, domain, weights)]
        rows = Network(spec, domain, weights)
        each = self.rows // len(self.signals)
        parts = [slice(k * each, (k + 1) * each) for k in range(len(self.signals))]
        return [Network(spec, domain, rows.of_rows(part)) for part in parts]


def make_batches(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    shared: Mapping[str, Tensor] | None = None,
) -> list[Batch]:
    """Sort signals (*axes, channels) into batches, their networks at the start of a fit.

    Signals of one shape that share weights are stacked. Signal k starts from seed + k, save shared
    weights, which are those given, or else start from the first signal's seed, and are the same
    tensors in all batches. If there are more samples than `settings.points`, a step goes through
    about so many, drawn at random from all signals alike.
    """
    groups: dict[tuple[tuple[int, ...], int], list[int]] = {}
    for k, values in enumerate(signals):
        shares = Scope.SHARED in spec.parameters(_domain(values, settings))
        groups.setdefault((values.shape, 0 if shares else k), []).append(k)
    total = sum(values[..., 0].size for values in signals)
    turns = 1 if settings.points is None else -(-total // settings.points)
    batches: list[Batch] = []
    common = dict(shared or {})
    for members in groups.values():
        seeds = [settings.seed + k for k in members]
        pairs = zip(members, seeds, strict=True)
        starts = [_start(signals[k], spec, settings, seed) for k, seed in pairs]
        network = _stack(starts, common)
        own = min(turns, network.tiling.samples_per_tile)
        microbatches = _microbatches(network, [signals[k] for k in members], own)
        batches.append(Batch(network, members, seeds, microbatches, own))
    return batches


def make_stack(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    seeds: Sequence[int] | None = None,
) -> Batch:
    """Stack signals of one shape, whose networks share nothing, in one batch.

    Each starts from a seed of its own, or from that of the settings, as it would alone.
    """
    seeds = seeds or [settings.seed] * len(signals)
    pairs = zip(signals, seeds, strict=True)
    starts = [_start(values, spec, settings, seed) for values, seed in pairs]
    network = _stack(starts, {})
    members, microbatches = list(range(len(signals))), _microbatches(network, signals, 1)
    return Batch(network, members, list(seeds), microbatches)


def make_part(
    values: Values, network: Network, tiles: Sequence[int], settings: FitSettings
) -> Batch:
    """Make a batch of some tiles of a signal, which start from a network's weights of all tiles."""
    rows = torch.tensor(tiles, device=network.device)
    weights = network.of_rows(rows)
    for name, weight in weights.items():
        weights[name] = weight.clone()
        weights[name].grad = torch.zeros_like(weight)
    some = Network(network.spec, network.domain, weights)
    microbatches = _microbatches(some, [values], 1, rows.cpu())
    return Batch(some, [0], [settings.seed], microbatches)


def _domain(values: Values, settings: FitSettings) -> Domain:
    return Domain(values.shape[:-1], values.shape[-1], settings.overlap)


def _start(values: Values, spec: NetworkSpec, settings: FitSettings, seed: int) -> Network:
    """Return a signal's network before the fit."""
    network = initialize(spec, _domain(values, settings), seed, settings.device)
    if settings.audio:
        start_audio(network, values, seed)
    return network


def _stack(networks: list[Network], shared: dict[str, Tensor]) -> Network:
    """Return one network with a row for each of several.

    Shared weights are those of `shared`, which the first network fills.
    """
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
    """Return the coordinates of samples in the network's frame, (tiles or 1, axes, samples)."""
    tiling = network.tiling
    if network.spec.frame is Frame.TILE or tiling.count == 1:
        axes = zip(tiling.tile, tiling.reach, strict=True)
        sides = [pixel_centers(length, reach)[None] for length, reach in axes]
    else:
        sides = [(2 * tiling.samples_of(axis) + 1) / n - 1 for axis, n in enumerate(tiling.shape)]
    return torch.from_numpy(by_axes(sides).astype(np.float32)).to(network.device)


def _mask(tiling: Tiling, device: torch.device) -> Tensor | None:
    """Return 1 at samples of the signal and 0 at padding, (tiles, 1, samples); None without any."""
    if tiling.exact:
        return None
    inside = [
        (tiling.samples_of(axis) >= 0) & (tiling.samples_of(axis) < n)
        for axis, n in enumerate(tiling.shape)
    ]
    mask = by_axes(inside).all(1, keepdims=True)
    return torch.from_numpy(mask.astype(np.float32)).to(device)


@dataclass(frozen=True)
class _Samples:
    """All samples of a batch, the samples of a row last.

    Attributes
    ----------
    points
        Coordinates (rows or 1, axes, samples).
    values
        (rows, channels, samples), on the CPU.
    mask
        (rows, 1, samples): 0 at padding; None where there is none.
    """

    points: Tensor
    values: Tensor
    mask: Tensor | None

    @classmethod
    def of(cls, network: Network, signals: Sequence[Values]) -> _Samples:
        """Gather the samples of signals, in order of the network's rows."""
        tiling = network.tiling
        points, mask = _coordinates(network), _mask(tiling, network.device)
        if network.is_tiled and len(signals) > 1:
            points = points if points.shape[0] == 1 else points.repeat(len(signals), 1, 1)
            mask = None if mask is None else mask.repeat(len(signals), 1, 1)
        values = [torch.from_numpy(np.ascontiguousarray(tiling.stack(v))) for v in signals]
        return cls(points, values[0] if len(values) == 1 else torch.cat(values), mask)

    def of_rows(self, rows: Tensor) -> _Samples:
        """Return the samples of some rows."""
        points = self.points if self.points.shape[0] == 1 else self.points[rows]
        return _Samples(points, self.values[rows], None if self.mask is None else self.mask[rows])

    def shuffled(self) -> _Samples:
        """Return the samples of all rows in one random order."""
        generator = torch.Generator().manual_seed(0)
        order = torch.randperm(self.values.shape[-1], generator=generator)
        points = self.points[..., order.to(self.points.device)]
        mask = None if self.mask is None else self.mask[..., order.to(self.mask.device)]
        return _Samples(points, self.values[..., order], mask)


def _microbatches(
    network: Network, signals: Sequence[Values], turns: int, rows: Tensor | None = None
) -> list[Microbatch]:
    """Cut the samples of a batch, or of some of all tiles, into what goes through its network
    together."""
    samples = _Samples.of(network, signals)
    samples = samples if rows is None else samples.of_rows(rows)
    samples = samples.shuffled() if turns > 1 else samples
    points, values, mask = samples.points, samples.values, samples.mask
    # Where there are tiles or several signals, these are the rows.
    alone = len(values) == 1 and not network.is_tiled and network.spec.takes_rows
    arranged = in_rows if alone else Tensor.contiguous
    length = network.tiling.samples_per_tile
    cuts = _cuts(len(values), length, network.points_at_once, turns)
    return [
        Microbatch(
            _trained_rows(network, some),
            network.spec.prepare(
                arranged((points if points.shape[0] == 1 else points[some])[..., inner])
            ),
            arranged(values[some, :, inner]).to(network.device),
            None if mask is None else mask[some, :, inner].contiguous(),
            some,
        )
        for some, whole in cuts
        for inner in (_divisible(whole) if alone and turns == 1 else (whole,))
    ]


def _divisible(inner: slice) -> Iterator[slice]:
    """Cut a range in two: as many samples as `in_rows` can split, and what is left over."""
    middle = inner.stop - (inner.stop - inner.start) % ROWS
    if middle > inner.start:
        yield slice(inner.start, middle)
    if inner.stop > middle:
        yield slice(middle, inner.stop)


def _cuts(rows: int, length: int, budget: int, turns: int) -> Iterator[tuple[slice, slice]]:
    """Cut (rows, samples within a row) into microbatches.

    Each has as many rows as fit the budget together with all of their samples, or those of a turn.
    Microbatches of one turn come `turns` apart.
    """
    if turns == 1:
        inner = min(length, budget)
        starts = range(0, length, inner)
    else:
        # What a turn has of a row is small: a share of what a step goes through.
        inner = -(-length // turns)
        starts = range(0, inner * turns, inner)
    together = max(1, budget // inner)
    for first in range(0, rows, together):
        last = min(first + together, rows)
        for start in starts:
            yield slice(first, last), slice(start, min(start + inner, length))


def _trained_rows(network: Network, rows: slice) -> Network:
    """Return a network of some rows of the weights, as leaves of autograd.

    Their gradients are views of the whole gradients, so that a microbatch adds straight to its
    share, which slicing under autograd would first write out at full size.
    """
    trained = {t.name for t in network.spec.tensors(network.domain) if t.trained}
    views = {name: w.detach() for name, w in network.of_rows(rows).items()}
    whole = {name: w.grad for name, w in network.weights.items() if w.grad is not None}
    gradients = Network(network.spec, network.domain, whole).of_rows(rows)
    for name in trained:
        views[name].requires_grad_()
        views[name].grad = gradients[name]
    return Network(network.spec, network.domain, views)
