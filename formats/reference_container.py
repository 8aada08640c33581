"""What the `.inr` files of all architectures have in common, written to be read beside `inr-v1.md`.

Sections 1, 2, 4.2 (without the tables) and 5.2 of that page.
"""

import math
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import product
from typing import TypeVar

import numpy as np

MAGIC = b"\x89INR\r\n\x1a\n"
CRITICAL = {"SIGN", "NETW", "CROP", "PRED", "SHAR", "ITEM", "TIDX", "TILE", "ALPH", "NAMS", "CELL"}
LIMIT = 2**24  # of this decoder: pixels of an image, samples of an output, weights of a network

T = TypeVar("T")


class Refused(ValueError):  # noqa: N818
    """The bytes are no `.inr` file of version 1, or one beyond this decoder's limits."""


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Refused(otherwise)


# Section 1: conventions


def crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")


class Reader:
    """Reads the fields of one structure; what it holds must be read to the end."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name, self.position = data, name, 0

    def take(self, count: int) -> bytes:
        require(count <= len(self.data) - self.position, f"{self.name} ends too early")
        self.position += count
        return self.data[self.position - count : self.position]

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.position)

    def u8(self) -> int:
        return self.take(1)[0]

    def uint(self, name: str = "a number", least: int = 0, most: int = 2**35 - 1) -> int:
        value = 0
        for index in range(5):
            byte = self.u8()
            value |= (byte & 127) << 7 * index
            if byte < 128:
                require(byte > 0 or index == 0, f"{self.name}: {name} is not in its shortest form")
                require(least <= value <= most, f"{self.name}: {name} is {value}")
                return value
        raise Refused(f"{self.name}: {name} has more than 5 bytes")

    def f32(self, name: str, most: float) -> float:
        value: float = struct.unpack("<f", self.take(4))[0]
        require(0 < value <= most, f"{self.name}: {name} is {value}")  # which no NaN passes
        return value

    def values(self, read: Callable[[], T], least: int, most: int) -> list[T]:
        """A list, as of section 3.2."""
        return [read() for _ in range(self.uint("the length of a list", least, min(most, 65)))]

    def end(self) -> None:
        require(self.position == len(self.data), f"{self.name} has bytes after its last field")


# Section 2: the file


class File:
    """The directory of a file, and its sections on demand."""

    def __init__(self, data: bytes) -> None:
        front = Reader(data, "the file")
        require(front.take(len(MAGIC)) == MAGIC, "the file does not start as an .inr file")
        version = front.u8()
        require(version == 1, f"version {version} of the format is unknown")
        directory = Reader(front.take(front.uint("the directory's length", 1, 2**22)), "directory")
        checksum = crc(data[: front.position])
        require(front.take(4) == checksum, "the directory's checksum does not match")

        self.data = data
        self.item = 1
        self.sections: dict[tuple[str, int], tuple[int, int, bytes]] = {}
        start = front.position
        while directory.position < len(directory.data):
            raw = directory.take(4)
            require(raw.isalpha(), "directory: a tag is not of ASCII letters")
            tag = raw.decode("ascii")
            key = tag, directory.uint("an item")
            length = directory.uint("a length")
            require(tag in CRITICAL or tag[0].islower(), f"critical section {tag} is unknown")
            require(key not in self.sections, f"section {tag} is listed twice for one item")
            self.sections[key] = start, length, directory.take(4)
            start += length
        self.items = sorted(item for tag, item in self.sections if tag == "SIGN")
        require(0 not in self.items, "item 0 is the file, not a signal")
        require(start == len(data), f"the file has {len(data)} bytes, its directory says {start}")

    def payload(self, tag: str, item: int | None = None, check: bool = True) -> bytes:
        """Of the signal itself, if no item is given."""
        key = tag, self.item if item is None else item
        require(key in self.sections, f"section {tag} is missing")
        start, length, checksum = self.sections[key]
        payload = self.data[start : start + length]
        require(not check or crc(payload) == checksum, f"{tag}: checksum does not match")
        return payload

    def choose(self, place: int) -> None:
        """The signal that is meant from now on, in the order of items, from 1."""
        if ("NAMS", 0) in self.sections:
            read_names(self)
        else:
            require(len(self.items) < 2, "several signals have no names")
        require(0 < place <= len(self.items), f"there is no signal {place}")
        self.item = self.items[place - 1]

    def owner(self, item: int) -> int:
        """The signal that a section's item number belongs to; 0 is the file."""
        before = bisect_right(self.items, item)
        return self.items[before - 1] if before else 0

    def expect(self, wanted: set[tuple[str, int]]) -> None:
        """All of these, by tag and item; and no other critical sections, save those of other
        signals."""
        others = set(self.items) - {self.item}
        at_will = {("CROP", self.item), ("PRED", self.item)}
        shared = {("NAMS", 0), *at_will, *([("SHAR", 0)] if others else [])}
        critical = {key for key in self.sections if key[0][0].isupper()}
        found = {key for key in critical if self.owner(key[1]) not in others}
        require(found <= wanted | shared, "the file has sections that have no place in it")
        require(found >= wanted, "the file lacks sections that its architecture needs")


