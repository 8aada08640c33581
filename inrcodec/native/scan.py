"""Scans: the samples of a tile as decisions, pixel by pixel (`formats/inr-v1-pixels.md`).

Compiled, or by Python itself.
"""

from __future__ import annotations

import ctypes

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError
from inrcodec.native.door import ROOM, address, call, library
from inrcodec.native.scan_types import (
    LOSSLESS,
    Mask,
    Samples,
    ScanLoss,
    ScanModel,
    Tile,
    Words,
    decision_bits,
)

__all__ = [
    "LOSSLESS",
    "Mask",
    "ScanLoss",
    "ScanModel",
    "Tile",
    "decision_bits",
    "decode_scan",
    "encode_scan",
]

_ALIGNED = 64
# Decisions of a sample, at most in most tiles; in all.
_DECISIONS = (6, 12, 40)


class _Model(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p)
        for name in ("first", "second", "third", "whitening", "sigmoid", "logarithm", "power")
    )


class _Tile(ctypes.Structure):
    _fields_ = (
        ("samples", ctypes.c_void_p),
        ("kept", ctypes.c_void_p),
        *((name, ctypes.c_int32) for name in ("height", "width", "channels", "bits", "step")),
    )


class _Writer(ctypes.Structure):
    _fields_ = (
        ("repeats", ctypes.c_int32),
        ("most", ctypes.c_int32),
        ("weight", ctypes.c_float),
        ("bits", ctypes.c_void_p),
        ("symbols", ctypes.c_void_p),
        ("symbol_room", ctypes.c_int64),
        ("words", ctypes.c_void_p),
        ("word_room", ctypes.c_int64),
    )


def decode_scan(words: Words, tile: Tile, model: ScanModel) -> Samples:
    """Decode a tile's words to its samples (height, width, channels); 0 where no pixel is.

    Raises `MalformedError` where the words are not valid.
    """
    if library() is None:
        from inrcodec.native.scan_python import decode_scan as decode

        return decode(words, tile, model)
    samples = np.zeros(tile.shape, np.uint16)
    described, kept = _tile(tile, samples)
    room = _room(described)
    words = np.ascontiguousarray(words, np.uint32)
    call(
        "inr_decode_scan",
        address(words, np.uint32),
        ctypes.c_int64(words.size),
        ctypes.byref(described),
        ctypes.byref(_model(model)),
        address(room, np.uint8),
        ctypes.c_int64(room.size),
    )
    del kept
    return samples


def encode_scan(
    samples: Samples, tile: Tile, model: ScanModel, repeats: bool, loss: ScanLoss = LOSSLESS
) -> tuple[Words, Samples]:
    """Encode samples (height, width, channels) to words; return with them what they are decoded to.

    Parameters
    ----------
    repeats
        Whether pixels may repeat others, which suits what was drawn rather than photographed.
    """
    if library() is None:
        from inrcodec.native.scan_python import encode_scan as encode

        return encode(samples, tile, model, repeats, loss)
    for most in _DECISIONS:
        decoded = np.array(samples, np.uint16, order="C")
        described, kept = _tile(tile, decoded)
        room, count = _room(described), ctypes.c_int64()
        symbols = np.empty(most * decoded.size * tile.bits // 8 + 64, np.uint32)
        words = np.empty(symbols.size // 2, np.uint32)
        parts = (address(symbols, np.uint32), symbols.size, address(words, np.uint32), words.size)
        writer = _Writer(
            repeats, loss.most, loss.lmbda, address(decision_bits(), np.float32), *parts
        )
        done = call(
            "inr_encode_scan",
            ctypes.byref(writer),
            ctypes.byref(described),
            ctypes.byref(_model(model)),
            address(room, np.uint8),
            ctypes.c_int64(room.size),
            ctypes.byref(count),
            unless=ROOM,
        )
        if done:
            del kept
            return words[: count.value].copy(), decoded
    raise InrError("a tile has more decisions than a kernel has room for")


def _tile(tile: Tile, samples: Samples) -> tuple[_Tile, npt.NDArray[np.uint8] | None]:
    """Return what a kernel is told of a tile, and the mask that it looks at."""
    kept = None if tile.kept is None else np.ascontiguousarray(tile.kept, np.uint8)
    mask = None if kept is None else address(kept, np.uint8)
    return _Tile(address(samples, np.uint16), mask, *tile.shape, tile.bits, tile.step), kept


def _room(tile: _Tile) -> npt.NDArray[np.uint8]:
    """Zeros, aligned, as many as a walk takes."""
    count = ctypes.c_int64()
    call("inr_scan_room", ctypes.byref(tile), ctypes.byref(count))
    room = np.zeros(count.value + _ALIGNED, np.uint8)
    first = -room.ctypes.data % _ALIGNED
    return room[first : first + count.value]


def _model(model: ScanModel) -> _Model:
    return _Model(
        *(address(getattr(model, name), np.int16) for name in ("first", "second", "third")),
        address(model.whitening, np.int16),
        *(address(getattr(model, name), np.int32) for name in ("sigmoid", "logarithm", "power")),
    )
