"""Whether a start that was learnt on other images gives a SIREN more than one from a seed, at
sizes and bytes that images are encoded at.

    python -m benchmarks.product.learnt_starts learn KIND [--size 192x128] [--rounds N]
    python -m benchmarks.product.learnt_starts measure [NAME] [--size 192x128] [--steps 200 600]
    python -m benchmarks.product.learnt_starts report

`learn` keeps a start in a folder (`--starts`), which photographs for training gave, its weights
rounded to 255 levels, as a package would have them. KIND is `mean`, the mean of where fits of as
many steps as effort 3 has end from one seed; `long`, which goes on from that by Reptile (Nichol et
al. 2018) with such fits; or `reptile`, the same with fits of a few steps, from a seed. `measure`
fits Kodak images from each start in the folder, from first layers alone of each, from the package's
prior, and from seeds. Weights are whole numbers of steps, and those of all tensors may be
differences to where a fit started. Files are those of `encode`, save that none says which start of
the folder it is of; fits from the prior are rounded twice, their weights told from it and from a
seed. `report` writes the results (`start_records.py`).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import mean
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from benchmarks.common import DATA, kodak
from benchmarks.product.start_records import (
    APART,
    SHIPPED,
    Points,
    Record,
    keep,
    record,
    write_reports,
)
from inrcodec.codecs.base import Domain, Start
from inrcodec.codecs.inr.batches import make_stack
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import fit_settings, make_item, rounder
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.fitting import Fit, Fitting
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.encoding import finish
from inrcodec.media.images import from_array
from training.siren_dataset import scaled

Values = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Weights = dict[str, Values]

# Of a size (width, height): how much smaller Kodak's images are, and the width that is encoded at
# 0.3 to 0.6 bits per pixel.
SIZES = {"192x128": (4, 28), "384x256": (2, 40)}
IMAGES = (5, 15, 20, 23, 2, 3, 7, 12)
EFFORT = 3
# Images whose fits make up a round, and their steps.
TASKS, INNER = 16, 100
# Of the rates of the effort table, those of the fits of a round: they begin near where they end.
ROUND_RATES = {"reptile": 0.5, "long": 0.6, "mean": 1.0}
# Samples in a step of these fits.
POINTS = 1024
# Of the rates of the effort table, those that are tried.
RATES = (1.0, 0.5)
SEEDS = (0, 1)
LEVELS = 127
FIRST = ("weight0", "bias0")
# Widths that the prior is measured at beside those of sizes.
WIDTHS = (20, 28, 32)
# Where a file's weights are told from a start.
_USERS = ("rounding", "encode", "weights")


def plan_of(
    size: str, pixels: Pixels, steps: int | None = None, width: int = 0, init: str = "random"
) -> FitPlan:
    """Return how an image of a size is encoded."""
    options = {} if steps is None else {"steps": steps}
    width = width or SIZES[size][1]
    settings = make_settings(
        model="siren", effort=EFFORT, device="cpu", width=width, init=init, **options
    )
    _, plan = plan_encode(settings, from_array(pixels).info)
    assert isinstance(plan, FitPlan)
    return plan


def training() -> list[Path]:
    """Photographs to learn from."""
    return sorted((DATA / "train").glob("*.webp"))


def shape_of(size: str) -> tuple[int, int]:
    """Height and width."""
    width, height = map(int, size.split("x"))
    return height, width


def tested(size: str, numbers: Sequence[int]) -> list[Pixels]:
    """Kodak images at a size."""
    paths = {int(path.stem[-2:]): path for path in kodak()}
    found = []
    for number in numbers:
        with Image.open(paths[number]) as opened:
            found.append(np.asarray(opened.convert("RGB").reduce(SIZES[size][0])))
    return found


def fitted(
    images: Sequence[Pixels],
    plan: FitPlan,
    settings: FitSettings,
    start: Weights | None,
    seed: int = 0,
    rounded: bool = False,
) -> list[Fit]:
    """Fit a network to each of some images, of weights that a start has; all others from a seed."""
    values = [to_network(plan.info, image) for image in images]
    batch = make_stack(values, plan.spec, settings, [seed] * len(images))
    for name, weight in (start or {}).items():
        own = batch.network.weights[name]
        own.copy_(torch.from_numpy(weight).expand_as(own))
    return Fitting([batch], settings, len(images), rounder(plan) if rounded else None).run(None)


def at_share(
    plan: FitPlan, share: float, steps: int | None = None, points: int | None = None
) -> FitSettings:
    """Return the settings of a plan's fit at a share of its rates."""
    own = fit_settings(plan)
    matrix = None if own.matrix_rate is None else share * own.matrix_rate
    return replace(
        own,
        points=own.points if points is None else points,
        steps=own.steps if steps is None else steps,
        learning_rate=share * own.learning_rate,
        matrix_rate=matrix,
    )


