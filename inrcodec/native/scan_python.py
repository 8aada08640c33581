"""Scans by Python itself, where there are no kernels: the same words, to the bit, some thousand
times as slow.

The walk over a tile (`formats/inr-v1-pixels.md`): see `scan_walk_simd.c`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from inrcodec.errors import MalformedError
from inrcodec.native.scan_python_predict import skip_sample
from inrcodec.native.scan_python_repeats import Wanted, code_repeat, learn_repeat
from inrcodec.native.scan_python_samples import code_sample
from inrcodec.native.scan_python_state import Pixel, State
from inrcodec.native.scan_types import (
    LOSSLESS,
    Samples,
    ScanLoss,
    ScanModel,
    Tile,
    Words,
    decision_bits,
)
from inrcodec.native.stack import Stack

__all__ = ["decode_scan", "encode_scan"]


class _Reader:
    """Reads decisions from a stack."""

    def __init__(self, words: Words) -> None:
        there = np.flatnonzero(words)
        self._stack = Stack(words[: there[-1] + 1] if len(there) else None)

    def take_plain(self) -> int:
        """Take a number of one bit."""
        return int(self._stack.pop_plain(1, 1)[0])

    def decide(self, probability: int, wanted: int) -> int:
        """Implement `Coder`."""
        return int(self._stack.pop_decisions(np.array([probability]))[0])

    def is_finished(self) -> bool:
        return self._stack.is_empty()


class _Writer:
    """Keeps decisions with their probabilities until all are known."""

    def __init__(self) -> None:
        self.decisions: list[tuple[int, int]] = []

    def decide(self, probability: int, wanted: int) -> int:
        """Implement `Coder`."""
        self.decisions.append((wanted, probability))
        return wanted

    def words(self, repeats: bool) -> Words:
        """Return the stream: the plain number of one bit, and all decisions."""
        stack = Stack()
        if self.decisions:
            bits, probabilities = np.array(self.decisions, np.int64).T
            stack.push_decisions(bits, probabilities)
        stack.push_plain(np.array([repeats], np.int32), 1)
        return stack.words()


def decode_scan(words: Words, tile: Tile, model: ScanModel) -> Samples:
    """Decode a tile's words; see `inrcodec.native.scan.decode_scan`."""
    reader = _Reader(np.asarray(words, np.uint32))
    state = State(tile, model, reader, bool(reader.take_plain()))
    samples = _walk(state, tile, None, None)
    if not reader.is_finished():
        raise MalformedError("a stream is not used up")
    return samples


def encode_scan(
    samples: Samples, tile: Tile, model: ScanModel, repeats: bool, loss: ScanLoss = LOSSLESS
) -> tuple[Words, Samples]:
    """Encode samples to words; see `inrcodec.native.scan.encode_scan`."""
    writer, channels, half = _Writer(), tile.shape[2], np.float32((tile.step - 1) // 2)
    squared = np.float32(channels) * half * (half + np.float32(1)) / np.float32(3)
    wanted = Wanted(
        most=loss.most,
        weight=np.float32(loss.lmbda),
        bits=decision_bits(),
        none_bits=np.float32(tile.bits * channels),
        none_error=squared,
        decisions=writer.decisions,
    )
    state = State(tile, model, writer, repeats)
    decoded = _walk(state, tile, samples, wanted)
    return writer.words(repeats), decoded


def _walk(state: State, tile: Tile, originals: Samples | None, wanted: Wanted | None) -> Samples:
    """Code all pixels; return the samples that are decoded."""
    out = np.zeros(tile.shape, np.uint16)
    order = [1, 0, *range(2, state.channels)] if state.channels > 2 else [*range(state.channels)]
    # Channels in the order of coding: green first, which tells most of the others.
    coded = None if originals is None else originals[..., order].tolist()
    for row in range(state.height):
        state.open_row(row)
        for column in range(state.width):
            pixel = state.pixel(row, column)
            if tile.kept is not None and not tile.kept[row, column]:
                _leave_out(state, pixel)
                continue
            original = [0] * state.channels if coded is None else coded[row][column]
            channels = _code_pixel(state, pixel, _packed(original), wanted)
            out[row, column, order] = [channels >> 16 * c & 0xFFFF for c in range(state.channels)]
        state.close_row(row)
    return out


def _packed(channels: Iterable[int]) -> int:
    """Channels as one number, from the lowest bits on."""
    return sum(sample << 16 * c for c, sample in enumerate(channels))


def _put(state: State, pixel: Pixel, channels: int) -> None:
    state.pixels[pixel.at] = channels
    for c, plane in enumerate(state.planes):
        plane[pixel.at] = channels >> 16 * c & 0xFFFF


def _skip_samples(state: State, pixel: Pixel) -> None:
    for channel in range(state.channels):
        skip_sample(state, pixel, channel)


def _leave_out(state: State, pixel: Pixel) -> None:
    """A pixel that is not there shows what is beside it."""
    _put(state, pixel, state.pixels[pixel.at - 1])
    state.outcomes[pixel.recent[0]] = 0
    _skip_samples(state, pixel)


def _code_pixel(state: State, pixel: Pixel, original: int, wanted: Wanted | None) -> int:
    if wanted is not None:
        wanted.original = original
    channels = code_repeat(state, pixel, wanted) if state.repeats else None
    if channels is None:
        channels = _code_samples(state, pixel, original, wanted)
    else:
        _skip_samples(state, pixel)
    _put(state, pixel, channels)
    if state.repeats:
        learn_repeat(state, pixel, channels)
    return channels


def _code_samples(state: State, pixel: Pixel, original: int, wanted: Wanted | None) -> int:
    """Code the samples of a pixel that repeats no other."""
    start = len(wanted.decisions) if wanted else 0
    for channel, plane in enumerate(state.planes):
        sample = code_sample(state, pixel, channel, original >> 16 * channel & 0xFFFF)
        plane[pixel.at] = sample
    if wanted and state.repeats:
        wanted.learn_cost(start)
    return _packed(plane[pixel.at] for plane in state.planes)
