"""How well the error of a SIREN is told before it is trained, by several models.

    python -m benchmarks.papers.predictor DATA

After "Predicting the Encoding Error of SIRENs", on what `training/siren_dataset.py` has recorded
in DATA. All numbers are of images that a model was not fitted to: each fifth of the images is told
by a model of the others. What is told is the PSNR of our files, with our schedule. Figures of the
paper are of its own images, sizes and steps, and of the most of the training on unrounded samples.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.common import Row, save
from benchmarks.papers.error_models import (
    FOLDS,
    Told,
    crossed,
    explained,
    fit_network,
    of_line,
    of_process,
    proxy,
    rmse,
)
from inrcodec.codecs.inr.prediction.features import FEATURES
from inrcodec.codecs.inr.prediction.predictor import EARLY, load_predictor
from training.siren_predictor import MOST_POINTS, Rows, fit_process

Doubles = npt.NDArray[np.float64]

ONE_SIDED = NormalDist().inv_cdf(0.95)
SHARES = (0.05, 0.1, 0.25, 0.5)
TARGETS = (24.0, 26.0, 28.0, 30.0)


def judged(name: str, rows: Rows, told: Told, paper: str = "") -> Row:
    """A row of the table."""
    found, (expected, deviation) = rows.psnrs, told
    row = {
        "model": name,
        "rmse_db": round(rmse(found, expected), 3),
        "explained": round(explained(found, expected), 4),
        "above_95": round(float(np.mean(found >= expected - ONE_SIDED * deviation)), 3),
        "paper": paper,
    }
    print(*row.values(), flush=True)
    return row


def seeds(rows: Rows) -> float:
    """The deviation between seeds, by the paper's equation 4, from pairs."""
    groups: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for row in rows.rows:
        key = [row[name] for name in ("image", "width", "depth", "omega_0", "steps")]
        groups[(*key, tuple(row["shape"]))].append(row["psnr_db"])
    pairs = np.array([found[:2] for found in groups.values() if len(found) > 1])
    return float(np.sqrt(np.mean(np.square(pairs[:, 0] - pairs[:, 1])) / 2)) if len(pairs) else 0.0


def first_layer(rows: Rows) -> list[Row]:
    """The share of the variance between seeds that is the first layer's."""
    variances = {}
    for fixed in (False, True):
        some = rows.where([(row["first_seed"] is not None) == fixed for row in rows.rows])
        by_image: dict[str, list[float]] = defaultdict(list)
        for row in some.rows:
            by_image[row["image"]].append(row["psnr_db"])
        variances[fixed] = np.mean([np.var(found, ddof=1) for found in by_image.values()])
    share = 1 - variances[True] / variances[False]
    return [
        {
            "model": "first layer's share of the variance between seeds",
            "rmse_db": round(math.sqrt(variances[False]), 3),
            "explained": round(float(share), 3),
            "paper": "66 %; 0.18 dB, 0.10 dB with one first layer",
        }
    ]


def extrapolated(rows: Rows, name: str, paper: Mapping[float, str]) -> list[Row]:
    """Learning curves, from some shares of the steps."""
    table = []
    for share in SHARES:
        told = crossed(rows, of_line(lambda r, s=share: r.at(s)))
        words = f"{name}: extrapolated from {share:.0%} of the steps"
        table.append(judged(words, rows, told, paper.get(share, "")))
    return table


def single(rows: Rows) -> list[Row]:
    """One architecture: JPEG 2000 as a proxy, and learning curves."""
    table = []
    for column in range(5, 8):
        fit = of_line(lambda r, k=column: r.features[:, k])
        told = crossed(rows, fit)
        table.append(judged(f"single: {FEATURES[column]}", rows, told, "96 %, 1.0 dB"))
    table = [max(table, key=lambda row: float(str(row["explained"])))]
    return table + extrapolated(rows, "single", {0.05: "93.0 %", 0.5: "99.8 %"})


def many(rows: Rows) -> list[Row]:
    """Many architectures."""
    table = [judged("many: JPEG 2000", rows, crossed(rows, proxy))]
    models = (
        ("GP, as in the paper", of_process(linear=False, alike=True), "1.0 dB"),
        ("GP, a length for each feature, linear mean", of_process(), "1.0 dB"),
        ("network of 4×128", fit_network, "0.55 dB"),
        (f"GP, and the PSNR after {EARLY:.0%} of the steps", of_process(early=True), "0.55 dB"),
    )
    for name, fit, paper in models:
        table.append(judged(f"many: {name}", rows, crossed(rows, fit), paper))
    return table + extrapolated(rows, "many", {0.05: "90.9 %", 0.5: "99.9 %"})


def ablation(rows: Rows) -> list[Row]:
    """What each input is worth (Table 4)."""
    paper = {
        "pixels": "0.71",
        "omega": "1.25",
        "depth": "2.27",
        "bpp": "2.52 (layer size)",
        "image": "4.11",
        "all hyperparameters": "2.90",
    }
    groups = {
        **{name: [k] for k, name in enumerate(FEATURES[:5])},
        "all hyperparameters": [*range(5)],
        "image": [5, 6, 7],
    }
    table = []
    for name, left_out in groups.items():
        kept = [k for k in range(len(FEATURES)) if k not in left_out]
        told = crossed(rows, of_process(kept))
        table.append(judged(f"many: GP without {name}", rows, told, paper.get(name, "")))
    return table


