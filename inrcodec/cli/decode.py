"""`inrcodec decode`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inrcodec.cli import options
from inrcodec.cli.common import (
    STANDARD,
    announce,
    check_target,
    open_input,
    plan_outputs,
    run_each,
    set_threads,
    write_output,
)
from inrcodec.container.names import find_item, read_names, stems
from inrcodec.errors import UsageError
from inrcodec.files import decoded_path

if TYPE_CHECKING:
    from inrcodec.container.sections import Container

__all__ = ["decode"]


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


@click.command()
@options.inputs
@options.output
@options.force
@click.option("--scale", type=float, help="Output pixels per pixel of the original.")
@click.option("--size", type=_size, metavar="WxH", help="Size of the output, instead of a scale.")
@click.option(
    "--region",
    type=_region,
    metavar="X,Y,W,H",
    help="Part to decode, in pixels of the original; only its tiles are read.",
)
@click.option(
    "--item",
    "wanted",
    multiple=True,
    metavar="NAME",
    help="Of an album: name of a picture, or its place from 1; repeatable.",
)
@options.device
@options.threads
@options.max_pixels
@options.as_json
@options.quiet
def decode(
    inputs: tuple[Path, ...],
    output: str | None,
    force: bool,
    scale: float | None,
    size: tuple[int, int] | None,
    region: tuple[int, int, int, int] | None,
    wanted: tuple[str, ...],
    device: str,
    threads: int | None,
    max_pixels: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Render .inr files as pictures, at any resolution.

    \b
      inrcodec decode photo.inr                  writes photo.decoded.png
      inrcodec decode --scale 4 photo.inr        writes photo@4x.png
      inrcodec decode --size 1920x1280 photo.inr -o large.webp
      inrcodec decode --region 128,64,256,256 --scale 2 photo.inr
      inrcodec decode album.inr --item kodim03 --scale 2
      inrcodec decode album.inr -o pictures/     all of them
      inrcodec decode - < photo.inr > photo.png  through standard streams
    """
    named = partial(decoded_path, scale=scale, size=size, region=region)
    targets = plan_outputs(inputs, output, named)

    def decode_one(source: Path) -> None:
        # Headers are checked without torch, which takes a second to load.
        from inrcodec.container.headers import read_header
        from inrcodec.container.sections import Container

        with open_input(source) as stream, Container(stream) as container:
            names = read_names(container)
            items = [find_item(names, name) for name in wanted] or list(names)
            outputs = _outputs(names, items, targets[source], output, named, bool(wanted))
            for item, target in zip(items, outputs, strict=True):
                check_target(target, force)
                read_header(container, item, max_pixels)
                render(source, container, item, target)

    def render(source: Path, container: Container, item: int, target: Path) -> None:
        began = time.perf_counter()
        set_threads(threads)
        from inrcodec.pictures import check_extension, picture_bytes
        from inrcodec.representation import Representation

        extension = ".png" if target == STANDARD else target.suffix
        check_extension(extension)
        signal = Representation(container, item, max_pixels, device).decode(scale, size, region)
        write_output(target, picture_bytes(signal, extension), force)
        fields = {
            "input": str(source),
            "output": str(target),
            "width": signal.format.width,
            "height": signal.format.height,
            "seconds": time.perf_counter() - began,
        }
        name = "standard output" if target == STANDARD else target
        line = f"{name}: {signal.format.width}×{signal.format.height}, {fields['seconds']:.1f} s"
        announce(target, fields, line, as_json, quiet)

    run_each(inputs, decode_one, quiet)


def _outputs(
    names: dict[int, str],
    items: Sequence[int],
    target: Path,
    output: str | None,
    named: Callable[[Path], Path],
    chosen: bool,
) -> list[Path]:
    """Where pictures of a file go, whose own output would be `target`: under their own names,
    unless it is one picture and a file is named for it."""
    to_folder = output is not None and Path(output) != target
    beside = chosen and output is None and target != STANDARD
    if len(items) > 1 and not to_folder and not beside:
        raise UsageError(
            f"it holds {len(names)} pictures; name a folder with -o, or one of them with --item"
        )
    if not any(names.values()) or target == STANDARD or (output is not None and not to_folder):
        return [target]
    own = stems(names)
    return [target.with_name(named(Path(own[item] + ".inr")).name) for item in items]
