"""Arguments and options that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

from inrcodec.limits import MAX_PIXELS
from inrcodec.settings import DEFAULT_EFFORT

__all__ = [
    "as_json",
    "device",
    "effort",
    "force",
    "input_path",
    "inputs",
    "max_pixels",
    "output",
    "quiet",
    "threads",
]

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
force = click.option("--force", is_flag=True, help="Overwrite existing files.")
device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the network runs; auto takes a GPU if there is one.",
)
threads = click.option("--threads", type=click.IntRange(1, 1024), help="CPU threads.")
max_pixels = click.option(
    "--max-pixels",
    type=click.IntRange(1),
    default=MAX_PIXELS,
    show_default=True,
    help="Refuse pictures, read or written, of more pixels.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per input.")
quiet = click.option("--quiet", is_flag=True, help="Print errors only.")
