"""Progress: what an encode or a decode tells of itself while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["Lasting", "Progress", "Report", "Told", "told"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Progress:
    """The progress of an encode or a decode.

    Attributes
    ----------
    step, steps
        Steps that are done of a phase, and how many it has; None where time alone ends it.
    psnr_db
        Best so far; None where it is not known.
    elapsed
        Seconds gone.
    phase
        What is done step by step: `fitting`, `coding`, `reading` or `rendering`.
    """

    step: int
    steps: int | None
    psnr_db: float | None
    elapsed: float
    phase: str = "fitting"


# Called now and then; a true answer asks an encode to end with the best it has. A decode goes on.
Report = Callable[[Progress], object]


@dataclass
class Lasting:
    """A report whose true answer lasts: not every phase can end early."""

    report: Report
    stopped: bool = False

    def __call__(self, progress: Progress) -> bool:
        self.stopped = bool(self.report(progress)) or self.stopped
        return self.stopped


@dataclass
class Told:
    """A phase of so many steps, of which a report is told as they are done."""

    phase: str
    steps: int
    report: Report | None
    done: int = 0
    began: float = field(default_factory=time.monotonic)

    def advance(self, steps: int = 1) -> None:
        """Tell the report that so many steps more are done."""
        self.done += steps
        if self.report is not None:
            elapsed = time.monotonic() - self.began
            self.report(Progress(self.done, self.steps, None, elapsed, self.phase))


def told(phase: str, items: Sequence[_T], report: Report | None) -> Iterator[_T]:
    """Items of a phase, one by one; a report is told of each once the next is asked for."""
    steps = Told(phase, len(items), report)
    for item in items:
        yield item
        steps.advance()
