"""The `.inr` file as a directory of checksummed sections (`formats/inr-v1.md`, section 2).

    magic | version | directory length | directory | CRC-32 of all that | section | section | ...

The directory comes first, so a reader knows after one short read where everything lies, how long
the file must be, and what it may skip.
"""

from __future__ import annotations

import io
import os
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from inrcodec.errors import (
    ChecksumError,
    MalformedError,
    MissingSectionError,
    NotInrError,
    TextDamageError,
    TrailingDataError,
    TruncatedError,
    UnknownSectionError,
    VersionError,
)
from inrcodec.fields import Reader, uint_bytes

__all__ = ["MAGIC", "VERSION", "Container", "Entry", "Section", "build"]

MAGIC = b"\x89INR\r\n\x1a\n"
VERSION = 1

_CRITICAL = (b"SIGN", b"NETW", b"SHAR", b"ITEM", b"TIDX", b"TILE", b"ALPH", b"NAMS")
KNOWN_TAGS = frozenset((*_CRITICAL, b"iccp", b"exif", b"xmpm", b"iptc", b"reso", b"tags"))

_TAG_BYTES = 4
_CRC_BYTES = 4
_PROLOGUE_BYTES = len(MAGIC) + 1 + 5
_MAX_DIRECTORY_BYTES = 1 << 24


@dataclass(frozen=True)
class Section:
    """A section to be written: `tag` (4 ASCII letters), owning `item` (0: the file), payload."""

    tag: bytes
    item: int
    payload: bytes


@dataclass(frozen=True)
class Entry:
    """A section as the directory lists it; `offset` counts from the start of the file."""

    tag: bytes
    item: int
    offset: int
    length: int
    crc: int

    @property
    def critical(self) -> bool:
        """Whether a reader that does not know the tag must refuse the file."""
        return self.tag[:1].isupper()


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(_CRC_BYTES, "little")


def build(sections: Iterable[Section]) -> bytes:
    """The whole file."""
    sections = list(sections)
    directory = b"".join(
        section.tag
        + uint_bytes(section.item)
        + uint_bytes(len(section.payload))
        + _crc(section.payload)
        for section in sections
    )
    head = MAGIC + bytes([VERSION]) + uint_bytes(len(directory)) + directory
    return b"".join([head, _crc(head), *(section.payload for section in sections)])


def _check_magic(head: bytes) -> None:
    if head.startswith(MAGIC):
        return
    if not head:
        raise TruncatedError("the file is empty")
    if MAGIC.startswith(head):
        raise TruncatedError("the file ends within its magic")
    unix, seven_bit = MAGIC.replace(b"\r\n", b"\n"), bytes([MAGIC[0] & 0x7F]) + MAGIC[1:]
    dos = MAGIC.replace(b"\n", b"\r\n")
    if head.startswith((unix[:6], dos[:6], seven_bit)):
        raise TextDamageError("damaged by a transfer in text mode; copy it again in binary mode")
    raise NotInrError("not an .inr file")


