"""`inrcodec models`, `info` and `verify`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import Result, finite, in_decibels, open_input, run_each
from inrcodec.cli.inputs import paths_of
from inrcodec.cli.printing import print_json, print_line
from inrcodec.codecs.base import ModelSpec
from inrcodec.codecs.registry import DEFAULT_MODELS, codec_of
from inrcodec.codecs.registry import models as registered_models
from inrcodec.errors import InrError, UsageError
from inrcodec.information import in_words, inform, shape_in_words
from inrcodec.limits import Limits
from inrcodec.settings import Settings
from inrcodec.signal import AudioInfo, Color, ImageInfo, SampleType, SignalInfo
from inrcodec.signal.source import compare_blocks

if TYPE_CHECKING:
    from inrcodec.decoding import Representation

__all__ = ["info", "models", "verify"]


# Signals for which models are listed, by kind.
_EXAMPLES: dict[str, SignalInfo] = {
    "image": ImageInfo(512, 768, Color.RGB, 8),
    "audio": AudioInfo(7 * 44100, 1, 44100, SampleType.INT16),
}


@click.command()
@options.effort
@click.option("--audio", is_flag=True, help="As they are for 7 s of audio at 44.1 kHz.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model.")
def models(effort: int, audio: bool, as_json: bool) -> None:
    """List the models.

    With each is what it is for an image, or for audio, at an effort.

    \b
      inrcodec models --effort 5
      inrcodec models --json                     an object for each
      inrcodec models --audio
    """
    kind = "audio" if audio else "image"
    for model in registered_models():
        if kind not in codec_of(model).kinds:
            continue
        fields = _model(model, effort, kind)
        if as_json:
            print_json(fields)
        else:
            print_line(f"{model.name:<13}{model.summary}")
            print_line(f"{'':<13}{_row(fields)}")


def _model(model: type[ModelSpec], effort: int, kind: str) -> dict[str, Any]:
    """A model, and what it is at an effort for a kind of signal."""
    codec = codec_of(model)
    plan = codec.plan(model, Settings(model=model.name, effort=effort), _EXAMPLES[kind])
    return {
        "name": model.name,
        "summary": model.summary,
        "kinds": [*codec.kinds],
        "kind": kind,
        "default": DEFAULT_MODELS[kind] == model.name,
        "effort": effort,
        "fields": plan.spec.described(),
        **plan.described(),
    }


def _row(fields: dict[str, Any]) -> str:
    """A model's fields, and how long it is fitted."""
    rate = f", lr {fields['learning_rate']:g}" if "learning_rate" in fields else ""
    return f"{in_words(fields['fields'])}; {fields['steps']} steps{rate}"


@click.command()
@options.inputs
@options.recursive
@options.as_json
def info(inputs: tuple[Path, ...], recursive: bool, as_json: bool) -> None:
    """Show what .inr files hold.

    Only headers are read. Of a folder, every .inr file in it is shown.

    \b
      inrcodec info photo.inr
      inrcodec info encoded/
      inrcodec info photo.inr --json
    """

    def inform_one(source: Path) -> Iterator[Result]:
        with open_input(source) as stream:
            fields = inform(stream)
        yield Result({"input": str(source), **fields}, _describe(source, fields))

    run_each(paths_of(inputs, recursive), inform_one, as_json)


