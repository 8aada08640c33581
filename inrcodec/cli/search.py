"""`inrcodec search`."""

from __future__ import annotations

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


@click.command()
@options.inputs
@options.recursive
@options.searching
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
            f"inrcodec encode {source} --model enrp {how} --steps {steps}"
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
