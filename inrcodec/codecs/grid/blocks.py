"""Blocks as sections of a file: an index (`TIDX`), and their streams end to end (`TILE`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from inrcodec.codecs.grid.coder import LatentReader, code_block, read_low
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.geometry import Box, Geometry
from inrcodec.codecs.grid.subbands import Subbands, zeros
from inrcodec.container.sections import Container, Section
from inrcodec.container.tiles import TileIndex, TileStreams
from inrcodec.entropy import DecisionReader
from inrcodec.errors import MalformedError
from inrcodec.native.blocks import decode_block
from inrcodec.native.door import library
from inrcodec.progress import Report, told
from inrcodec.schema import Reader
from inrcodec.threads import each_in_parallel

__all__ = ["Latents", "empty_latents", "read_blocks", "write_blocks"]

# Latents as whole numbers.
Latents = Subbands[npt.NDArray[Any]]


def write_blocks(streams: Sequence[bytes], item: int = 1) -> list[Section]:
    """Write the sections of all blocks' streams."""
    index = TileIndex.of(streams)
    return [
        Section(b"TIDX", item, index.to_bytes()),
        Section(b"TILE", item, b"".join(streams)),
    ]


def empty_latents(geometry: Geometry | Box, channels: int) -> Latents:
    """Build the latents of an image, or of a box of its blocks, all zero."""
    return zeros(channels, geometry.low_size(), geometry.level_sizes())


def _checked(stream: bytes) -> bytes:
    if stream[-1:] == b"\0":
        raise MalformedError("a stream is padded")
    return stream


def _decode(stream: bytes, network: ContextNetwork, block: Latents) -> None:
    """Decode a block's stream into its part of the latents."""
    if library() is not None:
        decode_block(_checked(stream), network.kernel, [*block])
        return
    reader = DecisionReader(stream)
    for plane in block.low:
        plane[...] = read_low(reader, plane.shape)
    code_block(network, block, LatentReader(reader))
    reader.finish()


def read_blocks(
    container: Container,
    network: ContextNetwork,
    geometry: Geometry,
    channels: int,
    ranges: tuple[range, ...],
    item: int = 1,
    report: Report | None = None,
) -> Latents:
    """Read the latents of some rows and columns of blocks; only their bytes are read, and a report
    is told of each.

    Raises `FormatError` where any of them is damaged.
    """
    index = TileIndex.read(Reader(container.read(b"TIDX", item)), geometry.tiling.count)
    box, numbers = geometry.box(ranges), geometry.tiling.numbers(ranges)
    latents = empty_latents(box, channels)
    streams = TileStreams(container, index, item)

    def read(number: int) -> None:
        _decode(streams[number], network, latents.part(box.parts(number)))

    reading = each_in_parallel(read, numbers.tolist())
    for _ in told("reading", numbers.tolist(), report):
        next(reading)
    return latents