def _describe(source: Path, fields: dict[str, Any]) -> list[str]:
    size = f"{fields['bytes']} bytes, {_rate(fields)}format {fields['format']}"
    items = fields["items"]
    if len(items) > 1 or items[0]["name"]:
        shared = sum(s["bytes"] for s in fields["sections"] if s["tag"] == "SHAR")
        rows = [f"{source}: {len(items)} items, {size}, {shared} bytes shared"]
        for place, item in enumerate(items, start=1):
            shape = f"{item['name']}: {shape_in_words(item)}"
            rows.append(f"{place:>5} {shape}, {item['model']}, {item['bytes']} bytes")
        return rows
    part = f", {_place(fields['crop'])}" if "crop" in fields else ""
    rows = [
        f"{source}: {fields['kind']}, {shape_in_words(fields)}{part}",
        f"  {fields['model']}: {in_words(fields['network'])}{_promise(fields)}",
        f"  {fields['parameters']} parameters, {size}",
    ]
    sizes: dict[str, list[int]] = {}
    for section in fields["sections"]:
        sizes.setdefault(section["tag"], []).append(section["bytes"])
    for tag, each in sizes.items():
        rows.append(f"  {tag} {sum(each):>10} bytes" + f" in {len(each)}" * (len(each) > 1))
    return rows


def _rate(fields: dict[str, Any]) -> str:
    if "kbps" in fields:
        return f"{fields['kbps']:.1f} kbit/s, "
    return f"{fields['bits_per_pixel']:.3f} bpp, " if "bits_per_pixel" in fields else ""


def _promise(fields: dict[str, Any]) -> str:
    """Tell what samples are off by, where that is promised, or the prior that weights need."""
    if "prior" in fields:
        return f"; weights beside prior {fields['prior']}"
    if "max_error" not in fields:
        return ""
    error = fields["max_error"]
    return f"; near-lossless, at most {error} levels off" if error else "; lossless"


def _place(crop: dict[str, Any]) -> str:
    """Tell where a crop lies."""
    whole, (first, *others) = crop["of"], crop["spans"]
    if not others:
        start, end = first[0] / whole["rate"], sum(first) / whole["rate"]
        return f"{start:.2f} to {end:.2f} s of {whole['seconds']:.2f} s"
    return f"from {others[0][0]},{first[0]} of {whole['width']}×{whole['height']}"


@click.command()
@options.inputs
@options.recursive
@click.option(
    "--original",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What it was encoded from: also report the PSNR, of an audio signal the SNR, against it.",
)
@options.limits_of_decoding
@options.as_json
def verify(
    inputs: tuple[Path, ...],
    recursive: bool,
    original: Path | None,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
) -> None:
    """Check every byte of .inr files.

    Checksums and lengths are checked, and that all weights decode; of a folder, in every .inr file
    in it.

    \b
      inrcodec verify photo.inr
      inrcodec verify encoded/ --recursive
      inrcodec verify photo.inr --original photo.png
    """

    limits = Limits.of(max_memory, max_work)

    def verify_one(path: Path) -> Iterator[Result]:
        from inrcodec.container.names import read_names
        from inrcodec.container.sections import Container
        from inrcodec.decoding import Representation

        with open_input(path) as stream, Container(stream) as container:
            names = read_names(container)
            if original is not None and len(names) > 1:
                raise UsageError("--original is for files of one item")
            for item in names:
                decoded = Representation(container, item, limits)
                decoded.verify(whole_file=item == container.items[0])
            fields: dict[str, Any] = {"input": str(path), "intact": True}
            line = f"{path}: intact" + (f", {len(names)} items" if len(names) > 1 else "")
            if original is not None:
                found, shown = _quality(original, decoded, limits)
                fields |= found
                line += f", {shown}"
        yield Result(fields, (line,))

    run_each(paths_of(inputs, recursive), verify_one, as_json)


def _quality(
    original: Path, decoded: Representation, limits: Limits
) -> tuple[dict[str, float | None], str]:
    """Measure how near what a file holds is to its original, as fields and in words."""
    from inrcodec.media.files import open_signal

    try:
        with open_signal(original, limits, bits=decoded.info.sample_bits) as signal:
            comparison = compare_blocks(signal, decoded.info, decoded.blocks())
            quality = signal.info.quality(comparison)
            fields = {name: finite(value) for name, value in quality.items()}
            return fields, in_decibels(*next(iter(fields.items())))
    except InrError as error:
        raise type(error)(f"{original}: {error}") from error
