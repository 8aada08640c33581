"""What a case costs, and whether it stays within what is promised."""

from __future__ import annotations

import os
import resource
import time
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cases import Case

__all__ = ["FAILED", "MOST_GROWTH", "MOST_SECONDS", "Result", "make_watched", "watched"]

# Of a case's own CPU time, and of memory beyond what the process had before it.
MOST_SECONDS = 2.0
MOST_GROWTH = 256 << 20
FAILED = "FAILED"

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Result:
    """What came of a case; `what` is how it failed, if it did."""

    number: int
    family: str
    name: str
    outcome: str
    seconds: float
    growth: int
    what: str = ""


def _memory(field: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM at its peak."""
    if not _STATUS.exists():
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(s for s in _STATUS.read_text().splitlines() if s.startswith(field))
    return 1024 * int(line.split()[1])


def _forget_peak() -> None:
    """Linux counts the peak from now on; elsewhere it is that of the process."""
    if os.access(_RESET, os.W_OK):
        _RESET.write_text("5")


def watched(number: int, case: Case) -> Result:
    """Run a case; all that is not a typed error is a failure, and so are warnings of arithmetic,
    and too much time or memory."""
    _forget_peak()
    before, began = _memory("VmRSS"), time.process_time()
    what = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)
            outcome = case.run()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # Compiled code may raise what is no Exception.
        outcome, what = FAILED, traceback.format_exc()
    seconds, growth = time.process_time() - began, max(0, _memory("VmHWM") - before)
    if not what and (seconds > MOST_SECONDS or growth > MOST_GROWTH):
        what = f"{outcome} after {seconds:.1f} s and {growth >> 20} MiB"
        outcome = FAILED
    return Result(number, case.family, case.name, outcome, seconds, growth, what)


def make_watched(seed: int, number: int) -> Result:
    """Make a case, and run it."""
    # It takes torch, which who only asks for results need not wait for.
    from cases import make_case

    return watched(number, make_case(seed, number))
