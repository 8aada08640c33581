"""`inrcodec info`, `verify` and `compare`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import finite, open_input, run_each
from inrcodec.errors import InrError, UsageError
from inrcodec.information import inform
from inrcodec.models import MODELS
from inrcodec.networks import ModelSpec, PerceptronSpec

__all__ = ["compare", "info", "models", "verify"]


@click.command()
@options.effort
def models(effort: int) -> None:
    """List the architectures, with what they are at an effort.

    \b
      inrcodec models --effort 5
    """
    for model in MODELS:
        click.echo(f"{model.name:<13}{model.summary}")
        click.echo(f"{'':<13}{_row(model, effort)}")


def _row(model: type[ModelSpec], effort: int) -> str:
    """A model's fields at an effort, and how long it is fitted."""
    if not issubclass(model, PerceptronSpec):
        return _listed(model())
    row = model.efforts()[effort - 1]
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
    size = f"{fields['bytes']} bytes, {fields['bits_per_pixel']:.3f} bpp, format {fields['format']}"
    items = fields["items"]
    if len(items) > 1 or items[0]["name"]:
        shared = sum(s["bytes"] for s in fields["sections"] if s["tag"] == "SHAR")
        rows = [f"{source}: {len(items)} pictures, {size}, {shared} bytes shared"]
        for place, item in enumerate(items, start=1):
            rows.append(f"{place:>5} {item['name']}: {_picture(item)}, {item['bytes']} bytes")
        return "\n".join(rows)
    network = ", ".join(f"{name} {_shown(value)}" for name, value in fields["network"].items())
    rows = [
        f"{source}: {fields['kind']}, {_picture(fields)}",
        f"  {fields['model']}: {network}",
        f"  {fields['parameters']} parameters, {size}",
    ]
    rows += [f"  {s['tag']} {s['item']:>3} {s['bytes']:>10} bytes" for s in fields["sections"]]
    return "\n".join(rows)


def _picture(fields: dict[str, Any]) -> str:
    size = f"{fields['width']}×{fields['height']}"
    return f"{size}, {fields['channels']} × {fields['bits_per_sample']} bit"


@click.command()
@options.inputs
@click.option(
    "--source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The original picture: also report the PSNR against it.",
)
@options.max_pixels
@options.as_json
def verify(inputs: tuple[Path, ...], source: Path | None, max_pixels: int, as_json: bool) -> None:
    """Check every byte of .inr files: checksums, lengths, and that all weights decode.

    \b
      inrcodec verify photo.inr
      inrcodec verify photo.inr --source photo.png
    """

    def verify_one(path: Path) -> None:
        from inrcodec.container.names import read_names
        from inrcodec.container.sections import Container
        from inrcodec.representation import Representation

        with open_input(path) as stream, Container(stream) as container:
            names = read_names(container)
            if source is not None and len(names) > 1:
                raise UsageError("--source is for files of one picture")
            for item in names:
                picture = Representation(container, item, max_pixels, "cpu")
                picture.verify()
            fields: dict[str, Any] = {"input": str(path), "sound": True}
            line = f"{path}: sound" + (f", {len(names)} pictures" if len(names) > 1 else "")
            if source is not None:
                quality = _quality(source, picture.render(), max_pixels)
                fields["psnr_db"] = finite(quality)
                line += f", {quality:.2f} dB"
        click.echo(json.dumps(fields) if as_json else line)

    run_each(inputs, verify_one)


def _quality(source: Path, samples: Any, max_pixels: int) -> float:
    from inrcodec.metrics import psnr
    from inrcodec.pictures import read_picture

    try:
        return psnr(read_picture(source, max_pixels).samples, samples)
    except InrError as error:
        raise type(error)(f"{source}: {error}") from error


@click.command()
@click.argument("a", type=options.input_path)
@click.argument("b", type=options.input_path)
@options.max_pixels
@options.as_json
def compare(a: Path, b: Path, max_pixels: int, as_json: bool) -> None:
    """Measure how alike two pictures are: PSNR in dB, and SSIM.

    \b
      inrcodec compare photo.png photo.decoded.png
    """
    from inrcodec.metrics import psnr, ssim
    from inrcodec.pictures import read_picture

    samples: list[Any] = []

    def read_one(path: Path) -> None:
        with open_input(path) as stream:
            samples.append(read_picture(stream, max_pixels).samples)

    def compare_with(path: Path) -> None:
        read_one(path)
        quality, similarity = psnr(*samples), ssim(*samples)
        if as_json:
            fields = {"psnr": finite(quality), "ssim": finite(similarity)}
            click.echo(json.dumps({"a": str(a), "b": str(b), **fields}))
        else:
            shown = "undefined" if similarity is None else f"{similarity:.4f}"
            click.echo(f"psnr {quality:.2f} dB\nssim {shown}")
        sys.stdout.flush()

    run_each([a], read_one)
    run_each([b], compare_with)
