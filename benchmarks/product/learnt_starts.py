"""Whether a start that was learnt on other images gives a SIREN more than one from a seed, at
sizes and bytes that images are encoded at.

    python -m benchmarks.product.learnt_starts learn KIND [--size 192x128] [--rounds N]
    python -m benchmarks.product.learnt_starts measure [NAME] [--size 192x128] [--steps 200 600]
    python -m benchmarks.product.learnt_starts report

`learn` keeps a start in a folder (`--starts`), which photographs for training gave, its weights
rounded to 255 levels, as a package would have them. KIND is `mean`, the mean of where fits of as
many steps as effort 3 has end from one seed; `long`, which goes on from that by Reptile (Nichol et
al. 2018) with such fits; or `reptile`, the same with fits of a few steps, from a seed. `measure`
fits Kodak images from each start in the folder, from first layers alone of each, and from seeds.
Weights are whole numbers of steps, and those of all tensors may be differences to a start that was
learnt. Files are those of `encode`, save that none says which start it is of. `report` writes the
results.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from benchmarks.common import DATA, Row, kodak, save
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.batches import make_stack
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import fit_settings, make_item, rounder
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.fitting import Fit, Fitting
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.learnt import learnt_start
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.encoding import finish
from inrcodec.media.images import from_array
from training.siren_dataset import scaled

Values = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
Start = dict[str, Values]
Record = dict[str, Any]

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
MEASURED = "measured.jsonl"
# Of starts that files are not told from.
APART = ", told from a seed"
# What the package has, and widths that it is measured at beside those of sizes.
SHIPPED, WIDTHS = "shipped", (20, 28, 32)
NOTES = (
    "effort 3 but for steps; seeds are 0 and 1, of 200 and 300 steps 0; images are Kodak's",
    "of 384x256, width 40: 16 photographs, 4096 samples a step; told from a seed: 32 and 1024",
    "of 384x256, width 28: the start of 192x128",
)
# Where a file's weights are told from a start.
_USERS = ("rounding", "encode", "weights")


def plan_of(size: str, pixels: Pixels, steps: int | None = None, width: int = 0) -> FitPlan:
    """Return how an image of a size is encoded."""
    options = {} if steps is None else {"steps": steps}
    width = width or SIZES[size][1]
    settings = make_settings(
        model="siren", effort=EFFORT, device="cpu", width=width, init="random", **options
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
    start: Start | None,
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


def as_integers(start: Start) -> Start:
    """Return weights of 256 levels of each tensor."""
    found = {}
    for name, weight in start.items():
        step = max(float(np.abs(weight).max()) / LEVELS, 1e-9)
        found[name] = (np.rint(weight / step) * step).astype(np.float32)
    return found


def mean_end(fits: Sequence[Fit]) -> Start:
    """Return the mean of where fits end."""
    every = [fit.network.arrays() for fit in fits]
    return {n: np.mean([a[n] for a in every], 0, dtype=np.float32) for n in every[0]}


def known_start(path: Path) -> Start:
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
def told_from(start: Start | None) -> Iterator[None]:
    """Let files tell weights from a start."""

    def starts(
        spec: NetworkSpec, domain: Domain, seed: int, tiles: object = None
    ) -> dict[str, Values]:
        return {**kept_starts(spec, domain, seed), **(start or {})}

    with ExitStack() as stack:
        for name in _USERS:
            stack.enter_context(patch(f"inrcodec.codecs.inr.{name}.kept_starts", starts))
        yield


def points(
    images: Sequence[Pixels],
    plan: FitPlan,
    share: float,
    start: Start | None,
    told: Start | None,
    seed: int = 0,
) -> list[tuple[int, float]]:
    """Bytes and PSNR of the files of some images, which tell weights from a start or from seeds."""
    found = []
    with told_from(told):
        fits = fitted(images, plan, at_share(plan, share), start, seed, rounded=True)
        for image, fit in zip(images, fits, strict=True):
            source = from_array(image)
            item = make_item(plan, source.info, [Fitted(0, fit, to_network(source.info, image))])
            encoded = finish(source, plan.settings, item, 0.0)
            found.append((len(encoded.data), encoded.psnr_db))
    return found


def starts_of(folder: Path, size: str) -> Iterator[tuple[str, Start | None, int, int]]:
    """Iterate over names of starts, their weights, the seed of all others, and widths."""
    own = SIZES[size][1]
    for width in sorted({own, *WIDTHS}):
        for seed in SEEDS:
            yield "seed", None, seed, width
        spec = plan_of(size, tested(size, IMAGES[:1])[0], None, width).spec
        shipped = learnt_start(spec, Domain(shape_of(size), 3))
        if shipped is not None:
            yield f"{SHIPPED}{APART}", shipped, 0, width
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
            plan = plan_of(size, images[0], count, width)
            # Rates of the effort table are those at which seeds are at their best.
            is_learnt = start is not None and len(start) > len(FIRST)
            for rate in arguments.rates if is_learnt else RATES[:1]:
                told = None if APART in name else start
                found = points(images, plan, rate, start, told, seed)
                yield {
                    "size": size,
                    "steps": count,
                    "start": name,
                    "seed": seed,
                    "width": width,
                    "rate": rate,
                    "points": dict(zip(map(str, numbers), found, strict=True)),
                }


def recorded(folder: Path) -> list[Record]:
    """All that was measured."""
    path = folder / MEASURED
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# By start, width and image: bytes and PSNR of each seed and rate.
Points = dict[tuple[str, int, str], dict[float, list[tuple[int, float]]]]


def by_image(records: Sequence[Record]) -> Points:
    """Sort what was measured."""
    found: Points = {}
    for record in records:
        for image, point in record["points"].items():
            key = record["start"], record["width"], image
            found.setdefault(key, {}).setdefault(record["rate"], []).append(tuple(point))
    return found


def report(records: Sequence[Record]) -> Iterator[Row]:
    """Each start beside that from seeds: dB at equal bytes, bytes at equal PSNR, image by image."""
    for size, steps in sorted({(r["size"], r["steps"]) for r in records}):
        points = by_image([r for r in records if (r["size"], r["steps"]) == (size, steps)])
        slope = slope_of(by_image([r for r in records if r["size"] == size]))
        cases = {(n, w, rate) for (n, w, _), at in points.items() for rate in at if n != "seed"}
        for name, width, rate in sorted(cases):
            images = [i for n, w, i in points if (n, w) == (name, width)]
            images = [i for i in images if rate in points[name, width, i]]
            own, seeds = (
                np.array([np.mean(points[n, width, i][r], 0) for i in images])
                for n, r in ((name, rate), ("seed", 1.0))
            )
            gains = own[:, 1] - seeds[:, 1] - slope * np.log(own[:, 0] / seeds[:, 0])
            yield {
                "size": size,
                "width": width,
                "steps": steps,
                "start": name,
                "rate": rate,
                "images": len(images),
                "bytes": float(own[:, 0].mean()),
                "psnr_db": float(own[:, 1].mean()),
                "seeds_bytes": float(seeds[:, 0].mean()),
                "seeds_psnr_db": float(seeds[:, 1].mean()),
                "db_at_equal_bytes": float(gains.mean()),
                "deviation_of_that_db": float(gains.std(ddof=1) / np.sqrt(len(gains))),
                "bytes_at_equal_psnr_percent": float(100 * (np.exp(-gains.mean() / slope) - 1)),
            }


def slope_of(points: Points) -> float:
    """Return the dB that networks of seeds give for e times the bytes, by their widths."""
    slopes = []
    for image in {image for _, _, image in points}:
        every = [
            np.mean(at[1.0], 0) for (n, _, i), at in points.items() if (n, i) == ("seed", image)
        ]
        if len(every) > 1:
            sizes, levels = np.array(every).T
            slopes.append(np.polyfit(np.log(sizes), levels, 1)[0])
    return float(np.mean(slopes))


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
        command = "python -m benchmarks.product.learnt_starts report"
        save("learnt-starts", command, list(report(recorded(arguments.starts))), NOTES)
    else:
        for record in measure(arguments):
            with (arguments.starts / MEASURED).open("a") as stream:
                stream.write(json.dumps(record) + "\n")
            print(*record.values(), flush=True)


if __name__ == "__main__":
    main()
