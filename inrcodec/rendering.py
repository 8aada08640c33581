"""Rendering: a network's values on any regular grid over any region.

Every output sample is the network evaluated at that sample's centre. A grid coarser than the
signal is rendered finer and averaged, so that detail it cannot hold does not alias. Work goes
through boxes of bounded size; memory grows with the output alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.coordinates import AxisPoints, Frame, Region, TileGrid, axis_points, boxes
from inrcodec.networks.network import Network

__all__ = ["Drawing", "NetworkDrawing", "Raster", "render", "sample"]

Floats = npt.NDArray[np.float32]

# Averaging more points than this along an axis changes no visible detail of a thumbnail.
_MOST_OVERSAMPLING = 16


@dataclass(frozen=True)
class Raster:
    """An output grid of `size` samples over a region of the signal, axis by axis."""

    region: Region
    size: tuple[int, ...]

    def oversampling(self, axis: int) -> int:
        """How many evaluations go into an output sample along an axis."""
        return min(-(-self.region.length[axis] // self.size[axis]), _MOST_OVERSAMPLING)

    def points(self, axis: int, grid: TileGrid, frame: Frame) -> AxisPoints:
        """Where an axis is evaluated."""
        count = self.size[axis] * self.oversampling(axis)
        start, length = self.region.start[axis], self.region.length[axis]
        return axis_points(start, length, count, grid.shape[axis], grid.tile[axis], frame)


@torch.no_grad()
def _render_box(network: Network, axes: tuple[AxisPoints, ...]) -> Floats:
    """Values (*points along each axis, channels) of one box of an output grid."""
    ranges, tables, places = zip(*(axis.by_tile() for axis in axes), strict=True)
    tiles = torch.from_numpy(network.places(ranges)).to(network.device)
    values = network.forward(_points(tables, ranges, network.device), tiles)
    lengths = [table.shape[1] for table in tables]
    counts = [len(r) for r in ranges]
    # (tile axes, channel, point axes) to (tile, point) by axis, and the channel last.
    n = len(axes)
    order = [k for axis in range(n) for k in (axis, n + 1 + axis)]
    grid = values.reshape(*counts, -1, *lengths).permute(*order, n)
    grid = grid.reshape(*(c * m for c, m in zip(counts, lengths, strict=True)), -1)
    for axis, place in enumerate(places):
        grid = grid.index_select(axis, torch.from_numpy(place).to(grid.device))
    return grid.cpu().numpy()


def _points(
    tables: tuple[npt.NDArray[np.float64], ...], ranges: tuple[range, ...], device: torch.device
) -> Tensor:
    """(tiles or 1, axes, points) from each axis's table of coordinates (tiles or 1, points)."""
    n = len(tables)
    shared = all(table.shape[0] == 1 for table in tables)
    counts = [1 if shared else len(r) for r in ranges]
    lengths = [table.shape[1] for table in tables]
    planes = np.empty((*counts, n, *lengths), np.float32)
    for axis, table in enumerate(tables):
        shape = [1] * (2 * n)
        shape[axis], shape[n + axis] = table.shape
        planes[(slice(None),) * n + (axis,)] = table.reshape(shape)
    return torch.from_numpy(planes.reshape(math.prod(counts), n, math.prod(lengths))).to(device)


def _average(values: Floats, factors: tuple[int, ...]) -> Floats:
    """Means over blocks of `factors` samples; the last axis (channels) is left alone."""
    split = [s for n, f in zip(values.shape, factors, strict=False) for s in (n // f, f)]
    blocks = values.reshape(*split, values.shape[-1])
    means: Floats = blocks.mean(axis=tuple(range(1, 2 * len(factors), 2)), dtype=np.float32)
    return means


def _refine(
    fine: tuple[AxisPoints, ...], box: tuple[slice, ...], factors: tuple[int, ...]
) -> tuple[AxisPoints, ...]:
    """The evaluated points that belong to a box of output samples."""
    axes = zip(fine, box, factors, strict=True)
    return tuple(axis[slice(b.start * f, b.stop * f)] for axis, b, f in axes)


def render(
    network: Network, raster: Raster, peak: int, dtype: npt.DTypeLike
) -> npt.NDArray[np.unsignedinteger]:
    """Integer samples of a raster.

    Parameters
    ----------
    network
        Its tiles must cover the raster's region.
    peak, dtype
        The value that 1 stands for (-1 stands for 0), and the type to hold it.

    Returns
    -------
    (*raster.size, channels)
    """
    n = len(raster.size)
    factors = tuple(raster.oversampling(axis) for axis in range(n))
    out = np.empty((*raster.size, network.domain.channels), dtype)
    fine = tuple(raster.points(axis, network.grid, network.spec.frame) for axis in range(n))
    budget = max(1, network.points_at_once // math.prod(factors))
    for box in boxes([axis.tiles[::f] for axis, f in zip(fine, factors, strict=True)], budget):
        values = _render_box(network, _refine(fine, box, factors))
        if max(factors) > 1:
            values = _average(values, factors)
        levels = (values + 1) * (peak / 2) + 0.5
        # fmax takes a NaN, which unbounded activations can come to, as 0.
        out[box] = np.fmin(np.fmax(levels, 0, out=levels), peak, out=levels)
    return out


def sample(network: Network, coordinates: Tensor) -> Tensor:
    """Values at any points.

    Parameters
    ----------
    network
        It must have all its tiles.
    coordinates
        (points, axes), each in [-1, 1] over the whole signal.

    Returns
    -------
    (points, channels), differentiable by the coordinates.
    """
    if not network.is_tiled:
        return network.forward(coordinates.T[None])[0].T
    grid = network.grid
    tile = coordinates.new_tensor(grid.tile)
    counts = coordinates.new_tensor(grid.counts).long()
    positions = (coordinates + 1) / 2 * coordinates.new_tensor(grid.shape)
    places = (positions.detach() / tile).floor().long().clamp(min=0)
    places = torch.minimum(places, counts - 1)
    if network.spec.frame is Frame.TILE:
        coordinates = 2 * (positions - places * tile) / tile - 1
    numbers = places[:, 0]
    for axis in range(1, len(grid.counts)):
        numbers = numbers * counts[axis] + places[:, axis]
    return _forward_by_tile(network, coordinates, numbers)


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


class Drawing(Protocol):
    """What a representation draws from: a picture, or a region of one, as a function."""

    @property
    def device(self) -> torch.device:
        """Where it is computed."""

    @property
    def points_at_once(self) -> int:
        """Points to ask `sample` for in one call."""

    def render(
        self, raster: Raster, peak: int, dtype: npt.DTypeLike
    ) -> npt.NDArray[np.unsignedinteger]:
        """Integer samples of a raster; see `render`."""

    def sample(self, coordinates: Tensor) -> Tensor:
        """Values at any points; see `sample`."""


@dataclass(frozen=True)
class NetworkDrawing:
    """A coordinate network as a `Drawing`."""

    network: Network

    @property
    def device(self) -> torch.device:
        """See `Drawing`."""
        return self.network.device

    @property
    def points_at_once(self) -> int:
        """See `Drawing`."""
        return self.network.points_at_once

    def render(
        self, raster: Raster, peak: int, dtype: npt.DTypeLike
    ) -> npt.NDArray[np.unsignedinteger]:
        """See `Drawing`."""
        return render(self.network, raster, peak, dtype)

    def sample(self, coordinates: Tensor) -> Tensor:
        """See `Drawing`."""
        return sample(self.network, coordinates)
