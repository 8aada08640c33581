"""Views of a signal: of an image its size and a region, of audio its rate
and a time range."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

from inrcodec.errors import UsageError

__all__ = ["View", "rounded_size"]


@dataclass(frozen=True)
class View:
    """A part of a signal to render, and how finely; None leaves it as it is.

    Attributes
    ----------
    scale
        Of an image: output pixels per pixel; above 0.
    size
        Of an image: (width, height) of the output, instead of a scale.
    region
        Of an image: (x, y, width, height) in pixels.
    rate
        Of an audio signal: output frames a second.
    time
        Of an audio signal: (start, stop) in seconds; either may be None for the end at that side.

    Raises `UsageError` where one is out of range.
    """

    scale: float | None = None
    size: tuple[int, int] | None = None
    region: tuple[int, int, int, int] | None = None
    rate: int | None = None
    time: tuple[float | None, float | None] | None = None

    def __post_init__(self) -> None:
        if self.time == (None, None):
            object.__setattr__(self, "time", None)
        if self.rate is not None and not isinstance(self.rate, int):
            raise UsageError(f"rate {self.rate!r}; it must be a whole number")
        for name, count in (("size", 2), ("region", 4)):
            given = getattr(self, name)
            if given is not None and not _are_whole(given, count):
                raise UsageError(f"{name} {given!r}; it must be {count} whole numbers")
        if self.scale is not None and self.size is not None:
            raise UsageError("give a scale or a size, not both")
        if not 0 < self.factor < math.inf:
            raise UsageError(f"scale {self.scale}; it must be above 0")
        if self.size is not None and min(self.size) < 1:
            raise UsageError(f"size {self.size[0]}×{self.size[1]}; each side must be at least 1")
        if self.rate is not None and not 1 <= self.rate <= 1 << 24:
            raise UsageError(f"rate {self.rate}; it must be 1 to 2^24")

    @property
    def factor(self) -> float:
        """The scale, 1 if it is not given."""
        return 1.0 if self.scale is None else self.scale

    def refuse(self, what: str, *names: str) -> None:
        """Raise `UsageError` where something is given that such a signal has not."""
        for name in names:
            if getattr(self, name) is not None:
                raise UsageError(f"{what} has no {name}")

    def frames(self, count: int, rate: int) -> tuple[int, int]:
        """The time range in samples, of an audio signal of `count` samples at `rate` a second."""
        begin, end = self.time or (None, None)
        start = 0.0 if begin is None else begin * rate
        stop = float(count) if end is None else min(end * rate, float(count))
        # What is no number fails the first comparison.
        if not 0 <= start < stop or round(start) >= min(round(stop), count):
            shown = ":".join("" if t is None else f"{t:g}" for t in (begin, end))
            raise UsageError(f"time {shown} has no sample of the {count / rate:g} s that there are")
        return round(start), round(stop)


def _are_whole(given: object, count: int) -> bool:
    """Tell whether something is so many whole numbers."""
    numbers = [*given] if isinstance(given, Iterable) else []
    return len(numbers) == count and all(isinstance(number, Integral) for number in numbers)


def rounded_size(factor: float, length: int) -> int:
    """Output samples for `length` at a factor: at least 1; bounded, as no limit is above 2^40."""
    return max(1, round(min(factor * length, 2.0**40)))
