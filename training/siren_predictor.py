"""Fit the predictor of SIRENs' errors to what `siren_dataset.py` has recorded.

    python training/siren_predictor.py DATA IMAGES -o predictor.npz

A Gaussian process of features that are known before a fit, of which scikit-learn finds the length
scales; a thousand measurements and these are the file. Most SIRENs of DATA were fitted by Adam
alone, and have 16 bits a weight. Those of its set `encoded` are fitted and stored as `encode` does:
what is linear in their difference is added to the others. How each model differs from all these,
some encodes tell. With the number of a predictor that there is in place of DATA, its process stays.
`python -m benchmarks.papers.predictor DATA` measures it beside other models. A predictor that a
release has shipped is never replaced: a better one gets the next number.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from threadpoolctl import threadpool_limits

from inrcodec.codecs.inr.encode import encode_item
from inrcodec.codecs.inr.networks import NETWORKS
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction.candidates import Outlook
from inrcodec.codecs.inr.prediction.features import features
from inrcodec.codecs.inr.prediction.gaussian_process import GaussianProcess
from inrcodec.codecs.inr.prediction.predictor import (
    EARLY,
    Calibration,
    Predictor,
    load_predictor,
    write_predictor,
)
from inrcodec.codecs.registry import plan_encode
from inrcodec.encoding import finish
from inrcodec.media.images import from_array
from inrcodec.progress import Progress
from inrcodec.settings import Settings
from inrcodec.signal import Source

Doubles = npt.NDArray[np.float64]

# Measurements that a process keeps, and of images that are held out.
MOST_POINTS = 1000
# Of images for training, to choose by, and to test.
SHARES = (("train", 0.8), ("validation", 0.1), ("test", 0.1))
# Of the linear mean, in units of deviations.
_RIDGE = 1e-3
# The same, of the difference between few measurements and others.
_WARY = 0.3
# Of images and networks that other models are calibrated by.
NAMES = tuple(network.name for network in NETWORKS)
_SMALL, _WIDTHS = (192, 128), (8, 12, 16, 24, 32)


@dataclass(frozen=True)
class Rows:
    """Recorded SIRENs."""

    rows: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, folders: Iterable[Path]) -> Rows:
        """Read all files of some sets, in the order of their names."""
        paths = [path for folder in folders for path in sorted(folder.glob("*.json"))]
        return cls(tuple(row for path in paths for row in json.loads(path.read_text())))

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, chosen: Sequence[bool]) -> Rows:
        """Return those that are chosen."""
        return Rows(tuple(row for row, one in zip(self.rows, chosen, strict=True) if one))

    def of(self, split: str) -> Rows:
        """Return those whose image is in a split."""
        return self.where([split_of(row["image"]) == split for row in self.rows])

    @property
    def known(self) -> Rows:
        """Those of images that are not for tests."""
        return self.where([split_of(row["image"]) != "test" for row in self.rows])

    def some(self, count: int, seed: int = 0) -> Rows:
        """Return so many of them, at random."""
        order = np.random.default_rng(seed).permutation(len(self.rows))[:count]
        return Rows(tuple(self.rows[k] for k in sorted(order)))

    def at(self, share: float) -> Doubles:
        """Return the PSNRs on unrounded samples after a share of the steps."""
        places = [round(share * row["steps"] / row["curve_every"]) for row in self.rows]
        return np.array([r["curve"][k] for r, k in zip(self.rows, places, strict=True)])

    @cached_property
    def features(self) -> Doubles:
        """The features of each."""
        names = ("shape", "parameters", "depth", "omega_0", "steps", "jpeg2000")
        return np.array([features(*(row[name] for name in names)) for row in self.rows])

    @cached_property
    def psnrs(self) -> Doubles:
        """The PSNRs of their files."""
        return np.array([row["psnr_db"] for row in self.rows])


def split_of(image: str) -> str:
    """Return which split an image is in, by its name, so that none is in two."""
    place = int(sha256(image.encode()).hexdigest()[:8], 16) / 16**8
    for split, share in SHARES:
        if place < share:
            return split
        place -= share
    return "test"


def fit_process(
    points: Doubles,
    values: Doubles,
    linear: bool = True,
    alike: bool = False,
    like: GaussianProcess | None = None,
) -> GaussianProcess:
    """Fit a process: with a linear mean or a constant one, and with length scales of each feature
    or, in units of its deviation, `alike` for all, as in the paper (A.1); or of scales and
    variances that are those of another."""
    deviation: Doubles = np.maximum(points.std(0), 1e-9)
    units = points / deviation
    slopes = np.append(_ridge(units, values) if linear else np.zeros(points.shape[1]), 0.0)
    slopes[-1] = (values - units @ slopes[:-1]).mean()
    rest = values - units @ slopes[:-1] - slopes[-1]
    slopes[:-1] /= deviation
    if like is None:
        scales, variance, noise = _hyperparameters(units, rest, alike)
        scales = deviation * scales
    else:
        scales = like.scales.astype(np.float64)
        variance, noise = like.variance, like.noise
    inputs, told, lengths, slope = (
        array.astype(np.float32) for array in (points, values, scales, slopes)
    )
    return GaussianProcess(inputs, told, lengths, slope, variance, noise)


def _hyperparameters(units: Doubles, rest: Doubles, alike: bool) -> tuple[Doubles, float, float]:
    """Find length scales, variance and noise of the most likelihood."""
    start = 1.0 if alike else np.ones(units.shape[1])
    kernel = ConstantKernel(rest.var(), (1e-3, 1e4)) * RBF(start, (0.05, 1e3))
    kernel += WhiteKernel(0.1, (1e-4, 1e2))
    # Threads of a small product wait for each other longer than they compute. A feature of no use
    # has a scale at the bound.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = GaussianProcessRegressor(kernel, alpha=0.0, random_state=0).fit(units, rest)
    found = model.kernel_
    scales = np.broadcast_to(found.k1.k2.length_scale, units.shape[1:])
    return scales, float(found.k1.k1.constant_value), float(found.k2.noise_level)


def _ridge(units: Doubles, values: Doubles, ridge: float = _RIDGE) -> Doubles:
    centered = units - units.mean(0)
    gram = centered.T @ centered + ridge * len(units) * np.eye(units.shape[1])
    return np.linalg.solve(gram, centered.T @ (values - values.mean()))


def fit_known(adam: Rows, encoded: Rows) -> GaussianProcess:
    """Fit a process to SIRENs that Adam fitted and to those that were encoded, the former as they
    would be encoded."""
    first = fit_process(adam.features, adam.psnrs)
    if not len(encoded):
        return first
    rest = encoded.psnrs - first.predict(encoded.features)[0]
    middle, deviation = encoded.features.mean(0), np.maximum(encoded.features.std(0), 1e-9)
    slopes = _ridge((encoded.features - middle) / deviation, rest, _WARY)
    # Beyond what was encoded, as at its border.
    low, high = encoded.features.min(0), encoded.features.max(0)
    moved = (adam.features.clip(low, high) - middle) / deviation @ slopes + rest.mean()
    points = np.concatenate([adam.features, encoded.features])
    values = np.concatenate([adam.psnrs + moved, encoded.psnrs])
    return fit_process(points, values, like=first)


def with_early(rows: Rows) -> Doubles:
    """Return features beside the PSNR after a quarter of the steps."""
    return np.column_stack([rows.features, rows.at(EARLY)])


def with_calibration(predictor: Predictor, model: str, calibration: Calibration) -> Predictor:
    """Return a predictor with the calibration of a model."""
    return replace(predictor, calibrations={**predictor.calibrations, model: calibration})


def planned(model: str, paths: Sequence[Path]) -> Iterator[tuple[Source, FitPlan, int]]:
    """Iterate over images, how each is encoded as a model, and the width."""
    for number, path in enumerate(paths):
        with Image.open(path) as opened:
            small = opened.convert("RGB").resize(_SMALL)
        source = from_array(np.asarray(small))
        _, plan = plan_encode(Settings(model=model, effort=1 + number % 3), source.info)
        assert isinstance(plan, FitPlan)
        width = int(np.random.default_rng(number).choice(_WIDTHS))
        yield source, plan.with_width(width), width


def moved(old: Predictor, new: Predictor, model: str, paths: Sequence[Path]) -> Calibration:
    """Return the calibration of a model for another process: what is told of it stays the same in
    the mean."""
    known, differences = old.calibrations[model], []
    for source, plan, width in planned(model, paths):
        before, after = (Outlook(source, plan, p).candidates([width])[0] for p in (old, new))
        differences.append(before.estimate.psnr_db - after.estimate.psnr_db)
    return replace(known, shift_db=float(np.mean(differences)))


def calibrated(predictor: Predictor, model: str, paths: Sequence[Path]) -> Calibration:
    """Encode images as a model, at efforts 1 to 3, and tell how that differs from predictions."""
    shifts, gains = [], []
    for source, plan, width in planned(model, paths):
        (candidate,) = Outlook(source, plan, predictor).candidates([width])
        curve: dict[int, float] = {}

        def note(progress: Progress, curve: dict[int, float] = curve) -> None:
            assert progress.psnr_db is not None
            curve[progress.step] = progress.psnr_db

        encoded = finish(source, plan.settings, encode_item(source, plan, report=note), 0.0)
        early = curve[min(step for step in curve if step >= EARLY * plan.steps)]
        shifts.append(encoded.psnr_db - candidate.estimate.psnr_db)
        gains.append(encoded.psnr_db - early)
    moments = [float(f(x)) for x in (shifts, gains) for f in (np.mean, partial(np.std, ddof=1))]
    return Calibration(*moments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="a folder, or the number of a predictor")
    parser.add_argument("images", type=Path)
    parser.add_argument("--count", type=int, default=12, help="images for other models")
    parser.add_argument("--models", nargs="+", default=NAMES, help="others stay as they are")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    predictor = Predictor(_process(arguments.data), {})
    paths = [p for p in sorted(arguments.images.iterdir()) if split_of(p.name) == "validation"]
    for model in NAMES:
        predictor = with_calibration(predictor, model, Calibration())
        some = paths[: arguments.count]
        if model in arguments.models:
            calibration = calibrated(predictor, model, some)
        else:
            calibration = moved(load_predictor(), predictor, model, some)
        predictor = with_calibration(predictor, model, calibration)
        print(model, calibration, flush=True)
    digest = write_predictor(arguments.output, predictor)
    print(f"{arguments.output.stat().st_size} bytes, {digest}")


def _process(data: str) -> GaussianProcess:
    """Return the process of a predictor, or that of recorded SIRENs."""
    if data.isdecimal():
        return load_predictor(int(data)).process
    many, larger, encoded = (
        Rows.read(Path(data) / name for name in names).known
        for names in (["many"], ["larger", "largest"], ["encoded"])
    )
    # Of larger images there are few, and all count; so do all that were encoded.
    few = Rows(larger.rows + many.some(MOST_POINTS - len(larger) - len(encoded)).rows)
    print(f"{len(few)} of {len(many) + len(larger)} SIRENs, {len(encoded)} encoded")
    return fit_known(few, encoded)


if __name__ == "__main__":
    main()
