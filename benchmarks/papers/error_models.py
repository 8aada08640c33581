"""Models that tell the error of a SIREN: lines, Gaussian processes, a network, and JPEG 2000."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from inrcodec.codecs.inr.prediction.features import FEATURES
from inrcodec.codecs.inr.prediction.gaussian_process import GaussianProcess
from training.siren_predictor import MOST_POINTS, Rows, fit_process, with_early

__all__ = [
    "Told",
    "crossed",
    "explained",
    "fit_network",
    "of_line",
    "of_process",
    "proxy",
    "rmse",
    "FOLDS",
]

Doubles = npt.NDArray[np.float64]

FOLDS = 5
EPOCHS = 100


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


# Means and deviations that a model tells of rows.
Told = tuple[Doubles, Doubles]
Model = Callable[[Rows], Told]


def crossed(rows: Rows, fit: Callable[[Rows], Model]) -> Told:
    """Tell each fold of the images by a model that was fitted to the others."""
    fold = np.array([fold_of(row["image"]) for row in rows.rows])
    means, deviations = np.empty(len(rows)), np.empty(len(rows))
    for number in range(FOLDS):
        held = fold == number
        told = fit(rows.where([*~held]))(rows.where([*held]))
        means[held], deviations[held] = told
    return means, deviations


def fold_of(image: str) -> int:
    """The fold of an image, by its name."""
    return int(sha256(image.encode()).hexdigest()[:8], 16) % FOLDS


def of_line(column: Callable[[Rows], Doubles]) -> Callable[[Rows], Model]:
    """Make models that are a line of one number."""

    def fit(rows: Rows) -> Model:
        x = column(rows)
        expected = line(x, rows.psnrs)
        rest = rmse(rows.psnrs, expected(x))
        return lambda others: (expected(column(others)), np.full(len(others), rest))

    return fit


def of_process(
    kept: Sequence[int] = range(len(FEATURES)), early: bool = False, **how: bool
) -> Callable[[Rows], Model]:
    """Make models that are a Gaussian process of some features, and of the PSNR after a quarter of
    the steps if `early`. Length scales are found once."""
    known: list[GaussianProcess] = []
    columns = [*kept, len(FEATURES)] if early else [*kept]

    def points(rows: Rows) -> Doubles:
        return with_early(rows)[:, columns] if early else rows.features[:, columns]

    def fit(rows: Rows) -> Model:
        some = rows.some(MOST_POINTS)
        process = fit_process(points(some), some.psnrs, like=known[0] if known else None, **how)
        known[:] = known or [process]
        return lambda others: process.predict(points(others))

    return fit


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


def fit_network(rows: Rows) -> Model:
    """Fit the network; that of the least error on a ninth of the images is kept."""
    torch.manual_seed(0)
    held_out = [
        int(sha256(row["image"].encode()).hexdigest()[8:16], 16) % 9 == 0 for row in rows.rows
    ]
    train, validation = rows.where([not one for one in held_out]), rows.where(held_out)
    network = Network(train.features, train.psnrs)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-2)
    x, y = (torch.from_numpy(a).float() for a in (train.features, train.psnrs))
    held = torch.from_numpy(validation.features).float()
    best, kept = math.inf, network.state_dict()
    for epoch in range(EPOCHS):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 + math.cos(math.pi * epoch / EPOCHS)) / 2
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

    def told(others: Rows) -> Told:
        with torch.no_grad():
            means = network(torch.from_numpy(others.features).float()).double().numpy()
        return means, np.full(len(others), best)

    return told


def proxy(train: Rows) -> Model:
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

    def expected(rows: Rows) -> Told:
        bpp = rows.features[:, 0]
        columns = np.column_stack([rows.features[:, 5:8], np.ones(len(rows))])
        mixed = np.column_stack([np.interp(bpp, centers, w) for w in np.transpose(weights)])
        return (mixed * columns).sum(1), np.interp(bpp, centers, deviations)

    return expected
