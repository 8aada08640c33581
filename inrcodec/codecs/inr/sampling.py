"""The values of a coordinate network at any points, as arrays."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.networks.network import Network
from inrcodec.signal.geometry import Frame, Tiling

__all__ = ["sample"]

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@np.errstate(all="ignore")
def sample(network: Network, coordinates: Doubles) -> Floats:
    """Evaluate a network at any points.

    Parameters
    ----------
    network
        It must have the tiles that points are in; beyond its tiles those at its border count.
    coordinates
        (points, axes), each in [-1, 1] over the whole signal.

    Returns
    -------
    Values (points, channels), about -1 to 1.
    """
    if not network.is_tiled:
        points = coordinates.astype(np.float32).T[None]
        values: Floats = network.values(np.ascontiguousarray(points), np.zeros(1, np.int64))[0].T
        return values
    tiling = network.tiling
    tile, first = np.array(tiling.tile), np.array([r.start for r in network.tiles])
    positions = (coordinates + 1) / 2 * np.array(tiling.shape)
    last = np.array([r.stop for r in network.tiles]) - 1
    own = np.clip(np.floor(positions / tile).astype(np.int64), first, last)
    total = np.zeros((len(coordinates), network.domain.channels), np.float32)
    for which in product(*((0, 1) if reach else (0,) for reach in tiling.reach)):
        places, shares = _neighbors(tiling, positions, own, which)
        (found,) = np.nonzero(shares)
        if len(found):
            values = _in_tiles(network, coordinates[found], positions[found], places[found])
            total[found] += values * shares[found, None].astype(np.float32)
    return total


def _neighbors(
    tiling: Tiling, positions: Doubles, own: Ints, which: tuple[int, ...]
) -> tuple[Ints, Doubles]:
    """Return a tile for each point, (points, axes), and its share in the point's value, (points,).

    Axis by axis it is the point's own tile where `which` is 0, and the one that overlaps it there
    where `which` is 1.
    """
    places, shares = own.copy(), np.ones(len(own))
    for axis, other in enumerate(which):
        tile, reach, last = tiling.tile[axis], tiling.reach[axis], tiling.counts[axis] - 1
        if not reach:
            continue
        within = positions[:, axis] - own[:, axis] * tile
        before = np.where(own[:, axis] > 0, np.maximum(reach - within, 0), 0)
        after = np.where(own[:, axis] < last, np.maximum(within - (tile - reach), 0), 0)
        share = (before + after) / (2 * reach)
        if other:
            places[:, axis] += np.where(before > 0, -1, np.where(after > 0, 1, 0))
            shares *= share
        else:
            shares *= 1 - share
    return places, shares


def _in_tiles(network: Network, coordinates: Doubles, positions: Doubles, places: Ints) -> Floats:
    """Evaluate points, each by the network of a tile that is given.

    A tile of many points takes several rows of the batch, each as long as the mean, so the batch
    holds at most twice the points however they are spread.
    """
    tiling = network.tiling
    if network.spec.frame is Frame.TILE:
        tile = np.array(tiling.tile)
        coordinates = 2 * (positions - places * tile) / tile - 1
    inner = places - [r.start for r in network.tiles]
    numbers = np.ravel_multi_index(tuple(inner.T), tuple(map(len, network.tiles)))
    tiles, owner, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    length = max(1, len(numbers) // len(tiles))
    order = np.argsort(owner, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order)) - (np.cumsum(counts) - counts)[owner[order]]
    rows = -(-counts // length)
    row, column = (np.cumsum(rows) - rows)[owner] + rank // length, rank % length
    table = np.zeros((int(rows.sum()), coordinates.shape[1], length), np.float32)
    table[row, :, column] = coordinates
    return network.values(table, np.repeat(tiles, rows))[row, :, column]
