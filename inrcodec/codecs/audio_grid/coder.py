"""Streams of audio: frames of blocks, row by row.

    stream ──▶ frame: lengths of blocks ──▶ group: levels or extents of each channel
                                              └──▶ block: coefficients of each channel

A `RowSource` supplies the numbers: from a stream, or from an audio signal, weighing rate against
distortion. Each number is told by the decisions of the image grid (`grid.coder`), whose
probabilities networks give and what has been coded so far corrects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, EIGHTHS, Bands, bands_of
from inrcodec.codecs.audio_grid.contexts import (
    Coefficients,
    Given,
    History,
    beside,
    coefficient_inputs,
    extent_inputs,
    level_inputs,
    mean_around,
)
from inrcodec.codecs.audio_grid.frames import DEPTHS, Group, groups_of, read_lengths
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.rows import NEIGHBORS, PASSES, Role, kind_of
from inrcodec.codecs.grid.calibration import Calibration
from inrcodec.codecs.grid.coder import LatentReader, Probabilities
from inrcodec.codecs.grid.pretrained import CONSTANTS, ODD
from inrcodec.entropy import DecisionReader
from inrcodec.errors import MalformedError
from inrcodec.signal.audio import MAX_CHANNELS, MAX_RATE

__all__ = [
    "EXTENTS",
    "LEVEL_OF_1",
    "MOST_LEVEL",
    "Block",
    "Layout",
    "Row",
    "RowSource",
    "StreamReader",
    "code_stream",
    "step_sizes",
]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Levels are half octaves: that of coefficients of 1, and the highest; 0 is silence.
LEVEL_OF_1, MOST_LEVEL = 40, 63
# The exponent of a step of 1.
EXPONENT_OF_1 = 256
# Bands so many eighths of an octave below their step have no coefficients other than 0.
_FAINT = 20
# Parts of a block, of which those of low frequencies have coefficients.
EXTENTS = 16
# Of layouts.
_LEAST_FRAME, _MOST_FRAME, _MOST_FRAMES, _MOST_STEP = 1 << 8, 1 << 15, 1 << 20, 511
# Of parts that were cut and those that were not, as many as still count.
_MOST_COUNTED = 1024
_NONE = np.zeros(0, np.int64)
# Places on either side whose magnitudes are averaged.
_AROUND = 12


@dataclass(frozen=True)
class Layout:
    """The properties of a stream that are known before it is read.

    Attributes
    ----------
    frame, frames
        Samples of a frame, a power of two from 256 to 2^15; and how many frames there are.
    channels, rate
        Of the signal: 1 to 8, and up to 2^24 Hz.
    step
        The exponent of steps, 0 to 511; of bands of levels, besides what these mask.
    masking, tilt
        0 to 16, sixteenths: how far steps follow what levels mask, and how much coarser they are
        for high frequencies, in eighths of an octave for half a band. With a masking of 0 there are
        no levels, and all steps are the same.

    Raises `MalformedError` where a value is out of range.
    """

    frame: int
    frames: int
    channels: int
    rate: int
    step: int
    masking: int
    tilt: int

    def __post_init__(self) -> None:
        ranges = {
            "frame": (_LEAST_FRAME, _MOST_FRAME),
            "frames": (1, _MOST_FRAMES),
            "channels": (1, MAX_CHANNELS),
            "rate": (1, MAX_RATE),
            "step": (0, _MOST_STEP),
            "masking": (0, 16),
            "tilt": (0, 16),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise MalformedError(f"a {name} of {getattr(self, name)}; {least} to {most}")
        if self.frame & (self.frame - 1):
            raise MalformedError(f"a frame of {self.frame} samples, no power of two")


@dataclass(frozen=True)
class Row:
    """A row while it is coded.

    Attributes
    ----------
    start, length, count
        Where its block, or its group of so many blocks, starts in the stream, and a block's length.
    exponents
        (length,): of steps, of a row of coefficients.
    expected
        What numbers are counted from: levels of a group, or its extent.
    """

    role: Role
    channel: int
    start: int
    length: int
    count: int
    exponents: Ints
    expected: Ints


@dataclass(frozen=True)
class Block:
    """A block of a stream.

    Attributes
    ----------
    start
        In samples of the stream.
    latents, exponents
        (channels, length).
    levels
        (channels, bands); of no bands where there are none.
    """

    start: int
    latents: Ints
    exponents: Ints
    levels: Ints

    @property
    def length(self) -> int:
        """Count its coefficients."""
        return int(self.latents.shape[1])


class RowSource(Protocol):
    """Supplies what a stream says, as it is coded."""

    def is_cut(self, probability: int) -> bool:
        """Tell whether a part of a frame is cut in halves, the probability of which is given."""

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Supply the numbers at some places of a row."""