def as_integers(start: Weights) -> Weights:
    """Return weights of 256 levels of each tensor."""
    found = {}
    for name, weight in start.items():
        step = max(float(np.abs(weight).max()) / LEVELS, 1e-9)
        found[name] = (np.rint(weight / step) * step).astype(np.float32)
    return found


def mean_end(fits: Sequence[Fit]) -> Weights:
    """Return the mean of where fits end."""
    every = [fit.network.arrays() for fit in fits]
    return {n: np.mean([a[n] for a in every], 0, dtype=np.float32) for n in every[0]}


def known_start(path: Path) -> Weights:
    """Return a start that was learnt before; an empty one where there is none."""
    if not path.exists():
        return {}
    with np.load(path) as arrays:
        return dict(arrays)


def learn(arguments: argparse.Namespace, path: Path) -> None:
    """Learn a start, and keep it after each tenth round."""
    kind, size, seed, rounds = arguments.kind, arguments.size, arguments.seed, arguments.rounds
    paths, shape, generator = training(), shape_of(size), np.random.default_rng(seed)
    plan = plan_of(size, scaled(paths[0], shape))
    steps = INNER if kind == "reptile" else plan.steps
    settings = at_share(plan, ROUND_RATES[kind], steps, arguments.points)
    start = known_start(path.with_name(f"mean-{size}.npz")) if kind == "long" else {}
    for number in range(rounds):
        chosen = [paths[k] for k in generator.choice(len(paths), TASKS, replace=False)]
        images = [scaled(path, shape) for path in chosen]
        fits = fitted(images, plan, settings, None if kind == "mean" else start or None, seed)
        share = 1 / (number + 1) if kind == "mean" else 0.6 * (1 - number / rounds) + 0.02
        ends = mean_end(fits)
        start = {n: w + share * (ends[n] - w) for n, w in start.items()} if start else ends
        if number % 10 == 9 or number == rounds - 1:
            np.savez(path, **as_integers(start))  # type: ignore[arg-type]
            print(number, mean(fit.psnr_db for fit in fits), flush=True)


@contextmanager
def told_from(start: Weights | None) -> Iterator[None]:
    """Let files tell weights from a start."""

    def starts(
        spec: NetworkSpec, domain: Domain, own: Start, tiles: object = None
    ) -> dict[str, Values]:
        return {**kept_starts(spec, domain, own), **(start or {})}

    with ExitStack() as stack:
        for name in _USERS:
            stack.enter_context(patch(f"inrcodec.codecs.inr.{name}.kept_starts", starts))
        yield


def points(
    images: Sequence[Pixels],
    plan: FitPlan,
    share: float,
    start: Weights | None,
    told: Weights | None,
    seed: int = 0,
) -> Points:
    """Bytes and PSNR of the files of some images, which tell weights from a start or from seeds."""
    with told_from(told):
        fits = fitted(images, plan, at_share(plan, share), start, seed, rounded=True)
        return written(images, plan, fits)


