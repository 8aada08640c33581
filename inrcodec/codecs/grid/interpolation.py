"""Lanczos interpolation along one axis, a bounded number of taps at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.reach import LOBES
from inrcodec.native.pixels import add_places

__all__ = ["Axis", "lanczos", "resampled"]

Floats = npt.NDArray[np.floating[Any]]
Index = npt.NDArray[np.int64]

# Entries of a table of taps that are kept, or computed at once.
_KEPT = 1 << 20
_ENTRIES_AT_ONCE = 1 << 18


def lanczos(x: Floats) -> Floats:
    """The kernel, 0 beyond 3 samples."""
    values: Floats = np.where(np.abs(x) < LOBES, np.sinc(x) * np.sinc(x / LOBES), 0.0)
    return values


class Axis:
    """Outputs along an axis of samples, and the taps that each is a sum of.

    Parameters
    ----------
    start, length, count
        `count` outputs are spread over the `length` samples from `start` on, neither of which need
        be whole.
    first, size
        The samples that are known; beyond them the outermost repeats.
    """

    def __init__(self, start: float, length: float, count: int, first: int, size: int) -> None:
        self.count = count
        self._start, self._step = start, length / count
        self._first, self._size = first, size
        self._widening = max(1.0, self._step)
        self._radius = math.ceil(LOBES * self._widening)
        self.taps = 2 * self._radius

    def needed(self, outputs: range) -> range:
        """Return the known samples that some outputs are sums of."""
        ends = (self._start + (at + 0.5) * self._step - 0.5 for at in (outputs[0], outputs[-1]))
        first, last = (math.floor(end) - self._first for end in ends)
        start = min(max(0, first - self._radius + 1), self._size - 1)
        return range(start, max(start + 1, min(self._size, last + self._radius + 1)))

    def moved(self, known: range) -> Axis:
        """Return the axis where of the known samples only some are."""
        axis = copy(self)
        axis._first, axis._size = self._first + known.start, len(known)
        axis.__dict__.pop("_whole", None)
        return axis

    def table(self, outputs: range, together: int = 1) -> Iterator[tuple[Index, Floats]]:
        """Indices and weights (outputs, up to `together`) of one tap after another."""
        if len(outputs) * self.taps <= _KEPT:
            index, weights = self._all(outputs)
            for tap in range(0, self.taps, together):
                yield index[:, tap : tap + together], weights[:, tap : tap + together]
            return
        at_once = max(1, _ENTRIES_AT_ONCE // len(outputs))
        sums = sum(
            self._weights(outputs, tap, at_once)[1].sum(1, keepdims=True)
            for tap in range(0, self.taps, at_once)
        )
        for tap in range(0, self.taps, together):
            index, weights = self._weights(outputs, tap, together)
            yield index, weights / sums

    def _all(self, outputs: range) -> tuple[Index, Floats]:
        """The table of all taps, which is kept where it is small."""
        if self.count * self.taps > _KEPT:
            index, weights = self._weights(outputs, 0, self.taps)
            return index, weights / weights.sum(1, keepdims=True)
        index, weights = self._whole
        return index[outputs.start : outputs.stop], weights[outputs.start : outputs.stop]

    @cached_property
    def _whole(self) -> tuple[Index, Floats]:
        index, weights = self._weights(range(self.count), 0, self.taps)
        return index, weights / weights.sum(1, keepdims=True)

    def _weights(self, outputs: range, tap: int, together: int) -> tuple[Index, Floats]:
        """Indices, and weights that do not sum up to 1 yet, of some taps."""
        # Samples have their centers at whole numbers plus a half.
        positions = self._start + (np.arange(outputs.start, outputs.stop) + 0.5) * self._step
        start = np.floor(positions - 0.5).astype(np.int64) - self._radius + 1
        index = start[:, None] + np.arange(tap, min(tap + together, self.taps))
        weights = lanczos((index + 0.5 - positions[:, None]) / self._widening)
        return np.clip(index - self._first, 0, self._size - 1), weights


def resampled(
    planes: npt.NDArray[np.float32], dim: int, axis: Axis, outputs: range
) -> npt.NDArray[np.float32]:
    """Planes (channels, rows, columns) with some outputs of an axis in place of its samples, which
    lie along dimension `dim`."""
    shape = list(planes.shape)
    shape[dim] = len(outputs)
    total = np.zeros(shape, np.float32)
    together = max(1, _ENTRIES_AT_ONCE // max(1, len(outputs)))
    for index, weights in axis.table(outputs, together):
        add_places(total, planes, dim, index, weights)
    return total
