"""Occupancy of 3D shapes, as in Local-Global's appendix E: whether a voxel is inside.

    python -m benchmarks.papers.occupancy [--seeds N]

The paper's scan is not at hand: shapes are a gyroid, a torus and scikit-image's `binary_blobs`, of
64×64×64 voxels, 4×4×4 tiles. A step sees 16,384 voxels drawn at random, as in the paper, where it
is 100,000 of 512×512×512. Networks are of equal size, and all tiles have theirs, empty ones too.
Rates are the best of several for the blobs.

`iou` is of the voxels that are fitted, as in the paper. `iou_between` is of 128×128×128 voxels of
the same formula, most of which no step has seen. The control that the paper leaves out is an array
of as many numbers as the network has weights: means of larger voxels, enlarged by cubic splines.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from benchmarks.common import Row, save
from benchmarks.extras import extra
from benchmarks.papers.local_global import fit_over_signal, per_partition
from benchmarks.papers.tasks import Floats, averaged, near_local_global, size_of
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import EnrpSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.renderer import render
from inrcodec.signal.geometry import Raster, Region, pixel_centers

SIDE, TILES = 64, 4
WIDTH = 64
STEPS = 200
POINTS = 1 << 14
RATES = {"SIREN": 1e-3, "SIREN per partition": 6e-3, "Local-Global": 3e-3}
PAPER = {"SIREN per partition": ".9909", "Local-Global": ".9920", "SIREN": ".9904"}

Volume = npt.NDArray[np.bool_]
Shape = Callable[[Floats, Floats, Floats], Volume]


def gyroid(x: Floats, y: Floats, z: Floats) -> Volume:
    """Two periods along an axis; half of all is inside."""
    a, b, c = (2 * np.pi * axis for axis in (x, y, z))
    inside: Volume = np.sin(a) * np.cos(b) + np.sin(b) * np.cos(c) + np.sin(c) * np.cos(a) < 0
    return inside


def torus(x: Floats, y: Floats, z: Floats) -> Volume:
    inside: Volume = (np.hypot(x, y) - 0.55) ** 2 + z**2 < 0.25**2
    return inside


SHAPES: dict[str, Shape] = {"gyroid": gyroid, "torus": torus}


def volume(name: str, side: int) -> Volume:
    """Return the voxels (side, side, side) of a shape."""
    if name in SHAPES:
        axis = pixel_centers(side)
        return SHAPES[name](*np.meshgrid(axis, axis, axis, indexing="ij"))
    blobs: Volume = extra("skimage.data").binary_blobs(side, blob_size_fraction=0.2, n_dim=3, rng=0)
    return blobs


def iou(truth: Volume, found: Volume) -> float:
    """Return what is in both as a part of what is in either."""
    return float((truth & found).sum() / (truth | found).sum())


def specs(domain: Domain) -> dict[str, NetworkSpec]:
    siren = SirenSpec(WIDTH, 3, 30.0, 30.0)
    size, tile = size_of(siren, domain), SIDE // TILES
    return {
        "SIREN": siren,
        "SIREN per partition": per_partition(domain, size, tile),
        "Local-Global": near_local_global(domain, size, (tile,) * 3),
    }


def fitted(truth: Volume, spec: NetworkSpec, settings: FitSettings) -> Fit:
    values = (2 * truth[..., None] - 1).astype(np.float32)
    own = fit_over_signal if isinstance(spec, EnrpSpec) else fit
    return own(values, spec, settings)


def run(name: str, truth: Volume, spec: NetworkSpec, settings: FitSettings) -> dict[str, float]:
    began = time.perf_counter()
    network = fitted(truth, spec, settings).network
    seconds = time.perf_counter() - began

    def inside(side: int) -> Volume:
        raster = Raster(Region.whole(truth.shape), (side,) * 3)
        found: Volume = render(network, raster)[..., 0] > 0
        return found

    scores = {"iou": iou(truth, inside(SIDE))}
    if name in SHAPES:
        scores["iou_between"] = iou(volume(name, 2 * SIDE), inside(2 * SIDE))
    return scores | {"seconds": seconds}


def array_control(name: str, truth: Volume, weights: int) -> tuple[int, dict[str, float]]:
    """Score an array of no more numbers than there are weights, and return its side."""
    zoom = extra("scipy.ndimage").zoom
    began = time.perf_counter()
    side = int(weights ** (1 / 3) + 1e-9)
    # Means over voxels that are not of whole samples: those of an array three times as fine.
    fine = zoom(
        truth.astype(np.float32), 3 * side / SIDE, order=1, mode="grid-constant", grid_mode=True
    )
    small = fine.reshape(side, 3, side, 3, side, 3).mean((1, 3, 5))

    def inside(size: int) -> Volume:
        large = zoom(small, size / side, order=3, mode="nearest", grid_mode=True)
        found: Volume = large > 0.5
        return found

    scores = {"iou": iou(truth, inside(SIDE))}
    if name in SHAPES:
        scores["iou_between"] = iou(volume(name, 2 * SIDE), inside(2 * SIDE))
    return side, scores | {"seconds": time.perf_counter() - began}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    domain = Domain((SIDE,) * 3, 1)
    rows: list[Row] = []
    for name in (*SHAPES, "blobs"):
        truth = volume(name, SIDE)
        for method, spec in specs(domain).items():
            weights = size_of(spec, domain)
            label = {"shape": name, "name": method, "paper": PAPER[method], "weights": weights}
            runs = [
                run(name, truth, spec, FitSettings(STEPS, RATES[method], seed=k, points=POINTS))
                for k in seeds
            ]
            rows.append(averaged({**label, "steps": str(STEPS)}, runs, "iou"))
        side, scores = array_control(name, truth, size_of(specs(domain)["SIREN"], domain))
        label = {"shape": name, "name": f"array of {side}³ means", "paper": ""}
        rows.append(averaged({**label, "weights": side**3, "steps": ""}, [scores], "iou"))
    notes = ["the paper's column is of a scan of 512×512×512 voxels"]
    save("occupancy", "python -m benchmarks.papers.occupancy", rows, notes)


if __name__ == "__main__":
    main()
