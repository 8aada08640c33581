"""Samples, architecture 10: sections 1, 8 and 9 of `inr-v1-pixels.md`."""

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import (
    File,
    Reader,
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


def read_headers(signal: Image, network: Reader) -> Headers:
    pretrained = network.uint("the pretrained model")
    require(pretrained in MODELS, f"NETW: the pretrained model {pretrained} is unknown")
    height, width = (network.uint("a tile's side", 16, 4096) for _ in range(2))
    step = network.uint("the step", 1, signal.peak)
    require(step % 2 == 1, f"NETW: the step is {step}")
    error = network.uint("the error", step // 2, 65535)
    require(network.uint() == 1, "NETW: its last field is not 1")
    network.end()
    return Headers(pretrained, (height, width), step, error)


class Pixels(NamedTuple):
    """The samples (height, width, channels) of the tiles that there are, and where they start."""

    signal: Image
    start: tuple[int, int]
    samples: Samples

    def render(self, rows: Axis, columns: Axis) -> Samples:
        """Section 9."""
        axes = [
            (first - start, length, samples)
            for (first, length, samples), start in zip((rows, columns), self.start, strict=True)
        ]
        if all(length == samples for _, length, samples in axes):
            down, across = (slice(first, first + length) for first, length, _ in axes)
            return self.signal.levels(self.samples[down, across].astype(np.float64))
        values = self.samples.astype(np.float64)
        for axis in axes:
            values = resample(values, axis).swapaxes(0, 1)
        return self.signal.levels(values)


def decode(file: File, signal: Image, network: Reader) -> Pixels:
    """`network` are the fields of NETW, after the architecture."""
    headers, shape = read_headers(signal, network), (signal.height, signal.width)
    file.expect({(tag, file.item) for tag in ("SIGN", "NETW", "TIDX", "TILE")})
    counts = tuple(-(-n // side) for n, side in zip(shape, headers.sides, strict=True))
    crop = read_crop(file, shape)
    boxes = [tuple(map(range, counts))] if crop is None else crop[1]
    stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), kept_tiles(boxes, [counts]))
    (box,) = boxes
    if crop is not None:
        for axis, side in enumerate(headers.sides):
            require_visible(crop[0][axis : axis + 1], box[axis : axis + 1], side)
    start = tuple(places.start * side for places, side in zip(box, headers.sides, strict=True))
    samples = np.zeros((*shape, signal.channels), np.int64)
    for position in product(*box):
        part = tuple(
            slice(place * side, min((place + 1) * side, n))
            for place, side, n in zip(position, headers.sides, shape, strict=True)
        )
        data = stream(position[0] * counts[1] + position[1])
        require(len(data) % 4 == 0, "a stream is not of whole words")
        tile = samples[part]
        tile[:] = decode_tile(load(headers.pretrained), data, tile.shape, signal.bits, headers.step)
    stop = [min(p.stop * side, n) for p, side, n in zip(box, headers.sides, shape, strict=True)]
    there = samples[start[0] : stop[0], start[1] : stop[1]]
    return Pixels(signal, (start[0], start[1]), there)
