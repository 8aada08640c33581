"""Arguments and options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from inrcodec.codecs.inr.networks.activations import ACTIVATIONS
from inrcodec.codecs.inr.networks.enrp import PRESETS
from inrcodec.codecs.inr.quantization import PRECISIONS
from inrcodec.codecs.registry import MODELS
from inrcodec.limits import MAX_WORK
from inrcodec.settings import AUTO, DEFAULT_EFFORT, DEFAULT_MODELS, DEFAULT_QUALITY, METADATA_KINDS

__all__ = [
    "as_json",
    "device",
    "effort",
    "encoding",
    "force",
    "input_path",
    "inputs",
    "limits_of_decoding",
    "limits_of_encoding",
    "output",
    "quiet",
    "recursive",
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
recursive = click.option("--recursive", is_flag=True, help="Also the folders within a folder.")
force = click.option("--force", is_flag=True, help="Overwrite existing files.")
device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where the network runs; auto takes a GPU if there is one.",
)
threads = click.option(
    "--threads",
    type=click.IntRange(1, 1024),
    help="CPU threads; by default one for each core. They change no byte of an .inr file, save "
    "of LoE's.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per input.")
quiet = click.option("--quiet", is_flag=True, help="Print errors only.")

_UNITS: dict[str, int] = {
    "": 1,
    **{letter: 1000**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}i": 1024**power for power, letter in enumerate("kmgt", start=1)},
}


def _strip(_: click.Context, __: click.Parameter, value: str) -> frozenset[str]:
    kinds = frozenset(kind for kind in value.split(",") if kind)
    if unknown := kinds - set(METADATA_KINDS):
        raise click.BadParameter(f"no kind {', '.join(sorted(unknown))}")
    return kinds


def _size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
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
    return round(number * _UNITS[match[2]])


def _limits(work: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that refuse what would take too much: the fields of `Limits`. `work` is in words
    what is allowed by default."""
    max_memory = click.option(
        "--max-memory",
        callback=_size,
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


def _assignments(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.BadParameter(f"{wrong[0]!r} is not of the form FIELD=VALUE")
    return {name: value for name, _, value in pairs}


_ENCODING = (
    click.option(
        "--model",
        type=click.Choice([AUTO, *(m.name for m in MODELS)]),
        default=AUTO,
        show_default=True,
        help="See `inrcodec models`; auto is {image}, of audio signals {audio signal}.".format(
            **DEFAULT_MODELS
        ),
    ),
    click.option(
        "-q",
        "--quality",
        type=click.FloatRange(1, 100),
        help=f"Of the latent grid, about as AVIF's.  [default: {DEFAULT_QUALITY:g}]",
    ),
    click.option("--lmbda", type=float, help="Squared error that a bit per pixel is worth."),
    click.option("--target-psnr", type=float, metavar="DB", help="Reach this PSNR."),
    click.option("--target-bpp", type=float, metavar="BPP", help="Reach this many bits per pixel."),
    click.option(
        "--target-size",
        callback=_size,
        metavar="SIZE",
        help="Reach this file size: 20kB, 1MB, 5000.",
    ),
    click.option(
        "--alpha-quality",
        type=click.IntRange(0, 100),
        help="Below 100: fewer levels of alpha.  [default: 100]",
    ),
    effort,
    click.option(
        "--time", type=float, metavar="SECONDS", help="Refine for so long, instead of an effort."
    ),
    click.option("--steps", type=click.IntRange(0), help="Fitting steps, instead of the effort's."),
    click.option("--tile", type=click.IntRange(1), help="Side of a tile in pixels or samples."),
    click.option(
        "--segments", type=click.IntRange(1), help="Of audio signals: equal tiles of a chunk."
    ),
    click.option(
        "--preset",
        type=click.Choice(list(PRESETS)),
        help="Of enrp on audio signals: 2, 4, 8, 16 or 32 segments of width 64 and depth 5.",
    ),
    click.option(
        "--chunk",
        type=float,
        metavar="SECONDS",
        help="Of audio signals: the longest that is fitted at a time; damage stays within it.",
    ),
    click.option("--width", type=click.IntRange(1), help="Features of a hidden layer."),
    click.option("--depth", type=click.IntRange(0), help="Hidden-to-hidden layers."),
    click.option("--omega", type=float, help="Frequency factor of the sine layers."),
    click.option(
        "--activation",
        type=click.Choice([a.name for a in ACTIVATIONS.values()]),
        help="Non-linearity, with its own omega and learning rate.",
    ),
    click.option(
        "--set",
        "options",
        multiple=True,
        callback=_assignments,
        metavar="FIELD=VALUE",
        help="Any field of the model; see `inrcodec models`.",
    ),
    click.option("--lr", "learning_rate", type=float, help="Learning rate at the start."),
    click.option("--stop-psnr", type=float, metavar="DB", help="Stop the fit at this PSNR."),
    click.option(
        "--seed",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Same seed, same device: same bytes.",
    ),
    click.option(
        "--precision",
        type=click.Choice(list(PRECISIONS)),
        default="fp16",
        show_default=True,
        help="Precision of the stored weights.",
    ),
    click.option(
        "--strip",
        callback=_strip,
        default="",
        metavar="KINDS",
        help=f"Metadata to leave out: {','.join(METADATA_KINDS)}.",
    ),
)


def encoding(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of models and rates: the fields of `Settings`, save device and limits."""
    for option in reversed(_ENCODING):
        command = option(command)
    return command
