"""Blocks as sections of a file: an index (`TIDX`), and their streams end to end (`TILE`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from inrcodec.codecs.grid.coder import Block, Reading, read_low, walk
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.geometry import Box, Geometry
from inrcodec.codecs.grid.synthesis import Lattice
from inrcodec.codecs.grid.wavelet import Pyramid
from inrcodec.container.sections import Container, Section
from inrcodec.container.tiles import TileIndex, TileStreams
from inrcodec.entropy import DecisionReader
from inrcodec.progress import Report, told
from inrcodec.schema import Reader

__all__ = ["block_of", "empty_lattice", "put_block", "read_blocks", "write_blocks"]


def write_blocks(streams: Sequence[bytes], item: int = 1) -> list[Section]:
    """The sections of all blocks' streams."""
    index = TileIndex.of(streams)
    return [
        Section(b"TIDX", item, index.to_bytes()),
        Section(b"TILE", item, b"".join(streams)),
    ]


def empty_lattice(geometry: Geometry | Box, channels: int) -> Lattice:
    """A lattice, or a box of its blocks, of zeros."""
    return (
        np.zeros((channels, *geometry.low_shape()), np.int32),
        [
            [np.zeros((channels, *shape), np.int32) for shape in geometry.band_shapes(level)]
            for level in range(geometry.levels)
        ],
    )


def put_block(lattice: Lattice, geometry: Geometry | Box, number: int, block: Block) -> None:
    """Set the latents of a block."""
    low, details = block
    for channel, plane in enumerate(low):
        lattice[0][(channel, *geometry.low_part(number))] = plane
    for level, parts in enumerate(geometry.band_parts(number)):
        for band, part in enumerate(parts):
            for channel, planes in enumerate(details[level]):
                lattice[1][level][band][(channel, *part)] = planes[band]


def _decoded(
    stream: bytes, network: ContextNetwork, geometry: Geometry, channels: int, number: int
) -> Block:
    reader = DecisionReader(stream)
    rows, columns = geometry.low_part(number)
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    low = [read_low(reader, shape) for _ in range(channels)]
    details = walk(network, geometry.block_shapes(number), channels, Reading(reader))
    reader.finish()
    return low, details


@torch.no_grad()
def read_blocks(
    container: Container,
    network: ContextNetwork,
    geometry: Geometry,
    channels: int,
    ranges: tuple[range, ...],
    item: int = 1,
    report: Report | None = None,
) -> Lattice:
    """The latents of some rows and columns of blocks; only their bytes are read, and a report is
    told of each.

    Raises `FormatError` where any of them is damaged.
    """
    index = TileIndex.read(Reader(container.read(b"TIDX", item)), geometry.tiling.count)
    box, numbers = geometry.box(ranges), geometry.tiling.numbers(ranges)
    lattice = empty_lattice(box, channels)
    streams = TileStreams(container, index, item)
    for number in told("reading", numbers.tolist(), report):
        decoded = _decoded(streams[number], network, geometry, channels, number)
        put_block(lattice, box, number, decoded)
    return lattice


def block_of(
    latents: Pyramid, geometry: Geometry, number: int
) -> tuple[list[npt.NDArray[np.float32]], list[list[list[npt.NDArray[np.float32]]]]]:
    """A block's part of a pyramid: of the lowest band by channel, and by level, channel, band."""
    low, details = latents
    channels = range(len(low))
    return [low[(c, *geometry.low_part(number))].numpy() for c in channels], [
        [
            [band[(c, *part)].numpy() for band, part in zip(bands, parts, strict=True)]
            for c in channels
        ]
        for bands, parts in zip(details, geometry.band_parts(number), strict=True)
    ]
