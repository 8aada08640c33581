"""The streams of an audio grid, architecture 9: sections 3 to 6 of `inr-v1-audio.md`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from reference_audio_model import (
    COEFFICIENT,
    EDGES,
    EXTENT,
    FIRST,
    LEVEL,
    Bands,
    Headers,
    Integers,
    Samples,
    bands_of,
    neighbors,
)
from reference_container import (
    File,
    Reader,
    kept_tiles,
    read_crop,
    read_streams,
    require,
    require_visible,
)
from reference_contexts import Calibration, logits_of
from reference_latents import Decisions, decode_pass


class Block(NamedTuple):
    start: int  # in samples of the signal
    numbers: Integers  # (channels, length)
    exponents: Integers
    levels: Integers  # (channels, bands), or of no channels
    angles: Integers  # (pairs, bands of the ear)

    @property
    def length(self) -> int:
        return int(self.exponents.shape[1])


@dataclass
class Channel:
    """What is known of a channel while its stream is decoded."""

    blocks: list[tuple[Integers, Integers]] = field(default_factory=list)  # the last one first
    bands: Bands | None = None
    levels: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    changes: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    extent: int = 0
    coded: int = 0
    exponents: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    above: Integers | None = None


class Row(NamedTuple):
    role: int
    second: bool
    short: bool
    count: int
    magnitudes: list[Integers]
    values: list[Integers]
    constants: Samples


def shifted(row: Integers, away: int) -> Integers:
    """What is so far away from each place."""
    padded = np.pad(row, 3)
    return padded[3 + away : 3 + away + len(row)]


def means(row: Integers, reach: int) -> Integers:
    return sums(row, reach) // (2 * reach + 1)


def sums(row: Integers, reach: int) -> Integers:
    total = np.concatenate([[0], np.cumsum(np.pad(row, reach))])
    return total[2 * reach + 1 :] - total[: -2 * reach - 1]


class Stream:
    def __init__(self, headers: Headers, data: bytes, start: int) -> None:
        require(data[0] > 0, "a stream begins with a zero byte for nothing")
        self.headers, self.model, self.start = headers, headers.model, start
        self.stack = Decisions(data)
        self.channels = [Channel() for _ in range(headers.signal.channels)]
        self.cuts = [[1, 2] for _ in range(5)]
        self.calibrations: dict[tuple[int, bool, bool], Calibration] = defaultdict(
            lambda: Calibration(self.model)  # type: ignore[arg-type]
        )
        self.last = 0  # the length of the last block
        self.angles = np.zeros((headers.pairs, len(EDGES)), np.int64)

    # Section 3

    def blocks(self, frames: int) -> Iterator[Block]:
        for pair in range(self.headers.pairs):
            (differ,) = self.stack.decisions([32768])
            self.angles[pair] = self.stack.numbers(6, len(EDGES) if differ else 1)
        for _ in range(frames):
            lengths = self.parts(self.headers.frame, 0)
            for length, count in self.groups(lengths):
                yield from self.group(length, count)
        self.stack.end()

    def answer(self, question: int) -> bool:
        cuts, asked = self.cuts[question]
        (cut,) = self.stack.decisions([65536 * cuts // asked])
        cuts, asked = cuts + cut, asked + 1
        self.cuts[question] = [max(1, cuts // 2), asked // 2] if asked == 1024 else [cuts, asked]
        return cut

    def parts(self, length: int, depth: int) -> list[int]:
        if depth == 4 or not self.answer(depth):
            return [length]
        return [part for _ in range(2) for part in self.parts(length // 2, depth + 1)]

    def groups(self, lengths: list[int]) -> list[list[int]]:
        quarter, start, found = self.headers.frame // 4, 0, list[list[int]]()
        for place, length in enumerate(lengths):
            alike = place > 0 and lengths[place - 1] == length < quarter and start % quarter > 0
            if alike and self.answer(4):
                found[-1][1] += 1
            else:
                found.append([length, 1])
            start += length
        return found

    def group(self, length: int, count: int) -> Iterator[Block]:
        bands = bands_of(length, self.headers.signal.rate)
        for place in range(len(self.channels)):
            if self.headers.masking:
                self.levels(place, length, bands)
            else:
                self.extent(place, length)
        for _ in range(count):
            for place in range(len(self.channels)):
                self.coefficients(place, length)
            blocks = [channel.blocks[0] for channel in self.channels]
            numbers, exponents = (np.stack(rows) for rows in zip(*blocks, strict=True))
            levels = [c.levels for c in self.channels if c.bands is not None]
            yield Block(self.start, numbers, exponents, np.array(levels), self.angles)
            self.start += length
            self.last = length

    # Section 4

    def levels(self, place: int, length: int, bands: Bands) -> None:
        channel, second = self.channels[place], place % 2 == 1
        p = bands.places
        if channel.bands is None:
            y, z = np.maximum(1, 28 - p // 4), np.zeros(len(p), np.int64)
        else:
            nearest = np.abs(p[:, None] - channel.bands.places).argmin(axis=1)
            y, z = channel.levels[nearest], channel.changes[nearest]
        m, v = self.model.m, self.model.v
        magnitudes = [shifted(m(z), away) for away in (-1, 0, 1)] + [2 * y]
        below, above = np.pad(y, 1, mode="edge")[:-2], np.pad(y, 1, mode="edge")[2:]
        values = [v(below - y), v(above - y)]
        if second:
            first = self.channels[place - 1]
            magnitudes += [shifted(m(first.changes), away) for away in (-1, 0, 1)]
            magnitudes += [m(first.levels - y)]
            values += [shifted(v(first.changes), away) for away in (-1, 0, 1)]
            values += [v(first.levels - y)]
        row = Row(LEVEL, second, False, len(p), magnitudes, values, self.constants(length))
        changes = self.row(row)
        channel.bands, channel.levels, channel.changes = bands, y + changes, changes
        fits = int(channel.levels.min()) >= 0 and int(channel.levels.max()) <= 63
        require(fits, "a level is out of range")
        self.steps(channel, bands)

    def steps(self, channel: Channel, bands: Bands) -> None:
        headers, p = self.headers, bands.places
        away = p[:, None] - p
        falls = np.where(away > 0, 3 * away, -7 * away)
        g = (4 * channel.levels - falls).max(axis=1)
        e = headers.step + headers.masking * g // 16 + headers.tilt * (p - 26) // 16
        x = 4 * (channel.levels - 40) - (e - 256)
        (heard,) = np.nonzero((channel.levels > 0) & (x >= -20))
        channel.coded = bands.edges[int(heard[-1]) + 1] if len(heard) else 0
        channel.exponents, channel.above = bands.spread(e), bands.spread(x)

    def extent(self, place: int, length: int) -> None:
        channel, second = self.channels[place], place % 2 == 1
        y = channel.extent
        magnitudes, values = [np.array([2 * y])], [np.array([2 * y - 16])]
        if second:
            first = self.channels[place - 1].extent
            magnitudes += [np.array([2 * first])]
            values += [self.model.v(np.array([first - y]))]
        row = Row(EXTENT, second, False, 1, magnitudes, values, self.constants(length))
        channel.extent += int(self.row(row)[0])
        require(0 <= channel.extent <= 16, "an extent is out of range")
        channel.coded = channel.extent * length // 16
        channel.exponents = np.full(length, self.headers.step)

    # Sections 5 and 6

    def coefficients(self, place: int, length: int) -> None:
        channel, second = self.channels[place], place % 2 == 1
        numbers, e, w = np.zeros(length, np.int64), channel.exponents, self.model.w
        if channel.coded:
            last, before = (self.brought(channel.blocks[i : i + 1], e) for i in range(2))
            magnitudes = [shifted(w(last), away) for away in range(-2, 3)]
            magnitudes += [shifted(w(before), away) for away in range(-1, 2)]
            magnitudes += [w(means(last, reach)) for reach in (8, 32)]
            if channel.above is None:
                magnitudes += [np.zeros(length, np.int64)] * 2
            else:
                magnitudes += [self.model.expected[np.clip(channel.above + 64, 0, 191)]]
                magnitudes += [np.clip(channel.above, -32, 96) + 32]
            k = np.arange(length)
            magnitudes += [self.model.m((2 * k + 1) * self.headers.signal.rate // (100 * length))]
            values: list[Integers] = []
            if second:
                other = self.channels[place - 1].blocks[:1]
                seen = self.brought(other, e)
                magnitudes += [shifted(w(seen), away) for away in range(-2, 3)]
                magnitudes += [w(means(seen, reach)) for reach in (2, 8)]
                signed = np.sign(other[0][0]) * w(seen)
                values = [shifted(signed, away) for away in range(-1, 2)]
            short = length < self.headers.frame // 4
            constants = self.constants(length)
            row = Row(COEFFICIENT, second, short, channel.coded, magnitudes, values, constants)
            numbers[: channel.coded] = self.row(row)
        channel.blocks = [(numbers, e), *channel.blocks[:1]]

    def brought(self, blocks: list[tuple[Integers, Integers]], e: Integers) -> Integers:
        """A block's magnitudes at other steps, in eighths; 0 where there is no block."""
        count = len(e)
        if not blocks:
            return np.zeros(count, np.int64)
        numbers, own = blocks[0]
        several = max(1, len(numbers) // count)
        places = np.arange(count)[:, None] * len(numbers) // count + np.arange(several)
        ratios = self.model.ratios[np.clip(own[places] - e[:, None], -96, 96) + 96]
        magnitudes = np.minimum(np.abs(numbers[places]), 4095) * ratios // 128
        return np.minimum(magnitudes.sum(axis=1) // several, 8191)

    def constants(self, length: int) -> Samples:
        headers, constants = self.headers, np.zeros(12, np.float32)
        constants[(headers.frame // length).bit_length() - 1] = 64
        constants[5] = 64 * (self.last > length)
        constants[6] = 64 * (0 < self.last < length)
        constants[7] = 64 * (self.last == 0)
        constants[8], constants[9] = 4 * headers.masking, 32 * (headers.frame_bits - 10)
        return constants

    def row(self, row: Row) -> Integers:
        numbers = np.zeros(row.count, np.int64)
        calibration = self.calibrations[row.role, row.second, row.short]
        for index, first in enumerate(FIRST):
            places = np.arange(first, row.count, 4)
            if len(places):
                a = self.logits(row, index, numbers, places)
                numbers[places] = decode_pass(self.stack, calibration.probabilities(a))
                calibration.learn(a, numbers[places])
        return numbers

    def logits(self, row: Row, index: int, numbers: Integers, places: Integers) -> Integers:
        model = self.model
        own = [shifted(numbers, away)[places] for away in neighbors(index)]
        around = model.w(32 * sums(np.abs(numbers), 12)[places] // (25 * max(1, index)))
        magnitudes = [one[places] for one in row.magnitudes] + [model.m(q) for q in own]
        values = [one[places] for one in row.values]
        if row.role == LEVEL:
            values += [model.v(q) for q in own]
        m = np.array([*magnitudes, around], np.float32)
        v = np.array(values, np.float32).reshape(len(values), len(places))
        network = model.networks[row.role, row.second, row.short, index]
        return logits_of(network, row.constants, v, m).astype(np.int64)


def decode(file: File, headers: Headers, sounds: bool) -> list[Block]:
    """All blocks of the signal."""
    frame, per_stream = headers.frame, 2**headers.span
    crop = read_crop(file, headers.signal.shape)
    kept: Sequence[int] = range(headers.streams)
    if crop is not None:
        kept = kept_tiles(crop[1], [(headers.streams,)] * sounds)
        for box in crop[1]:
            require_visible(crop[0], box, per_stream * frame)
    if sounds:
        stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), kept)
    blocks: list[Block] = []
    nothing = np.zeros((headers.signal.channels, 0), np.int64)
    for number in range(headers.streams):
        start = number * per_stream
        frames = min(per_stream, headers.frames - start)
        data = stream(number) if sounds and number in kept else b""
        if data:
            blocks += Stream(headers, data, start * frame).blocks(frames)
            continue
        steps = np.full((headers.signal.channels, frame), headers.step)
        for k in range(frames):
            blocks.append(Block((start + k) * frame, nothing, steps, nothing[:0], nothing[:0]))
    return blocks
