"""Learn the starts that fits of SIRENs on color images go on from.

    python training/learn_starts.py IMAGES -o starts.npz [--shapes 32x3 40x3]

Each is the mean of where fits on photographs end that all start from one seed: a prior
(`inrcodec/codecs/inr/networks/learnt.py`). Reptile gives worse ones: matrices come to be of low
rank (`python -m benchmarks.product.learnt_starts`). A shape that the file has already is not learnt
again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from model_files import write_arrays
from siren_dataset import scaled

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings, fit_stacked
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.inr.networks.learnt import pack_weights
from inrcodec.codecs.inr.networks.mlp import whole_rate
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array

Values = npt.NDArray[np.float32]

# Height and width of the photographs, how many are fitted together, and samples in a step of each:
# in the mean of many fits, the noise of few samples does not matter.
SHAPE, TOGETHER, POINTS = (128, 192), 16, 1024
# Of all fits, whose biases and first layers then end near to one another.
SEED = 0
# Wider networks gain nothing.
SHAPES = ("12x3", "14x3", "16x3", "20x3", "24x3", "28x3", "32x3")


def learn(spec: SirenSpec, paths: Sequence[Path], steps: int) -> dict[str, Values]:
    """Return the mean of the weights that fits on some photographs end at."""
    domain = Domain(SHAPE, 3)
    rate = whole_rate(domain)
    settings = FitSettings(steps, rate, seed=SEED, points=POINTS, matrix_rate=spec.matrix_rate)
    total: dict[str, Values] = {}
    for first in range(0, len(paths), TOGETHER):
        samples = [scaled(path, SHAPE) for path in paths[first : first + TOGETHER]]
        values = [to_network(from_array(own).info, own) for own in samples]
        for fit in fit_stacked(values, spec, settings):
            for name, own in fit.network.arrays().items():
                total[name] = total.get(name, np.float32(0)) + own / np.float32(len(paths))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--shapes", nargs="+", default=SHAPES, help="width x depth")
    parser.add_argument("--count", type=int, default=32, help="photographs for each")
    parser.add_argument("--steps", type=int, default=600)
    arguments = parser.parse_args()
    paths = sorted(p for p in arguments.images.iterdir() if p.suffix in (".jpg", ".png", ".webp"))
    known: dict[str, npt.NDArray[np.int8]] = {}
    if arguments.output.exists():
        with np.load(arguments.output) as arrays:
            known = dict(arrays)
    for shape in arguments.shapes:
        if any(name.startswith(f"{shape}/") for name in known):
            continue
        width, depth = map(int, shape.split("x"))
        spec = SirenSpec(width, depth, 30.0, 30.0)
        order = np.random.default_rng(0).permutation(len(paths))[: arguments.count]
        weights = learn(spec, [paths[k] for k in order], arguments.steps)
        known |= pack_weights(width, depth, weights)
        write_arrays(arguments.output, known)
        print(shape, arguments.output.stat().st_size, flush=True)


if __name__ == "__main__":
    main()
