"""Tiles: streams end to end in one section (`TILE`), found and checked by an index (`TIDX`)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.container.sections import Container
from inrcodec.errors import ChecksumError, MalformedError
from inrcodec.schema import Reader, uint_bytes

__all__ = ["TileIndex", "TileStreams"]

_EXCESS_BYTES = (0, 1, 2, 4)


@dataclass(frozen=True)
class TileIndex:
    """The places of tiles' streams in the `TILE` section, and their CRC-32."""

    lengths: npt.NDArray[np.int64]
    crcs: npt.NDArray[np.uint32]

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Start of each stream; one more entry for the end of the last."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    @classmethod
    def of(cls, streams: Sequence[bytes]) -> TileIndex:
        """The index of streams that lie end to end."""
        return cls(
            np.array([len(stream) for stream in streams], np.int64),
            np.array([zlib.crc32(stream) for stream in streams], np.uint32),
        )

    def to_bytes(self) -> bytes:
        """Least length, bytes per excess, the excesses over the least length, the checksums."""
        least, most = int(self.lengths.min()), int(self.lengths.max())
        width = next(w for w in _EXCESS_BYTES if most - least < 1 << (8 * w))
        excess = b"".join(int(n - least).to_bytes(width, "little") for n in self.lengths)
        return uint_bytes(least) + bytes([width]) + excess + self.crcs.astype("<u4").tobytes()

    @classmethod
    def read(cls, reader: Reader, count: int) -> TileIndex:
        """Read the index of `count` tiles; `MalformedError` where it is not valid."""
        least, width = reader.uint(), reader.take(1)[0]
        if width not in _EXCESS_BYTES:
            raise MalformedError(f"tile lengths of {width} bytes")
        if (width + 4) * count != reader.remaining:
            raise MalformedError("the tile index has not one entry for each tile")
        lengths = np.full(count, least, np.int64)
        if width:
            lengths += np.frombuffer(reader.take(width * count), f"<u{width}")
        if int(lengths.min()) != least:
            raise MalformedError("no tile has the least length of the tile index")
        return cls(lengths, np.frombuffer(reader.take(4 * count), "<u4").astype(np.uint32))

    def check(self, tile: int, stream: bytes) -> None:
        """Raise `ChecksumError` where a tile's stream is damaged."""
        if zlib.crc32(stream) != self.crcs[tile]:
            raise ChecksumError(f"tile {tile}'s checksum does not match")


class TileStreams:
    """The streams of an item's tiles; only the bytes of those that are asked for are read.

    Parameters
    ----------
    kept
        The numbers of the tiles that there are streams of, ascending; None for all.

    Raises `MalformedError` where index and section do not agree.
    """

    def __init__(
        self,
        container: Container,
        index: TileIndex,
        item: int = 1,
        kept: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._container, self._index, self._kept = container, index, kept
        self._first = 0
        self._entry, self._offsets = container.entry(b"TILE", item), index.offsets
        if int(self._offsets[-1]) != self._entry.length:
            raise MalformedError("the tile index does not add up to the tile section")

    def after(self, first: int) -> TileStreams:
        """The same streams, numbered from one of them on."""
        other = copy(self)
        other._first = self._first + first
        return other

    def __getitem__(self, tile: int) -> bytes:
        """A tile's stream, checked."""
        place = self._place(tile)
        start, length = int(self._offsets[place]), int(self._index.lengths[place])
        stream = self._container.read_range(self._entry, start, length)
        self._index.check(place, stream)
        return stream

    def _place(self, tile: int) -> int:
        """Return the place of a tile's stream; `MalformedError` where a crop has left it out."""
        tile += self._first
        if self._kept is None:
            return tile
        place = int(np.searchsorted(self._kept, tile))
        if place == len(self._kept) or self._kept[place] != tile:
            raise MalformedError(f"tile {tile} is not in the file: a crop has left it out")
        return place

    def rest(self, tile: int) -> tuple[bytes, int]:
        """The part of a tile's stream that a file that is cut short has, unchecked, and how many
        bytes are lost."""
        place = self._place(tile)
        start, length = int(self._offsets[place]), int(self._index.lengths[place])
        there = min(max(0, self._container.size - self._entry.offset - start), length)
        if there == length:
            return b"", length
        return self._container.read_range(self._entry, start, there), length - there
