"""From channels to pixels: the turn of colors, interpolation and whole numbers.

Compiled, or by numpy.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library
from inrcodec.threads import in_parallel

__all__ = ["add_places", "turned", "whole_numbers"]

Floats = npt.NDArray[np.float32]

_COLORS = 3
# More taps than these numpy gathers together, as far as memory allows.
_FEW, _GATHERED = 64, 1 << 18


class _Turn(ctypes.Structure):
    _fields_ = (
        ("planes", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        ("matrix", ctypes.c_float * _COLORS * _COLORS),
        ("stride", ctypes.c_int64),
        ("count", ctypes.c_int64),
    )


class _Sums(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("in", "out", "index", "weights")),
        *((n, ctypes.c_int64) for n in ("planes", "places", "outputs", "taps", "width")),
    )


def turned(channels: Floats, matrix: npt.NDArray[np.floating[Any]]) -> Floats:
    """Multiply the channels (channels, height, width) of each pixel by a matrix (channels,
    channels)."""
    if library() is None or len(channels) != _COLORS:
        product: Floats = matrix.astype(np.float32) @ channels.reshape(len(channels), -1)
        return product.reshape(channels.shape)
    if not channels[0].flags.c_contiguous:
        channels = np.ascontiguousarray(channels)
    out = np.empty(channels.shape, np.float32)
    row = ctypes.c_float * _COLORS
    rows = (row * _COLORS)(*(row(*map(float, numbers)) for numbers in matrix))
    start = address(channels[0], np.float32)
    turn = _Turn(start, address(out, np.float32), rows, channels.strides[0] // 4, out[0].size)
    call("inr_turn_colors", ctypes.byref(turn))
    return out


def add_places(
    total: Floats, planes: Floats, dim: int, index: npt.NDArray[np.int64], weights: Floats
) -> None:
    """Add weighted sums of places along a dimension to a total.

    Parameters
    ----------
    total, planes
        (channels, rows, columns), with outputs in place of `planes`' samples along dimension `dim`.
    dim
        1 or 2.
    index, weights
        (outputs, taps): of each output the places, and their weights.
    """
    if library() is None:
        _add_places(total, planes, dim, index, weights)
        return
    places, width = planes.shape[dim], planes.shape[2] if dim == 1 else 1
    indices = np.ascontiguousarray(index, np.int32)
    shares = np.ascontiguousarray(weights, np.float32)

    def process(channel: int) -> None:
        plane = np.ascontiguousarray(planes[channel])
        given = (address(array, np.float32) for array in (plane, total[channel]))
        taps = address(indices, np.int32), address(shares, np.float32)
        counts = (plane.size // max(1, places * width), places, *index.shape, width)
        call("inr_add_places", ctypes.byref(_Sums(*given, *taps, *counts)))

    in_parallel(process, range(len(planes)))


def whole_numbers(values: Floats, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Convert values from 0 to 1, which are clamped, to uint8 or uint16, the largest for 1.

    What is no number becomes 0.
    """
    dtype = np.dtype(dtype)
    if library() is None:
        levels = np.fmin(np.fmax(values, 0), 1)
        levels *= np.iinfo(dtype).max
        levels += 0.5
        return levels.astype(dtype)
    # In the order of both in memory, whichever it is.
    flat, out = values.ravel("K"), np.empty_like(values, dtype)
    kernel = "inr_whole_bytes" if dtype.itemsize == 1 else "inr_whole_words"
    count, start = ctypes.c_int64(flat.size), address(out.ravel("K"), dtype)
    call(kernel, address(flat, np.float32), count, start)
    return out


def _add_places(
    total: Floats, planes: Floats, dim: int, index: npt.NDArray[np.int64], weights: Floats
) -> None:
    shape, taps = total.shape, index.shape[1]
    # One tap at a time is fastest where there are many outputs, and slow where there are few.
    together = 1 if taps <= _FEW else max(1, _GATHERED // max(1, total.size))
    for first in range(0, taps, together):
        some = index[:, first : first + together]
        gathered = planes.take(some.reshape(-1), axis=dim)
        gathered = gathered.reshape(*shape[:dim], *some.shape, *shape[dim + 1 :])
        shares = weights[:, first : first + together].astype(np.float32)
        gathered *= shares.reshape(*some.shape, *[1] * (2 - dim))
        total += gathered.sum(dim + 1)
