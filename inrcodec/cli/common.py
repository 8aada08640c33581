"""What commands share: running over inputs, one-line errors, standard streams, progress."""

from __future__ import annotations

import io
import json
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from inrcodec.errors import InrError, UsageError
from inrcodec.files import check_free, write_whole

if TYPE_CHECKING:
    from inrcodec.fitting import Progress

__all__ = [
    "STANDARD",
    "InputPath",
    "announce",
    "check_outputs",
    "check_target",
    "finite",
    "open_input",
    "output_path",
    "progress_bar",
    "run_each",
    "set_threads",
    "write_output",
]

STANDARD = Path("-")
_SOME_FAILED = 6

InputPath = click.Path(path_type=Path, allow_dash=True)


def _complain(source: Path, message: object) -> None:
    name = "standard input" if source == STANDARD else source
    click.echo(f"inrcodec: {name}: {message}", err=True)


def run_each(inputs: Sequence[Path], action: Callable[[Path], None]) -> None:
    """Run an action over inputs. An error is one line that names the input; the others go on.

    Exits with the error's code, or with 6 where there were several inputs.
    """
    code = 0
    for source in inputs:
        try:
            with warnings.catch_warnings(record=True) as noted:
                warnings.simplefilter("always", UserWarning)
                action(source)
            for warning in noted:
                _complain(source, warning.message)
        except InrError as error:
            _complain(source, error)
            code = error.exit_code
        except OSError as error:
            _complain(source, error.strerror or error)
            code = 1
    if code:
        sys.exit(code if len(inputs) == 1 else _SOME_FAILED)


def open_input(source: Path) -> BinaryIO:
    """A file, or standard input as a seekable stream."""
    if source == STANDARD:
        return io.BytesIO(sys.stdin.buffer.read())
    return source.open("rb")


def output_path(source: Path, wanted: Path | None, named: Callable[[Path], Path]) -> Path:
    """Where an input's output goes: `wanted` if given (within it, if it is a folder), standard
    output for standard input, else beside the input under the name that `named` gives."""
    if wanted is not None and wanted.is_dir():
        return wanted / named(source if source != STANDARD else Path("stdin")).name
    if wanted is not None:
        return wanted
    return STANDARD if source == STANDARD else named(source)


def check_outputs(outputs: Sequence[Path]) -> None:
    """Refuse, before any work, two inputs with one output, and a terminal as an output."""
    twice = next((path for i, path in enumerate(outputs) if path in outputs[:i]), None)
    if twice is not None:
        raise click.UsageError(f"two inputs would be written to {twice}")
    if STANDARD in outputs and sys.stdout.isatty():
        raise click.UsageError(
            "will not write a file to a terminal; name a file with -o or use a pipe"
        )


def write_output(target: Path, data: bytes, force: bool) -> None:
    """Write a file whole, or to standard output."""
    if target == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(target, data, force)


def check_target(target: Path, force: bool) -> None:
    """Refuse an output that exists before the work for it is done."""
    if target != STANDARD:
        check_free(target, force)


def finite(value: float | None) -> float | None:
    """A number fit for JSON, which has no infinity."""
    return value if value is not None and math.isfinite(value) else None


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
def progress_bar(label: str, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A callback that draws a fit's progress on stderr, or None where that is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} steps"),
        TextColumn("{task.fields[psnr]:.2f} dB"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(label, total=None, psnr=0.0)

        def report(progress: Progress) -> None:
            bars.update(task, total=progress.steps, completed=progress.step, psnr=progress.psnr_db)

        yield report
