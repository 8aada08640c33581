"""A grid and samples in one image, architecture 11: `inr-v1-mixed.md`."""

import math
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import reference_grid
import reference_pixels
from reference_container import (
    File,
    Reader,
    Spans,
    Stack,
    kept_tiles,
    read_crop,
    read_streams,
    require,
    require_visible,
)
from reference_latents import Decisions
from reference_scan import decode_pixel
from reference_scan_model import load
from reference_scan_state import Pixel, Walk
from reference_signals import Axis, Image

Samples = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

FLAG_OWN, FLAG_SHARED = 4, 2
BESIDE = 4  # pixels of a crop beyond what is visible


# Section 1


def read_headers(network: Reader) -> tuple[bytes, bytes, int]:
    """The fields of a grid, and of samples, each as a file of their own has them; and the side of a
    cell."""
    for name in ("the pretrained model", "the step", "the levels", "the block", "the split"):
        network.uint(name)
    start = 1  # after the architecture
    for name in ("an angle", "an offset"):
        network.values(lambda name=name: network.uint(name), 0, 65)
    network.uint("the flags")
    middle = network.position
    for name in ("the pretrained model", "the height", "the width", "the step", "the error"):
        network.uint(name)
    end = network.position
    side = 1 << network.uint("the cell", 3, 8)
    network.uint("the last field", 1, 1)
    network.end()
    return network.data[start:middle] + b"\1", network.data[middle:end] + b"\1\0\1", side


# Section 2


