"""Super-resolution, as in MINR's section III-B and Local-Global's appendix K: Kodak images made two
and four times smaller, fitted, and rendered as large as before, against the truth; beside them the
controls that both leave out, Lanczos and bicubic enlargements of the same samples.

    python -m benchmarks.papers.super_resolution [--seeds N]

Networks see 96×64 samples of a Kodak image, each the mean of a block, at the centers of the blocks;
the truth is the same image at 192×128 and at 384×256. One fit gives both figures. Networks have 1.2
weights for each sample that they see, as Local-Global's 205,700 for 504×336; all are of equal size,
but MINR and its control. Local-Global has 2×3 tiles. The grid is this codec at quality 95.

Frequencies and rates are the best of several for kodim01 and kodim23 at 2×, so that networks, not
controls, are favored; `omega` has the first layer's and the others'.

`paper_db` is of unclamped values in [0, 1], peak 1, as INCODE's script has it. `seen_db` is of the
samples that the network was fitted to: a figure that is not of super-resolution.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import mean
from typing import NamedTuple

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from benchmarks.papers.minr import equal_width
from benchmarks.papers.tables import EIGHT_BITS, values
from benchmarks.papers.tasks import (
    Samples,
    averaged,
    image_scores,
    near_local_global,
    size_of,
    to_levels,
    to_unit,
)
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit_jointly
from inrcodec.codecs.inr.networks import (
    IncodeSpec,
    MinrSpec,
    NetworkSpec,
    PerceptronSpec,
    SirenSpec,
)
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import render
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

# MINR's four: 01, 02, 03 and 23.
PLACES = (0, 1, 2, 22)
# By how much the smaller truth is reduced, and the samples that networks see.
FACTORS = (2, 4)
SEEN = 8
WIDTH = 48
STEPS = 300
KERNELS = {"Lanczos": Image.Resampling.LANCZOS, "bicubic": Image.Resampling.BICUBIC}
INCODE = activation_by_name("incode").number
PAPER = {
    "SIREN": "MINR's: 38.87 and 37.25 of two images",
    "MINR": "36.59 and 35.91 of the two",
    "INCODE": "29.81, SSIM .881 (4×)",
    "Local-Global INCODE": "30.01, SSIM .904 (4×)",
}

Scores = dict[str, float]


class Choice(NamedTuple):
    """A network, and the rate that its fit starts with."""

    spec: PerceptronSpec
    learning_rate: float


def choices(domain: Domain, images: list[Samples]) -> dict[str, Choice]:
    """Networks by name; those of MINR's size are for as many images as there are."""
    siren, minr = SirenSpec(WIDTH, 3, 30.0, 30.0), MinrSpec(WIDTH, 3, 30.0, 30.0)
    tile = (domain.shape[0] // 2, domain.shape[1] // 3)
    size = size_of(siren, domain)
    local_global = near_local_global(domain, size, tile)
    both = near_local_global(domain, size, tile, activation=INCODE)
    return {
        "SIREN": Choice(siren, 1e-3),
        "MINR": Choice(minr, 1e-3),
        "SIREN of MINR's size": Choice(SirenSpec(equal_width(images, minr), 3, 30.0, 30.0), 1e-3),
        "Local-Global": Choice(replace(local_global, omega_0=15.0), 2e-3),
        "INCODE": Choice(IncodeSpec(WIDTH, 3, 10.0, 30.0), 1e-3),
        "Local-Global INCODE": Choice(replace(both, omega_0=3.0, omega=15.0), 1e-3),
    }


def weights_each(spec: NetworkSpec, domain: Domain, images: int) -> int:
    """Weights for an image, with its part of those that images share."""
    counts = spec.parameters(domain)
    return round(sum(n / images if s is Scope.SHARED else n for s, n in counts.items()))


def scored(result: Fit, truths: Sequence[Samples], seen: Samples) -> Scores:
    """Score a fit at each factor, and by the samples that it has seen."""
    network = result.network
    whole = Region.whole(network.domain.shape)
    found = {"seen_db": psnr(seen, to_levels(to_unit(values(network))))}
    for factor, truth in zip(FACTORS, truths, strict=True):
        large = render(network, Raster(whole, truth.shape[:2]))
        found |= prefixed(factor, image_scores(truth, to_unit(large)))
    return found


def prefixed(factor: int, scores: Scores) -> Scores:
    return {f"{factor} {key}": value for key, value in scores.items()}


def mean_of(scores: Sequence[Scores]) -> Scores:
    """Return the mean of the images."""
    return {key: mean(score[key] for score in scores) for key in scores[0]}


def fitted(
    choice: Choice, truths: list[list[Samples]], images: list[Samples], seeds: int
) -> list[Scores]:
    """Fit all images with each seed; the mean of the images for each."""
    runs = []
    for seed in range(seeds):
        began = time.perf_counter()
        settings = FitSettings(STEPS, choice.learning_rate, seed=1000 * seed)
        fits = fit_jointly(
            [to_network(EIGHT_BITS, image) for image in images], choice.spec, settings
        )
        seconds = time.perf_counter() - began
        scores = [scored(*parts) for parts in zip(fits, truths, images, strict=True)]
        runs.append(mean_of(scores) | {"seconds": seconds})
    return runs


def enlarged(seen: Image.Image, truths: list[Samples], kernel: Image.Resampling) -> Scores:
    """Score an enlargement by a kernel."""
    found: Scores = {}
    for factor, truth in zip(FACTORS, truths, strict=True):
        large = np.asarray(seen.resize(truth.shape[1::-1], kernel))
        found |= prefixed(factor, image_scores(truth, large / 255))
    return found


def by_grid(seen: Image.Image, truths: list[Samples]) -> Scores:
    """Score what the grid renders from a file of the samples."""
    began = time.perf_counter()
    encoded = inrcodec.encode(seen, quality=95, effort=3, device="cpu")
    image = inrcodec.open(encoded.data)
    found = {"seconds": time.perf_counter() - began, "bytes": float(len(encoded.data))}
    found["seen_db"] = psnr(np.asarray(seen), image.render())
    for factor, truth in zip(FACTORS, truths, strict=True):
        found |= prefixed(factor, image_scores(truth, image.render(scale=factor) / 255))
    return found


def as_rows(label: Row, runs: list[Scores]) -> Iterator[Row]:
    """Yield a row for each factor."""
    for factor in FACTORS:
        start = f"{factor} "
        own = [
            {k.removeprefix(start): v for k, v in run.items() if k[1] != " " or k.startswith(start)}
            for run in runs
        ]
        yield averaged({"task": f"{factor}×", **label}, own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    paths = [kodak()[place] for place in PLACES]
    pictures = [Image.open(path).convert("RGB") for path in paths]
    truths = [[np.asarray(p.reduce(SEEN // factor)) for factor in FACTORS] for p in pictures]
    small = [picture.reduce(SEEN) for picture in pictures]
    images = [np.asarray(picture) for picture in small]
    rows: list[Row] = []
    for name, kernel in KERNELS.items():
        scores = [enlarged(*pair, kernel) for pair in zip(small, truths, strict=True)]
        rows += as_rows({"name": name}, [mean_of(scores)])
    scores = [by_grid(*pair) for pair in zip(small, truths, strict=True)]
    rows += as_rows({"name": "grid, quality 95"}, [mean_of(scores)])
    domain = Domain(images[0].shape[:2], 3)
    for name, choice in choices(domain, images).items():
        label = {
            "name": name,
            "paper": PAPER.get(name, ""),
            "weights_an_image": str(weights_each(choice.spec, domain, len(images))),
            "omega": f"{choice.spec.omega_0:g}, {choice.spec.omega:g}",
            "learning_rate": f"{choice.learning_rate:g}",
            "steps": str(STEPS),
        }
        rows += as_rows(label, fitted(choice, truths, images, seeds))
    rows.sort(key=lambda row: str(row["task"]))
    notes = [
        f"images: {', '.join(path.stem for path in paths)}; figures are the mean of all",
        "seconds are of all images together, of one fit for both tasks; bytes are of one file",
    ]
    save("super-resolution", "python -m benchmarks.papers.super_resolution", rows, notes)


if __name__ == "__main__":
    main()
