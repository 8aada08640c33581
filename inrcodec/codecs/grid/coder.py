"""Blocks of latents to streams and back.

Coding walks all passes in order; for each, the context network gives the probabilities of every
latent's decisions, and a `LatentSource` supplies the latents: from a stream (`LatentReader`), or
from an image's coefficients, weighing rate against distortion (the encoder's quantizer).

A latent q is told by decisions: q = 0 or not; its sign; |q| > 1; |q| > 2; then one by one whether
it is larger still.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.calibration import UNARY, Calibration
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.contexts import BlockContexts
from inrcodec.codecs.grid.passes import Pass, Place, places
from inrcodec.codecs.grid.pretrained import ODD
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError
from inrcodec.native.blocks import Coarser

__all__ = [
    "LatentReader",
    "LatentSource",
    "Probabilities",
    "code_block",
    "read_low",
    "write_latents",
    "write_low",
]

Ints = npt.NDArray[np.int32]

# The probability in 2^-16 that a band of a block has a latent other than 0: where the band one
# level coarser has none, and where it has.
_FILLED = (8192, 61440)
_WIDTH_BITS = 5
_MOST_WIDTH = 26


class Probabilities(NamedTuple):
    """The probabilities of the decisions of some latents, in 2^-16, each (latents,)."""

    above_0: Ints
    above_1: Ints
    above_2: Ints
    larger: Ints
    positive: Ints

    @property
    def magnitudes(self) -> tuple[Ints, ...]:
        """The probabilities of |q| > 1, |q| > 2, and so on, as far as they are told one by one."""
        return (self.above_1, self.above_2, *[self.larger] * UNARY)

    def at(self, index: npt.NDArray[np.intp]) -> Probabilities:
        """Select those of some of the latents."""
        return Probabilities(*(row[index] for row in self))


class LatentSource(Protocol):
    """Supplies the latents of a block as they are coded."""

    def fills(self, place: Place, probability: int) -> bool:
        """Tell whether the band has a latent other than 0, the probability of which is given."""

    def latents(self, one: Pass, probabilities: Probabilities) -> Ints:
        """Supply the latents of a pass, flat."""

    def leave(self) -> bool:
        """Called after a band; tell whether it has turned out to be empty after all."""


def code_block(
    network: ContextNetwork,
    block: Subbands[npt.NDArray[Any]],
    source: LatentSource,
    coarser: Coarser | None = None,
) -> None:
    """Fill the detail bands of a block with the latents of a source, in the order of coding."""
    contexts = BlockContexts(block, network, coarser)
    filled = _filled_parents(coarser)
    calibration = Calibration(network)
    for place in places(block):
        if place.band == 0:
            calibration = Calibration(network)
        if not place.of(block).size:
            continue
        key = place.channel, place.band
        filled[key] = source.fills(place, _FILLED[filled.get(key, True)])
        if not filled[key]:
            continue
        before = calibration.copy()
        for one in place.passes(block):
            inputs = contexts.gather(one, ODD)
            logits = network.logits(one.kind, *inputs, network.constants(place))
            corrected = calibration.corrected(logits)
            probabilities = Probabilities(*network.probabilities(corrected))
            chosen, latents = source.latents(one, probabilities), one.of(block)
            latents[...] = chosen.reshape(latents.shape)
            contexts.put(one, network.compress(latents))
            calibration.learn(logits, chosen)
        filled[key] = not source.leave()
        if not filled[key]:
            calibration = before


def _filled_parents(coarser: Coarser | None) -> dict[tuple[int, int], bool]:
    """Tell of each channel and band that has samples one level coarser whether one is not 0."""
    parents = () if coarser is None else coarser.parents
    return {
        (channel, number): bool(plane.any())
        for number, band in enumerate(parents)
        for channel, plane in enumerate(band)
        if plane.size
    }


def write_latents(writer: DecisionWriter, latents: Ints, probabilities: Probabilities) -> None:
    """Write a pass's latents, flat."""
    sizes = np.abs(latents)
    writer.put(sizes > 0, probabilities.above_0)
    kept = np.flatnonzero(sizes)
    writer.put(latents[kept] > 0, probabilities.positive[kept])
    for least, probability in enumerate(probabilities.magnitudes, start=1):
        writer.put(sizes[kept] > least, probability[kept])
        kept = kept[sizes[kept] > least]
        if not len(kept):
            return
    rest = sizes[kept] - (UNARY + 2)
    for value in rest.tolist():
        width = int(value).bit_length()
        writer.put_even(np.array([width - 1]), _WIDTH_BITS)
        _put_wide(writer, np.array([value - (1 << (width - 1))]), width - 1)


def _put_wide(writer: DecisionWriter, values: Ints, bits: int) -> None:
    """Write whole numbers of up to 32 bits, the upper 16 first."""
    writer.put_even(values >> 16, max(0, bits - 16))
    writer.put_even(values & 0xFFFF, min(bits, 16))


def _take_wide(reader: DecisionReader, count: int, bits: int) -> Ints:
    upper = reader.take_even(count, max(0, bits - 16))
    wide: Ints = upper << 16 | reader.take_even(count, min(bits, 16))
    return wide


class LatentReader:
    """A `LatentSource` that reads from a stream."""

    def __init__(self, reader: DecisionReader) -> None:
        self._reader = reader

    def fills(self, place: Place, probability: int) -> bool:
        """Implement `LatentSource`."""
        return bool(self._reader.take(np.array([probability]))[0])

    def latents(self, one: Pass, probabilities: Probabilities) -> Ints:
        """Implement `LatentSource`."""
        return self.read(probabilities)

    def leave(self) -> bool:
        """Implement `LatentSource`."""
        return False

    def read(self, probabilities: Probabilities) -> Ints:
        """Read what `write_latents` wrote."""
        latents = self._reader.take(probabilities.above_0)
        kept = np.flatnonzero(latents)
        signs = 2 * self._reader.take(probabilities.positive[kept]) - 1
        sizes = np.ones(len(kept), np.int32)
        going = np.arange(len(kept))
        for probability in probabilities.magnitudes:
            if not len(going):
                break
            going = going[self._reader.take(probability[kept[going]]) > 0]
            sizes[going] += 1
        for index in going.tolist():
            width = int(self._reader.take_even(1, _WIDTH_BITS)[0])
            if width > _MOST_WIDTH:
                raise MalformedError("a latent is out of range")
            sizes[index] += (1 << width) + int(_take_wide(self._reader, 1, width)[0]) - 1
        latents[kept] = signs * sizes
        return latents


def _predicted(low: Ints) -> Ints:
    """Predict each latent of the lowest band by the one to its left, in the first column by the one
    above, the first of all by 0."""
    before = np.zeros_like(low)
    before[:, 1:] = low[:, :-1]
    before[1:, :1] = low[:-1, :1]
    return before


def write_low(writer: DecisionWriter, low: Ints) -> None:
    """Write the lowest band of a channel."""
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
