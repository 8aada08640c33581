"""A decoder of the `.inr` format, version 1, written to be read beside `inr-v1.md`.

It follows the specification section by section and prefers plain code to fast code; it needs
Python 3.11 and numpy. Anything that the specification does not allow ends in `Refused`.

    python reference_decoder.py photo.inr photo.ppm [WIDTHxHEIGHT]
"""

import argparse
import math
import re
import struct
import sys
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"\x89INR\r\n\x1a\n"
CRITICAL = ("SIGN", "NETW", "ITEM", "TIDX", "TILE")  # `SHAR` is reserved, hence unknown
METADATA = ("iccp", "exif", "xmpm")
SIREN, ENRP = 1, 2
LIMIT = 2**24  # of this decoder: pixels of the picture or the output, weights of a perceptron

Samples = npt.NDArray[np.float64]
Tensors = list[Samples]
Shapes = list[tuple[int, ...]]
Axis = tuple[int, Samples, list[tuple[int, slice]]]
Table = tuple[int, list[int]]  # the first exponent; the sums F_0, F_1, …, and at last 2^24


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
        directory = Reader(front.take(front.uint("the directory's length", 1, 2**24)), "directory")
        checksum = crc(data[: front.position])
        require(front.take(4) == checksum, "the directory's checksum does not match")

        self.data = data
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
        require(start == len(data), f"the file has {len(data)} bytes, its directory says {start}")

    def payload(self, tag: str, check: bool = True) -> bytes:
        require((tag, 1) in self.sections, f"section {tag} is missing")
        start, length, checksum = self.sections[tag, 1]
        payload = self.data[start : start + length]
        require(not check or crc(payload) == checksum, f"{tag}: checksum does not match")
        return payload


def metadata(data: bytes) -> dict[str, bytes]:
    """Unpack the sections `iccp`, `exif` and `xmpm`."""
    file = File(data)
    unpacked = {}
    for tag in METADATA:
        if (tag, 1) in file.sections:
            stream = zlib.decompressobj()
            try:
                unpacked[tag] = stream.decompress(file.payload(tag), 2**24 + 1)
            except zlib.error:
                raise Refused(f"{tag} is not a zlib stream") from None
            require(len(unpacked[tag]) <= 2**24, f"{tag} unpacks to more than 2^24 bytes")
            require(stream.eof and not stream.unused_data, f"{tag} is not one zlib stream")
    return unpacked


# Section 3: headers


