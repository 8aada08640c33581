"""`inrcodec search`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inrcodec.cli import options
from inrcodec.cli.common import Result, open_input, run_each, set_threads
from inrcodec.cli.inputs import signals_of
from inrcodec.cli.printing import print_json, print_line
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.extras import need_torch

if TYPE_CHECKING:
    from inrcodec.codecs.inr.search import Trial

__all__ = ["search"]


def _operations(_: click.Context, __: click.Parameter, value: str | None) -> float | None:
    """Operations such as 1G, 500M or 1e9."""
    if value is None:
        return None
    scale = options.UNITS.get(value[-1:].lower(), 0) if value[-1:].isalpha() else 1
    try:
        number = float(value[:-1] if value[-1:].isalpha() else value) * scale
    except ValueError:
        number = 0.0
    if not number > 0:
        raise click.BadParameter(f"{value!r} is no number of operations")
    return number


# The options of a search within a limit.
_SEARCHING = options.together(
    (
        click.option(
            "--max-bytes", "bytes", callback=options.size, metavar="SIZE", help="Of the file."
        ),
        click.option(
            "--max-flops",
            "operations",
            callback=_operations,
            metavar="FLOPS",
            help="Of rendering the image: 1G, 500M.",
        ),
        click.option(
            "--macs",
            "are_products",
            is_flag=True,
            help="Count a multiplication and an addition as one operation.",
        ),
        click.option(
            "--grid",
            type=click.IntRange(1),
            metavar="M",
            help="Tiles along the longer side.  [default: tiles of the effort's size]",
        ),
        click.option(
            "--alpha",
            type=float,
            help="PSNR in dB that a tenth of the cost is worth.  [default: 7 by FLOPs, 0 by bytes]",
        ),
        click.option(
            "--repeats",
            type=click.IntRange(1),
            default=5,
            show_default=True,
            help="Seeds of a network.",
        ),
    )
)


@click.command()
@options.inputs
@options.recursive
@_SEARCHING
@options.effort
@click.option("--steps", type=click.IntRange(1), default=500, show_default=True, help="Of a fit.")
@options.threads
@options.as_json
@options.quiet
def search(
    inputs: tuple[Path, ...],
    recursive: bool,
    grid: int | None,
    effort: int,
    steps: int,
    threads: int | None,
    as_json: bool,
    quiet: bool,
    **limit: Any,
) -> None:
    """Search for the best networks of model enrp within a limit.

    Width and depth are chosen in turn, as ENRP's algorithm 1 does; every network that is tried has
    a line. Of a folder, every image in it.

    \b
      inrcodec search photo.png --max-bytes 20kB
      inrcodec search photo.png --max-flops 1G --grid 4
    """
    settings = make_settings(model="enrp", effort=effort, steps=steps)

    def search_one(source: Path) -> Iterator[Result]:
        need_torch("fitting a coordinate network")
        from inrcodec.codecs.inr.image_search import Wanted, search_image, with_grid
        from inrcodec.codecs.inr.planning import FitPlan
        from inrcodec.media.files import open_signal

        set_threads(threads)
        wanted = Wanted(**limit)

        def tell(trial: Trial) -> None:
            if as_json:
                print_json({"input": str(source), **_fields(trial)})
            elif not quiet:
                print_line(_line(trial))

        with (
            open_input(source) as stream,
            open_signal(stream, settings.limits, source.name) as signal,
        ):
            _, plan = plan_encode(settings, signal.info)
            assert isinstance(plan, FitPlan)
            plan = plan if grid is None else with_grid(plan, grid)
            tile = plan.spec.fields()["tile"]
            if not (as_json or quiet):
                print_line(f"{source}: tiles of {tile}, {plan.steps} steps")
            best, rounds = search_image(signal, plan, wanted, tell)
        fields = {"input": str(source), "best": _fields(best), "rounds": rounds}
        how = f"--tile {tile} --width {best.shape.width} --depth {best.shape.depth}"
        line = (
            f"best after {rounds} rounds, {best.psnr_db:.2f} dB: "
            f"inrcodec encode {shlex.quote(str(source))} --model enrp {how} --steps {steps}"
        )
        yield Result(fields, (line,))

    run_each(signals_of(inputs, recursive), search_one, as_json, quiet)


def _fields(trial: Trial) -> dict[str, Any]:
    return {
        "round": trial.number,
        "width": trial.shape.width,
        "depth": trial.shape.depth,
        "cost": trial.cost,
        "psnr_db": trial.psnr_db,
        "score": trial.score,
        "dropped": not trial.is_whole,
    }


def _line(trial: Trial) -> str:
    dropped = "" if trial.is_whole else ", dropped"
    return (
        f"  round {trial.number}: width {trial.shape.width:>3}, depth {trial.shape.depth}, "
        f"cost {trial.cost:.4g}: {trial.psnr_db:.2f} dB, score {trial.score:.2f}{dropped}"
    )
