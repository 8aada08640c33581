"""`inrcodec decode`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import (
    STANDARD,
    announce,
    check_target,
    open_input,
    open_output,
    plan_outputs,
    run_each,
    set_threads,
)
from inrcodec.cli.losses import Losses
from inrcodec.container.names import find_items, read_names, stems
from inrcodec.errors import FormatError, UsageError
from inrcodec.files import decoded_path
from inrcodec.limits import Limits
from inrcodec.signals import AnyFormat, ImageFormat
from inrcodec.views import View

if TYPE_CHECKING:
    from inrcodec.container.sections import Container

__all__ = ["decode"]

# Of outputs that the user does not name, by the kind of signal.
EXTENSIONS = {"image": ".png", "recording": ".wav"}


def _size(value: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 1920x1280")
    return int(match[1]), int(match[2])


def _region(value: str) -> tuple[int, int, int, int]:
    match = re.fullmatch(r"(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 128,64,256,256")
    x, y, width, height = map(int, match.groups())
    return x, y, width, height


def _time(value: str) -> tuple[float | None, float | None]:
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)?:(\d+\.?\d*|\.\d+)?", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not of the form 12.5:20")
    begin, end = (None if part is None else float(part) for part in match.groups())
    return begin, end


@click.command()
@options.inputs
@options.output
@options.force
@click.option("--scale", type=float, help="Of a picture: output pixels per pixel.")
@click.option(
    "--size", type=_size, metavar="WxH", help="Of a picture: its size, instead of a scale."
)
@click.option(
    "--region",
    type=_region,
    metavar="X,Y,W,H",
    help="Of a picture: part to decode, in its pixels; only the tiles it touches are read.",
)
@click.option("--rate", type=click.IntRange(1), metavar="HZ", help="Of a recording: sample rate.")
@click.option(
    "--time",
    type=_time,
    metavar="START:STOP",
    help="Of a recording: part to decode, in seconds; only the segments it touches are read.",
)
@click.option(
    "--allow-damaged",
    is_flag=True,
    help="Of recordings and of pictures in tiled networks: decode what is sound of a damaged "
    "file, the rest as silence or gray; exits with 3.",
)
@click.option(
    "--item",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Of an album: name of what to decode, or its place from 1; repeatable.",
)
@options.device
@options.threads
@options.limits
@options.as_json
@options.quiet
def decode(
    inputs: tuple[Path, ...],
    output: str | None,
    force: bool,
    scale: float | None,
    size: tuple[int, int] | None,
    region: tuple[int, int, int, int] | None,
    rate: int | None,
    time: tuple[float | None, float | None] | None,
    allow_damaged: bool,
    wanted: tuple[str, ...],
    device: str,
    threads: int | None,
    max_pixels: int,
    max_samples: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Render .inr files as pictures or sound, at any resolution.

    \b
      inrcodec decode photo.inr                  writes photo.decoded.png
      inrcodec decode --scale 4 photo.inr        writes photo@4x.png
      inrcodec decode --size 1920x1280 photo.inr -o large.webp
      inrcodec decode --region 128,64,256,256 --scale 2 photo.inr
      inrcodec decode song.inr                   writes song.decoded.wav
      inrcodec decode --rate 96000 --time 12.5:20 song.inr -o part.flac
      inrcodec decode album.inr --item kodim03 --scale 2
      inrcodec decode album.inr -o pictures/     all of them
      inrcodec decode - < photo.inr > photo.png  through standard streams
    """

    def decode_one(source: Path) -> None:
        # Headers are checked without torch, which takes a second to load.
        from inrcodec.container.headers import read_header
        from inrcodec.container.sections import Container

        limits = Limits(max_pixels, max_samples)
        with open_input(source) as stream, Container(stream, allow_damaged) as container:
            names = read_names(container)
            items = find_items(names, wanted) or list(names)
            outputs = _outputs(names, items, targets[source], output, named, bool(wanted))
            failures: list[str] = []
            for item, target in zip(items, outputs, strict=True):
                try:
                    header = read_header(container, item, limits)
                    header.format.raster(view, limits)
                    if target != STANDARD and (output is None or Path(output) != target):
                        target = target.with_suffix(EXTENSIONS[header.format.name])
                    check_target(target, force)
                    set_threads(threads)
                    render(source, container, item, target)
                except FormatError as error:
                    if not allow_damaged or len(items) == 1:
                        raise
                    # The other items may be sound.
                    failures.append(f"{names[item]}: {error}")
            if failures:
                raise FormatError("; ".join(failures))

    def render(source: Path, container: Container, item: int, target: Path) -> None:
        began = perf_counter()
        from inrcodec.representation import Representation
        from inrcodec.signal_files import check_extension, save_signal

        losses = Losses()
        lost = losses.add if allow_damaged else None
        shown = Representation(container, item, Limits(max_pixels, max_samples), device, lost)
        extension = EXTENSIONS[shown.format.name] if target == STANDARD else target.suffix
        check_extension(shown, extension)
        with open_output(target, force) as stream:
            lengths = save_signal(shown, view, stream, extension)
        fields, line = _described(shown.format.shown_as(view, lengths))
        fields = {"input": str(source), "output": str(target), **fields}
        fields |= {"lost": losses.ranges(), "seconds": perf_counter() - began}
        name = "standard output" if target == STANDARD else target
        announce(target, fields, f"{name}: {line}, {fields['seconds']:.1f} s", as_json, quiet)
        losses.complain(shown.format)

    view: View
    try:
        view = View(scale, size, region, rate, time)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    named = partial(decoded_path, view=view)
    targets = plan_outputs(inputs, output, named)
    run_each(inputs, decode_one, quiet)


def _described(format: AnyFormat) -> tuple[dict[str, Any], str]:
    """What was written, as fields and in words."""
    if isinstance(format, ImageFormat):
        size = {"width": format.width, "height": format.height}
        return size, f"{format.width}×{format.height}"
    fields = {"frames": format.frames, "rate": format.rate, "channels": format.channels}
    return fields, f"{format.seconds:.2f} s at {format.rate} Hz"


def _outputs(
    names: dict[int, str],
    items: Sequence[int],
    target: Path,
    output: str | None,
    named: Callable[[Path], Path],
    chosen: bool,
) -> list[Path]:
    """Where items of a file go, whose own output would be `target`: under their own names,
    unless it is one item and a file is named for it."""
    to_folder = output is not None and Path(output) != target
    beside = chosen and output is None and target != STANDARD
    if len(items) > 1 and not to_folder and not beside:
        raise UsageError(
            f"it holds {len(names)} items; name a folder with -o, or one of them with --item"
        )
    if not any(names.values()) or target == STANDARD or (output is not None and not to_folder):
        return [target]
    own = stems(names)
    return [target.with_name(named(Path(own[item] + ".inr")).name) for item in items]
