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
from inrcodec.errors import UsageError
from inrcodec.extras import load_extra
from inrcodec.limits import Limits
from inrcodec.progress import Report, told

if TYPE_CHECKING:
    from PIL import Image

    from inrcodec.rivals.curves import Coder, Curve
    from inrcodec.signal import Source

__all__ = ["bench"]

# Of each metric its name in fields, in words, and what it is in.
_METRICS = {"psnr": ("psnr_db", "PSNR in dB"), "ssimulacra2": ("ssimulacra2", "SSIMULACRA2")}

_MOST_RATE = 2


@click.command()
@click.argument("input", type=options.input_path)
@options.plot("The plot.  [default: photo.bench.png for photo.png]")
@options.force
@click.option(
    "--metric",
    type=click.Choice([*_METRICS]),
    default="psnr",
    show_default=True,
    help="What codecs are tuned for, and measured by.",
)
@options.effort
@options.limits_of_encoding
@options.as_json
@options.quiet
def bench(
    input: Path,
    plot: Path | None,
    force: bool,
    metric: str,
    effort: int,
    max_memory: int | None,
    max_work: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Plot an image's rate and distortion beside other codecs.

    The latent grid, JPEG, WebP, AVIF, JPEG XL and JPEG 2000 encode it at six settings each, tuned
    for the metric, with one thread. Bytes are those of whole files. A BD-rate is what the latent
    grid's files take more than a codec's (below 0: less) at equal quality. What is not installed is
    left out, with a warning; the extra `rivals` has all of it.

    \b
      inrcodec bench photo.png                   writes photo.bench.png
      inrcodec bench photo.png --metric ssimulacra2 -o curve.png
      inrcodec bench photo.png --effort 7 --json
    """
    limits = Limits.of(max_memory, max_work)
    named = plot or Path(f"{'stdin' if input == STANDARD else input.stem}.bench.png")
    target = named if plot or input == STANDARD else input.with_name(named.name)
    field, words = _METRICS[metric]

    def bench_one(path: Path) -> Iterator[Result]:
        from inrcodec.media.files import open_signal
        from inrcodec.rivals.curves import draw

        draws = _draws(plot, target, force)
        with open_input(path) as stream, open_signal(stream, limits, path.name) as signal:
            image = _rgb(signal)
        own = {"effort": effort, "max_memory": max_memory, "max_work": max_work, "device": "cpu"}
        coders, absent = _coders(field, own)
        for reason in absent.values():
            warnings.warn(reason, stacklevel=1)
        set_threads(1)
        with progress_bar(printable(path.name), quiet) as report:
            curves = _measured(image, coders, field, limits, report)
        rates = _bd_rates(curves, field)
        title = f"{printable(path.name)}, {image.width}×{image.height}"
        if draws:
            write_output(target, draw(_near(curves), field, words, title), force)
        codecs = [_fields(name, curves[name], rates.get(name), image) for name in curves]
        fields = {
            "input": str(path),
            "output": str(target) if draws else None,
            "metric": field,
            "effort": effort,
            "codecs": codecs,
            "absent": [*absent],
        }
        lines = [f"{title}: bits per pixel and {words}", *_table(curves, rates, field)]
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


def _rgb(source: Source) -> Image.Image:
    """An image of 8 bits and three channels, which all codecs take."""
    from inrcodec.plots.differences import shown
    from inrcodec.signal import Color, ImageInfo, Signal
    from inrcodec.signal.geometry import Region

    info = source.info
    if not isinstance(info, ImageInfo):
        raise UsageError("is audio; `inrcodec bench` is of images")
    if info.sample_bits != 8 or info.color not in (Color.RGB, Color.GRAY):
        warnings.warn("all codecs get it as 8-bit RGB, without alpha", stacklevel=1)
    return shown(Signal(source.read(Region.whole(info.shape)), info))


def _coders(metric: str, options: Mapping[str, Any]) -> tuple[dict[str, Coder], dict[str, str]]:
    """Codecs at their best for a metric, and why others are absent."""
    from inrcodec.rivals.curves import NAME, Own
    from inrcodec.rivals.images import PSNR, tuned_for

    tune = {"tune": "psnr" if metric == PSNR else "visual"}
    coders: dict[str, Coder] = {NAME: Own({**options, **tune})}
    absent: dict[str, str] = {}
    for name, codec in tuned_for(metric).items():
        try:
            codec.load()
        except UsageError as error:
            absent[name] = f"without {name}: {error}"
        else:
            coders[name] = codec
    return coders, absent


def _measured(
    image: Image.Image, coders: Mapping[str, Coder], metric: str, limits: Limits, report: Report
) -> dict[str, Curve]:
    from inrcodec.rivals.curves import points_of
    from inrcodec.rivals.images import PSNR
    from inrcodec.signal.metrics import psnr
    from inrcodec.signal.ssimulacra2 import has_ssimulacra2, ssimulacra2, ssimulacra2_cost

    if metric != PSNR:
        shape = image.height, image.width
        if not has_ssimulacra2(shape, 3, 8):
            hint = "a side of 8 pixels, and its package: pip install 'inrcodec[rivals]'"
            raise UsageError(f"SSIMULACRA2 needs {hint}")
        limits.check(ssimulacra2_cost(shape), "SSIMULACRA2")
    by = {metric: psnr if metric == PSNR else ssimulacra2}
    jobs = [(name, job) for name, coder in coders.items() for job in points_of(image, coder, by)]
    curves: dict[str, Curve] = {name: [] for name in coders}
    for name, job in told("encoding", jobs, report):
        curves[name].append(job())
    return curves


def _bd_rates(curves: Mapping[str, Curve], metric: str) -> dict[str, float]:
    """The rate that the latent grid takes against each codec, in percent, where that is known."""
    from inrcodec.rivals.curves import NAME, bd_rate

    try:
        return {n: bd_rate(c, curves[NAME], metric) for n, c in curves.items() if n != NAME}
    except UsageError as error:
        warnings.warn(str(error), stacklevel=1)
        return {}


def _near(curves: Mapping[str, Curve]) -> dict[str, Curve]:
    """Curves up to twice the highest rate of the latent grid's: beyond, they would hide its own."""
    from inrcodec.rivals.curves import NAME

    most = _MOST_RATE * max(point.rate for point in curves[NAME])
    return {name: [p for p in curve if p.rate <= most] for name, curve in curves.items()}


def _fields(name: str, curve: Curve, rate: float | None, image: Image.Image) -> dict[str, Any]:
    pixels = image.width * image.height
    return {
        "name": name,
        "bd_rate_percent": finite(rate),
        "points": [
            {
                "bytes": round(point.rate * pixels / 8),
                "bits_per_pixel": point.rate,
                **{metric: finite(value) for metric, value in point.qualities.items()},
                "seconds": point.seconds,
            }
            for point in curve
        ],
    }


def _table(curves: Mapping[str, Curve], rates: Mapping[str, float], metric: str) -> Iterator[str]:
    yield f"{'codec':<25} {'BD-rate':>9} {'seconds':>8}"
    for name, curve in curves.items():
        rate = rates.get(name, math.nan)
        shown = "" if math.isnan(rate) else f"{rate:+.1f} %"
        points = "  ".join(
            f"{point.rate:6.3f} {point.qualities[metric]:5.2f}"
            for point in sorted(curve, key=lambda point: point.rate)
        )
        yield f"{name:<25} {shown:>9} {mean(p.seconds for p in curve):8.2f}  {points}"