def sample_sizes(rows: Rows) -> list[Row]:
    """The error by the number of measurements (Fig. 6)."""
    table = []
    for count in (50, 100, 200, 400, 800):
        if count > len(rows) * (FOLDS - 1) / FOLDS:
            break
        fit = of_process()
        told = crossed(rows, lambda some, n=count, f=fit: f(some.some(n)))
        table.append(judged(f"many: GP of {count} SIRENs", rows, told))
    return table


def choices(rows: Rows) -> list[Row]:
    """The smallest network for a target: of the process, and of the proxy (section 3.8, A.5).

    For each image, of the networks that were trained for it, the smallest is taken whose PSNR is
    expected above the target with 95 % confidence.
    """
    told = {"GP": crossed(rows, of_process()), "JPEG 2000": crossed(rows, proxy)}
    sizes, reached = defaultdict(list), defaultdict(list)
    for image in sorted({row["image"] for row in rows.rows}):
        own = np.array([row["image"] == image for row in rows.rows])
        for target in TARGETS:
            picks = {}
            for name, (mean, deviation) in told.items():
                likely = own & (mean - ONE_SIDED * deviation >= target)
                if likely.any():
                    picks[name] = int(np.where(likely, rows.features[:, 0], np.inf).argmin())
                    reached[name].append(rows.psnrs[picks[name]] >= target)
            if len(picks) == len(told):
                for name, pick in picks.items():
                    sizes[name].append(rows.features[pick, 0])
    smaller = 1 - 2 ** float(np.mean(np.array(sizes["GP"]) - np.array(sizes["JPEG 2000"])))
    count = len(sizes["GP"])
    table = [
        {
            "model": f"smallest network for a target, {count} choices: smaller than the proxy's by",
            "explained": round(smaller, 3),
            "above_95": round(float(np.mean(reached["GP"])), 3),
            "paper": "12 %",
        },
        {
            "model": "the same by JPEG 2000",
            "above_95": round(float(np.mean(reached["JPEG 2000"])), 3),
        },
    ]
    for row in table:
        print(*row.values(), flush=True)
    return table


def per_image(rows: Rows) -> list[Row]:
    """What a shape of each image's own gives over one for all (section 3.8): width follows from the
    rate, depth and frequency are chosen by the process."""
    some = rows.some(MOST_POINTS)
    process = fit_process(some.features, some.psnrs)
    images = {row["image"]: row["jpeg2000"] for row in rows.rows if row["shape"] == [128, 128]}
    grid = [(d, o) for d in (1, 2, 3, 4) for o in np.linspace(math.log(0.03), math.log(0.25), 8)]
    gains = []
    for bpp in (-1.0, 0.0, 1.0, 2.0):
        points = [
            [[bpp, d, o, math.log2(800), 14.0, *jpeg2000] for d, o in grid]
            for jpeg2000 in images.values()
        ]
        expected = np.array([process.predict(np.array(p))[0] for p in points])
        gains.append(float((expected.max(1) - expected[:, expected.mean(0).argmax()]).mean()))
    row = {
        "model": f"depth and ω0 of each image's own over one for all, {len(images)} images",
        "rmse_db": round(float(np.mean(gains)), 3),
        "paper": "no significant gain",
    }
    print(*row.values(), flush=True)
    return [row]


def shifted(rows: Rows) -> list[Row]:
    """How well the predictor that is shipped tells SIRENs of photographs of another collection,
    three times as many pixels as most that it knows, at each effort."""
    predictor, table = load_predictor(), list[Row]()
    for effort, steps in enumerate(sorted({int(row["steps"]) for row in rows.rows}), start=1):
        own = rows.where([row["steps"] == steps for row in rows.rows])
        found = predictor.predict([[*point] for point in own.features])
        told = (
            np.array([estimate.psnr_db for estimate in found]),
            np.array([estimate.deviation_db for estimate in found]),
        )
        name = f"Kodak at 384×256, effort {effort}: shipped predictor"
        table.append(judged(name, own, told))
        table[-1] = {**table[-1], "shift_db": float(np.mean(own.psnrs - told[0]))}
        print("shift", table[-1]["shift_db"])
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    # The network is too small for more threads.
    torch.set_num_threads(1)
    sets = {
        name: Rows.read([data / name]) for name in ("single", "many", "first-layer", "calibration")
    }
    if not len(sets["many"]):
        sys.exit(f"skipped: no recorded SIRENs in {data}")
    table: list[Row] = [
        {"model": f"{name}: deviation between seeds", "rmse_db": round(seeds(rows), 3), "paper": p}
        for (name, rows), p in zip([*sets.items()][:2], ("0.21 dB", "0.27 dB"), strict=True)
    ]
    table += first_layer(sets["first-layer"]) if len(sets["first-layer"]) else []
    table += single(sets["single"]) + many(sets["many"]) + choices(sets["many"])
    table += shifted(sets["calibration"]) if len(sets["calibration"]) else []
    table += per_image(sets["many"]) + ablation(sets["many"]) + sample_sizes(sets["many"])
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in sets.items())
    columns = ("model", "rmse_db", "explained", "above_95", "paper")
    save(
        "predictor",
        "python training/siren_dataset.py ... ; python -m benchmarks.papers.predictor DATA"
        f" ({counts})",
        [{key: row.get(key, "") for key in columns} for row in table],
    )


if __name__ == "__main__":
    main()
