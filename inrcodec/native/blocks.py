"""Blocks of a latent grid to streams and back, by the compiled kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError, TruncatedError
from inrcodec.native.door import CUT, ROOM, address, call
from inrcodec.native.stack import stream_of, words_of

__all__ = [
    "Bands",
    "Coarser",
    "Contexts",
    "Model",
    "Room",
    "block_room",
    "decode_block",
    "encode_block",
    "low_band",
]

Floats = npt.NDArray[np.float32]

_BAND = np.dtype([("data", "u8"), ("stride", "i8"), ("rows", "i4"), ("columns", "i4")])


class _Coarser(ctypes.Structure):
    _fields_ = (("low", ctypes.c_void_p), ("parents", ctypes.c_void_p))


class _Block(ctypes.Structure):
    _fields_ = (
        ("low", ctypes.c_void_p),
        ("details", ctypes.c_void_p),
        ("coarser", ctypes.c_void_p),
        ("levels", ctypes.c_int32),
        ("channels", ctypes.c_int32),
        ("finer", ctypes.c_int32),
    )


class Model(ctypes.Structure):
    """A pretrained model's context networks at a step."""

    _fields_ = (
        ("weights", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("logarithm", ctypes.c_void_p),
        ("slopes", ctypes.c_void_p),
        ("probabilities", ctypes.c_void_p),
        ("levels", ctypes.c_void_p),
    )


class _Room(ctypes.Structure):
    _fields_ = (
        ("planes", ctypes.c_void_p),
        ("plane_floats", ctypes.c_int64),
        ("logits", ctypes.c_void_p),
        ("logit_count", ctypes.c_int64),
        ("positions", ctypes.c_void_p),
        ("position_count", ctypes.c_int64),
    )


@dataclass(frozen=True)
class Contexts:
    """Context networks as kernels are told of them.

    Attributes
    ----------
    weights
        float32: see `pack_tensors` of the pretrained model.
    logarithm
        float32 (1024,).
    slopes
        float32 (8192,).
    probabilities
        uint16 (2047,), of logits from -1023 on.
    levels
        int32 (7, 5), of each level from the finest: the four inputs that tell its details' step,
        and that in eighths of the image's.
    """

    weights: Floats
    logarithm: Floats
    slopes: Floats
    probabilities: npt.NDArray[np.uint16]
    levels: npt.NDArray[np.int32]

    def model(self) -> Model:
        """Return them as kernels take them; they must outlive it."""
        return Model(
            address(self.weights, np.float32),
            self.weights.size,
            address(self.logarithm, np.float32),
            address(self.slopes, np.float32),
            address(self.probabilities, np.uint16),
            address(self.levels, np.int32),
        )


@dataclass(frozen=True)
class Coarser:
    """All that is known before a part of an image's latents that begins above the lowest band.

    Attributes
    ----------
    low
        int32 (channels, rows, columns): the low band that its first level refines, in eighths of a
        step.
    parents
        int32, of each detail band one level coarser (channels, rows, columns).
    """

    low: npt.NDArray[np.int32]
    parents: Sequence[npt.NDArray[np.int32]]


class Bands:
    """The bands of a block as kernels take them: views of the caller's arrays, each (channels,
    rows, columns), the lowest first, then three details of each level from the coarsest.

    Parameters
    ----------
    finer
        Levels that are not among them.
    coarser
        What is known before them; the lowest band is empty then.
    """

    def __init__(
        self, bands: Sequence[npt.NDArray[Any]], finer: int = 0, coarser: Coarser | None = None
    ) -> None:
        low, *details = bands
        self.kept = bands, coarser
        self.channels = len(low)
        self._low, self._details = _described(low), _details(details)
        self._coarser = None
        if coarser is not None:
            self._known = _described(coarser.low), _details(coarser.parents)
            self._coarser = _Coarser(*(array.ctypes.data for array in self._known))
        self.block = _Block(
            self._low.ctypes.data,
            self._details.ctypes.data,
            None if self._coarser is None else ctypes.addressof(self._coarser),
            len(details) // 3,
            self.channels,
            finer,
        )


def _details(bands: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Describe the details of some levels: by level, channel and band."""
    levels = [bands[k : k + 3] for k in range(0, len(bands), 3)]
    described = [np.stack([_described(band) for band in level], 1).reshape(-1) for level in levels]
    return np.concatenate([np.zeros(0, _BAND), *described])


def _described(band: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Describe the channels of a band."""
    channels, rows, columns = band.shape
    size = band.itemsize
    by_rows = (columns <= 1 or band.strides[2] == size) and band.strides[1] % size == 0
    # Of no samples, strides say nothing.
    if size != 4 or (band.size and not by_rows):
        raise InrError("a kernel takes bands of 4-byte samples, row by row")
    described = np.zeros(channels, _BAND)
    described["data"] = band.ctypes.data + np.arange(channels, dtype=np.uint64) * np.uint64(
        band.strides[0]
    )
    described["stride"] = band.strides[1] // size
    described["rows"], described["columns"] = rows, columns
    return described


def block_room(bands: Bands) -> tuple[int, int, int]:
    """Count the floats of planes, the logits and the positions that a walk over a block takes."""
    counts = [ctypes.c_int64() for _ in range(3)]
    call("inr_block_room", ctypes.byref(bands.block), *map(ctypes.byref, counts))
    floats, logits, positions = (count.value for count in counts)
    return floats, logits, positions


class Room:
    """Memory for a walk over a block."""

    def clear(self) -> None:
        """Make it fit for another walk."""
        self._planes.fill(0)

    def __init__(self, bands: Bands) -> None:
        floats, logits, positions = block_room(bands)
        self._planes = np.zeros(floats, np.float32)
        self._logits = np.empty(logits, np.int16)
        self._positions = np.empty(positions, np.int32)
        self.room = _Room(
            self._planes.ctypes.data,
            floats,
            self._logits.ctypes.data,
            logits,
            self._positions.ctypes.data,
            positions,
        )


class _Quantizer(ctypes.Structure):
    _fields_ = (
        ("exact", ctypes.c_void_p),
        ("bits", ctypes.c_void_p),
        ("weight", ctypes.c_float),
        ("symbols", ctypes.c_void_p),
        ("symbol_room", ctypes.c_int64),
        ("words", ctypes.c_void_p),
        ("word_room", ctypes.c_int64),
    )


def encode_block(
    contexts: Contexts,
    block: Bands,
    exact: Sequence[npt.NDArray[np.float32]],
    bits: Floats,
    weight: float,
) -> bytes:
    """Quantize real latents to those of a block, int32, the lowest of which are there before, and
    return their stream.

    Parameters
    ----------
    bits
        float32 (65537,): of a decision of each probability.
    weight
        What a bit is worth, in squared steps.
    """
    wanted, model = Bands(exact), contexts.model()
    room, count = Room(block), ctypes.c_int64()
    # A decision for each latent, and as a rule not much more.
    samples = 64 + sum(band.size for band in exact)
    for symbols in (3 * samples, 32 * samples):
        kept = np.empty(symbols, np.uint32), np.empty(symbols, np.uint32)
        quantizer = _Quantizer(
            ctypes.addressof(wanted.block),
            address(bits, np.float32).value,
            weight,
            *(part for array in kept for part in (address(array, np.uint32).value, symbols)),
        )
        arguments = quantizer, block.block, model, room.room, count
        if call("inr_encode_block", *map(ctypes.byref, arguments), unless=ROOM):
            return stream_of(kept[1][: count.value])
        room.clear()
    raise InrError("a block has more symbols than a kernel has room for")


def decode_block(
    stream: bytes, contexts: Contexts, block: Bands, whole: bool = True, lost: int = 0
) -> None:
    """Decode a block's stream to its latents, int32 and 0 before; `MalformedError` where it is
    none.

    Unless it is `whole`, the stream has finer levels, too, which are left. `TruncatedError` where
    it lacks so many bytes at its end that latents depend on: those of the passes before are there.
    """
    words, unknown = words_of(stream, lost)
    room, model = Room(block), contexts.model()
    is_there = call(
        "inr_decode_block",
        address(words, np.uint32),
        ctypes.c_int64(words.size),
        ctypes.c_int64(unknown),
        ctypes.byref(block.block),
        ctypes.byref(model),
        ctypes.byref(room.room),
        ctypes.c_int32(whole),
        unless=CUT,
    )
    if not is_there:
        raise TruncatedError("a stream ends early")


def low_band(contexts: Contexts, block: Bands, shape: tuple[int, int]) -> npt.NDArray[np.int32]:
    """Compute the low band (channels, *shape) that one level finer than a block refines, in eighths
    of a step."""
    out, model = np.empty((block.channels, *shape), np.int32), contexts.model()
    work = np.empty((shape[0] + 1) * shape[1], np.int32)
    call(
        "inr_low_band",
        ctypes.byref(block.block),
        ctypes.byref(model),
        address(out, np.int32),
        ctypes.c_int64(out.size),
        address(work, np.int32),
        ctypes.c_int64(work.size),
    )
    return out
