"""Parts of signals as they are written on the command line."""

from __future__ import annotations

import re

import click

__all__ = ["region", "size", "time"]


def size(value: str) -> tuple[int, int]:
    """Width and height of a text such as 1920x1280."""
    match = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 1920x1280")
    return int(match[1]), int(match[2])


def region(value: str) -> tuple[int, int, int, int]:
    """Left, top, width and height of a text such as 128,64,256,256."""
    match = re.fullmatch(r"(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 128,64,256,256")
    x, y, width, height = map(int, match.groups())
    return x, y, width, height


def time(value: str) -> tuple[float | None, float | None]:
    """Start and stop in seconds of a text such as 12.5:20; None for an end that is left out."""
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)?:(\d+\.?\d*|\.\d+)?", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 12.5:20")
    begin, end = (None if part is None else float(part) for part in match.groups())
    return begin, end
