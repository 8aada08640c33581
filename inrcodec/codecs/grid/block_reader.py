"""Reading a grid's latents from a file: only what a box of blocks has of it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import OnDamage
from inrcodec.codecs.grid.blocks import Block, KeptLatents, code_blocks
from inrcodec.codecs.grid.coder import LatentReader, code_block, read_low
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.geometry import Box
from inrcodec.container.tiles import TileStreams
from inrcodec.entropy import DecisionReader
from inrcodec.errors import FormatError, MalformedError, TruncatedError
from inrcodec.native.blocks import Bands, decode_block
from inrcodec.native.door import library
from inrcodec.progress import Report, Told

__all__ = ["BlockReader", "decode_stream"]

# Latents of blocks that were read last are kept, so that views side by side share them.
_KEPT_BYTES = 1 << 26


class BlockReader:
    """Reads blocks of an item; those read last are kept.

    Parameters
    ----------
    streams
        Those of all blocks that it has.
    """

    def __init__(self, streams: TileStreams, network: ContextNetwork) -> None:
        self._streams, self._network = streams, network
        self._kept = _LastUsed(_KEPT_BYTES)

    def read(
        self,
        box: Box,
        channels: int,
        report: Report | None = None,
        on_damage: OnDamage | None = None,
    ) -> KeptLatents:
        """Read the latents of a box of blocks; a report is told of each.

        Raises `FormatError` where any of them is damaged; if `on_damage` is given, it is told
        instead, and latents that cannot be read are 0; of a file that is cut short, all that is
        there is read.
        """
        kept, lost = KeptLatents(box, channels), set[int]()
        count = sum(len(tier.numbers) for tier in box.tiers)
        told = Told("reading", count, report)

        def code(block: Block) -> None:
            if box.geometry.parent(block.tier, block.number) in lost:
                lost.add(block.stream)
                return
            try:
                self._decode(block, count < box.geometry.count)
            except FormatError as error:
                if on_damage is None:
                    raise
                lost.add(block.stream)
                self._decode_rest(block)
                on_damage(block.tier.covered(block.number), error)

        for _ in code_blocks(kept, self._network, code):
            told.advance(1)
        return kept

    def _decode(self, block: Block, keeps: bool) -> None:
        """Fill in a block's latents, from what is kept or from its stream; maybe keep them."""
        key = block.stream, block.latents.finer
        known = self._kept.get(key)
        if known is None:
            decode_stream(self._streams[block.stream], self._network, block)
            if keeps:
                self._kept.put(key, [band.copy() for band in block.latents])
            return
        for band, values in zip(block.latents, known, strict=True):
            band[...] = values

    def _decode_rest(self, block: Block) -> None:
        """Fill in what the beginning of a block's stream tells of its latents, and 0."""
        stream, lost = self._streams.rest(block.stream)
        for band in block.latents:
            band.fill(0)
        try:
            if stream:
                decode_stream(stream, self._network, block, lost)
        except TruncatedError:
            return
        except FormatError:
            for band in block.latents:
                band.fill(0)


def decode_stream(stream: bytes, network: ContextNetwork, block: Block, lost: int = 0) -> None:
    """Decode a block's stream; what it has of finer levels than the block is left.

    Raises `TruncatedError` where it lacks so many bytes at its end that latents depend on: those of
    the passes before are there then.
    """
    if stream[:1] == b"\0":
        raise MalformedError("a stream is padded")
    latents, coarser = block.latents, block.coarser
    if library() is not None:
        bands = Bands([*latents], latents.finer, coarser)
        decode_block(stream, network.kernel, bands, block.tier.is_whole, lost)
        return
    reader = DecisionReader(stream, lost)
    latents.low[...] = [read_low(reader, plane.shape) for plane in latents.low]
    code_block(network, latents, LatentReader(reader), coarser)
    if block.tier.is_whole:
        reader.finish()


class _LastUsed:
    """The bands of blocks that were used last, as many as there is room for."""

    def __init__(self, most_bytes: int) -> None:
        self._bytes, self._most = 0, most_bytes
        self._values: OrderedDict[Any, list[npt.NDArray[np.int32]]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> list[npt.NDArray[np.int32]] | None:
        """Return what is kept under a key, if there is something."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Any, bands: list[npt.NDArray[np.int32]]) -> None:
        """Keep bands under a key, in the place of what was used longest ago."""
        with self._lock:
            if key in self._values:
                return
            self._values[key] = bands
            self._bytes += _size(bands)
            while self._bytes > self._most:
                self._bytes -= _size(self._values.popitem(last=False)[1])


def _size(bands: list[npt.NDArray[np.int32]]) -> int:
    return sum(band.nbytes for band in bands)