@dataclass(frozen=True)
class Headers:
    height: int
    width: int
    channels: int
    bits: int
    architecture: int
    hidden: int
    depth: int
    omegas: tuple[float, float]
    tile: tuple[int, int]  # height and width; a SIREN is treated as one tile, the whole picture

    @property
    def shapes(self) -> Shapes:
        features = [2] + [self.hidden] * (self.depth + 1) + [self.channels]
        return [shape for n, m in pairwise(features) for shape in ((m, n), (m,))]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tiles."""
        return -(-self.height // self.tile[0]), -(-self.width // self.tile[1])


def read_headers(file: File) -> Headers:
    signal = Reader(file.payload("SIGN"), "SIGN")
    signal.uint("the kind", 1, 1)
    height, width = signal.uint("the height", 1, 2**24), signal.uint("the width", 1, 2**24)
    channels, bits = signal.uint("the colour", 1, 4), signal.uint("the bits per sample")
    require(bits in (8, 16), f"SIGN: the bits per sample is {bits}")
    signal.end()
    require(height * width <= LIMIT, f"{width} × {height} pixels are over this decoder's limit")

    network = Reader(file.payload("NETW"), "NETW")
    architecture = network.uint("the architecture", SIREN, ENRP)
    hidden, depth = network.uint("the width", 1, 4096), network.uint("the depth", 0, 64)
    omegas = network.f32("omega_0", 10**6), network.f32("omega", 10**6)
    network.uint("the activation", 1, 1)
    tile = height, width
    if architecture == ENRP:
        side = network.uint("the tile", 1, 65536)
        tile = min(side, height), min(side, width)
    network.uint("the precision", 1, 1)
    network.end()
    needed = {"SIGN", "NETW"} | ({"ITEM"} if architecture == SIREN else {"TIDX", "TILE"})
    found = {(tag, item) for tag, item in file.sections if tag[0].isupper()}
    require(found <= {(tag, 1) for tag in needed}, "the file has sections that have no place in it")
    headers = Headers(height, width, channels, bits, architecture, hidden, depth, omegas, tile)
    count = sum(map(math.prod, headers.shapes))
    require(count <= LIMIT, f"{count} weights are over this decoder's limit")
    return headers


# Section 5: entropy coding


def read_table(fields: Reader) -> Table:
    """Section 5.1, in Python's integers: they do not overflow."""
    first, n = fields.u8(), fields.u8()
    # As the exponents end at 30, no weight can be infinite or NaN, and so no output either.
    require(n >= 1 and first + n <= 31, f"{fields.name}: a table of {n} exponents from {first}")
    levels = fields.take(n)
    require(0 < max(levels) <= 167, f"{fields.name}: a table's levels are out of range")
    counts = [(8 + level % 8) << level // 8 if level else 0 for level in levels]
    total = sum(counts)
    frequencies = [1 + count * (2**24 - n) // total for count in counts]
    frequencies[frequencies.index(max(frequencies))] += 2**24 - sum(frequencies)
    return first, [0, *accumulate(frequencies)]


class Stack:
    """The coder of section 5.2."""

    def __init__(self, stream: bytes) -> None:
        self.words = np.frombuffer(stream + bytes(-len(stream) % 4), "<u4").tolist()
        while self.words and self.words[-1] == 0:
            self.words.pop()
        self.state = 0
        for _ in self.words[-2:]:
            self.state = self.state << 32 | self.words.pop()

    def _remove(self, start: int, frequency: int) -> None:
        q = self.state % 2**24
        self.state = frequency * (self.state >> 24) + q - start
        if self.state < 2**32 and self.words:
            self.state = self.state << 32 | self.words.pop()

    def symbol(self, sums: list[int]) -> int:
        symbol = bisect_right(sums, self.state % 2**24) - 1
        self._remove(sums[symbol], sums[symbol + 1] - sums[symbol])
        return symbol

    def eleven_bits(self) -> int:
        """All 2048 symbols have the frequency 2^13: no need to search."""
        symbol = self.state % 2**24 >> 13
        self._remove(symbol << 13, 1 << 13)
        return symbol


def read_stream(stream: bytes, tables: list[Table], shapes: Shapes) -> Tensors:
    least = max(0, 11 * sum(map(math.prod, shapes)) // 8 - 4)
    require(len(stream) >= least, "a stream is too short for its weights")
    require(len(stream) == least or stream[-1] > 0, "a stream ends with a zero byte for nothing")
    stack = Stack(stream)
    tensors = []
    for (first, sums), shape in zip(tables, shapes, strict=True):
        count = math.prod(shape)
        exponents = np.full(count, first, np.uint16)
        if len(sums) > 2:
            exponents += np.array([stack.symbol(sums) for _ in range(count)], np.uint16)
        others = np.array([stack.eleven_bits() for _ in range(count)], np.uint16)
        patterns = (others >> 10) << 15 | exponents << 10 | others % 1024
        tensors.append(patterns.view(np.float16).reshape(shape).astype(np.float64))
    require(stack.state == 0 and not stack.words, "a stream does not end with its last weight")
    return tensors


# Section 4: weights


def weights(file: File, headers: Headers, whole: bool) -> Callable[[int], Tensors]:
    """What reads the tensors of a tile, given its number; the one tile of a SIREN is 0."""
    shapes = headers.shapes
    if headers.architecture == SIREN:
        fields = Reader(file.payload("ITEM"), "ITEM")
        tables = [read_table(fields) for _ in shapes]
        item = fields.rest()
        return lambda tile: read_stream(item, tables, shapes)

    fields = Reader(file.payload("TIDX"), "TIDX")
    tables = [read_table(fields) for _ in shapes]
    least, size = fields.uint("the least length"), fields.u8()
    require(size in (0, 1, 2, 4), f"TIDX: there are {size} excess bytes")
    tiles = math.prod(headers.grid)
    excesses, checksums = fields.take(tiles * size), fields.take(tiles * 4)
    fields.end()
    lengths = np.full(tiles, least, np.int64)
    if size:
        lengths += np.frombuffer(excesses, f"<u{size}")
    ends = np.cumsum(lengths)
    # Who wants a region has not read the rest of the section, and goes by the streams' checksums.
    payload = file.payload("TILE", check=whole)
    require(int(ends[-1]) == len(payload), "the lengths in TIDX do not add up to that of TILE")
    require(int(lengths.min()) == least, "TIDX: no stream is as short as the least length")

    def read_tile(tile: int) -> Tensors:
        stream = payload[ends[tile] - lengths[tile] : ends[tile]]
        checksum = checksums[4 * tile : 4 * tile + 4]
        require(crc(stream) == checksum, f"tile {tile}: the checksum does not match")
        return read_stream(stream, tables, shapes)

    return read_tile


# Section 6: rendering


def perceptron(inputs: Samples, tensors: Tensors, omegas: tuple[float, float]) -> Samples:
    *hidden, (matrix, bias) = zip(tensors[::2], tensors[1::2], strict=True)
    for k, (w, b) in enumerate(hidden):
        inputs = np.sin(omegas[k > 0] * (inputs @ w.T + b))
    return inputs @ matrix.T + bias


def axis(start: int, length: int, samples: int, tile: int) -> Axis:
    """Positions for each sample; all positions' coordinates; the tiles and their positions."""
    finer = min(-(-length // samples), 16)
    count = finer * samples
    # Positions in units of 1 / (2 · count) pixels are integers: none falls into the wrong tile.
    positions = 2 * count * start + (2 * np.arange(count, dtype=np.int64) + 1) * length
    numbers, within = np.divmod(positions, 2 * count * tile)
    found, first = np.unique(numbers, return_index=True)
    bounds = pairwise([*first.tolist(), count])
    tiles = [(number, slice(*b)) for number, b in zip(found.tolist(), bounds, strict=True)]
    return finer, within / (count * tile) - 1, tiles


def decode(
    data: bytes,
    size: tuple[int, int] | None = None,
    region: tuple[int, int, int, int] | None = None,
) -> npt.NDArray[Any]:
    """Render a picture, or a region (x, y, width, height) of it, in a size (width, height).

    The result has the shape (height, width, channels) and is of `uint8` or `uint16`.
    """
    file = File(data)
    headers = read_headers(file)
    left, top, across, down = region or (0, 0, headers.width, headers.height)
    inside = 0 <= left < left + across <= headers.width and 0 <= top < top + down <= headers.height
    require(inside, "the region is not inside the picture")
    width, height = size or (across, down)
    require(width > 0 and height > 0, "the size is not positive")
    require(width * height <= LIMIT, f"{width} × {height} pixels are over this decoder's limit")
    read_tile = weights(file, headers, whole=region is None)
    finer_y, coordinates_y, tiles_y = axis(top, down, height, headers.tile[0])
    finer_x, coordinates_x, tiles_x = axis(left, across, width, headers.tile[1])

    output = np.zeros((height, width, headers.channels))
    batch = max(1, 2**20 // headers.hidden)  # positions at a time, so that memory is bounded
    for (row, ys), (column, xs) in product(tiles_y, tiles_x):
        tensors = read_tile(row * headers.grid[1] + column)
        shape = ys.stop - ys.start, xs.stop - xs.start
        for begin in range(0, math.prod(shape), batch):
            end = min(begin + batch, math.prod(shape))
            i, j = np.unravel_index(np.arange(begin, end), shape)
            i, j = i + ys.start, j + xs.start
            inputs = np.stack([coordinates_y[i], coordinates_x[j]], axis=1)
            values = perceptron(inputs, tensors, headers.omegas)
            # An output sample may have positions in several tiles, so they are summed up.
            np.add.at(output, (i // finer_y, j // finer_x), values)
    output /= finer_y * finer_x

    peak = 2**headers.bits - 1
    levels: npt.NDArray[Any] = np.floor(np.clip((output + 1) * (peak / 2) + 0.5, 0, peak))
    return levels.astype(np.uint8 if headers.bits == 8 else np.uint16)


def save(pixels: npt.NDArray[Any], path: Path) -> None:
    height, width, channels = pixels.shape
    kind = {(".pgm", 1): "P5", (".ppm", 3): "P6"}.get((path.suffix, channels))
    fits = kind is not None or path.suffix == ".npy"
    require(fits, f"{channels} channels cannot be written as {path.suffix or path}")
    if kind:
        header = f"{kind} {width} {height} {np.iinfo(pixels.dtype).max}\n"
        big_endian = pixels.astype(pixels.dtype.newbyteorder(">"))
        path.write_bytes(header.encode() + big_endian.tobytes())
    else:
        np.save(path, pixels)


def main() -> int:
    parser = argparse.ArgumentParser(description="Decode an .inr file of version 1.")
    parser.add_argument("source", type=Path, help="the .inr file")
    parser.add_argument("target", type=Path, help="what to write: .pgm (gray), .ppm (RGB) or .npy")
    parser.add_argument("size", nargs="?", help="WIDTHxHEIGHT of the output")
    arguments = parser.parse_args()
    try:
        size = None
        if arguments.size:
            match = re.fullmatch("([0-9]{1,8})x([0-9]{1,8})", arguments.size)
            if not match:
                parser.error("the size is not WIDTHxHEIGHT")
            size = int(match[1]), int(match[2])
        save(decode(arguments.source.read_bytes(), size), arguments.target)
    except Refused as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
