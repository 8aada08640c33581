"""The parts of an `.inr` file, as mutations need them: taken apart, and put together with checksums
that are right.

Independent of the package's reader, and for valid files alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

__all__ = ["MAGIC", "Part", "Tiles", "assemble", "dissect", "find_tiles", "uint", "uint_at"]

MAGIC = b"\x89INR\r\n\x1a\n"
_MOST_TILES = 256


@dataclass(frozen=True)
class Part:
    """A section."""

    tag: bytes
    item: int
    payload: bytes


@dataclass(frozen=True)
class Tiles:
    """What a `TIDX` section begins with, and the streams in its `TILE` section."""

    tables: bytes
    streams: tuple[bytes, ...]

    def index(self) -> bytes:
        """The `TIDX` section's payload, with the lengths and checksums of the streams."""
        lengths = [len(stream) for stream in self.streams]
        least = min(lengths)
        size = next(s for s in (0, 1, 2, 4) if max(lengths) - least < 1 << 8 * s)
        excesses = b"".join((n - least).to_bytes(size, "little") for n in lengths)
        checksums = b"".join(crc(stream) for stream in self.streams)
        return self.tables + uint(least) + bytes([size]) + excesses + checksums

    def payload(self) -> bytes:
        """The `TILE` section's payload."""
        return b"".join(self.streams)


def uint(value: int) -> bytes:
    """A number in base 128, of any length."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def uint_at(data: bytes, at: int) -> tuple[int, int]:
    """A number in base 128, and where it ends."""
    value = shift = 0
    while data[at] >= 128:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1


def crc(data: bytes) -> bytes:
    """A checksum as files have it."""
    return zlib.crc32(data).to_bytes(4, "little")


def dissect(data: bytes) -> list[Part]:
    """The sections of a valid file, in its order."""
    length, at = uint_at(data, len(MAGIC) + 1)
    end, start = at + length, at + length + 4
    parts = []
    while at < end:
        tag = data[at : at + 4]
        item, at = uint_at(data, at + 4)
        size, at = uint_at(data, at)
        parts.append(Part(tag, item, data[start : start + size]))
        start += size
        at += 4
    return parts


def assemble(
    parts: Sequence[Part],
    lies: dict[int, int] | None = None,
    checksums: dict[int, bytes] | None = None,
) -> bytes:
    """A file of such sections; the directory tells other lengths, or checksums, of those with the
    indices in `lies` and `checksums`."""
    lies, checksums = lies or {}, checksums or {}
    directory = b"".join(
        part.tag
        + uint(part.item)
        + uint(lies.get(index, len(part.payload)))
        + checksums.get(index, crc(part.payload))
        for index, part in enumerate(parts)
    )
    head = MAGIC + b"\1" + uint(len(directory)) + directory
    return b"".join([head, crc(head), *(part.payload for part in parts)])


def find_tiles(index: bytes, payload: bytes) -> Tiles | None:
    """The tiles of valid `TIDX` and `TILE` sections; how many there are is what fits."""
    for count in range(1, min(_MOST_TILES, len(index) // 4) + 1):
        for size in (0, 1, 2, 4):
            width = len(index) - (4 + size) * count - 1
            for start in range(max(0, width - 5), width):
                tiles = _tiles(index, payload, count, size, start)
                if tiles is not None:
                    return tiles
    return None


def _tiles(index: bytes, payload: bytes, count: int, size: int, start: int) -> Tiles | None:
    try:
        least, at = uint_at(index, start)
    except IndexError:
        return None
    if index[at : at + 1] != bytes([size]) or len(index) != at + 1 + (4 + size) * count:
        return None
    cells = index[at + 1 : at + 1 + size * count]
    excesses = [int.from_bytes(cells[size * k : size * (k + 1)], "little") for k in range(count)]
    ends = list(accumulate((least + excess for excess in excesses), initial=0))
    if ends[-1] != len(payload):
        return None
    tiles = Tiles(index[:start], tuple(payload[a:b] for a, b in pairwise(ends)))
    return tiles if tiles.index() == index else None
