"""How well the error of a SIREN is told before it is trained, by several models.

    python -m benchmarks.papers.predictor DATA

After "Predicting the Encoding Error of SIRENs", on what `training/siren_dataset.py` has recorded
in DATA: images are split 240 / 30 / 30, and all numbers are of the test split. What is told is the
PSNR of our files, with our schedule. Figures of the paper are of its own images, sizes and steps,
and of the most of the training on unrounded samples.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from benchmarks.common import Row, save
from inrcodec.codecs.inr.prediction.features import FEATURES
from inrcodec.codecs.inr.prediction.predictor import EARLY
from training.siren_predictor import MOST_POINTS, Rows, fit_process, with_early

Doubles = npt.NDArray[np.float64]

ONE_SIDED = NormalDist().inv_cdf(0.95)
SHARES = (0.05, 0.1, 0.25, 0.5)
TARGETS = (24.0, 26.0, 28.0, 30.0)


def explained(found: Doubles, expected: Doubles) -> float:
    """The share of the variance that is explained."""
    return float(1 - (found - expected).var() / found.var())


def rmse(found: Doubles, expected: Doubles) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean(np.square(found - expected))))


def line(x: Doubles, y: Doubles) -> Callable[[Doubles], Doubles]:
    """The straight line of least squared error."""
    slope, constant = np.polyfit(x, y, 1)
    return lambda at: slope * at + constant


def judged(name: str, rows: Rows, expected: Doubles, deviation: Doubles | float, paper: str) -> Row:
    """A row of the table."""
    found = rows.psnrs
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


def single(rows: Rows) -> list[Row]:
    """One architecture: JPEG 2000 as a proxy, and learning curves."""
    train, test = rows.of("train"), rows.of("test")
    best: tuple[float, int] = max(
        (explained(train.psnrs, line(train.features[:, k], train.psnrs)(train.features[:, k])), k)
        for k in range(5, 8)
    )
    column = best[1]
    fitted = line(train.features[:, column], train.psnrs)
    rest = rmse(train.psnrs, fitted(train.features[:, column]))
    table = [
        judged(
            f"single: {FEATURES[column]}",
            test,
            fitted(test.features[:, column]),
            rest,
            "96 %, 1.0 dB",
        )
    ]
    for share in SHARES:
        curve = line(train.at(share), train.psnrs)
        rest = rmse(train.psnrs, curve(train.at(share)))
        paper = {0.05: "93.0 %", 0.5: "99.8 %"}.get(share, "")
        name = f"single: extrapolated from {share:.0%} of the steps"
        table.append(judged(name, test, curve(test.at(share)), rest, paper))
    return table


class Network(nn.Module):
    """Hyperparameters in octaves beside what JPEG 2000 tells, through 4 layers of 128 (A.2.2)."""

    OCTAVES = 4

    def __init__(self, points: Doubles, values: Doubles) -> None:
        super().__init__()
        self.low, self.high = (torch.from_numpy(f(points, 0)).float() for f in (np.min, np.max))
        self.mean, self.deviation = values.mean(), values.std()
        inputs, widths = self.encoded(torch.zeros(1, points.shape[1])).shape[1], [128] * 4
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise([inputs, *widths]):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(128, 1))

    def encoded(self, points: torch.Tensor) -> torch.Tensor:
        unit = (points - self.low) / (self.high - self.low).clamp(min=1e-9)
        parts = [unit]
        for k in range(self.OCTAVES):
            phase = math.pi * 2**k * unit[:, :5]
            parts += [phase.sin(), phase.cos()]
        return torch.cat(parts, 1)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        return self.layers(self.encoded(points))[:, 0] * self.deviation + self.mean


def fit_network(train: Rows, validation: Rows) -> Callable[[Doubles], Doubles]:
    """Fit the network; that of the least error on the validation split is kept."""
    torch.manual_seed(0)
    network = Network(train.features, train.psnrs)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-2)
    x, y = (torch.from_numpy(a).float() for a in (train.features, train.psnrs))
    held = torch.from_numpy(validation.features).float()
    best, kept = math.inf, network.state_dict()
    for epoch in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 + math.cos(math.pi * epoch / 300)) / 2
        for batch in torch.randperm(len(x)).split(32):
            loss = (network(x[batch]) - y[batch]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            error = rmse(validation.psnrs, network(held).double().numpy())
        if error < best:
            best, kept = error, {k: v.clone() for k, v in network.state_dict().items()}
    network.load_state_dict(kept)

    def expected(points: Doubles) -> Doubles:
        with torch.no_grad():
            return network(torch.from_numpy(points).float()).double().numpy()

    return expected


def proxy(train: Rows) -> Callable[[Rows], tuple[Doubles, Doubles]]:
    """JPEG 2000 as a proxy of any architecture: of those of about one rate, the mix of its PSNRs
    that fits them best (A.5), and between the rates a line."""
    edges = np.quantile(train.features[:, 0], np.linspace(0, 1, 6))
    centers, weights, deviations = [], [], []
    for low, high in pairwise(edges):
        some = train.where([low <= b <= high for b in train.features[:, 0]])
        columns = np.column_stack([some.features[:, 5:8], np.ones(len(some))])
        solved, *_ = np.linalg.lstsq(columns, some.psnrs, rcond=None)
        centers.append(some.features[:, 0].mean())
        weights.append(solved)
        deviations.append(rmse(some.psnrs, columns @ solved))

    def expected(rows: Rows) -> tuple[Doubles, Doubles]:
        bpp = rows.features[:, 0]
        columns = np.column_stack([rows.features[:, 5:8], np.ones(len(rows))])
        mixed = np.column_stack([np.interp(bpp, centers, w) for w in np.transpose(weights)])
        return (mixed * columns).sum(1), np.interp(bpp, centers, deviations)

    return expected


def many(rows: Rows) -> list[Row]:
    """Many architectures."""
    train, validation, test = (rows.of(split) for split in ("train", "validation", "test"))
    some = train.some(MOST_POINTS)
    stand_in = proxy(train)
    table = [judged("many: JPEG 2000", test, *stand_in(test), "")]
    plain = fit_process(some.features, some.psnrs, linear=False, alike=True)
    table.append(judged("many: GP, as in the paper", test, *plain.predict(test.features), "1.0 dB"))
    process = fit_process(some.features, some.psnrs)
    name = "many: GP, a length for each feature, linear mean"
    table.append(judged(name, test, *process.predict(test.features), "1.0 dB"))
    network = fit_network(train, validation)
    rest = rmse(validation.psnrs, network(validation.features))
    expected = network(test.features)
    table.append(judged("many: network of 4×128", test, expected, rest, "0.55 dB"))
    early = fit_process(with_early(some), some.psnrs)
    name = f"many: GP, and the PSNR after {EARLY:.0%} of the steps"
    table.append(judged(name, test, *early.predict(with_early(test)), "0.55 dB (best)"))
    for share in SHARES:
        curve = line(train.at(share), train.psnrs)
        rest = rmse(train.psnrs, curve(train.at(share)))
        name = f"many: extrapolated from {share:.0%} of the steps"
        paper = {0.05: "90.9 %", 0.5: "99.9 %"}.get(share, "")
        table.append(judged(name, test, curve(test.at(share)), rest, paper))
    return table


def ablation(rows: Rows) -> list[Row]:
    """What each input is worth (Table 4)."""
    train, test = rows.of("train").some(MOST_POINTS), rows.of("test")
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
        process = fit_process(train.features[:, kept], train.psnrs)
        mean, deviation = process.predict(test.features[:, kept])
        row = judged(f"many: GP without {name}", test, mean, deviation, paper.get(name, ""))
        table.append(row)
    return table


def sample_sizes(rows: Rows) -> list[Row]:
    """The error by the number of measurements (Fig. 6)."""
    train, test = rows.of("train"), rows.of("test")
    table = []
    for count in (50, 100, 200, 400, 800, MOST_POINTS):
        some = train.some(count)
        if len(some) < count:
            break
        mean, deviation = fit_process(some.features, some.psnrs).predict(test.features)
        table.append(judged(f"many: GP of {count} SIRENs", test, mean, deviation, ""))
    return table


def choices(rows: Rows) -> list[Row]:
    """The smallest network for a target: of the process, and of the proxy (section 3.8, A.5).

    For each image of the test split, of the networks that were trained for it, the smallest is
    taken whose PSNR is expected above the target with 95 % confidence.
    """
    train, test = rows.of("train"), rows.of("test")
    some = train.some(MOST_POINTS)
    process = fit_process(some.features, some.psnrs)
    means = {"GP": process.predict(test.features), "JPEG 2000": proxy(train)(test)}
    images = sorted({(row["image"]) for row in test.rows})
    sizes, reached, both = defaultdict(list), defaultdict(list), 0
    for image in images:
        own = np.array([row["image"] == image for row in test.rows])
        bpp = np.where(own, test.features[:, 0], np.inf)
        for target in TARGETS:
            picks = {}
            for name, (mean, deviation) in means.items():
                likely = np.where(mean - ONE_SIDED * deviation >= target, bpp, np.inf)
                picks[name] = int(likely.argmin()) if np.isfinite(likely.min()) else None
            for name, pick in picks.items():
                if pick is not None:
                    reached[name].append(test.psnrs[pick] >= target)
            if None not in picks.values():
                both += 1
                for name, pick in picks.items():
                    sizes[name].append(test.features[pick, 0])
    smaller = 1 - 2 ** float(np.mean(np.array(sizes["GP"]) - np.array(sizes["JPEG 2000"])))
    return [
        {
            "model": f"smallest network for a target, {both} choices: smaller than the proxy's by",
            "explained": round(smaller, 3),
            "above_95": round(float(np.mean(reached["GP"])), 3),
            "paper": "12 %",
        },
        {
            "model": "the same by JPEG 2000",
            "above_95": round(float(np.mean(reached["JPEG 2000"])), 3),
        },
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    sets = {name: Rows.read([data / name]) for name in ("single", "many", "first-layer")}
    if not len(sets["many"]):
        sys.exit(f"skipped: no recorded SIRENs in {data}")
    table: list[Row] = [
        {"model": f"{name}: deviation between seeds", "rmse_db": round(seeds(rows), 3), "paper": p}
        for (name, rows), p in zip(sets.items(), ("0.21 dB", "0.27 dB", ""), strict=True)
    ]
    table += first_layer(sets["first-layer"]) if len(sets["first-layer"]) else []
    table += single(sets["single"]) + many(sets["many"]) + choices(sets["many"])
    table += ablation(sets["many"]) + sample_sizes(sets["many"])
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
