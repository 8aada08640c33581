"""What commands share: running over inputs, one-line errors, standard streams, progress."""

from __future__ import annotations

import io
import json
import math
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from inrcodec.errors import InrError, LimitError, UsageError
from inrcodec.files import check_free, passed_on, whole_file
from inrcodec.limits import out_of_memory

if TYPE_CHECKING:
    from inrcodec.batch.manifest import Record
    from inrcodec.codec import Encoded
    from inrcodec.progress import Progress, Report

__all__ = [
    "STANDARD",
    "announce",
    "check_target",
    "described",
    "finite",
    "first_interrupt",
    "open_input",
    "open_output",
    "plan_outputs",
    "progress_bar",
    "rates",
    "run_each",
    "set_threads",
    "write_output",
]

STANDARD = Path("-")
_SOME_FAILED = 6
_SEPARATORS = ("/", os.sep)


def _complain(source: Path, message: object) -> None:
    name = "standard input" if source == STANDARD else source
    click.echo(f"inrcodec: {name}: {message}", err=True)


def run_each(inputs: Sequence[Path], action: Callable[[Path], None], quiet: bool = False) -> None:
    """Run an action over inputs. An error is one line that names the input; the others go on.

    Warnings are lines too, unless `quiet`. Exits with the error's code, or with 6 where there were
    several inputs.
    """
    code = 0
    for source in inputs:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", UserWarning)
            code = _attempt(source, action) or code
        for warning in noted:
            if not quiet:
                _complain(source, warning.message)
    if code:
        sys.exit(code if len(inputs) == 1 else _SOME_FAILED)


def _attempt(source: Path, action: Callable[[Path], None]) -> int:
    """The exit code of an action; 0 where it succeeds."""
    try:
        action(source)
    except InrError as error:
        _complain(source, error)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        elsewhere = error.filename is not None and Path(error.filename) != source
        prefix = f"{error.filename}: " if elsewhere else ""
        _complain(source, f"{prefix}{error.strerror or error}")
        return 1
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        _complain(source, "not enough memory")
        return LimitError.exit_code
    return 0


def open_input(source: Path) -> BinaryIO:
    """A file, or standard input as a seekable stream."""
    if source == STANDARD:
        if sys.stdin is None:
            raise UsageError("there is no standard input")
        return io.BytesIO(sys.stdin.buffer.read())
    return source.open("rb")


def plan_outputs(
    inputs: Sequence[Path], wanted: str | None, named: Callable[[Path], Path]
) -> dict[Path, Path]:
    """Where each input's output goes, decided before any work.

    `wanted` is a folder if it is one, ends like one, or there are several inputs; it is made then.
    Without it, outputs go to standard output for standard input, else beside the input under the
    name that `named` gives. Two inputs with one output are refused, and a terminal as an output.
    """
    if wanted == str(STANDARD) and len(inputs) > 1:
        raise click.UsageError("standard output holds one file")
    folder = _folder(wanted, len(inputs))
    targets: dict[Path, Path] = {}
    taken: set[Path] = set()
    for source in inputs:
        if folder is not None:
            target = folder / named(source if source != STANDARD else Path("stdin")).name
        elif wanted is not None:
            target = Path(wanted)
        else:
            target = STANDARD if source == STANDARD else named(source)
        if source in targets or target in taken:
            raise click.UsageError(f"two inputs would be written to {target}")
        if target.exists() and source.exists() and target.samefile(source):
            raise click.UsageError(f"{source} would be written over itself")
        targets[source] = target
        taken.add(target)
    if STANDARD in targets.values() and sys.stdout.isatty():
        raise click.UsageError("a terminal cannot show a file; name one with -o, or use a pipe")
    return targets


def _folder(wanted: str | None, inputs: int) -> Path | None:
    """The folder that outputs go to, made if need be; None where they go to a file."""
    if wanted is None or wanted == str(STANDARD):
        return None
    if inputs == 1 and not wanted.endswith(_SEPARATORS) and not Path(wanted).is_dir():
        return None
    try:
        Path(wanted).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{wanted}: {error.strerror}") from error
    return Path(wanted)


def write_output(target: Path, data: bytes, force: bool) -> None:
    """Write a file whole, or to standard output."""
    with open_output(target, force) as stream:
        stream.write(data)


def open_output(target: Path, force: bool) -> AbstractContextManager[BinaryIO]:
    """A seekable stream to a file, or to standard output, that gets it whole or not at all."""
    return passed_on(sys.stdout.buffer) if target == STANDARD else whole_file(target, force)


def check_target(target: Path, force: bool) -> None:
    """Refuse an output that exists, or has no folder, before the work for it is done."""
    if target != STANDARD:
        check_free(target, force)


def finite(value: float | None) -> float | None:
    """A number fit for JSON, which has no infinity."""
    return value if value is not None and math.isfinite(value) else None


def rates(encoded: Encoded | Record) -> dict[str, float | None]:
    """Rate and quality of what was encoded, fit for JSON."""
    if encoded.kbps is None:
        return {
            "bits_per_pixel": encoded.bits_per_pixel,
            "psnr_db": finite(encoded.psnr_db),
        }
    return {
        "kbps": encoded.kbps,
        "snr_db": finite(encoded.snr_db),
        "psnr_db": finite(encoded.psnr_db),
    }


def described(encoded: Encoded | Record) -> str:
    """Rate and quality of what was encoded, for a line."""
    fields = rates(encoded)
    kind, quality = ("bpp", "psnr_db") if encoded.kbps is None else ("kbit/s", "snr_db")
    rate = f"{fields['bits_per_pixel']:.3f}" if encoded.kbps is None else f"{encoded.kbps:.1f}"
    found = fields[quality]
    shown = "lossless" if found is None else f"{found:.2f} dB" + " SNR" * (quality == "snr_db")
    return f"{rate} {kind}, {shown}"


def announce(target: Path, fields: dict[str, Any], line: str, as_json: bool, quiet: bool) -> None:
    """Print a result as JSON or as a line; on stderr if stdout carries the file itself."""
    to_stderr = target == STANDARD
    if as_json:
        click.echo(json.dumps(fields), err=to_stderr)
    elif not quiet:
        click.echo(line, err=to_stderr)


def set_threads(threads: int | None) -> None:
    """How many CPU threads torch may use; None leaves it to torch."""
    if threads is None:
        return
    if threads < 1:
        raise UsageError(f"{threads} threads; 1 is the least")
    import torch

    torch.set_num_threads(threads)


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed once within the block; the second time aborts."""
    pressed: list[bool] = []

    def press(*_: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        click.echo("inrcodec: ending with the best so far; once more to abort", err=True)

    # Only the main thread may be told of signals.
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(label: str, quiet: bool, stop: Callable[[], bool]) -> Iterator[Report]:
    """A callback that draws an encode's progress on stderr, if that is a terminal, and answers
    whether to `stop`."""
    if quiet or not sys.stderr.isatty():
        yield lambda progress: stop()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[steps]} steps"),
        TextColumn("{task.fields[psnr]:.2f} dB"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None, steps="0", psnr=0.0)

        def report(progress: Progress) -> bool:
            steps = (
                f"{progress.step}"
                if progress.steps is None
                else f"{progress.step}/{progress.steps}"
            )
            bars.update(task, total=progress.steps, completed=progress.step)
            bars.update(task, steps=steps, psnr=progress.psnr_db)
            return stop()

        yield report
