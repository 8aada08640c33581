"""Inputs of the networks of a row: the blocks before it, the other channel of a pair, its levels.

Magnitudes are brought from the steps, and from the block length, that they were quantized with to
those of the row, in eighths; all of it is integer arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import Bands
from inrcodec.codecs.audio_grid.networks import MOST_RATIO, RowNetworks

__all__ = [
    "Coefficients",
    "Given",
    "History",
    "beside",
    "coefficient_inputs",
    "extent_inputs",
    "level_inputs",
    "mean_around",
]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Magnitudes count up to here, in steps and in eighths of them.
_MOST_SIZE, _MOST_EIGHTHS = 4095, 8191
_RATIO_BITS = 7
# What is expected, in eighths of an octave.
_LEAST_EXPECTED, _MOST_EXPECTED = -32, 96
# Hz, of which places are counted.
_PLACE = 25
_RIM = 3


@dataclass(frozen=True)
class Coefficients:
    """The coefficients of a block of a channel.

    Attributes
    ----------
    latents
        (length,): whole numbers, in steps.
    exponents
        (length,): of the steps, in eighths of an octave.
    """

    latents: Ints
    exponents: Ints

    def brought_to(self, exponents: Ints, ratios: Ints) -> Ints:
        """Return magnitudes, in eighths of other steps, of blocks of as many coefficients: means
        where these are fewer."""
        sizes = np.minimum(np.abs(self.latents), _MOST_SIZE)
        count, own = len(exponents), len(sizes)
        apart = max(own // count, 1)
        own_exponents = self.exponents
        if own < count:
            sizes = np.repeat(sizes, count // own)
            own_exponents = np.repeat(own_exponents, count // own)
        steps = np.clip(own_exponents - np.repeat(exponents, apart), -MOST_RATIO, MOST_RATIO)
        moved = (sizes * ratios[steps + MOST_RATIO]) >> _RATIO_BITS
        means = moved.reshape(count, apart).sum(axis=1) // apart
        limited: Ints = np.minimum(means, _MOST_EIGHTHS)
        return limited


@dataclass
class History:
    """The rows of a channel that have been coded last.

    Attributes
    ----------
    blocks
        The last two, the last one first.
    bands, levels, changes
        Of the last group: what its levels are, and by how much they differ from those before.
    extent
        Of the last group, in sixteenths.
    """

    blocks: list[Coefficients] = field(default_factory=list)
    bands: Bands | None = None
    levels: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    changes: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    extent: int = 0

    def put(self, block: Coefficients) -> None:
        """Add a block."""
        self.blocks = [block, *self.blocks[:1]]

    def magnitudes(self, number: int, exponents: Ints, ratios: Ints) -> Ints:
        """Return those of the last block but so many, brought to other steps; 0 where there is
        none."""
        if number >= len(self.blocks):
            return np.zeros(len(exponents), np.int64)
        return self.blocks[number].brought_to(exponents, ratios)

    def expected_levels(self, bands: Bands) -> Ints:
        """Return levels as those of the last group are; of the first as those of most are."""
        if self.bands is None:
            return np.maximum(_FIRST_LEVEL - bands.places // _FIRST_FALL, 1)
        return self.levels[bands.nearest(self.bands)]

    def last_changes(self, bands: Bands) -> Ints:
        """Return by how much those have changed."""
        if self.bands is None:
            return np.zeros(bands.count, np.int64)
        return self.changes[bands.nearest(self.bands)]


# What first levels are taken to be, and by how many halves of bands they fall by 1.
_FIRST_LEVEL, _FIRST_FALL = 28, 4


@dataclass(frozen=True)
class Given:
    """Inputs that all passes of a row have: magnitudes and signed values, each (inputs, places)."""

    magnitudes: Floats
    values: Floats


def beside(row: Floats, away: int) -> Floats:
    """Return of each place what is so many places beside it; 0 beyond the ends."""
    padded = np.pad(row, _RIM)
    return padded[_RIM + away : _RIM + away + len(row)]


def mean_around(row: Ints, reach: int) -> Ints:
    """Return means over so many places on either side, rounded down; 0 is beyond the ends."""
    sums = np.concatenate([[0], np.cumsum(np.pad(row, reach))])
    width = 2 * reach + 1
    means: Ints = (sums[width:] - sums[:-width]) // width
    return means


def coefficient_inputs(
    networks: RowNetworks,
    history: History,
    other: Coefficients | None,
    exponents: Ints,
    expected: Ints | None,
    rate: int,
) -> Given:
    """Return the inputs of a row of coefficients.

    Parameters
    ----------
    other
        What the first channel of a pair has in this block, if this is the second one.
    exponents
        (length,): of its steps.
    expected
        (length,): what its levels are over its steps, in eighths of an octave; None: not known.
    rate
        In Hz.
    """
    length = len(exponents)
    compress = networks.compress_eighths
    last, before = (history.magnitudes(n, exponents, networks.ratios) for n in range(2))
    rows = [beside(compress(last), away) for away in range(-2, 3)]
    rows += [beside(compress(before), away) for away in range(-1, 2)]
    rows += [compress(mean_around(last, reach)) for reach in (8, 32)]
    if expected is None:
        rows += [np.zeros(length, np.float32)] * 2
    else:
        limited = np.clip(expected, _LEAST_EXPECTED, _MOST_EXPECTED)
        rows += [
            networks.compress_octaves(expected),
            (limited - _LEAST_EXPECTED).astype(np.float32),
        ]
    places = (2 * np.arange(length, dtype=np.int64) + 1) * rate // (4 * length * _PLACE)
    rows.append(networks.compress(places))
    values: list[Floats] = []
    if other is not None:
        brought = other.brought_to(exponents, networks.ratios)
        seen = compress(brought)
        rows += [beside(seen, away) for away in range(-2, 3)]
        rows += [compress(mean_around(brought, reach)) for reach in (2, 8)]
        signed = seen * np.sign(other.latents).astype(np.float32)
        values = [beside(signed, away) for away in range(-1, 2)]
    return Given(np.stack(rows), _stacked(values, length))


def level_inputs(
    networks: RowNetworks,
    expected: Ints,
    last_changes: Ints,
    other: tuple[Ints, Ints] | None,
) -> Given:
    """Return the inputs of a row of changes of levels.

    Parameters
    ----------
    expected, last_changes
        (bands,): what levels are taken to be, and how they changed before.
    other
        The levels of the first channel of a pair and their changes, if this is the second one.
    """
    changed = networks.compress(np.abs(last_changes))
    rows = [beside(changed, away) for away in range(-1, 2)]
    rows.append((2 * expected).astype(np.float32))
    around = np.pad(expected, 1, mode="edge")
    signed = networks.compress_signed
    values = [signed(around[:-2] - expected), signed(around[2:] - expected)]
    if other is not None:
        levels, changes = other
        sizes = networks.compress(np.abs(changes))
        rows += [beside(sizes, away) for away in range(-1, 2)]
        rows.append(networks.compress(np.abs(levels - expected)))
        values += [beside(signed(changes), away) for away in range(-1, 2)]
        values.append(signed(levels - expected))
    return Given(np.stack(rows), _stacked(values, len(expected)))


def extent_inputs(networks: RowNetworks, before: int, other: int | None) -> Given:
    """Return the inputs of the change of an extent from what it was; of the second channel of a
    pair with the first one's."""
    rows, values = [[2.0 * before]], [[2.0 * before - 16]]
    if other is not None:
        rows.append([2.0 * other])
        values.append(networks.compress_signed(np.array([other - before])).tolist())
    return Given(np.array(rows, np.float32), np.array(values, np.float32))


def _stacked(rows: list[Floats], length: int) -> Floats:
    return np.array(rows, np.float32).reshape(len(rows), length)
