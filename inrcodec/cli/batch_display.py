"""The display of `inrcodec batch`: bars while it runs, a line per file, a summary."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from statistics import mean
from types import TracebackType
from typing import TYPE_CHECKING, Self

from inrcodec.cli.bars import new_bars, noted
from inrcodec.cli.common import described
from inrcodec.cli.printing import complain, is_terminal, print_json, print_line, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from inrcodec.batch import Advance, Outcome, Record

__all__ = ["Bar", "Tally", "by_extension", "tell", "tell_ignored"]

# Extensions that are counted by themselves.
_MOST_EXTENSIONS = 8


def tell(outcome: Outcome, record: Record, where: str, as_json: bool, quiet: bool) -> None:
    """Say what became of a file: errors always; results unless `quiet`; what was skipped only
    as JSON."""
    for warning in () if quiet else outcome.warnings:
        complain(record.input, warning)
    if record.error is not None:
        complain(record.input, record.error)
    if as_json:
        fields = asdict(record) | {"skipped": outcome.record is None}
        if record.error is not None:
            fields["exit_code"] = outcome.exit_code
        print_json(fields)
    elif record.error is None and outcome.record is not None and not quiet:
        print_line(
            f"{where}/{record.output}: {record.bytes} bytes, {described(record.measured())}, "
            f"{record.seconds:.1f} s"
        )


def tell_ignored(records: Iterable[Record]) -> None:
    """Say as JSON what was not tried."""
    for record in records:
        print_json(asdict(record) | {"skipped": False})


def by_extension(names: Sequence[str]) -> str:
    """Count files by their extensions: `3 (.heic 2, .txt 1)`."""
    counts = Counter(PurePosixPath(name).suffix.lower() or "none" for name in names)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{extension} {count}" for extension, count in ordered[:_MOST_EXTENSIONS]]
    others = sum(count for _, count in ordered[_MOST_EXTENSIONS:])
    return f"{len(names)} ({', '.join(shown + [f'others {others}'] * bool(others))})"


@dataclass
class Tally:
    """The sum of a batch so far; `ignored` are the files that it does not try."""

    ignored: Sequence[str] = ()
    done: list[Record] = field(default_factory=list)
    skipped: int = 0
    failed: int = 0

    def add(self, outcome: Outcome, record: Record) -> None:
        """Count a file in."""
        if record.error is not None:
            self.failed += 1
            return
        self.done.append(record)
        self.skipped += outcome.record is None

    def summary(self, seconds: float) -> list[str]:
        """The lines of a table, with a mean for each kind of signal that was encoded."""
        made = len(self.done) - self.skipped
        before = sum(record.input_bytes or 0 for record in self.done)
        after = sum(record.bytes or 0 for record in self.done)
        share = f" ({100 * after / before:.1f} %)" if before else ""
        # Audio signals have a rate over time. Their PSNR is not that of images.
        images = [record.psnr_db for record in self.done if record.kbps is None]
        audio_files = [record.snr_db for record in self.done if record.kbps is not None]
        rows = {
            "files": f"{made} encoded, {self.skipped} skipped, {self.failed} failed",
            "ignored": by_extension(self.ignored) if self.ignored else "",
            "bytes": f"{before:,} to {after:,}{share}",
            "mean PSNR": _mean(images),
            "mean SNR": _mean(audio_files),
            "files/minute": f"{60 * made / seconds:.1f}",
        }
        return [f"{name:<14}{value}" for name, value in rows.items() if value]


def _mean(decibels: list[float | None]) -> str:
    """The mean of all but the lossless, which are None; empty where there are none at all."""
    known = [value for value in decibels if value is not None]
    if not known:
        return "-" if decibels else ""
    return f"{mean(known):.2f} dB"


class Bar:
    """Progress over files, and within the fits of those in work, on stderr if it is a terminal."""

    def __init__(self, total: int, quiet: bool) -> None:
        self._total = total
        self._bars: Bars | None = None
        self._fits: dict[tuple[str, ...], TaskID] = {}
        if not quiet and is_terminal(sys.stderr):
            self._bars = new_bars()

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
            self._all = self._bars.add_task("files", total=self._total, note=f"0/{self._total}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def advance(self, event: Advance) -> None:
        """Show where a fit stands."""
        if self._bars is None:
            return
        progress = event.progress
        if event.inputs not in self._fits:
            more = len(event.inputs) - 1
            label = printable(event.inputs[0]) + (f" and {more} more" if more else "")
            self._fits[event.inputs] = self._bars.add_task(label, note="")
        self._bars.update(
            self._fits[event.inputs],
            total=progress.steps,
            completed=progress.step,
            note=noted(progress),
        )

    def done(self, count: int, name: str) -> None:
        """Count a file as the `count`th, and take its fit away."""
        if self._bars is None:
            return
        for inputs in [inputs for inputs in self._fits if name in inputs]:
            self._bars.remove_task(self._fits.pop(inputs))
        self._bars.update(self._all, completed=count, note=f"{count}/{self._total}")
