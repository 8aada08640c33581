"""`inrcodec bench`."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.bars import progress_bar
from inrcodec.cli.common import STANDARD, Result, finite, open_input, run_each, set_threads
from inrcodec.cli.outputs import check_plot, write_output
from inrcodec.cli.printing import printable
from inrcodec.errors import SignalError, UsageError
from inrcodec.extras import load_extra
from inrcodec.limits import Limits
from inrcodec.progress import Report, told

if TYPE_CHECKING:
    from inrcodec.rivals.curves import Curve
    from inrcodec.rivals.trials import Trial

__all__ = ["bench"]

# Of plots, of the latent grid's highest rate.
_MOST_RATE = 2


@click.command()
@click.argument("input", type=options.input_path)
@options.plot("The plot.  [default: photo.bench.png for photo.png]")
@options.force
@click.option(
    "--metric",
    type=click.Choice(["psnr", "ssimulacra2", "opinion", "snr"]),
    help="What codecs are tuned for, and measured by.  [default: psnr; of audio, opinion]",
)
@click.option("--lossless", is_flag=True, help="Of an image: compare files that keep every sample.")
@options.effort
@options.limits_of_encoding
@options.as_json
@options.quiet
def bench(
    input: Path,
    plot: Path | None,
    force: bool,
    metric: str | None,
    lossless: bool,
    effort: int,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Plot a signal's rate and distortion beside other codecs.

    An image is encoded by the latent grid, AVIF, JPEG XL, WebP, JPEG and JPEG 2000, audio by the
    latent grid, Opus, Vorbis, AAC and MP3, at several settings each, tuned for the metric, with one
    thread. Bytes are those of whole files. A BD-rate is what the latent grid's files take more than
    a codec's (below 0: less) at equal quality. What is not installed is left out, with a warning;
    the extra `rivals` has all of it, the extra `video` what encodes audio.

    With `--lossless`, an image is encoded by model `pixels`, PNG, WebP and JPEG XL, each once:
    without a plot, and with the bytes of whole files in place of BD-rates.

    \b
      inrcodec bench photo.png                   writes photo.bench.png
      inrcodec bench photo.png --metric ssimulacra2 -o curve.png
      inrcodec bench photo.png --effort 7 --json
      inrcodec bench photo.png --lossless
      inrcodec bench song.wav --metric snr
    """
    if lossless and (plot or metric):
        raise UsageError("--lossless has neither a plot nor a metric")
    limits = Limits.of(max_memory, max_work)
    named = Path("stdin.bench.png") if input == STANDARD else input.with_suffix(".bench.png")
    target = plot or named
    own = {"effort": effort, "max_memory": max_memory, "max_work": max_work, "device": "cpu"}

    def bench_one(path: Path) -> Iterator[Result]:
        from inrcodec.media.files import open_signal
        from inrcodec.rivals.curves import draw
        from inrcodec.rivals.trials import prepare, prepare_lossless

        draws = not lossless and _draws(plot, target, force)
        with open_input(path) as stream, open_signal(stream, limits, path.name) as signal:
            info = signal.info
            if lossless:
                trial = prepare_lossless(signal, own)
            else:
                trial = prepare(signal, metric, own, limits)
        for name, reason in trial.absent.items():
            warnings.warn(f"without {name}: {reason}", stacklevel=1)
        set_threads(1)
        with progress_bar(printable(path.name), quiet) as report:
            curves = _measured(trial, report)
        rates = _byte_rates(curves) if lossless else _bd_rates(curves, trial.metric)
        title = f"{printable(path.name)}, {info}"
        if draws:
            drawn = draw(_near(curves), trial.metric, trial.label, title, trial.rate)
            write_output(target, drawn, force)
        rate, extent = info.extent
        codecs = [_fields(n, curves[n], rates.get(n), rate, extent) for n in curves]
        fields = {
            "input": str(path),
            "output": str(target) if draws else None,
            "metric": trial.metric,
            "lossless": lossless,
            "effort": effort,
            "codecs": codecs,
            "absent": [*trial.absent],
        }
        measured = f"{trial.rate} and {trial.label}" if not lossless else f"{trial.rate}, lossless"
        compared = "bytes" if lossless else "BD-rate"
        lines = [f"{title}: {measured}", *_table(curves, rates, trial.metric, compared)]
        yield Result(fields, lines, draws and target == STANDARD)

    run_each([input], bench_one, as_json, quiet)


