"""Coordinate networks as functions of torch tensors, differentiable by coordinates and weights."""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from inrcodec.codecs.inr.networks.network import Network
from inrcodec.signal.geometry import Frame, Tiling

__all__ = ["chunk_share", "sample_tensor"]


def sample_tensor(network: Network, coordinates: Tensor) -> Tensor:
    """Evaluate a network at any points.

    Parameters
    ----------
    network
        It must have the tiles that points are in; beyond its tiles those at its border count.
    coordinates
        (points, axes), each in [-1, 1] over the whole signal; of a long one binary64, as binary32
        does not tell one sample from the next.

    Returns
    -------
    Values (points, channels), about -1 to 1, differentiable by the coordinates.
    """
    if not network.is_tiled:
        values: Tensor = network.forward(coordinates.float().T[None])[0].T
        return values
    tiling = network.tiling
    tile = coordinates.new_tensor(tiling.tile)
    positions = (coordinates + 1) / 2 * coordinates.new_tensor(tiling.shape)
    first, last = (
        coordinates.new_tensor([ends[k] for ends in network.tiles]).long() for k in (0, -1)
    )
    own = (positions.detach() / tile).floor().long().clamp(first, last)
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
    numbers = places[:, 0] - network.tiles[0].start
    for axis, own in enumerate(network.tiles[1:], start=1):
        numbers = numbers * len(own) + places[:, axis] - own.start
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
    values: Tensor = network.forward(table.transpose(1, 2), torch.repeat_interleave(tiles, rows))
    return values.transpose(1, 2)[row, column]


def chunk_share(positions: Tensor, start: int, stop: int, reach: int, size: int) -> Tensor:
    """Return the share of a point's value that is of the chunk from `start` to `stop`.

    It rises and falls within `reach` samples of either, save at the ends of the signal.
    """
    rise, fall = positions - start, stop - positions
    if reach:
        rise, fall = ((x / (2 * reach) + 0.5).clamp(0, 1) for x in (rise, fall))
    else:
        rise, fall = (rise >= 0).to(positions), (fall > 0).to(positions)
    rise = torch.ones_like(rise) if start == 0 else rise
    fall = torch.ones_like(fall) if stop >= size else fall
    return rise * fall
