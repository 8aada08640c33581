"""A level of the 9/7 wavelet by lifting: compiled, or by numpy to the bit.

Daubechies and Sweldens, "Factoring wavelet transforms into lifting steps" (1998).
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library
from inrcodec.threads import in_parallel

__all__ = ["join", "join_adjoint", "split"]

Floats = npt.NDArray[np.float32]
# The low band, and the details: high along columns, along rows, along both.
Bands = tuple[Floats, Floats, Floats, Floats]

_LIFTING = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)
_SCALE = 1.149604398860241


class _Level(ctypes.Structure):
    _fields_ = (
        ("whole", ctypes.c_void_p),
        ("bands", ctypes.c_void_p * 4),
        ("rows", ctypes.c_int32),
        ("columns", ctypes.c_int32),
    )


def join(low: Floats, details: Sequence[Floats]) -> Floats:
    """Join the bands of a level, each (channels, rows, columns), to (channels, rows, columns)."""
    rows, columns = low.shape[1] + details[1].shape[1], low.shape[2] + details[0].shape[2]
    if library() is None or 0 in (rows, columns):
        halves = _join(_turned(low), _turned(details[1])), _join(*map(_turned, details[::2]))
        return _join(*map(_turned, halves))
    whole = np.empty((len(low), rows, columns), np.float32)
    _each_channel("inr_wavelet_synthesize", whole, (low, *details))
    return whole


def split(whole: Floats) -> Bands:
    """Split (channels, rows, columns) into the bands of a level."""
    return _split("inr_wavelet_analyze", whole, adjoint=False)


def join_adjoint(whole: Floats) -> Bands:
    """Apply the adjoint of `join`: gradients by what it gives to those by bands."""
    return _split("inr_wavelet_adjoint", whole, adjoint=True)


def _split(kernel: str, whole: Floats, adjoint: bool) -> Bands:
    channels, rows, columns = whole.shape
    if library() is None or 0 in (rows, columns):
        low, high = _halves(whole, adjoint)
        (low_low, high_low), (low_high, high_high) = (
            map(_turned, _halves(_turned(half), adjoint)) for half in (low, high)
        )
        return low_low, low_high, high_low, high_high
    lows, highs = ((rows + 1) // 2, (columns + 1) // 2), (rows // 2, columns // 2)
    sizes = (lows, (lows[0], highs[1]), (highs[0], lows[1]), highs)
    low, *details = (np.empty((channels, *size), np.float32) for size in sizes)
    bands = low, details[0], details[1], details[2]
    _each_channel(kernel, whole.copy(), bands)
    return bands


def _each_channel(kernel: str, whole: Floats, bands: Sequence[Floats]) -> None:
    _, rows, columns = whole.shape
    bands = [np.ascontiguousarray(band) for band in bands]

    def process(channel: int) -> None:
        row = np.empty(columns, np.float32)
        planes = (ctypes.c_void_p * 4)(*(address(b[channel], np.float32).value for b in bands))
        level = _Level(address(whole[channel], np.float32).value, planes, rows, columns)
        call(kernel, ctypes.byref(level), address(row, np.float32))

    in_parallel(process, range(len(whole)))


def _turned(x: Floats) -> Floats:
    return x.swapaxes(-1, -2)


def _neighbors(count: int, last: int, ahead: int) -> list[npt.NDArray[np.intp]]:
    """Return the indices of both neighbors of the other parity: i + ahead - 1 and i + ahead, at
    most those at the ends."""
    return [np.clip(np.arange(count) + shift, 0, last) for shift in (ahead - 1, ahead)]


def _lift(target: Floats, source: Floats, factor: float, ahead: int) -> Floats:
    """Add `factor` times the sum of both neighbors to the target."""
    before, after = _neighbors(target.shape[-1], source.shape[-1] - 1, ahead)
    return target + np.float32(factor) * (source[..., before] + source[..., after])


def _lift_back(target: Floats, source: Floats, factor: float, ahead: int) -> Floats:
    """Add `factor` times the target to both neighbors: the adjoint of `_lift`."""
    sums = source.copy()
    for index in _neighbors(target.shape[-1], source.shape[-1] - 1, ahead):
        np.add.at(sums.T, index, np.float32(factor) * target.T)
    return sums


def _halves(x: Floats, adjoint: bool) -> tuple[Floats, Floats]:
    """Split the last axis into its low and its high half, or undo `_join` as its adjoint."""
    low, high = x[..., 0::2], x[..., 1::2]
    if high.shape[-1] == 0:
        return low, high
    for k, factor in enumerate(_LIFTING):
        if adjoint and k % 2 == 0:
            low = _lift_back(high, low, -factor, 1)
        elif adjoint:
            high = _lift_back(low, high, -factor, 0)
        elif k % 2 == 0:
            high = _lift(high, low, factor, 1)
        else:
            low = _lift(low, high, factor, 0)
    scale = np.float32(_SCALE)
    return (low / scale, high * scale) if adjoint else (low * scale, high / scale)


def _join(low: Floats, high: Floats) -> Floats:
    """Undo `_halves`."""
    if high.shape[-1] == 0:
        return low
    low, high = low / np.float32(_SCALE), high * np.float32(_SCALE)
    for k, factor in reversed(tuple(enumerate(_LIFTING))):
        if k % 2 == 0:
            high = _lift(high, low, -factor, 1)
        else:
            low = _lift(low, high, -factor, 0)
    out = np.empty((*low.shape[:-1], low.shape[-1] + high.shape[-1]), np.float32)
    out[..., 0::2] = low
    out[..., 1::2] = high
    return out