class StreamReader:
    """A `RowSource` that reads from a stream."""

    def __init__(self, reader: DecisionReader) -> None:
        self._reader, self._latents = reader, LatentReader(reader)

    def is_cut(self, probability: int) -> bool:
        """Implement `RowSource`."""
        return bool(self._reader.take(np.array([probability], np.int32))[0])

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Implement `RowSource`."""
        return self._latents.read(probabilities).astype(np.int64)


def _exponents_of(levels: Ints, bands: Bands, layout: Layout) -> Ints:
    """Return the exponents of bands' steps (bands,), from levels of these bands."""
    masked = layout.masking * bands.masked(levels) >> 4
    tilted = layout.tilt * (bands.places - EAR_BANDS) >> 4
    exponents: Ints = layout.step + masked + tilted
    return exponents


def step_sizes(exponents: Ints) -> npt.NDArray[np.float64]:
    """Return the steps of exponents."""
    sizes: npt.NDArray[np.float64] = 2.0 ** ((exponents - EXPONENT_OF_1) / 8)
    return sizes


def _expected_of(levels: Ints, exponents: Ints) -> Ints:
    """Return how far levels are above steps, in eighths of an octave."""
    expected: Ints = EIGHTHS * (levels - LEVEL_OF_1) - (exponents - EXPONENT_OF_1)
    return expected


def _is_coded(levels: Ints, exponents: Ints) -> npt.NDArray[np.bool_]:
    """Tell of which bands there are coefficients."""
    return (levels > 0) & (_expected_of(levels, exponents) >= -_FAINT)


def code_stream(networks: RowNetworks, layout: Layout, source: RowSource) -> Iterator[Block]:
    """Code the frames of a stream; iterate over its blocks."""
    return _StreamCoder(networks, layout, source).blocks()


@dataclass
class _Channel:
    """A channel while a group is coded."""

    history: History = field(default_factory=History)
    coded: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    exponents: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    expected: Ints | None = None


