"""PNG files as chunks (PNG, third edition, section 5).

signature | IHDR | what describes the pixels | IDAT | ... | IDAT | more of that | IEND
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

__all__ = [
    "SIGNATURE",
    "TRANSPARENCY",
    "Chunk",
    "bare",
    "chunk",
    "frame_of",
    "leading",
    "split",
    "with_chunks",
    "with_pixels",
]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TRANSPARENCY = b"tRNS"

_HEADER, _PIXELS, _END = b"IHDR", b"IDAT", b"IEND"
# What is of pixels: their size, colors and animation.
_OF_PIXELS = frozenset((_HEADER, b"PLTE", TRANSPARENCY, _PIXELS, b"acTL", b"fcTL", b"fdAT"))
# Length, name and checksum.
_AROUND = 12
_HEADER_END = len(SIGNATURE) + _AROUND + 13


class Chunk(NamedTuple):
    """A chunk as it stands in its file: `raw` begins with its length and ends with its checksum."""

    name: bytes
    raw: bytes

    @property
    def payload(self) -> bytes:
        """The bytes between name and checksum."""
        return self.raw[8:-4]

    @property
    def intact(self) -> bool:
        """Tell whether it is all there, and its checksum is right."""
        return self.raw == chunk(self.name, self.payload).raw


def chunk(name: bytes, payload: bytes) -> Chunk:
    """A chunk of a name and what is in it."""
    body = name + payload
    checksum = struct.pack(">I", zlib.crc32(body))
    return Chunk(name, struct.pack(">I", len(payload)) + body + checksum)


def split(png: bytes) -> Iterator[Chunk]:
    """The chunks of a file up to its end, the last of which may be cut off.

    Raises `struct.error` where the file ends before a chunk has a name.
    """
    place = len(SIGNATURE)
    while place < len(png):
        length, name = struct.unpack_from(">I4s", png, place)
        end = place + _AROUND + length
        yield Chunk(name, png[place:end])
        if name == _END:
            return
        place = end


def leading(png: bytes, names: Collection[bytes]) -> Iterator[Chunk]:
    """The chunks of some names that come before the pixels, as far as the file can be followed."""
    try:
        for found in split(png):
            if found.name == _PIXELS:
                return
            if found.name in names:
                yield found
    except struct.error:
        return


def bare(png: bytes, kept: Collection[bytes]) -> bytes:
    """A file with the chunks alone that pixels cannot do without, and those of some names.

    Raises `struct.error` as `split`.
    """
    return _joined(c for c in split(png) if c.name[:1].isupper() or c.name in kept)


def frame_of(png: bytes) -> bytes:
    """A file with all that describes the pixels of another, around one pixel of its own.

    Raises `struct.error` as `split`.
    """
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    before, after = list[Chunk](), list[Chunk]()
    beside = before
    for found in split(png):
        if found.name == _PIXELS:
            beside = after
        if found.name not in _OF_PIXELS and found.name != _END:
            beside.append(found)
    pixel = chunk(_PIXELS, zlib.compress(bytes(2)))
    return _joined([chunk(_HEADER, header), *before, pixel, *after, chunk(_END, b"")])


def with_pixels(frame: bytes, pixels: bytes) -> bytes:
    """A file with the pixels of one and all that describes those of another."""
    return _inserted(pixels, (c for c in split(frame) if c.name not in (*_OF_PIXELS, _END)))


def with_chunks(png: bytes, added: Mapping[bytes, bytes]) -> bytes:
    """A file with more chunks, of these names and with these in them, behind its header: before
    palette and pixels, where those have to be that say what colors are."""
    return _inserted(png, (chunk(name, payload) for name, payload in added.items()))


def _inserted(png: bytes, chunks: Iterable[Chunk]) -> bytes:
    """An intact file with chunks behind its header."""
    # Pixels are copied once: they may be as much as there is memory for.
    view = memoryview(png)
    return b"".join([view[:_HEADER_END], *(c.raw for c in chunks), view[_HEADER_END:]])


def _joined(chunks: Iterable[Chunk]) -> bytes:
    return SIGNATURE + b"".join(c.raw for c in chunks)
