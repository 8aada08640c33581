"""The `.inr` file as a directory of checksummed sections (`formats/inr-v1.md`, section 2).

    magic | version | directory length | directory | CRC-32 of all that | section | section | ...

The directory comes first, so a reader knows after one short read where everything lies, how long
the file must be, and what it may skip.
"""

from __future__ import annotations

import io
import os
import threading
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from inrcodec.errors import (
    ChecksumError,
    LimitError,
    MalformedError,
    MissingSectionError,
    NotInrError,
    TextDamageError,
    TrailingDataError,
    TruncatedError,
    UnknownSectionError,
    VersionError,
)
from inrcodec.schema import Reader, uint_bytes

__all__ = ["MAGIC", "VERSION", "Container", "Entry", "Section", "build", "built_size"]

MAGIC = b"\x89INR\r\n\x1a\n"
VERSION = 1

_CRITICAL = (
    *(b"SIGN", b"NETW", b"CROP", b"SHAR", b"ITEM", b"TIDX", b"TILE", b"ALPH", b"NAMS", b"PRED"),
    b"CELL",
)
_OPTIONAL = (
    *(b"iccp", b"exif", b"xmpm", b"iptc", b"reso", b"tags", b"time", b"cicp", b"mdcv", b"clli"),
)
KNOWN_TAGS = frozenset((*_CRITICAL, *_OPTIONAL))

_TAG_BYTES = 4
_CRC_BYTES = 4
_PROLOGUE_BYTES = len(MAGIC) + 1 + 5
# Some 300,000 sections, which take about a second to go through.
_MAX_DIRECTORY_BYTES = 1 << 22


@dataclass(frozen=True)
class Section:
    """A section to be written: `tag` (4 ASCII letters), owning `item` (0: the file), payload."""

    tag: bytes
    item: int
    payload: bytes


class Entry(NamedTuple):
    """A section as the directory lists it; `offset` counts from the start of the file."""

    tag: bytes
    item: int
    offset: int
    length: int
    crc: int

    @property
    def critical(self) -> bool:
        """Tell whether a reader that does not know the tag must refuse the file."""
        return self.tag[:1].isupper()


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(_CRC_BYTES, "little")


def build(sections: Iterable[Section]) -> bytes:
    """The whole file; `LimitError` where it has more sections than a directory can list."""
    sections = list(sections)
    return b"".join([_head(sections), *(section.payload for section in sections)])


def built_size(sections: Sequence[Section]) -> int:
    """The bytes of the whole file, which is not built."""
    return len(_head(sections)) + sum(len(section.payload) for section in sections)


