"""Blocks as sections of a file: an index (`TIDX`), and their streams end to end (`TILE`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
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

__all__ = ["KeptLatents", "Latents", "read_blocks", "write_blocks"]

# Latents as whole numbers.
Latents = Subbands[npt.NDArray[Any]]


def write_blocks(streams: Sequence[bytes], item: int = 1) -> list[Section]:
    """Write the sections of all blocks' streams."""
    index = TileIndex.of(streams)
    return [
        Section(b"TIDX", item, index.to_bytes()),
        Section(b"TILE", item, b"".join(streams)),
    ]


class KeptLatents:
    """The latents of an image, or of a box of its blocks, kept in as many bytes as they need.

    Attributes
    ----------
    latents
        int16, a band that needs more int32.
    """

    def __init__(self, geometry: Geometry | Box, channels: int) -> None:
        self.latents = zeros(channels, geometry.low_size(), geometry.level_sizes(), np.int16)
        self._geometry = geometry

    def empty(self, number: int) -> Latents:
        """Build a block of latents, int32 and all zero."""
        part = self.latents.part(self._geometry.parts(number))
        return part.map(lambda band: np.zeros(band.shape, np.int32))

    def put(self, number: int, block: Latents) -> None:
        """Put a block in its place."""
        bands, parts = [*self.latents], self._geometry.parts(number)
        for place, band in enumerate(block):
            least, most = (int(band.min()), int(band.max())) if band.size else (0, 0)
            if bands[place].dtype == np.int16 and not -(1 << 15) <= least <= most < 1 << 15:
                bands[place] = bands[place].astype(np.int32)
                self.latents = Subbands.from_bands(bands)
        for kept, band in zip(self.latents.part(parts), block, strict=True):
            kept[...] = band


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
    kept = KeptLatents(box, channels)
    streams = TileStreams(container, index, item)

    def read(number: int) -> Latents:
        block = kept.empty(number)
        _decode(streams[number], network, block)
        return block

    reading = each_in_parallel(read, numbers.tolist())
    for number in told("reading", numbers.tolist(), report):
        kept.put(number, next(reading))
    return kept.latents
