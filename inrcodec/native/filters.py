"""Synthesis filters and their adjoint: compiled, or by numpy.

A filter is three convolutions of 3 × 3 with ReLU between, the borders of what each sees repeated
(`formats/inr-v1-grid.md`, 6); its result is added to what it sees.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.door import address, call, library
from inrcodec.threads import in_parallel, thread_count

__all__ = ["Filter"]

Floats = npt.NDArray[np.float32]
Active = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
Hidden = tuple[Floats, Floats]
Layers = tuple[Floats, Floats, Floats]

_CHANNELS, _WIDTH = 3, 24
# Floats of work of a call: see `filters.h`.
_WORK = (3 * (_CHANNELS + 2 * _WIDTH) + _WIDTH + 5) * 480
# Rows that one task filters, at least; numpy's, at most.
_FEWEST_ROWS, _MOST_ROWS = 16, 64


class _Packed(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p)
        for name in ("first", "first_bias", "second", "second_bias", "third", "third_bias")
    )


class _Filtered(ctypes.Structure):
    _fields_ = (
        ("planes", ctypes.c_void_p * _CHANNELS),
        ("out", ctypes.c_void_p * _CHANNELS),
        ("active", ctypes.c_void_p * 2),
        ("hidden", ctypes.c_void_p * 2),
        ("rows", ctypes.c_int32),
        ("columns", ctypes.c_int32),
    )


class _Convolved(ctypes.Structure):
    _fields_ = (
        ("seen", ctypes.c_void_p),
        ("gradients", ctypes.c_void_p),
        *((name, ctypes.c_int32) for name in ("inputs", "outputs", "rows", "columns")),
    )


@dataclass(frozen=True)
class Filter:
    """A filter at a step.

    Attributes
    ----------
    weights
        float32 (24, 3, 3, 3), (24, 24, 3, 3) and (3, 24, 3, 3).
    biases
        float32 (24,), (24,) and (3,).
    """

    weights: Layers
    biases: Layers

    def apply(self, channels: Floats) -> Floats:
        """Correct channels (1 or 3, height, width), in units of the step."""
        return self._applied(channels)

    def apply_kept(self, channels: Floats) -> tuple[Floats, Active]:
        """Correct channels, and return where ReLUs pass, as `back` takes it: of both hidden layers
        (3, height, width), of eight features a bit each."""
        active = _pair(channels, np.uint8, _WIDTH // 8)
        return self._applied(channels, active), active

    def apply_hidden(self, channels: Floats) -> tuple[Floats, Hidden]:
        """Correct channels, and return both hidden layers (24, height, width), as
        `back_by_weights` takes them."""
        hidden = _pair(channels, np.float32)
        return self._applied(channels, None, hidden), hidden

    def back(self, gradients: Floats, active: Active) -> Floats:
        """Return the gradients by what was corrected, from those by the result, of which channels
        that are not there have none."""
        return self._back(gradients, active, None)

    def back_by_weights(
        self, channels: Floats, hidden: Hidden, gradients: Floats
    ) -> tuple[Floats, Layers, Layers]:
        """Return the gradients by what was corrected, by weights and by biases, from those by the
        result of `apply_hidden`; both have all three channels."""
        first, second = map(_bits, hidden)
        by_hidden = _pair(channels, np.float32)
        by_channels = self._back(gradients, (first, second), by_hidden)
        seen, given = (channels, *hidden), (*by_hidden, gradients)
        weights, biases = map(_convolution_by_weights, seen, given), (g.sum((1, 2)) for g in given)
        (a, b, c), (d, e, f) = weights, biases
        return by_channels, (a, b, c), (d, e, f)

    def _back(self, gradients: Floats, active: Active, by_hidden: Hidden | None) -> Floats:
        if library() is not None:
            return _run("inr_filter_rows_back", self._adjoint, gradients, active, by_hidden)
        passing = [np.unpackbits(bits, 0, bitorder="little") for bits in active]
        second = _convolved_back(_all_channels(gradients), self.weights[2]) * passing[1]
        first = _convolved_back(second, self.weights[1]) * passing[0]
        if by_hidden is not None:
            by_hidden[0][:], by_hidden[1][:] = first, second
        return gradients + _convolved_back(first, self.weights[0])[: len(gradients)]

    def _applied(
        self, channels: Floats, active: Active | None = None, hidden: Hidden | None = None
    ) -> Floats:
        if library() is not None:
            return _run("inr_filter_rows", self._packed, channels, active, hidden)
        rows = range(0, channels.shape[1], _MOST_ROWS)
        parts = [self._strip(channels, start, active, hidden) for start in rows]
        return np.concatenate(parts, axis=1)

    def hidden(self, channels: Floats, rows: range) -> Floats:
        """Compute what the last convolution sees of some rows and one pixel around (24, rows + 2,
        width + 2)."""
        hidden, first = self._hidden(channels, rows), max(0, rows.start - 1)
        return _edged(hidden, channels.shape[1], rows, first)

    def _strip(
        self, channels: Floats, start: int, active: Active | None, hidden: Hidden | None
    ) -> Floats:
        """Correct a strip of channels, by numpy."""
        rows = range(start, min(start + _MOST_ROWS, channels.shape[1]))
        last = self._hidden(channels, rows, active, hidden)
        edged = _edged(last, channels.shape[1], rows, max(0, rows.start - 1))
        correction = _convolved(edged, self.weights[2], self.biases[2])
        corrected: Floats = channels[:, rows.start : rows.stop] + correction[: len(channels)]
        return corrected

    def _hidden(
        self,
        channels: Floats,
        rows: range,
        active: Active | None = None,
        hidden: Hidden | None = None,
    ) -> Floats:
        """Compute the second hidden layer of some rows and those next to them, as far as there
        are such."""
        height = channels.shape[1]
        x = _all_channels(channels[:, max(0, rows.start - 3) : rows.stop + 3])
        for layer in range(2):
            margin = 2 - layer
            wanted = range(max(0, rows.start - margin), min(height, rows.stop + margin))
            edged = _edged(x, height, wanted, max(0, rows.start - margin - 1))
            x = np.maximum(_convolved(edged, self.weights[layer], self.biases[layer]), 0)
            own = x[:, rows.start - wanted.start : rows.stop - wanted.start]
            if active is not None:
                active[layer][:, rows.start : rows.stop] = _bits(own)
            if hidden is not None:
                hidden[layer][:, rows.start : rows.stop] = own
        return x

    @cached_property
    def _packed(self) -> _Kept:
        biases = [np.pad(b, (0, -len(b) % 4)) for b in self.biases]
        return _Kept([_pack(w) for w in self.weights], biases)

    @cached_property
    def _adjoint(self) -> _Kept:
        turned = [w.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1] for w in reversed(self.weights)]
        return _Kept([_pack(w) for w in turned], [np.zeros(_WIDTH, np.float32)] * 3)


class _Kept:
    """Packed weights as kernels take them, which must be kept."""

    def __init__(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> None:
        self._arrays = [array for pair in zip(weights, biases, strict=True) for array in pair]
        self.filter = _Packed(*(address(array, np.float32) for array in self._arrays))


def _pack(weights: Floats) -> Floats:
    """Pack (outputs, inputs, 3, 3) by four outputs, as `dense.h` has them."""
    flat = weights.reshape(len(weights), -1)
    flat = np.pad(flat, ((0, -len(flat) % 4), (0, 0)))
    return np.ascontiguousarray(flat.reshape(-1, 4, flat.shape[1]).transpose(0, 2, 1), np.float32)


def _run(
    kernel: str, weights: _Kept, planes: Floats, active: Active | None, hidden: Hidden | None
) -> Floats:
    """Run a kernel over all rows, several strips at a time."""
    planes = np.ascontiguousarray(planes)
    out, (rows, columns) = np.empty_like(planes), planes.shape[1:]

    def addresses(arrays: Sequence[npt.NDArray[Any]], kind: npt.DTypeLike, most: int) -> Any:
        return (ctypes.c_void_p * most)(*(address(a, kind).value for a in arrays))

    image = _Filtered(
        addresses([*planes], np.float32, _CHANNELS),
        addresses([*out], np.float32, _CHANNELS),
        addresses(active or (), np.uint8, 2),
        addresses(hidden or (), np.float32, 2),
        rows,
        columns,
    )

    def process(strip: range) -> None:
        work = np.empty(_WORK, np.float32)
        call(
            kernel,
            ctypes.byref(weights.filter),
            ctypes.byref(image),
            ctypes.c_int32(strip.start),
            ctypes.c_int32(strip.stop),
            address(work, np.float32),
            ctypes.c_int64(work.size),
        )

    parts = max(1, min(thread_count(), rows // _FEWEST_ROWS))
    edges = [rows * k // parts for k in range(parts + 1)]
    in_parallel(process, [range(a, b) for a, b in pairwise(edges)])
    return out


def _bits(hidden: Floats) -> npt.NDArray[np.uint8]:
    """Tell where a hidden layer's ReLUs pass: of eight features a bit each."""
    return np.packbits(hidden > 0, 0, bitorder="little")


