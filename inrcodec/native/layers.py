"""Layers of coordinate networks, one after another: compiled, or by numpy.

They compute at many points, and for several networks of one shape, which are rows (tiles, signals).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library
from inrcodec.threads import in_parallel, thread_count

__all__ = ["Dense", "Kind", "activate", "dense_layers"]

# float32; numpy takes complex values, too.
Values = npt.NDArray[Any]

# Points that kernels take together, and the multiplications that one thread does, at least.
_CHUNK, _FEWEST = 96, 1 << 22


class Kind(IntEnum):
    """A function that follows a linear layer, of what it gives, z: see `layers.h`."""

    LINEAR = 0
    SINE = 1
    RELU = 2
    # A fifth of what is below 0.
    LEAKY_RELU = 3
    # exp(-z²).
    GAUSSIAN = 4
    # sin((|z| / parameter + 1)·z).
    FINER = 5


@dataclass(frozen=True)
class Dense:
    """A layer: gain·f(W·x + b) + offset.

    Attributes
    ----------
    weight, bias
        (rows or 1, outputs, inputs) and (rows or 1, outputs, 1 or points); 1 where all rows share
        their weights.
    kind, parameter
        The function f.
    moved
        (rows or 1, 2): gain and offset; None for 1 and 0.
    """

    weight: Values
    bias: Values
    kind: Kind = Kind.LINEAR
    parameter: float = 1.0
    moved: Values | None = None


class _Layer(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("weights", "bias", "added", "moved")),
        *((name, ctypes.c_int64) for name in ("weight_row", "bias_row", "added_row")),
        *((name, ctypes.c_int64) for name in ("added_stride", "moved_row")),
        *((name, ctypes.c_int32) for name in ("inputs", "outputs", "kind")),
        ("parameter", ctypes.c_float),
    )


class _Layers(ctypes.Structure):
    _fields_ = (
        ("in", ctypes.c_void_p),
        ("out", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("in_row", "in_stride", "out_row", "out_stride")),
        ("layers", ctypes.c_void_p),
        ("count", ctypes.c_int32),
    )


class _Box(ctypes.Structure):
    _fields_ = tuple((n, ctypes.c_int64) for n in ("row", "last_row", "point", "last_point"))


class _Room(ctypes.Structure):
    _fields_ = (
        ("places", ctypes.c_void_p),
        ("floats", ctypes.c_void_p),
        ("place_count", ctypes.c_int64),
        ("float_count", ctypes.c_int64),
    )


def dense_layers(x: Values, layers: Sequence[Dense], out: Values | None = None) -> Values:
    """Compute what layers give, one after another.

    Parameters
    ----------
    x
        (rows or 1, inputs, points); 1 where all rows share their points.
    out
        Where to put the values; None for an array of its own.

    Returns
    -------
    (rows, outputs, points).
    """
    rows = max(len(a) for layer in layers for a in (x, layer.weight, layer.bias))
    if library() is None or not _is_real(x, layers):
        values = x
        for layer in layers:
            values = _computed(values, layer)
        if out is None:
            return values
        out[...] = values
        return out
    if out is None:
        out = np.empty((rows, layers[-1].weight.shape[1], x.shape[2]), np.float32)
    x = _with_points_together(x)
    kept = [_kept(layer) for layer in layers]
    described = (_Layer * len(layers))(*map(_described, layers, kept))
    given = (x.ctypes.data, out.ctypes.data, *_strides(x), *_strides(out))
    chain = _Layers(*given, ctypes.addressof(described), len(layers))
    room = _room_sizes(layers)
    uses = sum(layer.weight[0].size for layer in layers)
    in_parallel(lambda box: _compute(chain, box, *room), _boxes(rows, x.shape[2], uses))
    return out


def activate(values: Values, kind: Kind, parameter: float = 1.0) -> Values:
    """Replace values, which lie one after another, by what follows a layer that gives them."""
    if library() is None:
        _FOLLOWING[kind](values, parameter)
        return values
    flat = values.ravel("K")
    assert np.may_share_memory(flat, values)
    count, number = ctypes.c_int64(flat.size), ctypes.c_int32(kind)
    factor = ctypes.c_float(parameter)
    call("inr_layer_activation", address(flat, np.float32), count, number, factor)
    return values


def _is_real(x: Values, layers: Sequence[Dense]) -> bool:
    return all(a.dtype == np.float32 for layer in layers for a in (x, layer.weight, layer.bias))


@dataclass(frozen=True)
class _Kept:
    """A layer's numbers as the kernel takes them."""

    weights: Values
    bias: Values
    added: Values | None
    moved: Values | None


