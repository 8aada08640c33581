"""The samples of a fit in microbatches: turn after turn, what goes through a network together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.inr.networks.kernels import ROWS, in_rows
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.signal.geometry import Frame, Tiling, by_axes, pixel_centers

__all__ = ["Microbatch", "Turns", "make_turns"]

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


# The microbatches of one step after another, until all samples have had their turn.
Turns = list[list[Microbatch]]


def make_turns(
    network: Network, signals: Sequence[Values], turns: int, rows: Tensor | None = None
) -> Turns:
    """Cut the samples of a batch, or of some of all tiles, into about so many turns: samples of
    every row, drawn at random where there are several.

    Parameters
    ----------
    signals
        Each (*axes, channels), in order of the network's rows.
    rows
        The numbers of the tiles; None for all.
    """
    samples = _Samples.of(network, signals)
    samples = samples if rows is None else samples.of_rows(rows)
    samples = samples.shuffled() if turns > 1 else samples
    points, values, mask = samples.points, samples.values, samples.mask
    # Where there are tiles or several signals, these are the rows.
    alone = len(values) == 1 and not network.is_tiled and network.spec.takes_rows
    arranged = in_rows if alone else Tensor.contiguous

    def made(some: slice, inner: slice) -> Microbatch:
        own = (points if points.shape[0] == 1 else points[some])[..., inner]
        return Microbatch(
            _trained_rows(network, some),
            network.spec.prepare(arranged(own)),
            arranged(values[some, :, inner]).to(network.device),
            None if mask is None else mask[some, :, inner].contiguous(),
            some,
        )

    length, budget = network.tiling.samples_per_tile, network.points_at_once
    return [
        [
            made(some, inner)
            for some, whole in _cuts(len(values), turn, budget)
            for inner in (_divisible(whole) if alone else (whole,))
        ]
        for turn in _turns(length, turns)
    ]


def _turns(length: int, count: int) -> Iterator[range]:
    """Cut the samples of a row into at most so many turns, which `in_rows` can split; the last has
    what is left over, too."""
    count = min(count, max(1, length // ROWS))
    starts = [length * k // (count * ROWS) * ROWS for k in range(count)]
    for start, stop in pairwise([*starts, length]):
        yield range(start, stop)


def _cuts(rows: int, turn: range, budget: int) -> Iterator[tuple[slice, slice]]:
    """Cut (rows, samples of a turn) into what fits a budget of samples: several rows, or a part of
    one."""
    inner = min(len(turn), budget)
    together = max(1, budget // inner)
    for first in range(0, rows, together):
        for start in turn[::inner]:
            yield (
                slice(first, min(first + together, rows)),
                slice(start, min(start + inner, turn.stop)),
            )


def _divisible(inner: slice) -> Iterator[slice]:
    """Cut a range in two: as many samples as `in_rows` can split, and what is left over."""
    middle = inner.stop - (inner.stop - inner.start) % ROWS
    if middle > inner.start:
        yield slice(inner.start, middle)
    if inner.stop > middle:
        yield slice(middle, inner.stop)


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
