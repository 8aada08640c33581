"""`inrcodec crop`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from inrcodec.cli import options
from inrcodec.cli.common import STANDARD, Result, open_input, run_each
from inrcodec.cli.inputs import SUFFIX, Input
from inrcodec.cli.outputs import check_target, output_name, plan_outputs, write_output
from inrcodec.cli.views import region, time
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container
from inrcodec.cropping import crop_item
from inrcodec.errors import UsageError
from inrcodec.signal.views import View

__all__ = ["crop"]


@click.command()
@click.argument("source", type=options.input_path)
@click.option("--region", type=region, metavar="X,Y,W,H", help="Of an image: in its pixels.")
@click.option("--time", type=time, metavar="START:STOP", help="Of an audio file: in seconds.")
@click.option(
    "--item", "wanted", metavar="NAME", help="Of an album: name of what to crop, or its place."
)
@options.output
@options.force
@options.as_json
@options.quiet
def crop(
    source: Path,
    region: tuple[int, int, int, int] | None,
    time: tuple[float | None, float | None] | None,
    wanted: str | None,
    output: str | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Cut a part out of an .inr file, without decoding or coding it again.

    The tiles that the part depends on are kept: what it renders to is what `decode` gives for that
    region or time of the original. Models that are one network for all have no tiles.

    \b
      inrcodec crop photo.inr --region 128,64,256,256 -o part.inr
      inrcodec crop song.inr --time 12.5:20      writes song.crop.inr
      inrcodec crop album.inr --item kodim03 --region 0,0,100,100 -o corner.inr
    """

    try:
        view = View(region=region, time=time)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    if view == View():
        raise click.UsageError("give a --region, or of audio a --time")
    targets = plan_outputs([Input.of(source)], output, _cropped_path, several=False)

    def crop_one(path: Path) -> Iterator[Result]:
        target = targets[path]
        check_target(target, force)
        with open_input(path) as stream, Container(stream) as container:
            names = read_names(container)
            (item,) = find_items(names, [wanted]) if wanted is not None else _only(names)
            data = crop_item(container, item, view)
            line = f"{output_name(target)}: {len(data)} bytes of {container.size}"
        write_output(target, data, force)
        fields = {"input": str(path), "output": str(target), "bytes": len(data)}
        yield Result(fields, (line,), target == STANDARD)

    def failed(path: Path) -> Result:
        return Result({"input": str(path)}, to_stderr=targets[path] == STANDARD)

    run_each([source], crop_one, as_json, quiet, failed)


def _cropped_path(source: Path) -> Path:
    """Return where a part of `source` goes: photo.inr to photo.crop.inr."""
    return source.with_suffix(f".crop{SUFFIX}")


def _only(names: dict[int, str]) -> list[int]:
    """Return the only signal of a file; `UsageError` where there are several."""
    if len(names) > 1:
        raise UsageError(f"it has {len(names)} signals; name one with --item")
    return [*names]
