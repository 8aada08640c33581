"""The state of a walk over a tile, by Python itself: see `scan_state.h`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from inrcodec.native.scan_python_mixing import Counters, Curve, Numbers, clamped
from inrcodec.native.scan_types import ScanModel, Tile

__all__ = [
    "MIDDLE_RANK",
    "Coder",
    "Filter",
    "Learned",
    "Network",
    "Pixel",
    "Recall",
    "State",
    "joined",
    "joined_pixel",
    "scrambled",
]

MIDDLE_RANK = 8

_MARGIN, _ROWS_ABOVE, _RECENT = 4, 2, 3
_LEAST_BITS, _MOST_TABLE, _MOST_COUNTERS = 8, 18, 20
_FILTERED, _ENERGIES = 27, 64
_WORD = (1 << 32) - 1
# Weights of mixers at the start.
_RESIDUAL = (22000, 9000, 9000, 9000, 9000, 9000, 9000, 0)
_EXACTLY = (6000, 6000, 16000, 16000, 16000, 16000, 16000, 16000)
_REPEAT = (20000, 20000, 20000, 20000, 20000, 20000, 20000, 0)


def scrambled(value: int) -> int:
    """Scramble 32 bits."""
    value = (value ^ value >> 16) * 0x7FEB352D & _WORD
    value = (value ^ value >> 15) * 0x846CA68B & _WORD
    return value ^ value >> 16


def joined(context: int, number: int) -> int:
    """Return the context of a context and a number."""
    return scrambled(context * 0x9E3779B1 + number & _WORD)


def joined_pixel(context: int, pixel: int) -> int:
    """Return the context of a context and a pixel's channels."""
    return joined(joined(context, pixel & _WORD), pixel >> 32)


class Coder(Protocol):
    """Reads decisions, or writes them."""

    def decide(self, probability: int, wanted: int) -> int:
        """Code a decision of a probability of 1, in 2^-16: what is read, or what is wanted."""


@dataclass
class Filter:
    """The filter of a channel, and the errors that it makes where errors nearby are of a class."""

    weights: list[int]
    errors: list[int]


@dataclass
class Pixel:
    """A pixel that is coded.

    Attributes
    ----------
    at
        Of padded planes and pixels.
    recent
        Of this row, that above and the next above, among recent ones.
    near, nearer, around
        Contexts of four neighbors, two, twelve.
    first
        The first that was tried, or 0.
    by_bits
        Whether samples are told bit by bit.
    """

    at: int
    recent: tuple[int, int, int]
    near: int = 0
    nearer: int = 0
    around: int = 0
    first: int = 0
    by_bits: bool = False


@dataclass
class Recall:
    """The place where a context was seen last, and how well that foretold."""

    at: int = 0
    check: int = 0
    trust: int = 0


def _bits_for(count: int, most: int) -> int:
    return clamped((count - 1).bit_length(), _LEAST_BITS, most)


@dataclass
class Network:
    """A network's weights and its filter's whitening, as rows of outputs."""

    first: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    second: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    third: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    whitening: np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass
class Learned:
    """All that a walk learns: weights of mixers by their contexts, and curves."""

    curve_start: Sequence[int]
    residual: defaultdict[tuple[int, ...], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [*_RESIDUAL])
    )
    exact: defaultdict[tuple[int, ...], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [*_EXACTLY])
    )
    repeat: defaultdict[tuple[int, ...], list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [*_REPEAT])
    )
    curves: dict[tuple[int, int, int, int], Curve] = field(default_factory=dict)

    def curve(self, *context: int) -> Curve:
        """Return the curve of a channel, a node, a number and a context."""
        channel, node, number, place = context
        key = (channel, node, number, place)
        found = self.curves.get(key)
        if found is None:
            found = self.curves[key] = Curve(self.curve_start)
        return found


class State:
    """A walk's state; rows have a margin on either side, and rows above the first."""

    def __init__(self, tile: Tile, model: ScanModel, coder: Coder, repeats: bool) -> None:
        height, width, channels = tile.shape
        self.coder, self.repeats = coder, repeats
        self.height, self.width, self.channels = height, width, channels
        self.bits, self.step, self.peak = tile.bits, tile.step, (1 << tile.bits) - 1
        self.colors = 1 if channels < 3 else 3
        self.stride = width + 2 * _MARGIN
        self.numbers = Numbers(model)
        self.learned = Learned(Curve.start(self.numbers))
        names = ("first", "second", "third", "whitening")
        self.networks = [
            Network(*(getattr(model, name)[net].astype(np.int64) for name in names))
            for net in range(len(model.first))
        ]
        self.filters = [_filter(tile.bits) for _ in range(channels)]
        pixels = height * width
        self._table_shift = 32 - _bits_for(pixels, _MOST_TABLE)
        self._recalls: defaultdict[tuple[int, int], Recall] = defaultdict(Recall)
        counter_bits = _bits_for(8 * pixels, _MOST_COUNTERS)
        self.repeat_counters = Counters(self.numbers, counter_bits)
        self.exact_counters = Counters(self.numbers, counter_bits)
        self._start(height, self.peak // 2 + 1)

    def _start(self, height: int, middle: int) -> None:
        padded, recent = (height + _ROWS_ABOVE) * self.stride, _RECENT * self.stride
        pixel = sum(middle << 16 * channel for channel in range(self.channels))
        self.pixels = [pixel] * padded
        self.planes = [[middle] * padded for _ in range(self.channels)]
        self.errors = [[0] * recent for _ in range(self.channels)]
        self.ranks = [[MIDDLE_RANK] * recent for _ in range(self.channels)]
        self.outcomes = [0] * recent

    def pixel(self, row: int, column: int) -> Pixel:
        """Return where a pixel is."""
        own, above, next_above = (self._recent(row - i) + column for i in range(_RECENT))
        return Pixel(self._at(row) + column, (own, above, next_above))

    def recall(self, kind: int, context: int) -> Recall:
        """Return what is known of a context of a kind."""
        return self._recalls[kind, context >> self._table_shift]

    def _at(self, row: int) -> int:
        return (row + _ROWS_ABOVE) * self.stride + _MARGIN

    def _recent(self, row: int) -> int:
        return (row + _RECENT) % _RECENT * self.stride + _MARGIN

    def open_row(self, row: int) -> None:
        """Extend a row to the left by what is above."""
        at, here, above = self._at(row), self._recent(row), self._recent(row - 1)
        for i in range(1, _MARGIN + 1):
            self._copy(at - self.stride, at - i, above, here - i)

    def close_row(self, row: int) -> None:
        """Extend a row to the right by its last pixel."""
        at, here = self._at(row) + self.width, self._recent(row) + self.width
        for i in range(_MARGIN):
            self._copy(at - 1, at + i, here - 1, here + i)

    def _copy(self, source: int, target: int, source_recent: int, target_recent: int) -> None:
        for padded in (self.pixels, *self.planes):
            padded[target] = padded[source]
        for recent in (self.outcomes, *self.errors, *self.ranks):
            recent[target_recent] = recent[source_recent]


def _filter(bits: int) -> Filter:
    errors = [40 + (2 * (4 + i % 4) << i // 4) // 5 << bits - 8 for i in range(_ENERGIES)]
    return Filter([0] * _FILTERED, errors)
