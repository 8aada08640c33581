"""Denoising, as in Local-Global's appendix K: fits of a noisy image, before they learn its noise.

    python -m benchmarks.papers.denoising [--seeds N]

Noise is that of the paper's setup: counts of a Poisson distribution of 40 for white, with a normal
readout of deviation 2, divided by 40; nothing is clipped. Images are scikit-image's `astronaut` and
a Kodak image, made smaller. All networks are of equal size, about one weight for each pixel (the
paper's have 1.4); Local-Global has 2×4 tiles or 4×2.

The paper stops at the step that is best by the clean image. A user has none, so each fit gives:

| stop | |
|---|---|
| truth | the best step by the clean image, as in the paper |
| discrepancy | the first step whose residual is that of the noise: mean (y - x)² / v(x) is 1 |
| none | the last step |

The variance v(x) = (40 x + 4) / 1600 is known of the sensor. Frequencies are the best of several
for the first noise of astronaut, by the truth, so that networks, not controls, are favored.

Total variation (scikit-image's `denoise_tv_chambolle`) has its weight chosen by either of the
first two. The seed of the noise is the run's.

`paper_db` is of unclamped values in [0, 1], peak 1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.common import Row, kodak, save
from benchmarks.extras import extra
from benchmarks.papers.tasks import (
    Field,
    Floats,
    Samples,
    averaged,
    descend,
    image_scores,
    near_local_global,
    size_of,
    to_unit,
)
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import IncodeSpec, PerceptronSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import activation_by_name

TAU, READOUT = 40.0, 2.0
WIDTH = 64
# Of Local-Global's weights, global and merge layers.
SHARE = 0.19
STEPS = 250
RATE = 1e-3
# Of the first layer and of the others.
OMEGA = {
    "SIREN": (20.0, 30.0),
    "Local-Global": (15.0, 30.0),
    "INCODE": (10.0, 20.0),
    "Local-Global INCODE": (10.0, 30.0),
}
INCODE = activation_by_name("incode").number
PAPER = {"INCODE": "32.26, SSIM .864 (truth)", "Local-Global INCODE": "32.37, SSIM .866 (truth)"}
TV_WEIGHTS = np.geomspace(0.02, 0.5, 14)

Scores = dict[str, float]


class Picture(NamedTuple):
    """A clean image, and how many tiles Local-Global has along either side."""

    name: str
    clean: Samples
    tiles: tuple[int, int]


def pictures() -> Iterator[Picture]:
    astronaut = Image.fromarray(extra("skimage.data").astronaut()).reduce(4)
    yield Picture("astronaut, 128×128", np.asarray(astronaut), (4, 2))
    with Image.open(kodak()[22]) as opened:
        small = opened.convert("RGB").reduce(6)
    # The sides are multiples of the tiles.
    yield Picture("kodim23, 128×84", np.asarray(small)[:84], (2, 4))


def measured(clean: Samples, seed: int) -> Floats:
    """Return the image as the sensor gives it, in [0, 1] but for noise."""
    random = np.random.default_rng(seed)
    counts = random.poisson(TAU * clean / 255)
    noisy: Floats = (counts + READOUT * random.standard_normal(clean.shape)) / TAU
    return noisy


def discrepancy(noisy: Floats, unit: Floats) -> float:
    """Return the mean squared residual as a part of what is expected of noise alone."""
    variance = (TAU * np.clip(unit, 0, 1) + READOUT**2) / TAU**2
    return float(np.mean((noisy - unit) ** 2 / variance))


def specs(domain: Domain, tiles: tuple[int, int]) -> dict[str, PerceptronSpec]:
    siren = SirenSpec(WIDTH, 3, 30.0, 30.0)
    size = size_of(siren, domain)
    tile = (domain.shape[0] // tiles[0], domain.shape[1] // tiles[1])
    found: dict[str, PerceptronSpec] = {
        "SIREN": siren,
        "Local-Global": near_local_global(domain, size, tile, SHARE),
        "INCODE": IncodeSpec(WIDTH, 3, 30.0, 30.0),
        "Local-Global INCODE": near_local_global(domain, size, tile, SHARE, INCODE),
    }
    return {
        name: replace(spec, omega_0=OMEGA[name][0], omega=OMEGA[name][1])
        for name, spec in found.items()
    }


def by_network(picture: Picture, noisy: Floats, field: Field, seed: int) -> Scores:
    """Fit a network, and score it at the steps of the three stops."""
    target = (2 * noisy - 1).astype(np.float32)
    settings = FitSettings(STEPS, RATE, seed=seed, constant=True)
    began = time.perf_counter()
    best, stopped, last = -np.inf, -1, STEPS
    truth: dict[str, Scores] = {}
    for step, values in enumerate(
        descend(field, lambda found: 2 / target.size * (found - target), settings)
    ):
        unit = to_unit(values)
        error = float(np.mean((unit - picture.clean / 255) ** 2))
        if -error > best:
            best = -error
            truth["truth"] = {"step": step} | image_scores(picture.clean, unit)
        if stopped < 0 and discrepancy(noisy, unit) <= 1:
            stopped = step
            truth["discrepancy"] = {"step": step} | image_scores(picture.clean, unit)
        if step == last:
            truth["none"] = {"step": step} | image_scores(picture.clean, unit)
    # A fit that never comes to the noise ends with its last step.
    truth.setdefault("discrepancy", truth["none"])
    flat = {f"{stop} {key}": v for stop, found in truth.items() for key, v in found.items()}
    return {**flat, "seconds": time.perf_counter() - began}


def by_total_variation(picture: Picture, noisy: Floats) -> Scores:
    """Denoise by total variation, of the weights that either stop chooses."""
    denoise = extra("skimage.restoration").denoise_tv_chambolle
    began = time.perf_counter()
    tried = [(weight, denoise(noisy, weight=weight, channel_axis=-1)) for weight in TV_WEIGHTS]
    seconds = time.perf_counter() - began
    chosen = {
        "truth": min(tried, key=lambda pair: np.mean((pair[1] - picture.clean / 255) ** 2)),
        "discrepancy": min(tried, key=lambda pair: abs(discrepancy(noisy, pair[1]) - 1)),
    }
    flat: Scores = {"seconds": seconds}
    for stop, (weight, unit) in chosen.items():
        scores = {"step": float(weight)} | image_scores(picture.clean, unit)
        flat |= {f"{stop} {key}": value for key, value in scores.items()}
    return flat


def by_non_local_means(picture: Picture, noisy: Floats) -> Scores:
    """Denoise by non-local means, of the mean deviation of the noise; no weight is chosen."""
    began = time.perf_counter()
    deviation = float(np.sqrt((TAU * np.clip(noisy, 0, 1).mean() + READOUT**2) / TAU**2))
    unit = extra("skimage.restoration").denoise_nl_means(
        noisy,
        h=0.8 * deviation,
        sigma=deviation,
        patch_size=5,
        patch_distance=6,
        fast_mode=True,
        channel_axis=-1,
    )
    scores = {"step": 0.8 * deviation} | image_scores(picture.clean, unit)
    found = {f"discrepancy {key}": value for key, value in scores.items()}
    return {**found, "seconds": time.perf_counter() - began}


def as_rows(picture: Picture, name: str, weights: int | str, runs: list[Scores]) -> Iterator[Row]:
    """Yield a row for each stop that the runs have."""
    for stop in ("truth", "discrepancy", "none"):
        own = [
            {
                key.removeprefix(f"{stop} "): value
                for key, value in run.items()
                if key.startswith(f"{stop} ") or key == "seconds"
            }
            for run in runs
        ]
        if "psnr_db" in own[0]:
            paper = PAPER.get(name, "") if stop == "truth" else ""
            label = {"image": picture.name, "name": name, "stop": stop, "weights": weights}
            yield averaged({**label, "paper": paper}, own)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    rows: list[Row] = []
    for picture in pictures():
        domain = Domain(picture.clean.shape[:2], 3)
        images = [measured(picture.clean, seed) for seed in seeds]
        bare = [{f"none {k}": v for k, v in image_scores(picture.clean, x).items()} for x in images]
        rows += as_rows(picture, "noisy", "", bare)
        rows += as_rows(picture, "TV", "", [by_total_variation(picture, x) for x in images])
        means = [by_non_local_means(picture, x) for x in images]
        rows += as_rows(picture, "non-local means", "", means)
        for name, spec in specs(domain, picture.tiles).items():
            runs = [
                by_network(picture, noisy, Field(spec, domain, seed), seed)
                for seed, noisy in zip(seeds, images, strict=True)
            ]
            rows += as_rows(picture, name, size_of(spec, domain), runs)
    notes = [
        f"Adam, {STEPS} steps at a constant {RATE:g}",
        "step is of TV its weight, of non-local means its h",
    ]
    save("denoising", "python -m benchmarks.papers.denoising", rows, notes)


if __name__ == "__main__":
    main()
