"""`inrcodec extend`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from inrcodec.cli import options
from inrcodec.cli.bars import progress_bar
from inrcodec.cli.common import (
    STANDARD,
    Result,
    described,
    first_interrupt,
    open_input,
    open_named,
    rates,
    run_each,
    set_threads,
)
from inrcodec.cli.inputs import Input
from inrcodec.cli.outputs import (
    check_apart,
    check_target,
    encoded_path,
    output_name,
    plan_outputs,
    write_output,
)
from inrcodec.codecs.registry import make_settings
from inrcodec.container.sections import Container

__all__ = ["extend"]


@click.command()
@click.argument("part", type=options.input_path)
@click.argument("whole", type=options.input_path)
@click.option("--keep", is_flag=True, help="Leave the tiles of the part as they are, byte by byte.")
@options.effort
@click.option(
    "--steps", type=click.IntRange(0), help="Of networks: fitting steps, instead of the effort's."
)
@options.output
@options.force
@options.device
@options.threads
@options.limits_of_encoding
@options.as_json
@options.quiet
def extend(
    part: Path,
    whole: Path,
    keep: bool,
    output: str | None,
    force: bool,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **wanted: Any,
) -> None:
    """Make the whole of a crop again: encode the tiles that it lacks.

    PART is what `crop` writes, WHOLE the image or audio file that it is a part of. With --keep the
    part's tiles stay as they are; else all tiles of a network are fitted on, and a grid, or
    samples, are encoded anew with the part's settings.

    \b
      inrcodec extend part.inr photo.png --keep    writes photo.inr
      inrcodec extend part.inr photo.png -o whole.inr --effort 5
    """

    if part == whole == STANDARD:
        raise click.UsageError("standard input is the part or the whole, not both")
    targets = plan_outputs([Input.of(whole)], output, encoded_path, several=False)
    check_apart(targets[whole], part)

    def extend_one(part: Path) -> Iterator[Result]:
        target = targets[whole]
        check_target(target, force)
        settings = make_settings(**wanted)
        from inrcodec.extending import bits_of, extend_item

        with (
            open_input(part) as stream,
            Container(stream) as container,
            open_named(whole, settings.limits, bits_of(container)) as signal,
        ):
            set_threads(threads)
            with first_interrupt() as stop, progress_bar(whole.name, quiet, stop) as report:
                encoded = extend_item(container, 1, signal, keep, settings, report)
        write_output(target, encoded.data, force)
        fields = {
            "input": str(whole),
            "part": str(part),
            "output": str(target),
            "model": encoded.model,
            "bytes": len(encoded.data),
            **rates(encoded),
            "seconds": encoded.seconds,
        }
        measured = described(rates(encoded))
        line = f"{len(encoded.data)} bytes, {measured}, {encoded.seconds:.1f} s"
        yield Result(fields, (f"{output_name(target)}: {line}",), target == STANDARD)

    def failed(part: Path) -> Result:
        return Result(
            {"input": str(whole), "part": str(part)}, to_stderr=targets[whole] == STANDARD
        )

    run_each([part], extend_one, as_json, quiet, failed)