def _pair(
    channels: Floats, dtype: npt.DTypeLike, planes: int = _WIDTH
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return room for both hidden layers."""
    shape = (planes, *channels.shape[1:])
    return np.empty(shape, dtype), np.empty(shape, dtype)


def _convolution_by_weights(seen: Floats, gradients: Floats) -> Floats:
    """Return the gradients by weights (outputs, inputs, 3, 3) of a convolution that saw planes, the
    borders of them repeated, from those by what it gave."""
    (outputs, rows, columns), inputs = gradients.shape, len(seen)
    padded = np.pad(seen, ((0, 0), (1, 1), (1, 1)), mode="edge")
    found = np.empty((outputs, inputs, 3, 3), np.float32)
    if library() is not None:
        gradients = np.ascontiguousarray(gradients)
        kinds = address(padded, np.float32), address(gradients, np.float32)
        convolved = _Convolved(*kinds, inputs, outputs, rows, columns)
        call("inr_filter_weights", ctypes.byref(convolved), address(found, np.float32))
        return found
    flat = gradients.reshape(outputs, -1)
    for i in range(3):
        for j in range(3):
            shifted = padded[:, i : i + rows, j : j + columns].reshape(inputs, -1)
            found[:, :, i, j] = flat @ shifted.T
    return found


def _all_channels(channels: Floats) -> Floats:
    """Add the channels that are not there, of zeros."""
    return np.pad(channels, ((0, _CHANNELS - len(channels)), (0, 0), (0, 0)))


def _edged(x: Floats, height: int, rows: range, first: int) -> Floats:
    """Return rows of planes, which x has from the `first` on, with one pixel more on each side:
    neighbors, or where there are none the outermost repeated."""
    index = np.clip(np.arange(rows.start - 1, rows.stop + 1), 0, height - 1)
    part = x[:, index - first]
    return np.pad(part, ((0, 0), (0, 0), (1, 1)), mode="edge")


def _convolved(x: Floats, weights: Floats, bias: Floats) -> Floats:
    """Convolve (inputs, height + 2, width + 2) to (outputs, height, width)."""
    height, width = x.shape[1] - 2, x.shape[2] - 2
    total = np.repeat(bias[:, None], height * width, axis=1)
    for i in range(3):
        for j in range(3):
            shifted = x[:, i : i + height, j : j + width].reshape(len(x), -1)
            total += weights[:, :, i, j] @ shifted
    return total.reshape(-1, height, width)


def _convolved_back(gradients: Floats, weights: Floats) -> Floats:
    """Return the gradients by what a convolution saw, before its borders were repeated."""
    _, height, width = gradients.shape
    total = np.zeros((weights.shape[1], height + 2, width + 2), np.float32)
    flat = gradients.reshape(len(gradients), -1)
    for i in range(3):
        for j in range(3):
            moved = (weights[:, :, i, j].T @ flat).reshape(-1, height, width)
            total[:, i : i + height, j : j + width] += moved
    for edge in (total, total.swapaxes(1, 2)):
        edge[:, 1] += edge[:, 0]
        edge[:, -2] += edge[:, -1]
    return total[:, 1:-1, 1:-1]