def _draws(plot: Path | None, target: Path, force: bool) -> bool:
    """Tell whether there is to be a plot, which only one that is named must be."""
    try:
        load_extra("matplotlib", "rivals", "a plot of curves")
    except UsageError as error:
        if plot is not None:
            raise
        warnings.warn(f"no plot: {error}", stacklevel=1)
        return False
    check_plot(target, force)
    return True


def _measured(trial: Trial, report: Report) -> dict[str, Curve]:
    """The curves of a trial's codecs; a setting that one refuses is left out, with a warning."""
    from inrcodec.rivals.curves import points_of

    by = {trial.metric: trial.measure}
    jobs = [
        (name, job)
        for name, coder in trial.coders.items()
        for job in points_of(trial.original, coder, by)
    ]
    curves: dict[str, Curve] = {name: [] for name in trial.coders}
    for name, job in told("encoding", jobs, report):
        try:
            curves[name].append(job())
        except SignalError as error:
            warnings.warn(str(error), stacklevel=1)
    return {name: curve for name, curve in curves.items() if curve}


def _bd_rates(curves: Mapping[str, Curve], metric: str) -> dict[str, float]:
    """The rate that the latent grid takes against each codec, in percent, where that is known."""
    from inrcodec.rivals.curves import NAME, bd_rate

    try:
        return {n: bd_rate(c, curves[NAME], metric) for n, c in curves.items() if n != NAME}
    except UsageError as error:
        warnings.warn(str(error), stacklevel=1)
        return {}


def _byte_rates(curves: Mapping[str, Curve]) -> dict[str, float]:
    """Bytes that this codec's file takes more than each other's, in percent."""
    from inrcodec.rivals.curves import NAME

    (own,) = curves[NAME]
    return {n: 100 * (own.rate / one.rate - 1) for n, (one,) in curves.items() if n != NAME}


def _near(curves: Mapping[str, Curve]) -> dict[str, Curve]:
    """Curves up to twice the highest rate of the latent grid's: beyond, they would hide its own."""
    from inrcodec.rivals.curves import NAME

    most = _MOST_RATE * max(point.rate for point in curves[NAME])
    return {name: [p for p in curve if p.rate <= most] for name, curve in curves.items()}


def _fields(
    name: str, curve: Curve, bd_rate: float | None, rate: str, extent: float
) -> dict[str, Any]:
    return {
        "name": name,
        "bd_rate_percent": finite(bd_rate),
        "points": [
            {
                "bytes": round(point.rate * extent / 8),
                rate: point.rate,
                **{metric: finite(value) for metric, value in point.qualities.items()},
                "seconds": point.seconds,
            }
            for point in curve
        ],
    }


def _table(
    curves: Mapping[str, Curve], rates: Mapping[str, float], metric: str, compared: str
) -> Iterator[str]:
    yield f"{'codec':<25} {compared:>9} {'seconds':>8}"
    for name, curve in curves.items():
        rate = rates.get(name, math.nan)
        shown = "" if math.isnan(rate) else f"{rate:+.1f} %"
        points = "  ".join(
            f"{point.rate:6.3f} {point.qualities[metric]:5.2f}".removesuffix("   inf")
            for point in sorted(curve, key=lambda point: point.rate)
        )
        yield f"{name:<25} {shown:>9} {mean(p.seconds for p in curve):8.2f}  {points}"
