"""Streams of audio to blocks and back, by the compiled kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError
from inrcodec.native.door import ROOM, address, call
from inrcodec.native.stack import stream_of, words_of

__all__ = ["Blocks", "Layout", "Rows", "Signal", "decode_audio", "encode_audio"]

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

# Lengths that blocks may have, bands of the ear, the most blocks of a frame: `audio.h`.
_DEPTHS, _EAR_BANDS, _BLOCKS = 5, 26, 16


class _Bands(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_int32),
        ("edges", ctypes.c_int32 * (_EAR_BANDS + 1)),
        ("places", ctypes.c_int32 * _EAR_BANDS),
    )


class _Layout(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int32) for name in ("frame", "frames", "channels", "rate")),
        *((name, ctypes.c_int32) for name in ("step", "masking", "tilt")),
        ("bands", ctypes.POINTER(_Bands)),
    )


class Layout:
    """The properties of a stream as kernels take them.

    Parameters
    ----------
    frame, frames, channels, rate, step, masking, tilt
        As a stream's layout has them.
    bands
        Of blocks of each length, the longest first: edges and places.
    """

    def __init__(
        self,
        frame: int,
        frames: int,
        channels: int,
        rate: int,
        steps: tuple[int, int, int],
        bands: Sequence[tuple[Sequence[int], Sequence[int]]],
    ) -> None:
        self.frame, self.frames, self.channels = frame, frames, channels
        self._bands = (_Bands * _DEPTHS)()
        for own, (edges, places) in zip(self._bands, bands, strict=True):
            own.count = len(places)
            own.edges[: len(edges)] = [*edges]
            own.places[: len(places)] = [*places]
        self.layout = _Layout(frame, frames, channels, rate, *steps, self._bands)


class _Model(ctypes.Structure):
    _fields_ = (
        ("weights", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("logarithm", "slopes", "expected")),
        *((name, ctypes.c_void_p) for name in ("ratios", "probabilities")),
    )


@dataclass(frozen=True)
class Rows:
    """A pretrained model's networks and tables as kernels take them: see `audio.h`."""

    weights: Floats
    logarithm: Floats
    slopes: Floats
    expected: Floats
    ratios: Ints
    probabilities: npt.NDArray[np.uint16]

    def _model(self) -> _Model:
        floats = (self.logarithm, self.slopes, self.expected)
        return _Model(
            address(self.weights, np.float32),
            self.weights.size,
            *(address(table, np.float32) for table in floats),
            address(self.ratios, np.int32),
            address(self.probabilities, np.uint16),
        )


class _Blocks(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ("angles", "lengths", "latents", "exponents", "levels")
    )


class Blocks:
    """The blocks of a stream, one after another.

    Attributes
    ----------
    angles
        int32 (pairs, EAR_BANDS).
    lengths
        int32 (most blocks,): 0 after the last.
    latents, exponents
        int32 (channels, samples).
    levels
        int32 (most blocks, channels, EAR_BANDS).
    """

    def __init__(self, layout: Layout) -> None:
        samples, most = layout.frames * layout.frame, layout.frames * _BLOCKS
        self.angles = np.zeros((layout.channels // 2, _EAR_BANDS), np.int32)
        self.lengths = np.zeros(most, np.int32)
        self.latents = np.zeros((layout.channels, samples), np.int32)
        self.exponents = np.zeros((layout.channels, samples), np.int32)
        self.levels = np.zeros((most, layout.channels, _EAR_BANDS), np.int32)

    def _blocks(self) -> _Blocks:
        arrays = (self.angles, self.lengths, self.latents, self.exponents, self.levels)
        return _Blocks(*(address(array, np.int32) for array in arrays))


class _Room(ctypes.Structure):
    _fields_ = tuple(
        field
        for name in ("planes", "logits", "positions")
        for field in ((name, ctypes.c_void_p), (f"{name}_count", ctypes.c_int64))
    )


def _room(layout: Layout) -> tuple[_Room, list[npt.NDArray[Any]]]:
    """Return memory for a walk, and the arrays that it is."""
    counts = [ctypes.c_int64() for _ in range(3)]
    call("inr_audio_room_of", *map(ctypes.byref, (layout.layout, *counts)))
    kinds = (np.float32, np.int16, np.int32)
    arrays = [np.zeros(n.value, kind) for n, kind in zip(counts, kinds, strict=True)]
    room = _Room(*(part for array in arrays for part in (array.ctypes.data, array.size)))
    return room, arrays


def decode_audio(stream: bytes, rows: Rows, layout: Layout) -> Blocks:
    """Decode a stream to its blocks; `MalformedError` where it is none."""
    words, _ = words_of(stream)
    blocks, (room, kept) = Blocks(layout), _room(layout)
    structures = layout.layout, rows._model(), blocks._blocks(), room
    count = ctypes.c_int64(words.size)
    call("inr_decode_audio", address(words, np.uint32), count, *map(ctypes.byref, structures))
    del kept
    return blocks


class _Signal(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("angles", "lengths", "joined")),
        *((name, ctypes.c_void_p) for name in ("coefficients", "levels")),
        *((name, ctypes.c_void_p) for name in ("extents", "steps", "bits")),
        ("near_enough", ctypes.c_double),
        ("most", ctypes.c_double),
        ("weight", ctypes.c_float),
        ("symbols", ctypes.c_void_p),
        ("symbol_room", ctypes.c_int64),
        ("words", ctypes.c_void_p),
        ("word_room", ctypes.c_int64),
    )


@dataclass(frozen=True)
class Signal:
    """An audio signal as it is coded: see `inr_audio_signal` in `kernels.h`."""

    angles: Ints
    lengths: Ints
    joined: Ints
    coefficients: Doubles
    levels: Doubles
    extents: Ints
    steps: Doubles
    bits: Floats
    near_enough: float
    most: float
    weight: float

    def _signal(self, *kept: npt.NDArray[np.uint32]) -> _Signal:
        return _Signal(
            address(self.angles, np.int32),
            address(self.lengths, np.int32),
            address(self.joined, np.int32),
            address(self.coefficients, np.float64),
            address(self.levels, np.float64),
            address(self.extents, np.int32),
            address(self.steps, np.float64),
            address(self.bits, np.float32),
            self.near_enough,
            self.most,
            self.weight,
            *(part for array in kept for part in (array.ctypes.data, array.size)),
        )


def encode_audio(signal: Signal, rows: Rows, layout: Layout) -> tuple[bytes, Blocks]:
    """Quantize a signal to the blocks of a stream; return it, and them."""
    samples = 64 + signal.coefficients.size + signal.levels.size
    for symbols in (3 * samples, 32 * samples):
        kept = np.empty(symbols, np.uint32), np.empty(symbols, np.uint32)
        blocks, (room, arrays), count = Blocks(layout), _room(layout), ctypes.c_int64()
        structures = signal._signal(*kept), layout.layout, rows._model(), blocks._blocks(), room
        if call("inr_encode_audio", *map(ctypes.byref, (*structures, count)), unless=ROOM):
            del arrays
            return stream_of(kept[1][: count.value]), blocks
    raise InrError("a stream has more symbols than a kernel has room for")
