"""`inrcodec encode`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from inrcodec.cli import options
from inrcodec.cli.album import encode_album, is_album
from inrcodec.cli.common import (
    STANDARD,
    announce,
    check_target,
    finite,
    first_interrupt,
    open_input,
    plan_outputs,
    progress_bar,
    run_each,
    set_threads,
    write_output,
)
from inrcodec.files import encoded_path
from inrcodec.models import MODELS
from inrcodec.networks.activations import ACTIVATIONS
from inrcodec.quantization import PRECISIONS
from inrcodec.settings import (
    AUTO,
    DEFAULT_MODEL,
    DEFAULT_QUALITY,
    METADATA_KINDS,
    Settings,
)

__all__ = ["encode"]

_UNITS = {"": 1, "k": 1000, "ki": 1024, "m": 1000**2, "mi": 1024**2}


def _strip(_: click.Context, __: click.Parameter, value: str) -> frozenset[str]:
    kinds = frozenset(kind for kind in value.split(",") if kind)
    if unknown := kinds - set(METADATA_KINDS):
        raise click.BadParameter(f"no kind {', '.join(sorted(unknown))}")
    return kinds


def _size(_: click.Context, __: click.Parameter, value: str | None) -> int | None:
    """Bytes of a size such as 20kB, 1.5MB, 20KiB or 5000."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9.]+) *(|k|ki|m|mi)b?", value.strip().lower())
    try:
        number = float(match[1]) if match else 0.0
    except ValueError:
        number = 0.0
    if match is None or number <= 0:
        raise click.BadParameter(f"{value!r} is no size")
    return round(number * _UNITS[match[2]])


def _assignments(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise click.BadParameter(f"{wrong[0]!r} is not of the form FIELD=VALUE")
    return {name: value for name, _, value in pairs}


@click.command()
@options.inputs
@options.output
@options.force
@click.option(
    "--model",
    type=click.Choice([AUTO, *(m.name for m in MODELS)]),
    default=AUTO,
    show_default=True,
    help=f"See `inrcodec models`; auto is {DEFAULT_MODEL}.",
)
@click.option(
    "-q",
    "--quality",
    type=click.FloatRange(1, 100),
    help=f"Of the latent grid, about as AVIF's.  [default: {DEFAULT_QUALITY:g}]",
)
@click.option("--lmbda", type=float, help="Squared error that a bit per pixel is worth.")
@click.option("--target-psnr", type=float, metavar="DB", help="Reach this PSNR.")
@click.option("--target-bpp", type=float, metavar="BPP", help="Reach this many bits per pixel.")
@click.option(
    "--target-size", callback=_size, metavar="SIZE", help="Reach this file size: 20kB, 1MB, 5000."
)
@click.option(
    "--alpha-quality",
    type=click.IntRange(0, 100),
    help="Below 100: fewer levels of alpha.  [default: 100]",
)
@options.effort
@click.option(
    "--time", type=float, metavar="SECONDS", help="Refine for so long, instead of an effort."
)
@click.option("--steps", type=click.IntRange(0), help="Fitting steps, instead of the effort's.")
@click.option("--tile", type=click.IntRange(1), help="Side of a tile in pixels.")
@click.option("--width", type=click.IntRange(1), help="Features of a hidden layer.")
@click.option("--depth", type=click.IntRange(0), help="Hidden-to-hidden layers.")
@click.option("--omega", type=float, help="Frequency factor of the sine layers.")
@click.option(
    "--activation",
    type=click.Choice([a.name for a in ACTIVATIONS.values()]),
    help="Non-linearity, with its own omega and learning rate.",
)
@click.option(
    "--set",
    "options",
    multiple=True,
    callback=_assignments,
    metavar="FIELD=VALUE",
    help="Any field of the model; see `inrcodec models`.",
)
@click.option("--lr", "learning_rate", type=float, help="Learning rate at the start.")
@click.option("--stop-psnr", type=float, metavar="DB", help="Stop the fit at this PSNR.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Same seed, same device: same bytes.",
)
@click.option(
    "--precision",
    type=click.Choice(list(PRECISIONS)),
    default="fp16",
    show_default=True,
    help="Precision of the stored weights.",
)
@click.option(
    "--strip",
    callback=_strip,
    default="",
    metavar="KINDS",
    help="Metadata to leave out: exif,icc,xmp.",
)
@options.device
@options.threads
@options.max_pixels
@options.as_json
@options.quiet
def encode(
    inputs: tuple[Path, ...],
    output: str | None,
    force: bool,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **wanted: Any,
) -> None:
    """Encode pictures to .inr files.

    \b
      inrcodec encode photo.png                  writes photo.inr
      inrcodec encode photo.png -o p.inr -q 40
      inrcodec encode photo.png --target-size 20kB
      inrcodec encode photo.png --model enrp --effort 5
      inrcodec encode *.jpg -o encoded/          a file each
      inrcodec encode *.jpg -o album.inr         one file for all
      inrcodec encode - < photo.png > photo.inr  through standard streams
    """
    if is_album(inputs, output):
        assert output is not None
        album = Path(output)
        encode_album(inputs, album, lambda: Settings(**wanted), force, threads, as_json, quiet)
        return
    targets = plan_outputs(inputs, output, encoded_path)

    def encode_one(source: Path) -> None:
        target = targets[source]
        check_target(target, force)
        settings = Settings(**wanted)
        set_threads(threads)
        # torch takes a second to load, so only once the arguments stand.
        from inrcodec.codec import encode_signal
        from inrcodec.pictures import read_picture

        with open_input(source) as stream:
            picture = read_picture(stream, settings.max_pixels)
        with first_interrupt() as stop, progress_bar(source.name, quiet, stop) as report:
            encoded = encode_signal(picture, settings, report)
        write_output(target, encoded.data, force)
        fields = {
            "input": str(source),
            "output": str(target),
            "model": encoded.model,
            "device": encoded.device,
            "steps": encoded.steps,
            "parameters": encoded.parameters,
            "bytes": len(encoded.data),
            "bits_per_pixel": encoded.bits_per_pixel,
            "psnr_db": finite(encoded.psnr_db),
            "seconds": encoded.seconds,
        }
        name = "standard output" if target == STANDARD else target
        line = (
            f"{name}: {len(encoded.data)} bytes, {encoded.bits_per_pixel:.3f} bpp, "
            f"{encoded.psnr_db:.2f} dB, {encoded.seconds:.1f} s"
        )
        announce(target, fields, line, as_json, quiet)

    run_each(inputs, encode_one, quiet)