def _kept(layer: Dense) -> _Kept:
    bias, added = layer.bias, None
    if bias.shape[2] != 1:
        added = _with_points_together(bias)
        bias = np.zeros((1, bias.shape[1], 1), np.float32)
    weight = _in_fours(layer.weight)
    fours = weight.reshape(len(weight), -1, 4, weight.shape[2]).swapaxes(2, 3)
    moved = None if layer.moved is None else np.ascontiguousarray(layer.moved, np.float32)
    own = _in_fours(bias)[:, :, 0]
    return _Kept(np.ascontiguousarray(fours), np.ascontiguousarray(own), added, moved)


def _described(layer: Dense, kept: _Kept) -> _Layer:
    added, moved = kept.added, kept.moved
    return _Layer(
        kept.weights.ctypes.data,
        kept.bias.ctypes.data,
        None if added is None else added.ctypes.data,
        None if moved is None else moved.ctypes.data,
        _strides(kept.weights)[0],
        _strides(kept.bias)[0],
        *((0, 0) if added is None else _strides(added)),
        0 if moved is None else _strides(moved)[0],
        layer.weight.shape[2],
        layer.weight.shape[1],
        layer.kind,
        layer.parameter,
    )


def _with_points_together(x: Values) -> Values:
    """Return an array (rows, values, points) the points of which lie one after another."""
    return x if x.strides[2] == x.itemsize else np.ascontiguousarray(x)


def _strides(array: Values) -> tuple[int, int]:
    """Return the floats between the rows of an array, 0 where there is one, and between values."""
    return array.strides[0] // 4 if len(array) > 1 else 0, array.strides[1] // 4


def _in_fours(x: Values) -> Values:
    """Return (rows, outputs, values) with zeros up to a multiple of 4 outputs."""
    missing = -x.shape[1] % 4
    return np.pad(x, ((0, 0), (0, missing), (0, 0))) if missing else x


def _room_sizes(layers: Sequence[Dense]) -> tuple[int, int]:
    """Return the places and the floats that a thread needs: see `layers.h`."""
    outputs, inputs = zip(*(layer.weight.shape[1:] for layer in layers), strict=True)
    return max(inputs), (inputs[0] + 2 * (max(outputs) + 3)) * _CHUNK


def _boxes(rows: int, points: int, uses: int) -> list[_Box]:
    """Cut rows, or the points of few rows, into parts for threads; a point takes so many
    multiplications."""
    parts = max(1, min(thread_count(), rows * points * uses // _FEWEST))
    if rows >= parts:
        return [_Box(a, b, 0, points) for a, b in pairwise(_edges(rows, parts, 1))]
    return [_Box(0, rows, a, b) for a, b in pairwise(_edges(points, parts, _CHUNK))]


def _edges(count: int, parts: int, unit: int) -> list[int]:
    """Return the borders of parts, which are whole units."""
    units = -(-count // unit)
    return [min(count, units * k // parts * unit) for k in range(parts + 1)]


def _compute(chain: _Layers, box: _Box, places: int, floats: int) -> None:
    place, room = np.empty(places, np.uintp), np.empty(floats, np.float32)
    given = _Room(place.ctypes.data, room.ctypes.data, places, floats)
    call("inr_layer_values", ctypes.byref(chain), ctypes.byref(box), ctypes.byref(given))


def _computed(x: Values, layer: Dense) -> Values:
    """Compute what a layer gives, by numpy."""
    weight = layer.weight
    if len(x) == 1 and len(weight) > 1:
        # Shared points: one tall product in place of many small ones.
        tall = weight.reshape(-1, weight.shape[2]) @ x[0]
        z: Values = tall.reshape(*weight.shape[:2], -1)
    else:
        z = weight @ x
    z = z + layer.bias
    _FOLLOWING[layer.kind](z, layer.parameter)
    if layer.moved is not None:
        gain, offset = layer.moved.T[:, :, None, None]
        z = gain * z + offset
    return z


def _finer(z: Values, omega: float) -> None:
    z *= np.abs(z) / np.float32(omega) + 1
    np.sin(z, out=z)


def _gaussian(z: Values, _: float) -> None:
    np.square(z, out=z)
    np.exp(-z, out=z)


_FOLLOWING: dict[Kind, Callable[[Values, float], Any]] = {
    Kind.LINEAR: lambda z, _: None,
    Kind.SINE: lambda z, _: np.sin(z, out=z),
    Kind.RELU: lambda z, _: np.maximum(z, 0, out=z),
    Kind.LEAKY_RELU: lambda z, _: np.maximum(z, np.float32(0.2) * z, out=z),
    Kind.GAUSSIAN: _gaussian,
    Kind.FINER: _finer,
}
