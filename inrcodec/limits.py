"""Limits on memory and work, checked before either is spent.

What something costs is estimated from headers alone, where the code that spends it lives:
`decoding_cost` and `encoding_cost` of a model. Bytes of memory are those beyond what the program
takes once it is loaded; the estimate is within a factor of 1.5 of what is measured, or 32 MiB
(`benchmarks/product/memory.py`).
"""

from __future__ import annotations

import errno
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from inrcodec.errors import LimitError
from inrcodec.machine import memory_bytes

__all__ = [
    "MAX_FRAMES",
    "MAX_SIDE",
    "MAX_WORK",
    "UNLIMITED",
    "WRITTEN",
    "Cost",
    "Limits",
    "memory_errors",
    "out_of_memory",
]

MAX_SIDE = 1 << 24
# Positions within an audio signal, in parts of a sample, are 64-bit integers.
MAX_FRAMES = 1 << 30
# Some hours of a CPU: a thousand times what decoding 25 megapixels takes.
MAX_WORK = 1e15
# What reading a sample of an audio file takes at least.
_WORK_OF_SAMPLE = 10
# An image that is written is there as samples, as Pillow has it, and as a file.
WRITTEN = 4.5
# An image that is read is there as Pillow has it, as that is converted, and as an array.
_COPIES_READ = 4


@dataclass(frozen=True)
class Cost:
    """The most bytes of memory that something holds at a time, and its floating-point
    operations."""

    memory: float = 0.0
    work: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Both at a time."""
        return Cost(self.memory + other.memory, self.work + other.work)

    def then(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(max(self.memory, other.memory), self.work + other.work)


def _default_memory() -> int:
    return memory_bytes() // 2


@dataclass(frozen=True)
class Limits:
    """The most that may be spent on a signal.

    Attributes
    ----------
    memory
        In bytes; by default half of what the machine, or its control group, has.
    work
        In floating-point operations.
    """

    memory: int = field(default_factory=_default_memory)
    work: float = MAX_WORK

    @classmethod
    def of(cls, memory: int | None, work: float | None) -> Limits:
        """Limits of which some are given, and None stands for the default."""
        return cls(
            _default_memory() if memory is None else memory, MAX_WORK if work is None else work
        )

    def check(self, cost: Cost, what: str = "it") -> None:
        """Raise `LimitError` where a cost is over a limit."""
        if cost.memory > self.memory:
            raise LimitError(
                f"{what} would take {_shown(cost.memory)} of memory; "
                f"{_shown(self.memory)} are allowed; see --max-memory"
            )
        if cost.work > self.work:
            raise LimitError(
                f"{what} would take {cost.work:.2g} floating-point operations; "
                f"{self.work:.2g} are allowed; see --max-work"
            )

    def allows(self, cost: Cost) -> bool:
        """Tell whether a cost is within both limits."""
        return cost.memory <= self.memory and cost.work <= self.work

    def check_image(self, width: int, height: int, bytes_per_pixel: float = 0.0) -> None:
        """Raise `LimitError` where a side is over 2^24 pixels, or reading an image file of so many
        bytes a pixel, once unpacked, takes too much memory."""
        if max(width, height) > MAX_SIDE:
            raise LimitError(f"{width}×{height} has a side of more than {MAX_SIDE} pixels")
        memory = _COPIES_READ * bytes_per_pixel * width * height
        self.check(Cost(memory), f"an image of {width}×{height}")

    def check_audio(self, frames: int, channels: int) -> None:
        """Raise `LimitError` where audio has over 2^30 frames, or going through it takes too
        much work. It is read part by part, whatever its length."""
        if frames > MAX_FRAMES:
            raise LimitError(f"{frames} samples; {MAX_FRAMES} are the most")
        work = float(_WORK_OF_SAMPLE * frames * channels)
        self.check(Cost(0.0, work), f"an audio signal of {frames} samples in {channels} channels")


# For what is this program's own.
UNLIMITED = Limits(1 << 62, math.inf)


def _shown(size: float) -> str:
    """Bytes in words: `1.5 GiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1024
    raise AssertionError("the last unit returns")


# What libraries say where memory runs out, and the types of errors that they say it with.
_SIGNS = (
    "bad_alloc",
    "can't allocate memory",
    "cannot allocate memory",
    "failed to map segment",
    "can't start new thread",
    "not enough memory",
    "out of memory",
    "unable to allocate",
)
_SAYING = (RuntimeError, OSError, ImportError, SystemError)


def out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that memory ran out. Python and numpy have a type for that; torch,
    loaders of shared libraries and what starts threads have their texts alone."""
    if isinstance(error, LimitError):
        return False
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    text = str(error).lower()
    return isinstance(error, _SAYING) and any(sign in text for sign in _SIGNS)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise `LimitError` from any error that says that memory ran out."""
    try:
        yield
    except LimitError:
        raise
    except (MemoryError, *_SAYING) as error:
        if not out_of_memory(error):
            raise
        raise LimitError("not enough memory") from error
