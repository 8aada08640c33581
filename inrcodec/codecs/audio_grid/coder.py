"""Streams of audio: frames of blocks, row by row.

    stream ──▶ angles of pairs
          ──▶ frame: lengths of blocks ──▶ group: levels or extents of each channel
                                              └──▶ block: coefficients of each channel

A `RowSource` supplies the numbers: from a stream, or from an audio signal, weighing rate against
distortion. Each number is told by the decisions of the image grid (`grid.coder`), whose
probabilities networks give and what has been coded so far corrects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, Bands, bands_of
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
from inrcodec.codecs.audio_grid.rotation import paired
from inrcodec.codecs.audio_grid.rows import APART, NEIGHBORS, PASSES, Kind, Role, kind_of
from inrcodec.codecs.audio_grid.steps import MOST_LEVEL, coded_bands, expected_of, exponents_of
from inrcodec.codecs.audio_grid.streams import Block, Layout, Row, RowSource
from inrcodec.codecs.grid.calibration import Calibration
from inrcodec.codecs.grid.coder import Probabilities
from inrcodec.codecs.grid.pretrained import CONSTANTS, ODD
from inrcodec.errors import MalformedError

__all__ = ["EXTENTS", "code_stream"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Parts of a block, of which those of low frequencies have coefficients.
EXTENTS = 16
# Of parts of frames that were asked for, as many as still count.
_MOST_COUNTED = 1024
# Places on either side whose magnitudes are averaged; and eighths of a number, four times.
_AROUND, _QUARTERS = 12, 32
_NONE = np.zeros(0, np.int64)


def code_stream(networks: RowNetworks, layout: Layout, source: RowSource) -> Iterator[Block]:
    """Code the frames of a stream; iterate over its blocks."""
    return _StreamCoder(networks, layout, source).blocks()


@dataclass
class _Channel:
    """A channel while a group is coded; of its blocks the first `count` coefficients are."""

    history: History = field(default_factory=History)
    count: int = 0
    exponents: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    expected: Ints | None = None


class _StreamCoder:
    def __init__(self, networks: RowNetworks, layout: Layout, source: RowSource) -> None:
        self._networks, self._layout, self._source = networks, layout, source
        self._channels = [_Channel() for _ in range(layout.channels)]
        # Of the last, whether a block is of one group with that before.
        self._cuts = [(1, 2)] * (DEPTHS + 1)
        # By the kind of a row's first pass.
        self._calibrations: dict[Kind, Calibration] = defaultdict(lambda: Calibration(networks))
        self._last_length = 0

    def blocks(self) -> Iterator[Block]:
        start, pairs = 0, paired(self._layout.channels)
        angles = [self._source.angles(pair) for pair in range(pairs)]
        self._angles = np.array(angles, np.int64).reshape(pairs, EAR_BANDS)
        for _ in range(self._layout.frames):
            lengths = read_lengths(self._layout.frame, self._is_cut)
            groups = groups_of(self._layout.frame, lengths, lambda _: self._is_cut(DEPTHS))
            for group in groups:
                yield from self._group(start, group)
                start += group.length * group.count

    def _is_cut(self, depth: int) -> bool:
        """Code whether a part is cut, or a block joined, with the probability that those before it
        had."""
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
                self._angles,
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
        changes = self._row(row, given, bands.count)
        levels = expected + changes
        if levels.min() < 0 or levels.max() > MOST_LEVEL:
            raise MalformedError("a level is out of range")
        history.bands, history.levels, history.changes = bands, levels, changes
        exponents = exponents_of(levels, bands, self._layout)
        channel.exponents = bands.spread(exponents)
        channel.expected = bands.spread(expected_of(levels, exponents))
        channel.count = int(bands.edges[coded_bands(levels, exponents)])

    def _code_extent(self, number: int, start: int, group: Group, bands: Bands) -> None:
        channel, other = self._channels[number], self._other(number)
        history = channel.history
        seen = None if other is None else other.history.extent
        given = extent_inputs(self._networks, history.extent, seen)
        expected = np.array([history.extent], np.int64)
        row = Row(Role.EXTENT, number, start, group.length, group.count, _NONE, expected)
        history.extent += int(self._row(row, given, 1)[0])
        if not 0 <= history.extent <= EXTENTS:
            raise MalformedError("an extent is out of range")
        channel.exponents = np.full(group.length, self._layout.step, np.int64)
        channel.count = history.extent * group.length // EXTENTS

    def _code_block(self, number: int, start: int, group: Group) -> Coefficients:
        channel, other = self._channels[number], self._other(number)
        exponents = channel.exponents
        latents = np.zeros(group.length, np.int64)
        if channel.count:
            seen = other.history.blocks[0] if other else None
            given = coefficient_inputs(
                *(self._networks, channel.history, seen, exponents, channel.expected),
                self._layout.rate,
            )
            row = Row(Role.COEFFICIENT, number, start, group.length, group.count, exponents, _NONE)
            latents[: channel.count] = self._row(row, given, channel.count)
        block = Coefficients(latents, exponents)
        channel.history.put(block)
        return block

    def _row(self, row: Row, given: Given, count: int) -> Ints:
        """Code the first numbers of a row, pass by pass."""
        second, short = row.channel % 2 == 1, row.length < self._layout.frame >> 2
        kinds = [kind_of(row.role, second, short, number) for number in range(len(PASSES))]
        calibration = self._calibrations[kinds[0]]
        numbers, constants = np.zeros(count, np.int64), self._constants(row.length)
        for number, (kind, first) in enumerate(zip(kinds, PASSES, strict=True)):
            places = np.arange(first, count, APART)
            if not len(places):
                continue
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
        # Of all places around, a quarter is known after each pass.
        width = 2 * _AROUND + 1
        sums = mean_around(width * sizes, _AROUND)[places]
        mean = self._networks.compress_eighths(_QUARTERS * sums // (width * max(number, 1)))
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
