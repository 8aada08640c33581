"""Rendering: a network's values on any regular raster over any region.

Every output sample is the network evaluated at that sample's center. A raster coarser than the
signal is rendered finer and averaged, so that detail it cannot hold does not alias. Work goes
through boxes of bounded size; memory grows with the output alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.ranges import from_network
from inrcodec.progress import Report, told
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import AxisPoints, Frame, Raster, Tiling, axis_points, boxes, by_axes

__all__ = ["NetworkRenderer", "render", "sample"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]
Finish = Callable[[Floats], Samples]

# Output samples along an axis that are cut into boxes together.
_SPAN = 1 << 14


@torch.no_grad()
def _render_box(network: Network, axes: tuple[AxisPoints, ...]) -> Floats:
    """Return the values (*points along each axis, channels) of one box of a raster."""
    ranges, tables, terms = zip(*(axis.by_tile() for axis in axes), strict=True)
    counts, lengths = [len(r) for r in ranges], [table.shape[1] for table in tables]
    if any(table.shape[0] > 1 for table in tables):
        sizes = zip(counts, lengths, strict=True)
        tables = tuple(np.broadcast_to(t, size) for t, size in zip(tables, sizes, strict=True))
    points = torch.from_numpy(by_axes(tables).astype(np.float32)).to(network.device)
    tiles = torch.from_numpy(network.places(ranges)).to(network.device)
    values = network.forward(points, tiles)
    # (tile axes, channel, point axes) to (tile, point) by axis, and the channel last.
    n = len(axes)
    order = [k for axis in range(n) for k in (axis, n + 1 + axis)]
    values = values.reshape(*counts, -1, *lengths).permute(*order, n)
    values = values.reshape(*(c * m for c, m in zip(counts, lengths, strict=True)), -1)
    for axis, parts in enumerate(terms):
        values = _mixed(values, axis, parts)
    return values.cpu().numpy()


def _mixed(
    values: Tensor, axis: int, terms: list[tuple[Indices, npt.NDArray[np.float64]]]
) -> Tensor:
    """Return the sum of some places along an axis, each with its shares."""
    (own, most), *others = terms
    mixed = values.index_select(axis, torch.from_numpy(own).to(values.device))
    shape = (-1, *[1] * (values.ndim - 1 - axis))
    for places, shares in others:
        # Nothing is added where the share is 0, not 0 times what may be infinite.
        (some,) = np.nonzero(shares)
        index, place, share = map(torch.from_numpy, (some, places[some], shares[some]))
        beside = values.index_select(axis, place.to(values.device))
        beside.mul_(share.to(values).reshape(shape))
        mixed.mul_(torch.from_numpy(most).to(values).reshape(shape))
        mixed.index_add_(axis, index.to(values.device), beside)
    return mixed


def _average(values: Floats, factors: tuple[int, ...]) -> Floats:
    """Return means over blocks of `factors` samples; the last axis (channels) is left alone."""
    split = [s for n, f in zip(values.shape, factors, strict=False) for s in (n // f, f)]
    blocks = values.reshape(*split, values.shape[-1])
    # Unbounded activations can come to infinite values, which are clamped later.
    with np.errstate(over="ignore", invalid="ignore"):
        means: Floats = blocks.mean(axis=tuple(range(1, 2 * len(factors), 2)), dtype=np.float32)
    return means


def _refine(
    fine: tuple[AxisPoints, ...], box: tuple[slice, ...], factors: tuple[int, ...]
) -> tuple[AxisPoints, ...]:
    """Return the evaluated points that belong to a box of output samples."""
    axes = zip(fine, box, factors, strict=True)
    return tuple(axis[slice(b.start * f, b.stop * f)] for axis, b, f in axes)


def render(
    network: Network,
    raster: Raster,
    finish: Finish | None = None,
    dtype: npt.DTypeLike = np.float32,
    report: Report | None = None,
) -> Samples:
    """Render a network on a raster.

    Parameters
    ----------
    network
        Its tiles must cover the raster's region.
    finish, dtype
        Makes samples of values, and their type; None for the network's values as they are, about
        -1 to 1.
    report
        Told of each box of samples that is rendered.

    Returns
    -------
    Samples (*raster.lengths, channels).
    """
    factors = tuple(raster.oversampling(axis) for axis in range(len(raster.size)))
    out = np.empty((*raster.lengths, network.domain.channels), dtype)
    budget = max(1, network.points_at_once // math.prod(factors))
    starts = tuple(raster.span(axis).start for axis in range(len(factors)))
    # What is known of each point along an axis would take more than the output of a long one.
    parts = list(product(*(_spans(raster.span(axis)) for axis in range(len(factors)))))
    for spans in told("rendering", parts, report if len(parts) > 1 else None):
        fine = tuple(
            axis_points(raster, axis, factor, network.tiling, network.spec.frame, span)
            for axis, (factor, span) in enumerate(zip(factors, spans, strict=True))
        )
        part = out[
            tuple(slice(s.start - a, s.stop - a) for s, a in zip(spans, starts, strict=True))
        ]
        tiles = [axis.tiles[::f] for axis, f in zip(fine, factors, strict=True)]
        within = list(boxes(tiles, budget))
        for box in told("rendering", within, report if len(parts) == 1 else None):
            values = _render_box(network, _refine(fine, box, factors))
            if max(factors) > 1:
                values = _average(values, factors)
            part[box] = finish(values) if finish else values
    return out


def _spans(span: range) -> list[range]:
    """Cut a span into such as `axis_points` is asked for."""
    return [span[start : start + _SPAN] for start in range(0, len(span), _SPAN)]


def sample(network: Network, coordinates: Tensor) -> Tensor:
    """Evaluate a network at any points.

    Parameters
    ----------
    network
        It must have all its tiles.
    coordinates
        (points, axes), each in [-1, 1] over the whole signal; of a long one binary64, as binary32
        does not tell one sample from the next.

    Returns
    -------
    Values (points, channels), about -1 to 1, differentiable by the coordinates.
    """
    if not network.is_tiled:
        return network.forward(coordinates.float().T[None])[0].T
    tiling = network.tiling
    tile, counts = coordinates.new_tensor(tiling.tile), coordinates.new_tensor(tiling.counts).long()
    positions = (coordinates + 1) / 2 * coordinates.new_tensor(tiling.shape)
    own = torch.minimum((positions.detach() / tile).floor().long().clamp(min=0), counts - 1)
    total = coordinates.new_zeros(len(coordinates), network.domain.channels)
    for which in product(*((0, 1) if reach else (0,) for reach in tiling.reach)):
        places, shares = _neighbors(tiling, positions, own, which)
        (found,) = shares.nonzero(as_tuple=True)
        if len(found):
            values = _in_tiles(network, coordinates[found], positions[found], places[found])
            total = total.index_add(0, found, values * shares[found, None])
    return total


def _neighbors(
    tiling: Tiling, positions: Tensor, own: Tensor, which: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Return a tile for each point, (points, axes), and its share in the point's value, (points,).

    Axis by axis it is the point's own tile where `which` is 0, and the one that overlaps it there
    where `which` is 1.
    """
    places, shares = own.clone(), torch.ones_like(positions[:, 0])
    for axis, other in enumerate(which):
        tile, reach, last = tiling.tile[axis], tiling.reach[axis], tiling.counts[axis] - 1
        if not reach:
            continue
        within = positions[:, axis] - own[:, axis] * tile
        before, after = (reach - within).clamp(min=0), (within - (tile - reach)).clamp(min=0)
        before = before.where(own[:, axis] > 0, torch.zeros_like(before))
        after = after.where(own[:, axis] < last, torch.zeros_like(after))
        share = (before + after) / (2 * reach)
        if other:
            places[:, axis] += torch.where(before > 0, -1, torch.where(after > 0, 1, 0))
            shares = shares * share
        else:
            shares = shares * (1 - share)
    return places, shares


