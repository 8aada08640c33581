"""Computed tomography, as in Local-Global's appendix K: networks whose projections are those of an
image that is not seen itself.

    python -m benchmarks.papers.tomography [--seeds N] [--side N]

The image is scikit-image's `shepp_logan_phantom`, each of its 100×100 pixels the mean of 4×4; the
sinogram has 150 angles, as in the authors' code, without noise. The paper's lung is not at hand.
Networks have 5 weights for each pixel, as there, and are of equal size: Local-Global a left half
and a right one, and three layers.

Frequencies and the rate, one for all, are the best of several by the truth, so that networks, not
controls, are favored: ω 30, and 15 of INCODE; lower rates, as the paper's 2e-4, and higher ones
come to less in so few steps.

The operator is scikit-image's `radon` as a sparse matrix: a bilinear rotation, and the sums of its
columns. The loss is of the sinogram alone. Controls: filtered back projection (`iradon`), SART of
1, 4 and 16 rounds, and what the paper leaves out, conjugate gradients on the pixels with the
networks' own operator: what is known before any network is asked.

`paper_db` is of unclamped values in [0, 1], peak 1, after the last step; `best_db` that of the step
which is best by the truth, which the authors' code may report.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.common import Row, save
from benchmarks.extras import extra
from benchmarks.papers.tables import DEFINITIONS
from benchmarks.papers.tasks import (
    Field,
    Floats,
    averaged,
    descend,
    image_scores,
    near_local_global,
    size_of,
    to_levels,
    to_unit,
)
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import IncodeSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import activation_by_name

ANGLES = 150
WEIGHTS_PER_PIXEL = 5.0
STEPS = 300
RATE = 1e-3
INCODE = activation_by_name("incode").number
PAPER = {"INCODE": "31.01 (a lung, 256×256)", "Local-Global INCODE": "31.23 (a lung, 256×256)"}

Scores = dict[str, float]
Values = npt.NDArray[np.float32]
# A sparse matrix of scipy's.
Matrix = Any


def phantom(side: int) -> Floats:
    """Return the phantom (side, side), in [0, 1]."""
    whole = extra("skimage.data").shepp_logan_phantom()
    factor = len(whole) // side
    parts: Floats = whole[: side * factor, : side * factor].reshape(side, factor, side, factor)
    mean: Floats = parts.mean((1, 3)).clip(0, 1)
    return mean


def projections(side: int, degrees: Floats) -> Matrix:
    """Return the matrix that takes an image (side · side,) to its sinogram (angles · side,)."""
    center = side // 2
    rows, columns = np.mgrid[:side, :side] - center
    parts = []
    for number, angle in enumerate(np.deg2rad(degrees)):
        x = np.cos(angle) * columns + np.sin(angle) * rows + center
        y = -np.sin(angle) * columns + np.cos(angle) * rows + center
        for right in (0, 1):
            for below in (0, 1):
                column, row = np.floor(x).astype(int) + right, np.floor(y).astype(int) + below
                share = (1 - np.abs(x - column)) * (1 - np.abs(y - row))
                within = (column >= 0) & (column < side) & (row >= 0) & (row < side)
                ray = number * side + columns + center
                parts.append((share[within], ray[within], (row * side + column)[within]))
    shares, rays, pixels = (np.concatenate(part) for part in zip(*parts, strict=True))
    shape = (len(degrees) * side, side * side)
    return extra("scipy.sparse").csr_matrix((shares, (rays, pixels)), shape, dtype=np.float32)


def specs(domain: Domain) -> dict[str, NetworkSpec]:
    """Return a SIREN and networks of its size."""
    weights = WEIGHTS_PER_PIXEL * np.prod(domain.shape)
    width = min(
        range(8, 400), key=lambda w: abs(size_of(IncodeSpec(w, 3, 30.0, 30.0), domain) - weights)
    )
    incode = IncodeSpec(width, 3, 15.0, 15.0)
    halves = (domain.shape[0], domain.shape[1] // 2)
    size = size_of(incode, domain)
    return {
        "SIREN": SirenSpec(width, 3, 30.0, 30.0),
        "INCODE": incode,
        # The paper's, of widths 230 and 300, has 66 % of its weights global, and three layers.
        "Local-Global INCODE": near_local_global(domain, size, halves, 0.66, INCODE, depth=1),
    }


def by_network(
    truth: Floats, sinogram: Floats, matrix: Matrix, field: Field, settings: FitSettings
) -> Scores:
    """Fit a network's projections to a sinogram (angles · side,)."""
    back = matrix.T.tocsr()
    scale = np.float32(1 / (len(sinogram) * len(truth)))

    def gradient(values: Values) -> Values:
        residual = matrix @ to_unit(values).astype(np.float32).reshape(-1) - sinogram
        slope: Values = (scale * (back @ residual.astype(np.float32))).reshape(values.shape)
        return slope.astype(np.float32)

    began = time.perf_counter()
    best, unit = -np.inf, truth[..., None]
    for values in descend(field, gradient, settings):
        unit = to_unit(values)
        best = max(best, DEFINITIONS["unit"](2 * unit[..., 0], 2 * truth))
    seconds = time.perf_counter() - began
    return scored(truth, unit[..., 0]) | {"best_db": best, "seconds": seconds}


