"""Samples, architecture 10: sections 1, 8 and 9 of `inr-v1-pixels.md`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import (
    File,
    Reader,
    Spans,
    kept_tiles,
    read_crop,
    read_streams,
    require,
    require_visible,
)
from reference_grid import resample
from reference_scan import decode_tile
from reference_scan_model import MODELS, load
from reference_signals import Axis, Image

Samples = npt.NDArray[Any]


# Section 1


class Headers(NamedTuple):
    pretrained: int
    sides: tuple[int, int]
    step: int
    error: int
    magnification: int
    levels: list[Samples]  # of each channel; none for all


def read_headers(signal: Image, network: Reader) -> Headers:
    pretrained = network.uint("the pretrained model")
    require(pretrained in MODELS, f"NETW: the pretrained model {pretrained} is unknown")
    height, width = (network.uint("a tile's side", 16, 4096) for _ in range(2))
    step = network.uint("the step", 1, signal.peak)
    require(step % 2 == 1, f"NETW: the step is {step}")
    error = network.uint("the error", step // 2, 65535)
    magnification = network.uint("the magnification", 1, 64)
    require(
        height % magnification == width % magnification == 0, "NETW: squares do not fill a tile"
    )
    count = network.uint("the length of the list of levels", 0, 8192)
    levels = read_levels(signal, [network.uint("a level") for _ in range(count)])
    require(error == 0 or not levels, "NETW: there are levels, and an error")
    require(network.uint() == 1, "NETW: its last field is not 1")
    network.end()
    return Headers(pretrained, (height, width), step, error, magnification, levels)


def read_levels(signal: Image, numbers: list[int]) -> list[Samples]:
    """Section 1.1."""
    found, rest = [], [*numbers]

    def take() -> int:
        require(len(rest) > 0, "NETW: levels are not of all channels")
        require(rest[0] > 0, "NETW: a run of levels is not valid")
        return rest.pop(0)

    for _ in range(signal.channels if numbers else 0):
        levels = [-1]
        for _ in range(take()):
            gap, count = take(), take()
            inside = levels[-1] + gap * count <= signal.peak
            require(inside, "NETW: there is a level above the largest")
            levels += [levels[-1] + gap * (i + 1) for i in range(count)]
        found.append(np.array(levels[1:], np.int64))
    require(not rest, "NETW: there are levels of too many channels")
    return found


@dataclass(frozen=True)
class Pixels:
    """The tiles that there are, as rows and columns of them, and what gives the stream of each."""

    signal: Image
    headers: Headers
    box: Spans
    stream: Callable[[int], bytes]

    def part(self, position: tuple[int, ...]) -> tuple[slice, ...]:
        """The pixels of a tile."""
        shape = self.signal.shape
        return tuple(
            slice(place * side, min((place + 1) * side, n))
            for place, side, n in zip(position, self.headers.sides, shape, strict=True)
        )

    def tile(self, position: tuple[int, ...]) -> Samples:
        _, across = tiles_of(self.signal, self.headers)
        data = self.stream(position[0] * across + position[1])
        require(len(data) % 4 == 0, "a stream is not of whole words")
        height, width = (part.stop - part.start for part in self.part(position))
        side = self.headers.magnification
        squares = self.squares(data, (-(-height // side), -(-width // side)))
        return squares.repeat(side, 0)[:height].repeat(side, 1)[:, :width]

    def squares(self, data: bytes, size: tuple[int, int]) -> Samples:
        """The pixels of a tile that are coded."""
        shape = *size, self.signal.channels
        model = load(self.headers.pretrained)
        levels, bits = self.headers.levels, self.signal.bits
        if not levels:
            return decode_tile(model, data, shape, bits, self.headers.step)
        bits = max(8, *((len(known) - 1).bit_length() for known in levels))
        numbers = decode_tile(model, data, shape, bits, self.headers.step)
        return np.dstack(
            [known.take(numbers[..., c], mode="clip") for c, known in enumerate(levels)]
        )

    def samples(self, wanted: Spans) -> Samples:
        """Those of some tiles, beside each other."""
        rows = [np.hstack([self.tile((row, column)) for column in wanted[1]]) for row in wanted[0]]
        return np.vstack(rows)

    def render(self, rows: Axis, columns: Axis) -> Samples:
        """Section 9."""
        axes, wanted = (rows, columns), self.box
        exact = all(length == samples for _, length, samples in axes)
        if exact:
            # Pixels as they are depend on no others.
            wanted = tuple(
                range(start // side, (start + length - 1) // side + 1)
                for (start, length, _), side in zip(axes, self.headers.sides, strict=True)
            )
        first = self.part(tuple(places.start for places in wanted))
        values = self.samples(wanted).astype(np.float64)
        for (start, length, samples), part in zip(axes, first, strict=True):
            start -= part.start
            whole = values[start : start + length]
            values = (whole if exact else resample(values, (start, length, samples))).swapaxes(0, 1)
        return self.signal.levels(values)


def tiles_of(signal: Image, headers: Headers) -> tuple[int, int]:
    """How many there are along both axes."""
    down, across = (-(-n // side) for n, side in zip(signal.shape, headers.sides, strict=True))
    return down, across


def decode(file: File, signal: Image, network: Reader) -> Pixels:
    """`network` are the fields of NETW, after the architecture."""
    headers = read_headers(signal, network)
    file.expect({(tag, file.item) for tag in ("SIGN", "NETW", "TIDX", "TILE")})
    counts = tiles_of(signal, headers)
    crop = read_crop(file, signal.shape)
    boxes = [tuple(map(range, counts))] if crop is None else crop[1]
    kept = kept_tiles(boxes, [counts])
    stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), kept)
    (box,) = boxes
    if crop is not None:
        for axis, side in enumerate(headers.sides):
            require_visible(crop[0][axis : axis + 1], box[axis : axis + 1], side)
    return Pixels(signal, headers, box, stream)
