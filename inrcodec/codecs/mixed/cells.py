"""The map of an image's cells: those that are of samples, and those of the grid.

It is a stream of decisions (section `CELL`): of each row of cells whether it is as the row above,
and if not, each of its cells, given those to its left and above. Probabilities follow what came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.signal.geometry import Region

__all__ = ["Cells", "Mask", "read_cells", "write_cells"]

Mask = npt.NDArray[np.bool_]

# Contexts: of a row, whether the last was as the one above it; of a cell, its neighbors.
_ROWS, _NEIGHBORS = 2, 16
_ONE, _MOST = 1 << 16, 1 << 15


@dataclass(frozen=True)
class Cells:
    """The cells that are of samples.

    Attributes
    ----------
    of_samples
        (rows, columns) of cells.
    side
        Of a cell, in pixels.
    """

    of_samples: Mask
    side: int

    def over(self, region: Region) -> Mask:
        """Return which pixels of a region are of samples."""
        rows, columns = (
            np.arange(start, start + length) // self.side
            for start, length in zip(region.start, region.length, strict=True)
        )
        return self.of_samples[np.ix_(rows, columns)]


class _Decisions(Protocol):
    """Writes a decision, or reads it."""

    def one(self, value: bool, probability: int) -> bool: ...


class _Written:
    def __init__(self) -> None:
        self._values, self._probabilities = list[bool](), list[int]()

    def one(self, value: bool, probability: int) -> bool:
        self._values.append(value)
        self._probabilities.append(probability)
        return value

    def to_bytes(self) -> bytes:
        writer = DecisionWriter()
        writer.put(np.array(self._values, bool), np.array(self._probabilities, np.int32))
        return writer.to_bytes()


class _Read:
    def __init__(self, data: bytes) -> None:
        self.reader = DecisionReader(data)

    def one(self, value: bool, probability: int) -> bool:
        return bool(self.reader.take(np.array([probability], np.int32))[0])


class _Adaptive:
    """The probability of a decision by how often it was made in its context."""

    def __init__(self, contexts: int) -> None:
        self._counts = [[0, 0] for _ in range(contexts)]

    def code(self, coder: _Decisions, context: int, value: bool) -> bool:
        """Code a decision, whose value is not known where it is read."""
        zeros, ones = counts = self._counts[context]
        made = coder.one(value, _ONE * (2 * ones + 1) // (2 * (zeros + ones + 1)))
        counts[made] += 1
        if sum(counts) == _MOST:
            counts[:] = [count // 2 for count in counts]
        return made


def write_cells(cells: Mask) -> bytes:
    """Write the section of a map (rows, columns)."""
    written = _Written()
    _code(written, cells.copy())
    return written.to_bytes()


def read_cells(payload: bytes, shape: tuple[int, ...]) -> Mask:
    """Read a map of a shape (rows, columns); `MalformedError` where the section is not valid."""
    read, cells = _Read(payload), np.zeros(shape, bool)
    _code(read, cells)
    read.reader.finish()
    return cells


def _code(coder: _Decisions, cells: Mask) -> None:
    """Code a map in place: what is read is filled in."""
    rows, neighbors, same = _Adaptive(_ROWS), _Adaptive(_NEIGHBORS), False
    above = np.zeros(cells.shape[1], bool)
    for row in cells:
        same = rows.code(coder, int(same), bool((row == above).all()))
        if same:
            row[:] = above
        else:
            left = False
            for column, context in enumerate(_contexts(above)):
                left = neighbors.code(coder, context + left, bool(row[column]))
                row[column] = left
        above = row


def _contexts(above: Mask) -> Iterator[int]:
    """Iterate over what the row above adds to the contexts of cells: those above to the left, just
    above, and above to the right; beyond the ends there are none of samples."""
    padded = np.pad(above, 1).astype(np.int64)
    return iter((2 * padded[:-2] + 4 * padded[1:-1] + 8 * padded[2:]).tolist())
