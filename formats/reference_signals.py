"""Signals and what an output has of them: sections 3.1, 3.3, 6.3 and 6.4 of `inr-v1.md`."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import LIMIT, File, Reader, require

IMAGE, AUDIO = 1, 2
UINT8, INT16, INT24, INT32, FLOAT32, FLOAT64, INT8 = range(1, 8)
BITS = {UINT8: 8, INT16: 16, INT24: 24, INT32: 24, INT8: 8}  # that a sample can have in binary32

Samples = npt.NDArray[Any]
Axis = tuple[int, int, int]  # of an output: its start, its length, its samples


# Section 3.1


class Image(NamedTuple):
    height: int
    width: int
    channels: int
    bits: int

    @property
    def shape(self) -> tuple[int, ...]:
        return self.height, self.width

    @property
    def chunk(self) -> int:
        """An image is one chunk."""
        return self.height

    @property
    def overlap(self) -> int:
        return 0

    @property
    def peak(self) -> int:
        return (1 << self.bits) - 1

    def levels(self, values: Samples) -> Samples:
        """Samples of values in units of the highest sample."""
        levels = np.floor(np.clip(values + 0.5, 0, self.peak))
        return levels.astype(np.uint8 if self.bits == 8 else np.uint16)

    def samples(self, values: Samples) -> Samples:
        """Section 6.4."""
        limited = np.clip(np.nan_to_num(values, nan=-1), -1, 1)
        return self.levels((limited + 1) * (self.peak / 2))

    def apart(self, values: float) -> float:
        """Section 6.5: levels between samples of values so far apart."""
        return math.ceil(values * self.peak / 2)

    def finer(self, axis: Axis) -> int:
        """How many evaluations go into an output sample along an axis."""
        _, length, samples = axis
        return min(-(-length // samples), 16)


class Audio(NamedTuple):
    frames: int
    channels: int
    rate: int
    sample_type: int
    chunk: int
    overlap: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.frames,)

    @property
    def chunks(self) -> int:
        return -(-self.frames // self.chunk)

    def samples(self, values: Samples) -> Samples:
        """Section 6.4."""
        with np.errstate(over="ignore"):
            heard = np.nan_to_num(values.astype(np.float32), nan=0, posinf=1, neginf=-1)
        if self.sample_type in BITS:
            half = 2 ** (BITS[self.sample_type] - 1)
            heard = np.rint(np.clip(heard, -1, 1 - 1 / half) * half) / half
        return heard

    def apart(self, values: float) -> float:
        """Section 6.5: what is between samples of values so far apart."""
        if self.sample_type not in BITS:
            return values
        level = 2.0 ** (1 - BITS[self.sample_type])
        return level * (values // level + 1)

    def finer(self, axis: Axis) -> int:
        """One evaluation: no filter goes before a lower rate."""
        return 1


Signal = Image | Audio


def read_signal(file: File) -> Signal:
    fields = Reader(file.payload("SIGN"), "SIGN")
    if fields.uint("the kind", IMAGE, AUDIO) == IMAGE:
        height, width = fields.uint("the height", 1, 2**24), fields.uint("the width", 1, 2**24)
        channels, bits = fields.uint("the color", 1, 4), fields.uint("the bits per sample")
        require(bits in (8, 16), f"SIGN: the bits per sample is {bits}")
        fields.end()
        require(height * width <= LIMIT, f"{width} × {height} pixels are over this decoder's limit")
        return Image(height, width, channels, bits)
    frames, channels = fields.uint("the frames", 1, 2**30), fields.uint("the channels", 1, 8)
    rate, sample_type = fields.uint("the rate", 1, 2**24), fields.uint("the sample type", 1, INT8)
    chunk, overlap = fields.uint("the chunk", 2**10, 2**30), fields.uint("the overlap", 0, 2**16)
    fields.end()
    return Audio(frames, channels, rate, sample_type, chunk, overlap)


# Sections 3.3 and 6.3


class Points(NamedTuple):
    """Where along an axis networks are evaluated."""

    positions: Samples  # whole numbers, in order
    unit: int  # so many of them are one sample of the signal
    output: Samples  # the output's samples that they are for
    shares: Samples  # and how much they count there

    def within(self, start: int, stop: int) -> slice:
        """Those from one of the signal's samples on up to another."""
        first, last = np.searchsorted(self.positions, (self.unit * start, self.unit * stop))
        return slice(int(first), int(last))


def points_of(axis: Axis, finer: int) -> Points:
    start, length, samples = axis
    # Positions in units of 1 / (2 · count) samples are integers: none falls into the wrong tile.
    count = finer * samples
    numbers = np.arange(count, dtype=np.int64)
    positions = 2 * count * start + (2 * numbers + 1) * length
    return Points(positions, 2 * count, numbers // finer, np.full(count, 1 / finer))


def reach(length: int, tile: int, overlap: int) -> int:
    return min(overlap, tile // 2) if length > tile else 0


def covered(signal: Signal, chunk: int) -> tuple[int, int]:
    """The start and the length of what a chunk has of the first axis."""
    length, beyond = signal.shape[0], reach(signal.shape[0], signal.chunk, signal.overlap)
    start = max(0, chunk * signal.chunk - beyond)
    return start, min(length, (chunk + 1) * signal.chunk + beyond) - start


def divided(points: Points, length: int, tile: int, overlap: int) -> Iterator[tuple[int, Points]]:
    """The tiles or chunks along an axis, with the points that have a share of each."""
    beyond, last = reach(length, tile, overlap), -(-length // tile) - 1
    lowest, highest = int(points.positions[0]), int(points.positions[-1])
    first = max(0, lowest // points.unit - beyond) // tile
    final = min(last, (highest // points.unit + beyond) // tile)
    for number in range(first, final + 1):
        start, stop = number * tile, (number + 1) * tile
        part = points.within(start - beyond, stop + beyond)
        positions, shares = points.positions[part], points.shares[part]
        fade = 2 * beyond * points.unit
        if beyond and number > 0:
            shares = shares * np.minimum(1, (positions - (start - beyond) * points.unit) / fade)
        if beyond and number < last:
            shares = shares * np.minimum(1, ((stop + beyond) * points.unit - positions) / fade)
        if len(positions):
            yield number, Points(positions, points.unit, points.output[part], shares)
