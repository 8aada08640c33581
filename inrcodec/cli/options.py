"""Arguments and options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from inrcodec.limits import MAX_WORK
from inrcodec.settings import DEFAULT_EFFORT

__all__ = [
    "UNITS",
    "Decorator",
    "as_json",
    "bits",
    "device",
    "effort",
    "force",
    "input_path",
    "inputs",
    "limits_of_decoding",
    "limits_of_encoding",
    "output",
    "plot",
    "quiet",
    "recursive",
    "size",
    "threads",
    "together",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

input_path = click.Path(path_type=Path, allow_dash=True, readable=False)

inputs = click.argument("inputs", nargs=-1, required=True, type=input_path)
output = click.option(
    "-o", "--output", metavar="PATH", help="Output file, or folder for several inputs."
)
effort = click.option(
    "--effort",
    type=click.IntRange(1, 9),
    default=DEFAULT_EFFORT,
    show_default=True,
    help="Row of the effort table; higher is slower and better.",
)
recursive = click.option("--recursive", is_flag=True, help="Also the folders within a folder.")
force = click.option("--force", is_flag=True, help="Overwrite existing files.")
device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where networks are fitted, auto: on a GPU if there is one. Decoding takes a GPU for "
    "cuda alone, a latent grid never.",
)
threads = click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    help="CPU threads; by default one for each core. They change no byte of an .inr file, save "
    "of LoE's.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per input.")
quiet = click.option("--quiet", is_flag=True, help="Print errors only.")


def plot(help: str) -> Decorator:
    """The option that names a plot."""
    return click.option(
        *("-o", "--plot"),
        type=click.Path(path_type=Path, allow_dash=True, readable=False),
        metavar="PNG",
        help=help,
    )


UNITS: dict[str, int] = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("kmgt", start=1)},
}


def size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Bytes of a size such as 20kB, 1.5MB, 4GiB or 5000."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9.]+) *(|[kmgt]i?)b?", value.strip().lower())
    try:
        number = float(match[1]) if match else 0.0
    except ValueError:
        number = 0.0
    if match is None or number <= 0:
        raise click.BadParameter(f"{value!r} is no size")
    return round(number * UNITS[match[2]])


def _limits(work: str) -> Decorator:
    """The options that refuse what would take too much: the fields of `Limits`. `work` is in words
    what is allowed by default."""
    max_memory = click.option(
        "--max-memory",
        callback=size,
        metavar="SIZE",
        help="Refuse what would take more memory beyond the program's own: 4GiB, 500MB.  "
        "[default: half of the machine's or container's]",
    )
    max_work = click.option(
        "--max-work",
        type=click.FloatRange(0, min_open=True),
        metavar="FLOPS",
        help=f"Refuse what would take more floating-point operations.  [default: {work}]",
    )
    return lambda command: max_memory(max_work(command))


limits_of_encoding = _limits("any number, as effort and steps say")
limits_of_decoding = _limits(f"{MAX_WORK:.0e}, some hours of a CPU")


def bits(help: str) -> Decorator:
    """`--bits`: 8 or 16."""

    def number(context: click.Context, parameter: click.Parameter, value: str) -> int | None:
        return int(value) if value else None

    return click.option("--bits", type=click.Choice(["8", "16"]), callback=number, help=help)


def together(options: Sequence[Decorator]) -> Decorator:
    """Make one decorator that adds several options to a command, in their order in its help."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