def scored(truth: Floats, unit: Floats) -> Scores:
    """Score an image (side, side) by 8-bit samples, `paper_db` by the truth as it is."""
    scores = image_scores(to_levels(truth)[..., None], unit[..., None])
    return scores | {"paper_db": DEFINITIONS["unit"](2 * unit, 2 * truth)}


def controls(
    truth: Floats, sinogram: Floats, matrix: Matrix, degrees: Floats
) -> Iterator[tuple[str, Callable[[], Floats]]]:
    """Yield reconstructions without a network."""
    side, methods = len(truth), extra("skimage.transform")
    # Rays by angles, as scikit-image has them.
    image = sinogram.reshape(len(degrees), side).T

    def sart(rounds: int) -> Floats:
        found: Any = None
        for _ in range(rounds):
            found = methods.iradon_sart(image, degrees, found)
        return np.asarray(found)

    def conjugate(steps: int) -> Floats:
        found = extra("scipy.sparse.linalg").lsqr(matrix, sinogram, iter_lim=steps)[0]
        return np.asarray(found).reshape(side, side)

    for name in ("ramp", "hann"):
        yield f"iradon, {name}", partial(methods.iradon, image, degrees, filter_name=name)
    for rounds in (1, 4, 16):
        yield f"SART, rounds: {rounds}", partial(sart, rounds)
    for steps in (20, 200):
        yield f"conjugate gradients on pixels, steps: {steps}", partial(conjugate, steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--side", type=int, default=100)
    options = parser.parse_args()
    truth = phantom(options.side)
    degrees = np.linspace(0, 180, ANGLES, endpoint=False)
    matrix = projections(options.side, degrees)
    sinogram = matrix @ truth.reshape(-1)
    theirs = extra("skimage.transform").radon(truth, degrees, circle=True).T.reshape(-1)
    off = float(np.abs(sinogram - theirs).max() / theirs.max())
    rows: list[Row] = []
    for name, reconstruct in controls(truth, sinogram, matrix, degrees):
        began = time.perf_counter()
        found = scored(truth, reconstruct())
        rows.append(averaged({"name": name}, [found | {"seconds": time.perf_counter() - began}]))
    domain = Domain(truth.shape, 1)
    for name, spec in specs(domain).items():
        label = {"name": name, "paper": PAPER.get(name, ""), "weights": size_of(spec, domain)}
        runs = [
            by_network(
                truth,
                sinogram,
                matrix,
                Field(spec, domain, seed),
                FitSettings(STEPS, RATE, seed=seed),
            )
            for seed in range(options.seeds)
        ]
        rows.append(averaged({**label, "steps": str(STEPS)}, runs))
    notes = [
        f"{options.side}×{options.side}, {ANGLES} angles, no noise",
        f"the matrix differs from scikit-image's radon by {off:.1e} of the largest sum at most",
    ]
    save("tomography", "python -m benchmarks.papers.tomography", rows, notes)


if __name__ == "__main__":
    main()
