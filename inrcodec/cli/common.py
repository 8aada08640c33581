"""What commands share: running over inputs, one-line errors, standard streams."""

from __future__ import annotations

import errno
import io
import math
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from inrcodec.cli.inputs import Input
from inrcodec.cli.printing import complain, is_terminal, print_json, print_line
from inrcodec.errors import InrError, LimitError, UsageError
from inrcodec.files import check_free, passed_on, whole_file
from inrcodec.limits import out_of_memory
from inrcodec.machine import cpu_cores

if TYPE_CHECKING:
    from inrcodec.batch.manifest import Record
    from inrcodec.encoding import Encoded

__all__ = [
    "STANDARD",
    "Result",
    "cause_of",
    "check_target",
    "described",
    "finite",
    "first_interrupt",
    "open_input",
    "open_output",
    "plan_outputs",
    "rates",
    "run_each",
    "set_threads",
    "write_output",
]

STANDARD = Path("-")
_SOME_FAILED = 6
_SEPARATORS = ("/", os.sep)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Result:
    """What became of an input, or of one thing in it, to be printed.

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
        sys.exit(code if len(inputs) == 1 else _SOME_FAILED)


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
    """What to tell of an error (beside the name of the input that it is of), and its exit code;
    None of one that is not expected, or says that who read our output has gone."""
    if isinstance(error, InrError):
        return str(error), error.exit_code
    if out_of_memory(error):
        return "not enough memory", LimitError.exit_code
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        elsewhere = error.filename is not None and str(error.filename) != str(source)
        prefix = f"{error.filename}: " if elsewhere else ""
        return f"{prefix}{error.strerror or error}", 1
    return None


def open_input(source: Path) -> BinaryIO:
    """A file, or standard input as a seekable stream."""
    if source == STANDARD:
        if sys.stdin is None:
            raise UsageError("it is closed")
        return io.BytesIO(sys.stdin.buffer.read())
    return source.open("rb")


def plan_outputs(
    inputs: Sequence[Input], wanted: str | None, named: Callable[[Path], Path], several: bool
) -> dict[Path, Path]:
    """Where each input's output goes, decided before any work.

    `wanted` is a folder if it is one, ends like one, or there are `several` inputs; it is made
    then. Without it, outputs go to standard output for standard input, else beside the input under
    the name that `named` gives. Two inputs with one output are refused, and a terminal as an
    output.
    """
    if wanted == str(STANDARD) and several:
        raise UsageError("standard output holds one file")
    folder = _folder(wanted, several)
    targets: dict[Path, Path] = {}
    taken: set[Path] = set()
    for source in inputs:
        path = source.path
        if folder is not None:
            target = folder / named(source.inner if path != STANDARD else Path("stdin"))
        elif wanted is not None:
            target = Path(wanted)
        else:
            target = STANDARD if path == STANDARD else named(path)
        if path in targets or target in taken:
            raise UsageError(f"two inputs would be written to {target}")
        if _is_same(target, path):
            raise UsageError(f"{path} would be written over itself")
        targets[path] = target
        taken.add(target)
    if STANDARD in taken:
        _check_standard_output()
    return targets


def _is_same(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return False


def _check_standard_output() -> None:
    if sys.stdout is None:
        raise UsageError("standard output is closed; name a file with -o")
    if is_terminal(sys.stdout):
        raise UsageError("a terminal cannot show a file; name one with -o, or use a pipe")


def _folder(wanted: str | None, several: bool) -> Path | None:
    """The folder that outputs go to, made if need be; None where they go to a file."""
    if wanted is None or wanted == str(STANDARD):
        return None
    if not several and not wanted.endswith(_SEPARATORS) and not Path(wanted).is_dir():
        return None
    try:
        Path(wanted).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InrError(f"{wanted}: {error.strerror}") from error
    return Path(wanted)


def write_output(target: Path, data: bytes, force: bool) -> None:
    """Write a file whole, or to standard output."""
    with open_output(target, force) as stream:
        stream.write(data)


@contextmanager
def open_output(target: Path, force: bool) -> Iterator[BinaryIO]:
    """A seekable stream to a file, or to standard output, that gets it whole or not at all."""
    opened = passed_on(sys.stdout.buffer) if target == STANDARD else whole_file(target, force)
    try:
        with opened as stream:
            yield stream
    except OSError as error:
        # Only a write ends like this, and its error does not say of which file.
        if error.filename is not None or error.errno not in _NO_ROOM:
            raise
        name = "standard output" if target == STANDARD else str(target)
        raise OSError(error.errno, error.strerror, name) from error


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


def set_threads(threads: int | None) -> None:
    """How many CPU threads torch may use; None leaves it to torch, which knows of no quota."""
    if threads is not None and threads < 1:
        raise UsageError(f"{threads} threads; 1 is the least")
    import torch

    wanted = threads or min(torch.get_num_threads(), cpu_cores())
    if wanted != torch.get_num_threads():
        torch.set_num_threads(wanted)


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed once within the block; the second time aborts."""
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
