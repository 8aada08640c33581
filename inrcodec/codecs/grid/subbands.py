"""Subbands: latents or coefficients of all wavelet levels, whole or of one block.

The lowest band comes first, then the levels from the coarsest to the finest, each with three
detail bands. Every band is an array (channels, rows, columns).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["BANDS", "BOTH_HIGH", "DETAILS", "ROWS_HIGH", "Parts", "Subbands", "zeros"]

# Detail bands of a level: high along columns, along rows, along both.
DETAILS = ((False, True), (True, False), (True, True))
BANDS = len(DETAILS)
ROWS_HIGH, BOTH_HIGH = 1, 2


class _Array(Protocol):
    """The operations that a numpy array and a tensor have in common."""

    def __getitem__(self, key: Any, /) -> Self: ...

    def __len__(self) -> int: ...


_A = TypeVar("_A", bound=_Array)
_B = TypeVar("_B", bound=_Array)
_Slices = tuple[slice, slice]


@dataclass(frozen=True)
class Parts:
    """The rows and columns of each band that belong to a block."""

    low: _Slices
    levels: Sequence[Sequence[_Slices]]


@dataclass(frozen=True)
class Subbands(Generic[_A]):
    """The lowest band, and the three detail bands of each level.

    Attributes
    ----------
    finer
        Levels that are not among them, as finer ones: what they come to is of that scale.
    """

    low: _A
    levels: Sequence[Sequence[_A]]
    finer: int = 0

    @classmethod
    def from_bands(cls, bands: Sequence[_A], finer: int = 0) -> Subbands[_A]:
        """Build subbands from all bands in order, the lowest first."""
        low, *rest = bands
        return cls(low, [rest[k : k + BANDS] for k in range(0, len(rest), BANDS)], finer)

    def __iter__(self) -> Iterator[_A]:
        """Iterate over all bands, the lowest first."""
        yield self.low
        for bands in self.levels:
            yield from bands

    @property
    def channels(self) -> int:
        """Channels of every band."""
        return len(self.low)

    def map(self, function: Callable[[_A], _B]) -> Subbands[_B]:
        """Apply a function to every band."""
        levels = [[function(band) for band in bands] for bands in self.levels]
        return Subbands(function(self.low), levels, self.finer)

    def part(self, parts: Parts) -> Subbands[_A]:
        """Return a view of the parts that belong to a block."""
        levels = [
            [band[(slice(None), *place)] for band, place in zip(bands, places, strict=True)]
            for bands, places in zip(self.levels, parts.levels, strict=True)
        ]
        return Subbands(self.low[(slice(None), *parts.low)], levels, self.finer)


def zeros(
    channels: int,
    low: tuple[int, int],
    levels: Sequence[Sequence[tuple[int, int]]],
    dtype: npt.DTypeLike = np.int32,
    finer: int = 0,
) -> Subbands[npt.NDArray[Any]]:
    """Build subbands of zeros, of bands of these sizes (rows, columns)."""

    def empty(shape: tuple[int, int]) -> npt.NDArray[Any]:
        return np.zeros((channels, *shape), dtype)

    bands = [[empty(shape) for shape in shapes] for shapes in levels]
    return Subbands(empty(low), bands, finer)
