"""Blocks of latents to streams and back.

Coding walks the levels from coarse to fine and each band in its passes; for each pass the context
network says the chances, and a `Chooser` supplies the latents: from a stream (`Reading`), or from
the image's coefficients, weighing rate against distortion (`Choosing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.contexts import PASSES, BlockLatents, band_order, kind_of, turned
from inrcodec.codecs.grid.pretrained import ODD
from inrcodec.devices import one_thread
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError

__all__ = [
    "UNARY",
    "Block",
    "Chooser",
    "Reading",
    "read_low",
    "walk",
    "write_latents",
    "write_low",
]

Ints = npt.NDArray[np.int32]

# Beyond 2, so many times a decision tells whether a magnitude is larger still.
UNARY = 16
# The chance in 2^-16 that a band of a block has a latent other than 0: where the band one level
# coarser has none, and where it has.
_CHANCE_FILLED = (8192, 61440)
_WIDTH_BITS = 5
_MOST_WIDTH = 26

# A block's latents: of the lowest band for each channel, and for each level, channel and band.
Block = tuple[list[Ints], list[list[list[Ints]]]]


class Chooser(Protocol):
    """Supplies the latents of a block as a walk asks for them."""

    def fills(self, level: int, channel: int, band: int, chance: int) -> bool:
        """Whether the band has a latent other than 0, the chance of which is given in 2^-16."""

    def latents(self, place: tuple[int, int, int, int], chances: Ints) -> Ints:
        """Latents of a pass (level, channel, band, number), flat, from chances (5, positions)."""

    def leave(self, level: int, channel: int, band: int) -> bool:
        """Called after a band; whether it has turned out to be empty after all."""


@one_thread()
def walk(
    network: ContextNetwork,
    shapes: Sequence[Sequence[tuple[int, int]]],
    channels: int,
    chooser: Chooser,
) -> list[list[list[Ints]]]:
    """All bands of a block in order of coding; returns their latents."""
    contexts = BlockLatents(shapes, channels)
    filled = [[True] * 3 for _ in range(channels)]
    result = []
    for level, sizes in enumerate(shapes):
        bands = [[np.zeros(size, np.int32) for size in sizes] for _ in range(channels)]
        for channel, band in band_order(channels):
            plane = bands[channel][band]
            if plane.size == 0:
                continue
            chance = _CHANCE_FILLED[filled[channel][band]]
            filled[channel][band] = chooser.fills(level, channel, band, chance)
            if filled[channel][band]:
                _walk_band(network, contexts, (level, channel, band), plane, chooser)
                if chooser.leave(level, channel, band):
                    filled[channel][band] = False
        result.append(bands)
    return result


def _walk_band(
    network: ContextNetwork,
    contexts: BlockLatents,
    place: tuple[int, int, int],
    plane: Ints,
    chooser: Chooser,
) -> None:
    level, channel, band = place
    depth = len(contexts.shapes) - 1 - level
    constants = network.constants(depth, band == 1)
    view = turned(plane, band)
    for number, (row, column) in enumerate(PASSES):
        shape = contexts.pass_shape(level, band, number)
        if 0 in shape:
            continue
        inputs = contexts.gather(level, channel, band, number, ODD)
        logits = network.logits(kind_of(channel, band, number), *inputs, constants)
        latents = chooser.latents((*place, number), network.chances(logits)).reshape(shape)
        view[row::2, column::2] = latents
        contexts.put(level, channel, band, number, network.compress(latents))


def write_latents(writer: DecisionWriter, latents: Ints, chances: Ints) -> None:
    """A pass's latents, flat, with chances (5, positions)."""
    sizes = np.abs(latents)
    writer.put(sizes > 0, chances[0])
    kept = np.flatnonzero(sizes)
    writer.put(latents[kept] > 0, chances[4, kept])
    for least, row in enumerate((1, 2, *[3] * UNARY), start=1):
        writer.put(sizes[kept] > least, chances[row, kept])
        kept = kept[sizes[kept] > least]
        if not len(kept):
            return
    rest = sizes[kept] - (UNARY + 2)
    for value in rest.tolist():
        width = int(value).bit_length()
        writer.put_even(np.array([width - 1]), _WIDTH_BITS)
        _put_wide(writer, np.array([value - (1 << (width - 1))]), width - 1)


def _put_wide(writer: DecisionWriter, values: Ints, bits: int) -> None:
    """Whole numbers of up to 32 bits, the upper 16 first."""
    writer.put_even(values >> 16, max(0, bits - 16))
    writer.put_even(values & 0xFFFF, min(bits, 16))


def _take_wide(reader: DecisionReader, count: int, bits: int) -> Ints:
    upper = reader.take_even(count, max(0, bits - 16))
    wide: Ints = upper << 16 | reader.take_even(count, min(bits, 16))
    return wide


class Reading:
    """Latents from a stream."""

    def __init__(self, reader: DecisionReader) -> None:
        self._reader = reader

    def fills(self, level: int, channel: int, band: int, chance: int) -> bool:
        """See `Chooser`."""
        return bool(self._reader.take(np.array([chance]))[0])

    def latents(self, place: tuple[int, int, int, int], chances: Ints) -> Ints:
        """See `Chooser`."""
        latents = self._reader.take(chances[0])
        kept = np.flatnonzero(latents)
        signs = 2 * self._reader.take(chances[4, kept]) - 1
        sizes = np.ones(len(kept), np.int32)
        going = np.arange(len(kept))
        for row in (1, 2, *[3] * UNARY):
            if not len(going):
                break
            going = going[self._reader.take(chances[row, kept[going]]) > 0]
            sizes[going] += 1
        for index in going.tolist():
            width = int(self._reader.take_even(1, _WIDTH_BITS)[0])
            if width > _MOST_WIDTH:
                raise MalformedError("a latent is out of range")
            sizes[index] += (1 << width) + int(_take_wide(self._reader, 1, width)[0]) - 1
        latents[kept] = signs * sizes
        return latents

    def leave(self, level: int, channel: int, band: int) -> bool:
        """See `Chooser`."""
        return False


def _predicted(low: Ints) -> Ints:
    """What each latent of the lowest band is told as a difference from: the one to its left, in
    the first column the one above, for the first of all 0."""
    before = np.zeros_like(low)
    before[:, 1:] = low[:, :-1]
    before[1:, :1] = low[:-1, :1]
    return before


def write_low(writer: DecisionWriter, low: Ints) -> None:
    """The lowest band of a channel."""
    if low.size == 0:
        return
    rest = (low - _predicted(low)).reshape(-1)
    zigzag = np.where(rest < 0, -2 * rest - 1, 2 * rest).astype(np.int32)
    width = int(zigzag.max()).bit_length()
    writer.put_even(np.array([width]), _WIDTH_BITS)
    _put_wide(writer, zigzag, width)


def read_low(reader: DecisionReader, shape: tuple[int, int]) -> Ints:
    """Read what `write_low` wrote."""
    if 0 in shape:
        return np.zeros(shape, np.int32)
    width = int(reader.take_even(1, _WIDTH_BITS)[0])
    if width > _MOST_WIDTH:
        raise MalformedError("a latent is out of range")
    zigzag = _take_wide(reader, shape[0] * shape[1], width).astype(np.int64).reshape(shape)
    rest = np.where(zigzag & 1, -(zigzag + 1) // 2, zigzag // 2)
    rest[:, 0] = np.cumsum(rest[:, 0])
    summed = np.cumsum(rest, axis=1)
    if np.abs(summed).max() >= 1 << _MOST_WIDTH:
        raise MalformedError("a latent is out of range")
    return summed.astype(np.int32)