def _head(sections: Sequence[Section]) -> bytes:
    """Return what comes before the payloads."""
    directory = b"".join(
        section.tag
        + uint_bytes(section.item)
        + uint_bytes(len(section.payload))
        + _crc(section.payload)
        for section in sections
    )
    if len(directory) > _MAX_DIRECTORY_BYTES:
        raise LimitError(
            f"{len(sections)} sections need a directory of {len(directory)} bytes; "
            f"{_MAX_DIRECTORY_BYTES} are the most"
        )
    head = MAGIC + bytes([VERSION]) + uint_bytes(len(directory)) + directory
    return head + _crc(head)


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
    """An open `.inr` file: its directory is read and checked, its sections are read on demand, by
    any number of threads at once.

    Attributes
    ----------
    size
        Of the file in bytes.
    entries
        The directory, in its order.
    items
        The numbers of the signals in it, ascending.
    critical_of_file
        The critical entries that belong to no signal.

    Parameters
    ----------
    source
        A path, the bytes of a file, or a seekable binary stream, which is this container's alone
        as long as it is open.
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
            self._read_at = _reader_of(self._stream)
            self._index = self._read_directory()
            self.entries = tuple(self._index.values())
            self._check_length(allow_damaged)
        except BaseException:
            self.close()
            raise
        self.items = tuple(sorted(entry.item for entry in self.entries if entry.tag == b"SIGN"))
        self._by_owner: dict[int | None, list[Entry]] = {}
        for entry in self.entries:
            self._by_owner.setdefault(self.owner(entry.item), []).append(entry)
        self.critical_of_file = tuple(
            entry for owner in (0, None) for entry in self.owned(owner) if entry.critical
        )

    def close(self) -> None:
        """Close the file, if it was given as a path; a stream is its owner's."""
        if self._owned:
            self._stream.close()

    def __enter__(self) -> Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_directory(self) -> dict[tuple[bytes, int], Entry]:
        prologue = self._read_at(0, min(_PROLOGUE_BYTES, self.size))
        _check_magic(prologue)
        reader = Reader(prologue)
        reader.take(len(MAGIC))
        version = reader.take(1)[0]
        if version != VERSION:
            raise VersionError(f"format version {version}; this release reads version {VERSION}")
        length = reader.uint()
        if length > _MAX_DIRECTORY_BYTES:
            raise MalformedError(
                f"the directory claims {length} bytes; {_MAX_DIRECTORY_BYTES} are the most"
            )
        end = reader.position + length
        if end + _CRC_BYTES > self.size:
            raise TruncatedError("the file ends within its directory")
        head = self._read_at(0, end + _CRC_BYTES)
        if head[end:] != _crc(head[:end]):
            raise ChecksumError("the directory's checksum does not match")
        return _entries(Reader(head[reader.position : end]), end + _CRC_BYTES)

    def _check_length(self, allow_short: bool) -> None:
        if not allow_short:
            self._check_reach(self._end)
        if self.size > self._end:
            raise TrailingDataError(f"{self.size - self._end} bytes follow the last section")

    @property
    def _end(self) -> int:
        """The byte after the last section."""
        return self.entries[-1].offset + self.entries[-1].length

    def _check_reach(self, end: int) -> None:
        """Raise `TruncatedError`, which says what the whole file lacks, where bytes up to an end
        are not all there."""
        if self.size < end:
            raise TruncatedError(f"the file ends {self._end - self.size} bytes early")

    def _read_section(self, offset: int, count: int) -> bytes:
        if count:
            self._check_reach(offset + count)
        return self._read_at(offset, count)

    def owner(self, item: int) -> int | None:
        """The signal that a section's item number belongs to, as it or its chunks have it: the
        nearest at or before it; 0 for the file, None where there is none."""
        place = bisect_right(self.items, item)
        return self.items[place - 1] if place else (None if item else 0)

    def owned(self, signal: int | None) -> Sequence[Entry]:
        """The entries whose `owner` a signal is, in the order of the directory."""
        return self._by_owner.get(signal, ())

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
        payload = self._read_section(entry.offset, entry.length)
        if zlib.crc32(payload) != entry.crc:
            raise ChecksumError(f"section {tag.decode('ascii')}'s checksum does not match")
        return payload

    def read_range(self, entry: Entry, start: int, count: int) -> bytes:
        """`count` bytes of a section from `start` on; only the caller can verify them."""
        if start + count > entry.length:
            raise MalformedError(f"section {entry.tag.decode('ascii')} is shorter than its index")
        return self._read_section(entry.offset + start, count)


def _open(source: str | os.PathLike[str] | bytes | BinaryIO) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        stream: BinaryIO = Path(source).open("rb")  # noqa: SIM115 (closed by the container)
        return stream if stream.seekable() else io.BytesIO(stream.read())
    return source


def _reader_of(stream: BinaryIO) -> Callable[[int, int], bytes]:
    """Return what reads bytes at an offset, whatever other threads read meanwhile; it raises
    `TruncatedError` where the stream has fewer."""
    lock = threading.Lock()
    # Of other streams that have a file descriptor, it may hold other bytes: compressed ones.
    is_file = isinstance(stream, io.BufferedReader) and isinstance(stream.raw, io.FileIO)
    positioned = is_file and hasattr(os, "pread")

    def read(offset: int, count: int) -> bytes:
        if positioned:
            data = _read_positioned(stream.fileno(), offset, count)
        else:
            with lock:
                stream.seek(offset)
                data = stream.read(count)
        if len(data) != count:
            raise TruncatedError("the file ends early")
        return data

    return read


def _read_positioned(descriptor: int, offset: int, count: int) -> bytes:
    """Up to `count` bytes of a file. A single read gives no more than 2 GiB."""
    parts: list[bytes] = []
    while count and (part := os.pread(descriptor, count, offset)):
        parts.append(part)
        offset, count = offset + len(part), count - len(part)
    return b"".join(parts)


def _entries(reader: Reader, offset: int) -> dict[tuple[bytes, int], Entry]:
    """The entries of a directory by tag and item, in its order; sections begin at `offset`."""
    if not reader.remaining:
        raise MalformedError("the directory is empty")
    entries: dict[tuple[bytes, int], Entry] = {}
    while reader.remaining:
        tag, item, length = reader.take(_TAG_BYTES), reader.uint(), reader.uint()
        crc = int.from_bytes(reader.take(_CRC_BYTES), "little")
        if tag not in KNOWN_TAGS:
            _check_unknown(tag)
        key = tag, item
        if key in entries:
            raise MalformedError(f"section {tag.decode('ascii')} of item {item} occurs twice")
        entries[key] = Entry(tag, item, offset, length, crc)
        offset += length
    return entries


def _check_unknown(tag: bytes) -> None:
    """Raise `FormatError` where a tag is none, or its section must not be skipped."""
    if not tag.isalpha():
        raise MalformedError(f"a section's tag is {tag!r}")
    if tag[:1].isupper():
        raise UnknownSectionError(f"needs a decoder that knows section {tag.decode('ascii')}")
