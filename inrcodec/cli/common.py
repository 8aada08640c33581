"""Parts that commands share: running over inputs, one-line errors, standard streams."""

from __future__ import annotations

import io
import math
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from inrcodec.cli.printing import complain, print_json, print_line
from inrcodec.errors import InrError, LimitError, UsageError
from inrcodec.limits import out_of_memory
from inrcodec.threads import limit_threads

if TYPE_CHECKING:
    from inrcodec.encoding import Encoded
    from inrcodec.limits import Limits
    from inrcodec.progress import Report
    from inrcodec.signal import Source

__all__ = [
    "SOME_FAILED",
    "STANDARD",
    "Result",
    "cause_of",
    "described",
    "errors_told",
    "finite",
    "first_interrupt",
    "in_decibels",
    "in_rate",
    "open_input",
    "open_named",
    "rates",
    "run_each",
    "set_threads",
    "watching",
]

STANDARD = Path("-")
SOME_FAILED = 6


@dataclass(frozen=True)
class Result:
    """The result of an input, or of one thing in it, to be printed.

    Attributes
    ----------
    fields
        Of its JSON object.
    lines
        For people.
    to_stderr
        Where stdout carries the file itself.
    error, exit_code
        What failed, if anything did.
    """

    fields: Mapping[str, Any]
    lines: Sequence[str] = ()
    to_stderr: bool = False
    error: str | None = None
    exit_code: int = 0


Action = Callable[[Path], Iterator[Result]]


def _of_input(source: Path) -> Result:
    return Result({"input": str(source)})


def run_each(
    inputs: Sequence[Path],
    action: Action,
    as_json: bool = False,
    quiet: bool = False,
    failed: Callable[[Path], Result] = _of_input,
) -> None:
    """Run an action over inputs and print its results. An error is one line that names the input;
    the others go on. As JSON, a failed input has an object, too: that of `failed`, with the error.

    Warnings are lines, unless `quiet`, and fields of the object. Exits with the error's code, or
    with 6 where there were several inputs.
    """
    code = 0
    for source in inputs:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", UserWarning)
            for result in _attempted(source, action, failed):
                notes = [str(warning.message) for warning in noted]
                noted.clear()
                _tell(source, result, notes, as_json, quiet)
                code = result.exit_code or code
        for warning in () if quiet else noted:
            complain(_named(source), warning.message)
    if code:
        sys.exit(code if len(inputs) == 1 else SOME_FAILED)


def _tell(source: Path, result: Result, notes: list[str], as_json: bool, quiet: bool) -> None:
    if as_json:
        fields = {**result.fields, "warnings": notes}
        if result.error is not None:
            fields |= {"error": result.error, "exit_code": result.exit_code}
        print_json(fields, result.to_stderr)
    elif not quiet:
        for line in result.lines:
            print_line(line, result.to_stderr)
    if result.error is not None:
        complain(_named(source), result.error)
    for note in () if quiet else notes:
        complain(_named(source), note)


def _named(source: Path) -> str:
    return "standard input" if source == STANDARD else str(source)


def _attempted(source: Path, action: Action, failed: Callable[[Path], Result]) -> Iterator[Result]:
    """The results of an action; the last one holds its error, if it has one."""
    try:
        yield from action(source)
    except Exception as error:
        cause = cause_of(error, source)
        if cause is None:
            raise
        message, code = cause
        yield replace(failed(source), error=message, exit_code=code)


def cause_of(error: Exception, source: Path | None = None) -> tuple[str, int] | None:
    """Return what to tell of an error (beside the name of the input that it is of), and its exit
    code; None of one that is not expected, or says that who read our output has gone."""
    if isinstance(error, InrError):
        return str(error), error.exit_code
    if out_of_memory(error):
        return "not enough memory", LimitError.exit_code
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        elsewhere = error.filename is not None and str(error.filename) != str(source)
        prefix = f"{error.filename}: " if elsewhere else ""
        return f"{prefix}{error.strerror or error}", 1
    return None


@contextmanager
def errors_told(source: object, as_json: bool) -> Iterator[None]:
    """End the command with a line for an error, and an object of its only input as JSON."""
    try:
        yield
    except Exception as error:
        cause = cause_of(error)
        if cause is None:
            raise
        message, code = cause
        if as_json:
            fields = {"input": str(source), "warnings": [], "error": message, "exit_code": code}
            print_json(fields)
        complain(message)
        sys.exit(code)


def open_input(source: Path) -> BinaryIO:
    """A file, or standard input as a seekable stream."""
    if source == STANDARD:
        if sys.stdin is None:
            raise UsageError("it is closed")
        return io.BytesIO(sys.stdin.buffer.read())
    return source.open("rb")


@contextmanager
def open_named(source: Path, limits: Limits, bits: int | None = None) -> Iterator[Source]:
    """Open a signal that is not a command's only input: what is wrong with it names it. `bits` as
    of `open_signal`."""
    from inrcodec.media.files import open_signal

    if source.is_dir():
        raise UsageError(f"{source}: is a folder; name the files in it")
    with open_input(source) as stream:
        try:
            with open_signal(stream, limits, source.name, bits) as signal:
                yield signal
        except InrError as error:
            raise type(error)(f"{source}: {error}") from error


@contextmanager
def watching(quiet: bool) -> Iterator[Callable[[str], Report | None]]:
    """Give a progress bar for each item in turn; the first interrupt ends it."""
    from inrcodec.cli.bars import progress_bar

    with first_interrupt() as stop, ExitStack() as bars:

        def watch(name: str) -> Report | None:
            bars.close()
            return bars.enter_context(progress_bar(name, quiet, stop))

        yield watch


def finite(value: float | None) -> float | None:
    """A number fit for JSON, which has no infinity."""
    return value if value is not None and math.isfinite(value) else None


def rates(encoded: Encoded) -> dict[str, float | None]:
    """Rate and quality of what was encoded, fit for JSON."""
    return {**encoded.bit_rate, **{name: finite(value) for name, value in encoded.quality.items()}}


def described(fields: Mapping[str, float | None]) -> str:
    """Rate and quality, as `rates` has them, for a line."""
    (rate, value), (quality, decibels), *_ = fields.items()
    assert value is not None
    return f"{in_rate(rate, value)}, {in_decibels(quality, decibels)}"


def in_rate(name: str, value: float) -> str:
    """A rate, `bits_per_pixel` or `kbps`, for a line."""
    return f"{value:.3f} bpp" if name == "bits_per_pixel" else f"{value:.1f} kbit/s"


def in_decibels(quality: str, decibels: float | None) -> str:
    """A measure of quality for a line."""
    if decibels is None:
        return "lossless"
    return f"{decibels:.2f} dB" + " SNR" * (quality == "snr_db")


def set_threads(threads: int | None) -> None:
    """Set how many CPU threads this process may use; None: as many as it has cores."""
    limit_threads(threads)


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Tell whether Ctrl-C was pressed once within the block; the second time aborts."""
    pressed: list[bool] = []

    def press(*_: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        complain("ending with the best so far; once more to abort")

    # Only the main thread may be told of signals.
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
