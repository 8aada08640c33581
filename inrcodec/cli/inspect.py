"""`inrcodec info`, `verify` and `compare`."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import finite, open_input, run_each
from inrcodec.errors import InrError, UsageError
from inrcodec.information import inform
from inrcodec.limits import Limits
from inrcodec.models import MODELS
from inrcodec.networks import Domain, ModelSpec, PerceptronSpec
from inrcodec.signals import ImageFormat, Source

if TYPE_CHECKING:
    from inrcodec.representation import Representation

__all__ = ["compare", "info", "models", "verify"]


# A picture and a recording for which models are listed.
_DOMAINS = {"image": Domain((512, 768), 3), "recording": Domain((7 * 44100,), 1)}


@click.command()
@options.effort
@click.option("--recordings", is_flag=True, help="As they are for 7 s at 44.1 kHz.")
def models(effort: int, recordings: bool) -> None:
    """List the architectures, with what they are for a picture, or a recording, at an effort.

    \b
      inrcodec models --effort 5
      inrcodec models --recordings
    """
    domain = _DOMAINS["recording" if recordings else "image"]
    for model in MODELS:
        if issubclass(model, PerceptronSpec) or not recordings:
            click.echo(f"{model.name:<13}{model.summary}")
            click.echo(f"{'':<13}{_row(model, effort, domain)}")


def _row(model: type[ModelSpec], effort: int, domain: Domain) -> str:
    """A model's fields at an effort, and how long it is fitted."""
    if not issubclass(model, PerceptronSpec):
        return _listed(model())
    row = model.efforts(domain)[effort - 1]
    return f"{_listed(row.spec)}; {row.steps} steps, lr {row.learning_rate:g}"


def _listed(spec: ModelSpec) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in spec.fields().items())


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return ",".join(f"{v:g}" for v in value) or "none"
    return f"{value:g}"


@click.command()
@options.inputs
@options.as_json
def info(inputs: tuple[Path, ...], as_json: bool) -> None:
    """Show what .inr files hold, from their headers alone.

    \b
      inrcodec info photo.inr
      inrcodec info photo.inr --json
    """

    def inform_one(source: Path) -> None:
        with open_input(source) as stream:
            fields = inform(stream)
        click.echo(json.dumps(fields) if as_json else _describe(source, fields))

    run_each(inputs, inform_one)


def _describe(source: Path, fields: dict[str, Any]) -> str:
    size = f"{fields['bytes']} bytes, {_rate(fields)}format {fields['format']}"
    items = fields["items"]
    if len(items) > 1 or items[0]["name"]:
        shared = sum(s["bytes"] for s in fields["sections"] if s["tag"] == "SHAR")
        rows = [f"{source}: {len(items)} items, {size}, {shared} bytes shared"]
        for place, item in enumerate(items, start=1):
            rows.append(
                f"{place:>5} {item['name']}: {_shape(item)}, {item['model']}, {item['bytes']} bytes"
            )
        return "\n".join(rows)
    network = ", ".join(f"{name} {_shown(value)}" for name, value in fields["network"].items())
    rows = [
        f"{source}: {fields['kind']}, {_shape(fields)}",
        f"  {fields['model']}: {network}",
        f"  {fields['parameters']} parameters, {size}",
    ]
    sizes: dict[str, list[int]] = {}
    for section in fields["sections"]:
        sizes.setdefault(section["tag"], []).append(section["bytes"])
    for tag, each in sizes.items():
        rows.append(f"  {tag} {sum(each):>10} bytes" + f" in {len(each)}" * (len(each) > 1))
    return "\n".join(rows)


def _rate(fields: dict[str, Any]) -> str:
    if "kbps" in fields:
        return f"{fields['kbps']:.1f} kbit/s, "
    return f"{fields['bits_per_pixel']:.3f} bpp, " if "bits_per_pixel" in fields else ""


def _shape(fields: dict[str, Any]) -> str:
    channels = fields["channels"]
    if fields["kind"] == "recording":
        groups = f", {fields['groups']} groups" if fields["groups"] > 1 else ""
        sound = f"{fields['seconds']:.2f} s at {fields['rate']} Hz"
        return f"{sound}, {channels} × {fields['sample_type']}{groups}"
    return f"{fields['width']}×{fields['height']}, {channels} × {fields['bits_per_sample']} bit"


