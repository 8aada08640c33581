"""The one door to the standard streams: lines and JSON that no name can break.

Names may hold anything that a file system takes: line ends, escape sequences, bytes that are no
text. A stream may have an encoding without the characters of a line.
"""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any

import click

__all__ = ["complain", "is_terminal", "print_json", "print_line", "printable", "replace_unknown"]

# Controls, formats (as those that turn the direction of text), surrogates, separators of lines.
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# How Python holds a byte of a name that is not UTF-8.
_FIRST_BYTE, _LAST_BYTE, _BYTE_OFFSET = 0xDC80, 0xDCFF, 0xDC00
# What our own lines hold beyond ASCII, for streams that lack it.
_ASCII = str.maketrans({"×": "x", "…": "...", "λ": "lambda"})


def printable(text: object) -> str:
    """A text as one line, with escapes (`\\n`, `\\x1b`) in place of what is not printed."""
    shown = str(text)
    return shown if shown.isprintable() else "".join(map(_escaped, shown))


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _ESCAPED:
        return character
    code = ord(character)
    if _FIRST_BYTE <= code <= _LAST_BYTE:
        return f"\\x{code - _BYTE_OFFSET:02x}"
    return character.encode("unicode_escape").decode("ascii")


def print_line(text: object, to_stderr: bool = False) -> None:
    """Print one line, whatever the text holds; nothing where there is no such stream."""
    stream = sys.stderr if to_stderr else sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    line = printable(text)
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        line = line.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    _write(line, to_stderr)


def print_json(fields: Mapping[str, Any], to_stderr: bool = False) -> None:
    """Print an object as one line of ASCII."""
    _write(json.dumps(fields), to_stderr)


def _write(line: str, to_stderr: bool) -> None:
    try:
        click.echo(line, err=to_stderr)
    except OSError as error:
        # Of what is wrong with stderr nobody can be told; the exit code stands.
        if to_stderr:
            return
        if isinstance(error, BrokenPipeError):
            raise
        raise OSError(error.errno, error.strerror, "standard output") from error


def complain(name: object, message: object = None) -> None:
    """Print an error or a warning as a line on stderr: of a name, or of the program alone."""
    about = name if message is None else f"{name}: {message}"
    print_line(f"inrcodec: {about}", to_stderr=True)


def replace_unknown() -> None:
    """Have the standard streams escape what their encoding lacks, instead of failing.

    This is for a process that is the command line's own.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_terminal(stream: io.TextIOBase | Any) -> bool:
    """Tell whether one of the standard streams, which may be closed, is a terminal."""
    return stream is not None and stream.isatty()
