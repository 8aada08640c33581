"""Outputs of commands: their names, folders, standard output."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inrcodec.cli.common import STANDARD
from inrcodec.cli.inputs import SUFFIX, Input
from inrcodec.cli.printing import is_terminal
from inrcodec.errors import InrError, UsageError
from inrcodec.files import check_free, passed_on, whole_file
from inrcodec.signal.views import View

__all__ = [
    "check_apart",
    "check_plot",
    "check_target",
    "decoded_path",
    "encoded_path",
    "open_output",
    "output_name",
    "plan_outputs",
    "write_output",
]

_SEPARATORS = ("/", os.sep)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def plan_outputs(
    inputs: Sequence[Input], wanted: str | None, named: Callable[[Path], Path], several: bool
) -> dict[Path, Path]:
    """Plan where each input's output goes, before any work.

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
        check_apart(target, path)
        targets[path] = target
        taken.add(target)
    if STANDARD in taken:
        _check_standard_output()
    return targets


def check_apart(target: Path, source: Path) -> None:
    """Refuse an output that is an input."""
    try:
        same = target.samefile(source)
    except OSError:
        same = False
    if same:
        raise UsageError(f"{source} would be written over itself")


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
        raise OSError(error.errno, error.strerror, output_name(target)) from error


def output_name(target: Path) -> str:
    """Return what an output is called in a line."""
    return "standard output" if target == STANDARD else str(target)


def check_target(target: Path, force: bool) -> None:
    """Refuse an output that exists, or has no folder, or is a terminal, before the work for it is
    done."""
    if target == STANDARD:
        _check_standard_output()
    else:
        check_free(target, force)


def check_plot(target: Path, force: bool) -> None:
    """Refuse a plot as `check_target` and a terminal do, and one that is to be no PNG."""
    if target == STANDARD:
        _check_standard_output()
    elif target.suffix.lower() != ".png":
        raise UsageError(f"{target}: plots are PNG files; name one with .png at its end")
    check_target(target, force)


def encoded_path(source: Path) -> Path:
    """Return where `source` is encoded to: photo.png to photo.inr."""
    return source.with_suffix(SUFFIX)


def decoded_path(source: Path, view: View, extension: str = ".png") -> Path:
    """Return where `source` is decoded to, never the name of an original: photo.inr to
    photo.decoded.png, photo@4x.png, photo@1920x1280.png or photo@128,64,256,256@2x.png; song.inr
    to song.decoded.wav, song@96000Hz.wav or song@12.5-20s.wav."""
    marks = ""
    if view.region is not None:
        marks += "@" + ",".join(map(str, view.region))
    if view.time is not None:
        begin, end = ("" if t is None else f"{t:.10g}" for t in view.time)
        marks += f"@{begin or 0}-{end or 'end'}s"
    if view.size is not None:
        marks += f"@{view.size[0]}x{view.size[1]}"
    elif view.scale is not None and view.scale != 1:
        marks += f"@{view.scale:g}x"
    if view.rate is not None:
        marks += f"@{view.rate}Hz"
    stem = source.name.removesuffix(SUFFIX)
    return source.with_name(f"{stem}{marks or '.decoded'}{extension}")