class _StreamCoder:
    def __init__(self, networks: RowNetworks, layout: Layout, source: RowSource) -> None:
        self._networks, self._layout, self._source = networks, layout, source
        self._channels = [_Channel() for _ in range(layout.channels)]
        self._cuts = [(1, 2)] * DEPTHS
        self._calibrations: dict[tuple[Role, bool, bool], Calibration] = {}
        self._last_length = 0

    def blocks(self) -> Iterator[Block]:
        start = 0
        for _ in range(self._layout.frames):
            lengths = read_lengths(self._layout.frame, self._is_cut)
            for group in groups_of(self._layout.frame, lengths):
                yield from self._group(start, group)
                start += group.length * group.count

    def _is_cut(self, depth: int) -> bool:
        """Code whether a part is cut, with the probability that parts before it had."""
        cuts, asked = self._cuts[depth]
        cut = self._source.is_cut((cuts << 16) // asked)
        cuts, asked = cuts + cut, asked + 1
        if asked == _MOST_COUNTED:
            cuts, asked = max(cuts // 2, 1), asked // 2
        self._cuts[depth] = cuts, asked
        return cut

    def _group(self, start: int, group: Group) -> Iterator[Block]:
        bands = bands_of(group.length, self._layout.rate)
        code = self._code_levels if self._layout.masking else self._code_extent
        for number in range(self._layout.channels):
            code(number, start, group, bands)
        for _ in range(group.count):
            rows = [self._code_block(n, start, group) for n in range(self._layout.channels)]
            levels = [channel.history.levels for channel in self._channels]
            yield Block(
                start,
                np.stack([row.latents for row in rows]),
                np.stack([row.exponents for row in rows]),
                np.stack(levels),
            )
            self._last_length = group.length
            start += group.length

    def _constants(self, length: int) -> Floats:
        """Return what the rows of a block have in common, in 1/64."""
        constants = np.zeros(CONSTANTS, np.float32)
        constants[(self._layout.frame // length).bit_length() - 1] = 64
        last = self._last_length
        for place, holds in enumerate((last > length, 0 < last < length, last == 0)):
            constants[DEPTHS + 1 + place] = 64 * holds
        constants[DEPTHS + 4] = 4 * self._layout.masking
        constants[DEPTHS + 5] = 32 * (self._layout.frame.bit_length() - 11)
        return constants

    def _other(self, number: int) -> _Channel | None:
        """Return the first channel of a pair, of the second one."""
        return self._channels[number - 1] if number % 2 else None

    def _code_levels(self, number: int, start: int, group: Group, bands: Bands) -> None:
        channel, other = self._channels[number], self._other(number)
        history = channel.history
        expected = history.expected_levels(bands)
        seen = None if other is None else (other.history.levels, other.history.changes)
        given = level_inputs(self._networks, expected, history.last_changes(bands), seen)
        row = Row(Role.LEVEL, number, start, group.length, group.count, _NONE, expected)
        changes = self._row(row, given, np.ones(bands.count, np.bool_))
        levels = expected + changes
        if levels.min() < 0 or levels.max() > MOST_LEVEL:
            raise MalformedError("a level is out of range")
        history.bands, history.levels, history.changes = bands, levels, changes
        exponents = _exponents_of(levels, bands, self._layout)
        channel.exponents = bands.spread(exponents)
        channel.expected = bands.spread(_expected_of(levels, exponents))
        channel.coded = bands.spread(_is_coded(levels, exponents))

    def _code_extent(self, number: int, start: int, group: Group, bands: Bands) -> None:
        channel, other = self._channels[number], self._other(number)
        history = channel.history
        seen = None if other is None else other.history.extent
        given = extent_inputs(self._networks, history.extent, seen)
        expected = np.array([history.extent], np.int64)
        row = Row(Role.EXTENT, number, start, group.length, group.count, _NONE, expected)
        history.extent += int(self._row(row, given, np.ones(1, np.bool_))[0])
        if not 0 <= history.extent <= EXTENTS:
            raise MalformedError("an extent is out of range")
        channel.exponents = np.full(group.length, self._layout.step, np.int64)
        channel.coded = np.arange(group.length) < history.extent * group.length // EXTENTS

    def _code_block(self, number: int, start: int, group: Group) -> Coefficients:
        channel, other = self._channels[number], self._other(number)
        exponents = channel.exponents
        latents = np.zeros(group.length, np.int64)
        if channel.coded.any():
            seen = other.history.blocks[0] if other else None
            given = coefficient_inputs(
                *(self._networks, channel.history, seen, exponents, channel.expected),
                self._layout.rate,
            )
            row = Row(Role.COEFFICIENT, number, start, group.length, group.count, exponents, _NONE)
            latents = self._row(row, given, channel.coded)
        block = Coefficients(latents, exponents)
        channel.history.put(block)
        return block

    def _row(self, row: Row, given: Given, coded: npt.NDArray[np.bool_]) -> Ints:
        """Code the numbers of a row, pass by pass; those that are not coded are 0."""
        second, short = row.channel % 2 == 1, row.length < self._layout.frame >> 2
        key = row.role, second, short and row.role is Role.COEFFICIENT
        if key not in self._calibrations:
            self._calibrations[key] = Calibration(self._networks)
        calibration, numbers = self._calibrations[key], np.zeros(len(coded), np.int64)
        constants = self._constants(row.length)
        for number, first in enumerate(PASSES):
            (places,) = np.nonzero(coded[first::4])
            if not len(places):
                continue
            places = first + 4 * places
            kind = kind_of(row.role, second, short, number)
            inputs = self._inputs(row.role, number, numbers, given, places)
            logits = self._networks.logits(kind, *inputs, constants)
            probabilities = self._networks.probabilities(calibration.corrected(logits))
            numbers[places] = self._source.numbers(row, places, Probabilities(*probabilities))
            calibration.learn(logits, numbers[places].astype(np.int32))
        return numbers

    def _inputs(
        self, role: Role, number: int, numbers: Ints, given: Given, places: Ints
    ) -> tuple[Floats, Floats]:
        """Return the magnitudes and signed values that a pass sees at some places."""
        sizes = np.abs(numbers)
        own = self._networks.compress(sizes)
        neighbors = [beside(own, away)[places] for away in NEIGHBORS[number]]
        width = 2 * _AROUND + 1
        sums = (
            mean_around(width * sizes, _AROUND)[places]
            if number
            else np.zeros(len(places), np.int64)
        )
        mean = self._networks.compress_eighths(32 * sums // (width * max(number, 1)))
        blank = np.zeros((ODD, len(places)), np.float32)
        magnitudes = np.concatenate(
            [given.magnitudes[:, places], *(row[None] for row in neighbors), mean[None], blank]
        )
        values = given.values[:, places]
        if role is Role.LEVEL:
            signed = np.sign(numbers).astype(np.float32)
            signs = [beside(signed, away)[places] for away in NEIGHBORS[number]]
            rows = [size * sign for size, sign in zip(neighbors, signs, strict=True)]
            values = np.concatenate([values, *(row[None] for row in rows)])
        return magnitudes, values