def _in_tiles(network: Network, coordinates: Tensor, positions: Tensor, places: Tensor) -> Tensor:
    """Evaluate points, each by the network of a tile that is given."""
    tiling = network.tiling
    if network.spec.frame is Frame.TILE:
        tile = coordinates.new_tensor(tiling.tile)
        coordinates = 2 * (positions - places * tile) / tile - 1
    numbers = places[:, 0]
    for axis in range(1, len(tiling.counts)):
        numbers = numbers * tiling.counts[axis] + places[:, axis]
    return _forward_by_tile(network, coordinates.float(), numbers).to(positions)


def _forward_by_tile(network: Network, points: Tensor, numbers: Tensor) -> Tensor:
    """Evaluate points (points, axes), each in the tile of its number, in one batch.

    A tile of many points takes several rows of the batch, each as long as the mean, so the batch
    holds at most twice the points however they are spread.
    """
    tiles, owner, counts = torch.unique(numbers, return_inverse=True, return_counts=True)
    length = max(1, len(numbers) // len(tiles))
    order = torch.argsort(owner, stable=True)
    rank = torch.empty_like(order)
    first = torch.cumsum(counts, 0) - counts
    rank[order] = torch.arange(len(order), device=order.device) - first[owner[order]]
    rows = (counts + length - 1) // length
    row = (torch.cumsum(rows, 0) - rows)[owner] + rank // length
    column = rank % length
    table = points.new_zeros(int(rows.sum()), length, points.shape[1])
    table = table.index_put((row, column), points)
    values = network.forward(table.transpose(1, 2), torch.repeat_interleave(tiles, rows))
    return values.transpose(1, 2)[row, column]


@dataclass(frozen=True)
class NetworkRenderer:
    """A coordinate network as a `Renderer` of a signal."""

    network: Network
    info: SignalInfo

    @property
    def points_at_once(self) -> int:
        return self.network.points_at_once

    def render(self, raster: Raster, report: Report | None = None) -> Samples:

        def finish(values: Floats) -> Samples:
            return self.info.samples(from_network(self.info, values))

        return render(self.network, raster, finish, self.info.dtype, report)

    def values(self, raster: Raster) -> Floats:
        return render(self.network, raster, partial(from_network, self.info), np.float32)

    @torch.no_grad()
    def sample(self, coordinates: npt.NDArray[np.float64]) -> Floats:
        values: Floats = self.differentiable(torch.from_numpy(coordinates)).float().numpy()
        return values

    def differentiable(self, coordinates: Tensor) -> Tensor:
        values = sample(self.network, coordinates.to(self.network.device))
        return from_network(self.info, values).to(coordinates.device)

    def read_all(self) -> None:
        """Nothing is left to be read."""
