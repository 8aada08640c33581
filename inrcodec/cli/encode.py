"""`inrcodec encode`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from inrcodec.cli import model_options, options
from inrcodec.cli.album import encode_album, is_album
from inrcodec.cli.bars import progress_bar
from inrcodec.cli.clips import encode_clip, is_clip_input
from inrcodec.cli.common import (
    STANDARD,
    Result,
    described,
    first_interrupt,
    open_input,
    rates,
    run_each,
    set_threads,
)
from inrcodec.cli.inputs import Input, is_folder
from inrcodec.cli.outputs import (
    check_target,
    encoded_path,
    output_name,
    plan_outputs,
    write_output,
)
from inrcodec.codecs.registry import make_settings
from inrcodec.errors import UsageError

__all__ = ["encode"]


@click.command(cls=model_options.SectionedCommand)
@options.inputs
@options.output
@options.force
@click.option(
    "--sequence",
    is_flag=True,
    help="The inputs are frames of one size that follow each other: each is encoded as what "
    "changes. An animation or a video is, without this.",
)
@click.option(
    "--fps",
    type=click.FloatRange(0, min_open=True),
    help="Frames a second, instead of what files say; of frames in files 10.",
)
@model_options.encoding
@options.device
@options.threads
@options.limits_of_encoding
@options.as_json
@options.quiet
def encode(
    inputs: tuple[Path, ...],
    output: str | None,
    force: bool,
    sequence: bool,
    fps: float | None,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **wanted: Any,
) -> None:
    """Encode images and audio files to .inr files.

    \b
      inrcodec encode photo.png                  writes photo.inr
      inrcodec encode photo.png -o p.inr -q 40
      inrcodec encode photo.png --target-size 20kB
      inrcodec encode photo.png --lossless       or --near-lossless 2
      inrcodec encode photo.png --model enrp --effort 5
      inrcodec encode song.wav --model local-global
      inrcodec encode *.jpg -o encoded/          a file each
      inrcodec encode *.jpg -o album.inr         one file for all
      inrcodec encode clip.gif                   its frames, to clip.inr; or clip.mp4
      inrcodec encode --sequence frames/*.png -o clip.inr --fps 25
      inrcodec encode - < photo.png > photo.inr  through standard streams
    """
    if sequence or is_clip_input(inputs, wanted["model"]):
        if len(inputs) > 1 and output is None:
            raise click.UsageError("name the file of a sequence with -o")
        # None of the frames may be written over.
        planned = [plan_outputs([Input.of(i)], output, encoded_path, several=False) for i in inputs]
        settings = partial(make_settings, **wanted)
        encode_clip(inputs, planned[0][inputs[0]], settings, fps, force, threads, as_json, quiet)
        return
    if fps is not None:
        raise click.UsageError("--fps is of clips: animations, videos, or frames with --sequence")
    if is_album(inputs, output):
        assert output is not None
        album = Path(output)
        encode_album(inputs, album, lambda: make_settings(**wanted), force, threads, as_json, quiet)
        return
    files = [Input.of(path) for path in inputs if not is_folder(path)]
    targets = plan_outputs(files, output, encoded_path, len(inputs) > 1)

    def encode_one(source: Path) -> Iterator[Result]:
        if source not in targets:
            hint = f"inrcodec batch {shlex.quote(str(source))} -o ..."
            raise UsageError(f"is a folder; see `{hint}`")
        target = targets[source]
        check_target(target, force)
        settings = make_settings(**wanted)
        from inrcodec.media.files import open_signal

        with (
            open_input(source) as stream,
            open_signal(stream, settings.limits, source.name, settings.bits) as signal,
        ):
            # torch takes a second to load, so only once the arguments stand.
            from inrcodec.encoding import encode_signal

            set_threads(threads)
            with first_interrupt() as stop, progress_bar(source.name, quiet, stop) as report:
                encoded = encode_signal(signal, settings, report)
        write_output(target, encoded.data, force)
        fields = {
            "input": str(source),
            "output": str(target),
            "model": encoded.model,
            "device": encoded.device,
            "steps": encoded.steps,
            "parameters": encoded.parameters,
            "bytes": len(encoded.data),
            **rates(encoded),
            "seconds": encoded.seconds,
        }
        measured = described(rates(encoded))
        line = (
            f"{output_name(target)}: {len(encoded.data)} bytes, {measured}, {encoded.seconds:.1f} s"
        )
        yield Result(fields, (line,), target == STANDARD)

    def failed(source: Path) -> Result:
        return Result({"input": str(source)}, to_stderr=targets.get(source) == STANDARD)

    run_each(inputs, encode_one, as_json, quiet, failed)
