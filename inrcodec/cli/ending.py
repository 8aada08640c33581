"""The end of a command that is told to end: SIGTERM and SIGHUP unwind it, as Ctrl-C does."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from inrcodec.cli.printing import complain
from inrcodec.files import remove_parts
from inrcodec.locks import release_all

__all__ = ["run_orderly"]

# Of these, each system has its own.
_SIGNALS = ("SIGTERM", "SIGHUP", "SIGBREAK")

# Seconds in which a signal after the first is taken for its echo, and does not disturb the end.
_GRACE = 2.0


class _Ended(BaseException):
    """A signal ends this process."""


def run_orderly(run: Callable[[], int]) -> int:
    """The exit code of a command, in which signals that end a process unwind what is under way;
    all that is temporary is removed.

    The code is 128 and the signal's number then, as shells have it, after a line on stderr.
    Signals that the process was started to ignore, as by `nohup`, stay ignored. Python sees a
    signal once the library that is at work returns to it.
    """
    caught: list[int] = []
    deadline = 0.0
    over = False
    code = 0

    def end(number: int, _: FrameType | None) -> None:
        nonlocal deadline
        if over or (caught and time.monotonic() < deadline):
            return
        caught.append(number)
        deadline = time.monotonic() + _GRACE
        raise _Ended

    before = {}
    try:
        try:
            for number in _endable():
                before[number] = signal.signal(number, end)
            code = run()
        finally:
            over = True
    except BaseException:
        # What a signal interrupts may turn it into an error of its own.
        if not caught:
            raise
    finally:
        release_all()
        remove_parts()
        for number, handler in before.items():
            signal.signal(number, handler)
    if not caught:
        return code
    _tell(f"ended by {signal.Signals(caught[0]).name}")
    return 128 + caught[0]


def _endable() -> list[int]:
    """The signals that end this process, and not others that it is a part of."""
    # Only the main thread may be told of signals.
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]


def _tell(line: str) -> None:
    """Print a line, if there is still somebody to read it."""
    complain(line)
    try:
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        # Python would try again at its exit, and complain.
        sys.stdout = None