def points_of_prior(images: Sequence[Pixels], plan: FitPlan) -> dict[str, Points]:
    """Bytes and PSNR of some images whose fits start from the package's prior, of weights that are
    told from it, and from a seed: fits differ by how they are rounded alone."""
    values, settings = [to_network(plan.info, image) for image in images], fit_settings(plan)
    batch = make_stack(values, plan.spec, settings)
    assert all(start.prior for start in batch.starts)
    fitting = Fitting([batch], settings, len(images), rounder(plan))
    found = {SHIPPED: written(images, plan, fitting.run(None))}
    batch.starts[:] = [Start()] * len(images)
    again = rounder(plan)
    assert again is not None
    return {**found, f"{SHIPPED}{APART}": written(images, plan, fitting.again(again))}


def written(images: Sequence[Pixels], plan: FitPlan, fits: Sequence[Fit]) -> Points:
    """Bytes and PSNR of the files of some fits."""
    found = []
    for image, fit in zip(images, fits, strict=True):
        source = from_array(image)
        item = make_item(plan, source.info, [Fitted(0, fit, to_network(source.info, image))])
        encoded = finish(source, plan.settings, item, 0.0)
        found.append((len(encoded.data), encoded.psnr_db))
    return found


def starts_of(folder: Path, size: str) -> Iterator[tuple[str, Weights | None, int, int]]:
    """Iterate over names of starts, their weights, the seed of all others, and widths."""
    own = SIZES[size][1]
    for width in sorted({own, *WIDTHS}):
        for seed in SEEDS:
            yield "seed", None, seed, width
        spec = plan_of(size, tested(size, IMAGES[:1])[0], None, width).spec
        if spec.has_prior(1, Domain(shape_of(size), 3)):
            yield SHIPPED, None, 0, width
    for path in sorted(folder.glob(f"*-{size}.npz")):
        kind = path.stem.removesuffix(f"-{size}")
        start = known_start(path)
        yield kind, start, 0, own
        yield f"{kind}{APART}", start, 0, own
        yield f"{kind}, first layer", {name: start[name] for name in FIRST}, 0, own


def measure(arguments: argparse.Namespace) -> Iterator[Record]:
    """Bytes and PSNR of images from each start, at each share of the rates."""
    size, only, numbers = arguments.size, arguments.kind, arguments.images
    images = tested(size, numbers)
    for count in arguments.steps:
        for name, start, seed, width in starts_of(arguments.starts, size):
            if only not in f"{name} {seed} {width}":
                continue
            common = {"size": size, "steps": count, "seed": seed, "width": width}
            if name == SHIPPED:
                plan = plan_of(size, images[0], count, width, init="prior")
                for told, found in points_of_prior(images, plan).items():
                    yield record(told, 1.0, numbers, found, common)
                continue
            plan = plan_of(size, images[0], count, width)
            # Rates of the effort table are those at which seeds are at their best.
            is_learnt = start is not None and len(start) > len(FIRST)
            for rate in arguments.rates if is_learnt else RATES[:1]:
                told_weights = None if APART in name else start
                found = points(images, plan, rate, start, told_weights, seed)
                yield record(name, rate, numbers, found, common)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["learn", "measure", "report"])
    parser.add_argument("kind", nargs="?", default="", help="a start; or a part of names")
    parser.add_argument("--size", choices=[*SIZES], default="192x128")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--steps", type=int, nargs="+", default=[600])
    parser.add_argument("--images", type=int, nargs="+", default=IMAGES)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--seed", type=int, default=0, help="of what a start is learnt from")
    parser.add_argument("--points", type=int, default=POINTS, help="in a step of learning")
    parser.add_argument("--starts", type=Path, default=Path("starts"))
    arguments = parser.parse_args()
    arguments.starts.mkdir(parents=True, exist_ok=True)
    if arguments.what == "learn":
        of_seed = f" of seed {arguments.seed}" if arguments.seed else ""
        name = f"{arguments.kind}{of_seed}-{arguments.size}.npz"
        learn(arguments, arguments.starts / name)
    elif arguments.what == "report":
        write_reports(arguments.starts)
    else:
        for found in measure(arguments):
            keep(arguments.starts, found)
            print(*found.values(), flush=True)


if __name__ == "__main__":
    main()
