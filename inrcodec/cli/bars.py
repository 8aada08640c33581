"""Progress on stderr, if that is a terminal: nothing is drawn anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from inrcodec.cli.printing import is_terminal, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from inrcodec.progress import Progress, Report

__all__ = ["new_bars", "noted", "progress_bar"]


def _goes_on() -> bool:
    return False


def noted(progress: Progress) -> str:
    """Tell where a work stands, in a few words."""
    total = "" if progress.steps is None else f"/{progress.steps}"
    quality = "" if progress.psnr_db is None else f", {progress.psnr_db:.2f} dB"
    return f"{progress.phase} {progress.step}{total}{quality}"


def new_bars() -> Bars:
    """Bars to be drawn on stderr, each with a label and a note."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        # Brackets in a name are no markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeRemainingColumn(),
    )
    return Bars(
        *columns,
        console=Console(stderr=True),
        transient=True,
        # Redirected, what is meant for a pipe would go to the terminal.
        redirect_stdout=is_terminal(sys.stdout),
    )


@contextmanager
def progress_bar(label: str, quiet: bool, stop: Callable[[], bool] = _goes_on) -> Iterator[Report]:
    """A callback that draws the progress of an encode or a decode on stderr, if that is a terminal,
    and answers whether to `stop`."""
    if quiet or not is_terminal(sys.stderr):
        yield lambda progress: stop()
        return
    with new_bars() as bars:
        task: Any = bars.add_task(printable(label), total=None, note="")

        def report(progress: Progress) -> bool:
            bars.update(task, total=progress.steps, completed=progress.step, note=noted(progress))
            return stop()

        yield report
