"""The levels that an image's samples have, where these are few of those that there are.

Images of 16 bits often hold 8, 10 or 12; those of 8 bits that were brightened leave levels out.
Then samples are coded as numbers of the levels that there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Self

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError
from inrcodec.signal import ImageInfo

__all__ = ["MOST_NUMBERS", "Levels", "known_levels", "levels_of"]

Samples = npt.NDArray[np.unsignedinteger]

# Of a header.
MOST_NUMBERS = 1 << 13
_LEAST_BITS = 8
# Bytes of a number in a header, at most.
_NUMBER_BYTES = 3


@dataclass(frozen=True)
class Levels:
    """The levels of each channel, ascending (count,)."""

    channels: tuple[npt.NDArray[np.uint16], ...]

    @classmethod
    def read(cls, numbers: Sequence[int], info: ImageInfo) -> Self:
        """Read the numbers of a header: of each channel how many runs, and of each run the gap
        before each of its levels and how many they are.

        Raises `MalformedError` where they are not of an image's channels and levels.
        """
        rest, channels = iter(numbers), []
        try:
            for _ in range(info.channels):
                channels.append(_read_runs(rest, info.peak))
        except StopIteration:
            raise MalformedError("levels are not of all channels") from None
        if next(rest, None) is not None:
            raise MalformedError("there are levels of more channels than an image has")
        return cls(tuple(channels))

    def numbers(self) -> tuple[int, ...]:
        """Return what `read` reads."""
        found: list[int] = []
        for levels in self.channels:
            gaps = np.diff(levels.astype(np.int64), prepend=-1).tolist()
            runs = [(gap, len([*run])) for gap, run in groupby(gaps)]
            found += [len(runs), *(number for run in runs for number in run)]
        return tuple(found)

    @property
    def bits(self) -> int:
        """Bits of a number of a level: 8 at least."""
        return max(_LEAST_BITS, *(int(len(one) - 1).bit_length() for one in self.channels))

    def places(self, samples: Samples) -> npt.NDArray[np.uint16]:
        """Return the numbers of samples' levels."""
        out = np.empty(samples.shape, np.uint16)
        for channel, levels in enumerate(self.channels):
            out[..., channel] = np.searchsorted(levels, samples[..., channel])
        return out

    def samples(self, places: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
        """Return the levels of numbers, the last for those beyond it."""
        out = np.empty_like(places)
        for channel, levels in enumerate(self.channels):
            out[..., channel] = levels.take(places[..., channel], mode="clip")
        return out

    def pays(self, samples: int) -> bool:
        """Tell whether numbers save more than the header costs, for so many samples a channel."""
        spans = [int(one[-1]) - int(one[0]) + 1 for one in self.channels]
        counts = [len(one) for one in self.channels]
        saved = samples * sum(np.log2(span / n) for span, n in zip(spans, counts, strict=True))
        numbers = len(self.numbers())
        return numbers <= MOST_NUMBERS and saved > 2 * 8 * _NUMBER_BYTES * numbers


@lru_cache(maxsize=8)
def known_levels(numbers: tuple[int, ...], info: ImageInfo) -> Levels | None:
    """Read the numbers of a header, once for all tiles; None where there are none."""
    return Levels.read(numbers, info) if numbers else None


def levels_of(parts: Iterator[Samples], info: ImageInfo) -> Levels | None:
    """Find the levels of an image's parts; None where samples are better coded themselves."""
    counts = np.zeros((info.channels, info.peak + 1), bool)
    for part in parts:
        for channel, used in enumerate(counts):
            used[part[..., channel]] = True
    found = Levels(tuple(np.flatnonzero(used).astype(np.uint16) for used in counts))
    return found if found.pays(info.height * info.width) else None


def _read_runs(numbers: Iterator[int], peak: int) -> npt.NDArray[np.uint16]:
    gaps: list[int] = []
    for _ in range(next(numbers)):
        gap, count = next(numbers), next(numbers)
        if gap < 1 or count < 1 or count > peak + 1 - len(gaps):
            raise MalformedError("a run of levels is not valid")
        gaps += [gap] * count
    levels = np.cumsum([*gaps], dtype=np.int64) - 1
    if not gaps or levels[-1] > peak:
        raise MalformedError("levels are none, or beyond the largest")
    return levels.astype(np.uint16)