@click.command()
@options.inputs
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The original: also report the PSNR, of a recording the SNR, against it.",
)
@options.limits
@options.as_json
def verify(
    inputs: tuple[Path, ...],
    source: Path | None,
    max_pixels: int,
    max_samples: int,
    as_json: bool,
) -> None:
    """Check every byte of .inr files: checksums, lengths, and that all weights decode.

    \b
      inrcodec verify photo.inr
      inrcodec verify photo.inr --source photo.png
    """

    limits = Limits(max_pixels, max_samples)

    def verify_one(path: Path) -> None:
        from inrcodec.container.names import read_names
        from inrcodec.container.sections import Container
        from inrcodec.representation import Representation

        with open_input(path) as stream, Container(stream) as container:
            names = read_names(container)
            if source is not None and len(names) > 1:
                raise UsageError("--source is for files of one item")
            for item in names:
                decoded = Representation(container, item, limits)
                decoded.verify(whole_file=item == container.items[0])
            fields: dict[str, Any] = {"input": str(path), "sound": True}
            line = f"{path}: sound" + (f", {len(names)} items" if len(names) > 1 else "")
            if source is not None:
                found, shown = _quality(source, decoded, limits)
                fields |= found
                line += f", {shown}"
        click.echo(json.dumps(fields) if as_json else line)

    run_each(inputs, verify_one)


def _quality(
    source: Path, decoded: Representation, limits: Limits
) -> tuple[dict[str, float | None], str]:
    """How near what a file holds is to its source, as fields and in words."""
    from inrcodec.codec import compared
    from inrcodec.signal_files import open_signal

    try:
        with open_signal(source, limits) as signal:
            comparison = compared(signal, decoded.format, decoded.blocks())
            if isinstance(signal.format, ImageFormat):
                quality = comparison.psnr_db(signal.format.peak)
                return {"psnr_db": finite(quality)}, f"{quality:.2f} dB"
            quality, snr = comparison.psnr_db(1), comparison.snr_db
            return {"snr_db": finite(snr), "psnr_db": finite(quality)}, f"{snr:.2f} dB SNR"
    except InrError as error:
        raise type(error)(f"{source}: {error}") from error


def _measure(name: str, value: float | None) -> str:
    """A measure in words: `psnr 40.12 dB`, `ssim 0.9876`."""
    if value is None:
        return f"{name} undefined"
    in_decibels = name == "psnr" or name.endswith("_db")
    label = name.removesuffix("_db").replace("_", " ")
    return f"{label} {value:.2f} dB" if in_decibels else f"{label} {value:.4f}"


@click.command()
@click.argument("a", type=options.input_path)
@click.argument("b", type=options.input_path)
@options.limits
@options.as_json
def compare(a: Path, b: Path, max_pixels: int, max_samples: int, as_json: bool) -> None:
    """Measure how alike two pictures are (PSNR in dB and SSIM), or two recordings (SNR, PSNR with a
    peak of 1, and log-spectral distance, all in dB); the first is the original.

    \b
      inrcodec compare photo.png photo.decoded.png
      inrcodec compare song.wav song.decoded.wav
    """
    limits, signals = Limits(max_pixels, max_samples), ExitStack()

    def open_one(path: Path) -> None:
        from inrcodec.signal_files import open_signal

        stream = signals.enter_context(open_input(path))
        opened.append(signals.enter_context(open_signal(stream, limits, path.name)))

    def compare_with(path: Path) -> None:
        from inrcodec.comparing import compare as measured

        open_one(path)
        fields = measured(*opened)
        if as_json:
            shown = {name: finite(value) for name, value in fields.items()}
            click.echo(json.dumps({"a": str(a), "b": str(b), **shown}))
        else:
            for name, value in fields.items():
                click.echo(_measure(name, value))
        sys.stdout.flush()

    opened: list[Source] = []
    with signals:
        run_each([a], open_one)
        run_each([b], compare_with)