def read_names(file: File) -> list[str]:
    """Section 2.1."""
    fields = Reader(file.payload("NAMS", 0), "NAMS")
    found, names = [], []
    while fields.position < len(fields.data):
        found.append(fields.uint("an item", 1))
        raw = fields.take(fields.uint("the length of a name", 1, 255))
        try:
            name = raw.decode()
        except UnicodeDecodeError:
            raise Refused("NAMS: a name is not UTF-8") from None
        control = any(ord(c) < 32 or ord(c) == 127 for c in name)
        drive = name[1:2] == ":" and name[0].isascii() and name[0].isalpha()
        path = "/" in name or "\\" in name or name in (".", "..")
        require(not (control or drive or path), f"NAMS: {name!r} is no file name")
        names.append(name)
    require(found == file.items, "NAMS: its items are not those of the file, in order")
    require(len(set(names)) == len(names), "NAMS: a name is there twice")
    return names


def unpack(payload: bytes, most: int, name: str) -> bytes:
    """One zlib stream with nothing after it."""
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(payload, most + 1)
    except zlib.error:
        raise Refused(f"{name} is not a zlib stream") from None
    require(len(unpacked) <= most, f"{name} unpacks to more than {most} bytes")
    require(stream.eof and not stream.unused_data, f"{name} is not one zlib stream")
    return unpacked


# Section 3.5


Spans = tuple[range, ...]  # along each axis


def read_crop(file: File, shape: tuple[int, ...]) -> tuple[Spans, list[Spans]] | None:
    """What is visible of a signal, and the boxes of tiles that there are; None where all is."""
    if ("CROP", file.item) not in file.sections:
        return None
    fields, spans = Reader(file.payload("CROP"), "CROP"), []
    while fields.position < len(fields.data):
        start, length = fields.uint("a start"), fields.uint("a length", 1)
        spans.append(range(start, start + length))
    axes = len(shape)
    require(len(spans) >= axes and len(spans) % axes == 0, "CROP has not all axes")
    visible, *boxes = (tuple(spans[k : k + axes]) for k in range(0, len(spans), axes))
    inside = all(span.stop <= n for span, n in zip(visible, shape, strict=True))
    require(inside, "CROP does not lie within the signal")
    return visible, boxes


def kept_tiles(boxes: list[Spans], counts: list[tuple[int, ...]]) -> list[int]:
    """The numbers of the tiles in a box of each tiling; `counts` are those of all tiles."""
    require(len(boxes) == len(counts), "CROP has not one box for each tiling")
    numbers, first = [], 0
    for box, count in zip(boxes, counts, strict=True):
        inside = all(places.stop <= n for places, n in zip(box, count, strict=True))
        require(inside, "CROP has tiles that the signal has not")
        for position in product(*box):
            number = 0
            for place, n in zip(position, count, strict=True):
                number = number * n + place
            numbers.append(first + number)
        first += math.prod(count)
    return numbers


def require_visible(visible: Spans, box: Spans, side: int) -> None:
    """All tiles that are visible are there."""
    for span, places in zip(visible, box, strict=True):
        inside = places.start <= span.start // side and (span.stop - 1) // side < places.stop
        require(inside, "CROP lacks a tile of what is visible")


# Section 4.2


def read_streams(
    file: File,
    fields: Reader,
    kept: Sequence[int],
    whole: bool = True,
    item: int | None = None,
) -> Callable[[int], bytes]:
    """What gives the stream of a tile, of those that there are; `fields` are those of TIDX, after
    the tables."""
    tiles, places = len(kept), {tile: place for place, tile in enumerate(kept)}
    least, size = fields.uint("the least length"), fields.u8()
    require(size in (0, 1, 2, 4), f"TIDX: there are {size} excess bytes")
    excesses, checksums = fields.take(tiles * size), fields.take(tiles * 4)
    fields.end()
    lengths = np.full(tiles, least, np.int64)
    if size:
        lengths += np.frombuffer(excesses, f"<u{size}")
    ends = np.cumsum(lengths)
    # Who wants a region has not read the rest of the section, and goes by the streams' checksums.
    payload = file.payload("TILE", item, check=whole)
    require(int(ends[-1]) == len(payload), "the lengths in TIDX do not add up to that of TILE")
    require(int(lengths.min()) == least, "TIDX: no stream is as short as the least length")

    def stream(tile: int) -> bytes:
        require(tile in places, f"tile {tile} is not in the file")
        place = places[tile]
        found = payload[ends[place] - lengths[place] : ends[place]]
        checksum = checksums[4 * place : 4 * place + 4]
        require(crc(found) == checksum, f"tile {tile}: the checksum does not match")
        return found

    return stream


# Section 5.2


class Stack:
    """The coder: a state and the words that are left."""

    def __init__(self, stream: bytes) -> None:
        self.words = np.frombuffer(stream + bytes(-len(stream) % 4), "<u4").tolist()
        while self.words and self.words[-1] == 0:
            self.words.pop()
        self.state = 0
        for _ in self.words[-2:]:
            self.state = self.state << 32 | self.words.pop()

    def remove(self, start: int, frequency: int) -> None:
        q = self.state % 2**24
        self.state = frequency * (self.state >> 24) + q - start
        if self.state < 2**32 and self.words:
            self.state = self.state << 32 | self.words.pop()

    def symbol(self, sums: list[int]) -> int:
        symbol = bisect_right(sums, self.state % 2**24) - 1
        self.remove(sums[symbol], sums[symbol + 1] - sums[symbol])
        return symbol

    def number(self, bits: int) -> int:
        """All 2^bits symbols have the same frequency: no need to search."""
        shift = 24 - bits
        symbol = self.state % 2**24 >> shift
        self.remove(symbol << shift, 1 << shift)
        return symbol

    def end(self) -> None:
        require(self.state == 0 and not self.words, "a stream goes on after its last symbol")