def read_cells(payload: bytes, shape: tuple[int, int]) -> Mask:
    """The cells that are of samples."""
    require(payload[:1] != b"\0", "CELL begins with a zero byte for nothing")
    stack, cells = Decisions(payload), np.zeros(shape, bool)
    of_rows: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    of_cells: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])

    def decide(counts: list[int]) -> bool:
        (bit,) = stack.decisions([2**16 * (2 * counts[1] + 1) // (2 * (sum(counts) + 1))])
        counts[bit] += 1
        if sum(counts) == 2**15:
            counts[:] = [count // 2 for count in counts]
        return bool(bit)

    above, same = np.zeros(shape[1] + 2, bool), False
    for row in cells:
        same = decide(of_rows[same])
        if same:
            row[:] = above[1:-1]
        left = False
        for column in [] if same else range(shape[1]):
            a, b, c = above[column : column + 3].tolist()
            left = row[column] = decide(of_cells[left + 2 * a + 4 * b + 8 * c])
        above = np.pad(row, 1)
    stack.end()
    return cells


# Sections 1 and 3: streams


class GridFile(File):
    """The file as if it had the grid alone."""

    def __init__(self, file: File, own: dict[str, bytes]) -> None:
        self.__dict__.update(file.__dict__)
        self.own = own

    def payload(self, tag: str, item: int | None = None, check: bool = True) -> bytes:
        return self.own[tag] if tag in self.own else super().payload(tag, item, check)

    def expect(self, wanted: set[tuple[str, int]]) -> None:
        """What has to be there has been looked at."""


def uints(*values: int) -> bytes:
    found = b""
    for value in values:
        while value > 127:
            found, value = found + bytes([value % 128 + 128]), value >> 7
        found += bytes([value])
    return found


def index_of(streams: list[bytes]) -> bytes:
    """Section 4.2 of `inr-v1.md`."""
    least = min(map(len, streams))
    excesses = b"".join((len(stream) - least).to_bytes(4, "little") for stream in streams)
    checksums = b"".join(zlib.crc32(stream).to_bytes(4, "little") for stream in streams)
    return uints(least) + b"\4" + excesses + checksums


def decode_tile(
    headers: reference_pixels.Headers, signal: Image, data: bytes, kept: Mask
) -> Samples:
    """The samples of a tile, of which some pixels are left out."""
    require(len(data) % 4 == 0, "a stream is not of whole words")
    channels, stack = signal.channels, Stack(data)
    shape = (*kept.shape, channels)
    walk = Walk(load(headers.pretrained), stack, shape, signal.bits, headers.step)
    walk.repeats = bool(stack.number(1))
    order = [1, 0, 2] if channels > 2 else [0]
    samples = np.zeros(shape, np.int64)
    for at in np.ndindex(kept.shape):
        if kept[at]:
            decode_pixel(walk, at)
            samples[at] = [walk.known[at].samples[c] for c in order]
        else:
            beside = walk.near(*at, 0, -1).samples
            walk.known[at] = Pixel([*beside], [0] * channels, [8] * channels)
    stack.end()
    return samples


# Section 4


@dataclass(frozen=True)
class Mixed:
    """The grid, the tiles of samples, which pixels are theirs, and what may be seen."""

    signal: Image
    grid: reference_grid.Grid
    headers: reference_pixels.Headers
    own: Mask
    window: Spans
    stream: Callable[[int], bytes]

    def samples(self) -> Samples:
        """Those of the window."""
        values = self.grid.values()
        out = self.signal.levels(values * self.signal.peak).astype(np.int64)
        counts = reference_pixels.tiles_of(self.signal, self.headers)
        for position in product(*map(range, counts)):
            part = tuple(
                slice(place * side, (place + 1) * side)
                for place, side in zip(position, self.headers.sides, strict=True)
            )
            seen = all(
                part.start < span.stop and span.start < part.stop
                for part, span in zip(part, self.window, strict=True)
            )
            if seen:
                kept, data = self.own[part], self.stream(position[0] * counts[1] + position[1])
                found = decode_tile(self.headers, self.signal, data, kept)
                out[part] = np.where(kept[..., None], found, out[part])
        return out[tuple(slice(span.start, span.stop) for span in self.window)]

    def render(self, rows: Axis, columns: Axis) -> Samples:
        axes, values = (rows, columns), self.samples().astype(np.float64)
        exact = all(length == samples for _, length, samples in axes)
        for (start, length, samples), span in zip(axes, self.window, strict=True):
            start -= span.start
            whole = values[start : start + length]
            axis = start, length, samples
            values = (whole if exact else reference_grid.resample(values, axis)).swapaxes(0, 1)
        return self.signal.levels(values)


def decode(file: File, signal: Image, network: Reader) -> Mixed:
    """`network` are the fields of NETW, after the architecture."""
    require(signal.channels in (1, 3), "NETW: there is alpha")
    of_grid, of_samples, side = read_headers(network)
    samples = reference_pixels.read_headers(signal, Reader(of_samples, "NETW"))
    part = GridFile(file, {})
    grid = reference_grid.read_grid_headers(part, signal, Reader(of_grid, "NETW"))
    tags = ["SIGN", "NETW", "CELL", "TIDX", "TILE", *["ITEM"] * bool(grid.flags & FLAG_OWN)]
    shared = [("SHAR", 0)] * bool(grid.flags & FLAG_SHARED)
    file.expect({*((tag, file.item) for tag in tags), *shared})
    require(("PRED", file.item) not in file.sections, "PRED has no place here")
    counts = [*map(grid.blocks, grid.tiers), reference_pixels.tiles_of(signal, samples)]
    crop = read_crop(file, signal.shape)
    visible, boxes = (
        (tuple(map(range, signal.shape)), [tuple(map(range, count)) for count in counts])
        if crop is None
        else crop
    )
    kept = kept_tiles(boxes, counts)
    for axis, length in enumerate(samples.sides):
        require_visible(visible[axis : axis + 1], boxes[-1][axis : axis + 1], length)
    stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), kept)
    first = sum(math.prod(count) for count in counts[:-1])
    blocks = [stream(number) for number in kept if number < first]
    part.own |= {"TIDX": index_of(blocks), "TILE": b"".join(blocks)}
    if crop is not None:
        spans = [*visible, *(span for box in boxes[:-1] for span in box)]
        part.own["CROP"] = b"".join(uints(span.start, len(span)) for span in spans)
    latents = reference_grid.read_latents(part, grid)
    cells = read_cells(file.payload("CELL"), tuple(-(-n // side) for n in signal.shape))
    rows, columns = (np.arange(n) // side for n in signal.shape)
    window = visible
    if crop is not None:
        window = tuple(
            range(max(0, span.start - BESIDE), min(n, span.stop + BESIDE))
            for span, n in zip(visible, signal.shape, strict=True)
        )
    return Mixed(
        signal,
        reference_grid.Grid(grid, latents, None),
        samples,
        cells[np.ix_(rows, columns)],
        window,
        lambda number: stream(first + number),
    )
