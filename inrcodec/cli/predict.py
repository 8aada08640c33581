"""`inrcodec predict`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import model_options, options
from inrcodec.cli.common import Result, open_input, run_each, set_threads
from inrcodec.cli.inputs import signals_of
from inrcodec.codecs.registry import make_settings
from inrcodec.signal import SignalInfo

if TYPE_CHECKING:
    from inrcodec.prediction import Prediction

__all__ = ["predict"]


@click.command(cls=model_options.SectionedCommand)
@options.inputs
@options.recursive
@model_options.prediction
@options.threads
@options.as_json
def predict(
    inputs: tuple[Path, ...],
    recursive: bool,
    threads: int | None,
    as_json: bool,
    **wanted: Any,
) -> None:
    """Tell how well networks would encode images, without fitting any.

    Of a folder, every image in it. A star marks the smallest network that is likely to reach the
    target.

    \b
      inrcodec predict photo.png
      inrcodec predict photo.png --model enrp --effort 5
      inrcodec predict photos/ --target-psnr 30 --json
    """
    settings = make_settings(**wanted)

    def predict_one(source: Path) -> Iterator[Result]:
        from inrcodec.media.files import open_signal
        from inrcodec.prediction import predict_signal

        set_threads(threads)
        with (
            open_input(source) as stream,
            open_signal(stream, settings.limits, source.name) as signal,
        ):
            predictions = predict_signal(signal, settings)
            lines = _table(source, signal.info, settings.model, predictions)
        rows = [asdict(prediction) for prediction in predictions]
        yield Result({"input": str(source), "model": settings.model, "networks": rows}, lines)

    run_each(signals_of(inputs, recursive), predict_one, as_json)


def _table(
    source: Path, info: SignalInfo, model: str, predictions: Sequence[Prediction]
) -> list[str]:
    size = "×".join(map(str, reversed(info.shape)))
    lines = [
        f"{source}: {size}, {model}",
        "    width  depth   steps     bytes       bpp   PSNR, 95 %        seconds",
    ]
    pixels = info.shape[0] * info.shape[1]
    for one in predictions:
        mark = "*" if one.meets_target else " "
        lines.append(
            f"  {mark} {one.width:>5}  {one.depth:>5}  {one.steps:>6}  {one.bytes:>8}  "
            f"{8 * one.bytes / pixels:>8.3f}   {one.psnr_db:5.1f} ± {one.within_db:.1f} dB"
            f"  {one.seconds:>9.0f}"
        )
    return lines