class Container:
    """An open `.inr` file: its directory is read and checked, its sections are read on demand.

    `items` are the numbers of the signals in it, ascending.

    Parameters
    ----------
    source
        A path, the bytes of a file, or a seekable binary stream.
    allow_damaged
        Take a file that ends early, too; what is lost of it is found when it is read.

    Raises
    ------
    FormatError
        The subclass says what is wrong with magic, version, directory or length.
    OSError
        The file cannot be read.
    """

    def __init__(
        self, source: str | os.PathLike[str] | bytes | BinaryIO, allow_damaged: bool = False
    ) -> None:
        self._owned = isinstance(source, (str, os.PathLike))
        self._stream = _open(source)
        try:
            self.size = self._stream.seek(0, io.SEEK_END)
            self.entries = self._read_directory()
            self._check_length(allow_damaged)
        except BaseException:
            self.close()
            raise
        self._index = {(entry.tag, entry.item): entry for entry in self.entries}
        self.items = tuple(sorted(entry.item for entry in self.entries if entry.tag == b"SIGN"))

    def close(self) -> None:
        """Close the file, if it was given as a path; a stream is its owner's."""
        if self._owned:
            self._stream.close()

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_at(self, offset: int, count: int) -> bytes:
        self._stream.seek(offset)
        data = self._stream.read(count)
        if len(data) != count:
            raise TruncatedError(f"the file ends {count - len(data)} bytes early")
        return data

    def _read_directory(self) -> tuple[Entry, ...]:
        prologue = self._read_at(0, min(_PROLOGUE_BYTES, self.size))
        _check_magic(prologue)
        reader = Reader(prologue)
        reader.take(len(MAGIC))
        version = reader.take(1)[0]
        if version != VERSION:
            raise VersionError(f"format version {version}; this release reads version {VERSION}")
        length = reader.uint()
        if length > _MAX_DIRECTORY_BYTES:
            raise MalformedError(f"the directory claims {length} bytes")
        end = reader.position + length
        if end + _CRC_BYTES > self.size:
            raise TruncatedError("the file ends within its directory")
        head = self._read_at(0, end + _CRC_BYTES)
        if head[end:] != _crc(head[:end]):
            raise ChecksumError("the directory's checksum does not match")
        return tuple(_entries(Reader(head[reader.position : end]), end + _CRC_BYTES))

    def _check_length(self, allow_short: bool) -> None:
        end = self.entries[-1].offset + self.entries[-1].length
        if self.size < end and not allow_short:
            raise TruncatedError(f"the file ends {end - self.size} bytes early")
        if self.size > end:
            raise TrailingDataError(f"{self.size - end} bytes follow the last section")

    def owner(self, item: int) -> int | None:
        """The signal that a section's item number belongs to, as it or its groups have it: the
        nearest at or before it; 0 for the file, None where there is none."""
        place = bisect_right(self.items, item)
        return self.items[place - 1] if place else (None if item else 0)

    def find(self, tag: bytes, item: int) -> Entry | None:
        """The entry of a section, or None where the file has none."""
        return self._index.get((tag, item))

    def entry(self, tag: bytes, item: int) -> Entry:
        """The entry of a section that must be there."""
        found = self.find(tag, item)
        if found is None:
            raise MissingSectionError(f"section {tag.decode('ascii')} of item {item} is missing")
        return found

    def read(self, tag: bytes, item: int) -> bytes:
        """The payload of a section, its checksum verified."""
        entry = self.entry(tag, item)
        payload = self._read_at(entry.offset, entry.length)
        if zlib.crc32(payload) != entry.crc:
            raise ChecksumError(f"section {tag.decode('ascii')}'s checksum does not match")
        return payload

    def read_range(self, entry: Entry, start: int, count: int) -> bytes:
        """`count` bytes of a section from `start` on; only the caller can verify them."""
        if start + count > entry.length:
            raise MalformedError(f"section {entry.tag.decode('ascii')} is shorter than its index")
        return self._read_at(entry.offset + start, count)


def _open(source: str | os.PathLike[str] | bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        stream: BinaryIO = Path(source).open("rb")  # noqa: SIM115 (closed by the container)
        return stream if stream.seekable() else io.BytesIO(stream.read())
    return source


def _entries(reader: Reader, offset: int) -> Iterator[Entry]:
    if not reader.remaining:
        raise MalformedError("the directory is empty")
    seen: set[tuple[bytes, int]] = set()
    while reader.remaining:
        tag = reader.take(_TAG_BYTES)
        if not tag.isalpha():
            raise MalformedError(f"a section's tag is {tag!r}")
        item, length = reader.uint(), reader.uint()
        crc = int.from_bytes(reader.take(_CRC_BYTES), "little")
        entry = Entry(tag, item, offset, length, crc)
        if tag not in KNOWN_TAGS and entry.critical:
            raise UnknownSectionError(f"needs a decoder that knows section {tag.decode('ascii')}")
        if (tag, item) in seen:
            raise MalformedError(f"section {tag.decode('ascii')} of item {item} occurs twice")
        seen.add((tag, item))
        offset += length
        yield entry
