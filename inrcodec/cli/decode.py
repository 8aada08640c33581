"""`inrcodec decode`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options, views
from inrcodec.cli.bars import progress_bar
from inrcodec.cli.clips import frames_in, is_clip_file, is_timed, write_frames
from inrcodec.cli.common import STANDARD, Result, open_input, run_each, set_threads
from inrcodec.cli.decode_plan import DecodePlan
from inrcodec.cli.inputs import encoded_files, is_several
from inrcodec.cli.losses import Losses
from inrcodec.cli.outputs import (
    check_target,
    decoded_path,
    open_output,
    output_name,
    plan_outputs,
)
from inrcodec.container.names import read_names
from inrcodec.errors import FormatError, InrError, UsageError
from inrcodec.limits import WRITTEN, Limits
from inrcodec.signal.views import View

if TYPE_CHECKING:
    from inrcodec.container.sections import Container

__all__ = ["decode"]

# Of outputs that the user does not name, by the kind of signal.
EXTENSIONS = {"image": ".png", "audio": ".wav"}


@click.command()
@options.inputs
@options.output
@options.recursive
@options.force
@click.option("--scale", type=float, help="Of an image: output pixels per pixel.")
@click.option(
    "--size", type=views.size, metavar="WxH", help="Of an image: its size, instead of a scale."
)
@click.option(
    "--region",
    type=views.region,
    metavar="X,Y,W,H",
    help="Of an image: part to decode, in its pixels; only the tiles it touches are read.",
)
@click.option("--rate", type=click.IntRange(1), metavar="HZ", help="Of an audio file: sample rate.")
@click.option(
    "--time",
    type=views.time,
    metavar="START:STOP",
    help="Of an audio file: part to decode, in seconds; only the segments it touches are read.",
)
@click.option(
    "--fps",
    type=click.FloatRange(0, min_open=True),
    help="Of a clip: frames a second; some are left out or shown again.",
)
@click.option(
    "--output-quality",
    type=click.IntRange(1, 100),
    help="Of JPEG, WebP and AVIF files that are written.  [default: 95]",
)
@options.bits("Of an image with 16 bits per sample: 8 writes the upper 8 alone.")
@click.option(
    "--allow-damaged",
    is_flag=True,
    help="Decode what is intact of a damaged file, or of one that ends early: the rest is silence, "
    "gray, or an image without fine detail; exits with 3.",
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
@options.limits_of_decoding
@options.as_json
@options.quiet
def decode(
    inputs: tuple[Path, ...],
    output: str | None,
    recursive: bool,
    force: bool,
    scale: float | None,
    size: tuple[int, int] | None,
    region: tuple[int, int, int, int] | None,
    rate: int | None,
    time: tuple[float | None, float | None] | None,
    fps: float | None,
    output_quality: int | None,
    bits: int | None,
    allow_damaged: bool,
    wanted: tuple[str, ...],
    device: str,
    threads: int | None,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Render .inr files as images or audio, at any resolution.

    Of a folder, every .inr file in it is decoded; with -o, the tree is mirrored. An album among
    several inputs gets a folder of its own.

    \b
      inrcodec decode photo.inr                  writes photo.decoded.png
      inrcodec decode --scale 4 photo.inr        writes photo@4x.png
      inrcodec decode --size 1920x1280 photo.inr -o large.webp
      inrcodec decode --region 128,64,256,256 --scale 2 photo.inr
      inrcodec decode song.inr                   writes song.decoded.wav
      inrcodec decode --rate 96000 --time 12.5:20 song.inr -o part.flac
      inrcodec decode album.inr --item kodim03 --scale 2
      inrcodec decode album.inr -o images/     all of them
      inrcodec decode clip.inr -o clip.gif       frames of a sequence; also .png, .webp, .mp4
      inrcodec decode clip.inr --time 1:2 -o frames/
      inrcodec decode a.inr b.inr -o out/        several files
      inrcodec decode encoded/ -o out/           every .inr file of a folder
      inrcodec decode photo.inr -o p.jpg --output-quality 80
      inrcodec decode - < photo.inr > photo.png  through standard streams
    """

    view: View
    try:
        view = View(scale, size, region, rate, time)
    except UsageError as error:
        raise click.UsageError(str(error)) from error
    files = encoded_files(inputs, recursive)
    several = is_several(inputs)
    named = partial(decoded_path, view=view)
    targets = plan_outputs(files, output, named, several)
    plan = DecodePlan(targets, output, wanted, named, several)
    if several:
        plan.check()
    limits = Limits.of(max_memory, max_work)
    places = {path: place for place, path in enumerate(targets, 1)}

    def decode_one(source: Path) -> Iterator[Result]:
        # Headers are checked without torch, which takes a second to load.
        from inrcodec.codecs.registry import read_header
        from inrcodec.container.sections import Container
        from inrcodec.media.files import check_extension

        with open_input(source) as stream, Container(stream, allow_damaged) as container:
            names, seen, kept = read_names(container), view, dict[str, Any]()
            frames_of_clip = is_timed(container, names)
            items = plan.items(names)
            if fps is not None and not frames_of_clip:
                raise UsageError("--fps is of clips; it has no frames that follow each other")
            if frames_of_clip and is_clip_file(output, len(items)):
                yield clip(source, container, items)
                return
            outputs = plan.outputs(source, names)
            if frames_of_clip and len(outputs) > 1:
                frames = frames_in(container, [*outputs], view, fps)
                outputs = {item: outputs[item] for item, _ in frames}
                seen = replace(view, time=None)
            for item, target in outputs.items():
                try:
                    header = read_header(container, item)
                    limits.check(header.decoding_cost(header.raster(seen), WRITTEN))
                    extension = EXTENSIONS[header.info.kind]
                    if not plan.is_named(target):
                        target = target.with_suffix(extension)
                    if target != STANDARD:
                        extension = target.suffix
                    check_extension(header.shown, extension, output_quality)
                    if several and target != STANDARD:
                        target.parent.mkdir(parents=True, exist_ok=True)
                    check_target(target, force)
                    set_threads(threads)
                    label = f"{source.name}{': ' * bool(names[item])}{names[item]}{counted(source)}"
                    yield render(source, container, item, target, extension, label, seen, kept)
                except FormatError as error:
                    if not allow_damaged or len(outputs) == 1:
                        raise
                    # The other items may be intact.
                    failure = f"{names[item]}: {error}"
                    yield replace(failed(source), error=failure, exit_code=error.exit_code)

    def clip(source: Path, container: Container, items: list[int]) -> Result:
        from inrcodec.decoding import Representation

        set_threads(threads)
        target, began = targets[source], perf_counter()
        frames, losses = frames_in(container, items, view, fps), Losses()
        on_damage = losses.add if allow_damaged else None

        def represented(item: int, kept: dict[str, Any]) -> Representation:
            return Representation(container, item, limits, device, on_damage, kept=kept)

        count = write_frames(frames, view, target, force, represented, limits)
        seconds = perf_counter() - began
        fields = {"input": str(source), "output": str(target), "frames": count, "seconds": seconds}
        line, info = f"{target}: {count} frames, {seconds:.1f} s", represented(items[0], {}).info
        return failing(Result(fields, (line,)), losses.error(info))

    def render(
        source: Path,
        container: Container,
        item: int,
        target: Path,
        extension: str,
        label: str,
        view: View,
        kept: dict[str, Any],
    ) -> Result:
        began = perf_counter()
        from inrcodec.decoding import Representation
        from inrcodec.media.files import write_signal

        losses = Losses()
        on_damage = losses.add if allow_damaged else None
        with open_output(target, force) as stream, progress_bar(label, quiet) as report:
            shown = Representation(container, item, limits, device, on_damage, report, kept)
            written, metadata = shown.info_through(view), shown.kept_metadata()
            blocks = shown.blocks(view)
            if bits == 8:
                written, blocks = written.in_8_bits(blocks)
            write_signal(stream, extension, written, metadata, blocks, output_quality)
        fields = {"input": str(source), "output": str(target), **written.output_fields()}
        fields |= {"lost": losses.ranges(), "seconds": perf_counter() - began}
        lines = (f"{output_name(target)}: {written}, {fields['seconds']:.1f} s",)
        return failing(Result(fields, lines, target == STANDARD), losses.error(shown.info))

    def failing(result: Result, error: InrError | None) -> Result:
        if error is None:
            return result
        return replace(result, error=str(error), exit_code=error.exit_code)

    def counted(source: Path) -> str:
        return f" ({places[source]} of {len(places)})" if len(places) > 1 else ""

    def failed(source: Path) -> Result:
        return Result({"input": str(source)}, to_stderr=targets[source] == STANDARD)

    run_each(list(targets), decode_one, as_json, quiet, failed)
