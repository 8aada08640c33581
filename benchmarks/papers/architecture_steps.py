"""Time of a fitting step of architectures against their baselines, interleaved in one run, on a
512×512 gray image: Local-Global of 16×16 tiles against the SIREN of equal size, and
Levels-of-Experts against the plain perceptron of equal width and depth.

    python -m benchmarks.papers.architecture_steps [--rounds N]
"""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np
import numpy.typing as npt
from skimage import data

from benchmarks.common import save
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import LocalGlobalSpec, LoeSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.loe import PATTERNS
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array
from inrcodec.progress import Progress

STEPS = 4

PAIRS: dict[str, tuple[NetworkSpec, NetworkSpec, float]] = {
    "local-global 14/84 against siren 256": (
        LocalGlobalSpec(14, 3, 30.0, 30.0, tile=(32,), global_width=84),
        SirenSpec(256, 3, 30.0, 30.0),
        0.4,
    ),
    "loe 64×9 against siren 64×9": (
        LoeSpec(64, 8, 1.0, 1.0, alphas=PATTERNS["fine-to-coarse"](9)),
        SirenSpec(64, 8, 1.0, 1.0),
        2.0,
    ),
}


def seconds(values: npt.NDArray[np.float32], spec: NetworkSpec) -> float:
    """Of a step; what a fit prepares is left out."""
    seen: list[Progress] = []
    fit(values, spec, FitSettings(STEPS, 1e-4), seen.append)
    return (seen[-1].elapsed - seen[0].elapsed) / STEPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    image = from_array(data.camera())
    values = to_network(image.info, image.samples)
    rows = []
    for name, (spec, baseline, allowed) in PAIRS.items():
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(seconds(values, spec))
            theirs.append(seconds(values, baseline))
        rows.append(
            {
                "pair": name,
                "seconds": median(ours),
                "baseline_seconds": median(theirs),
                "ratio": median(ours) / median(theirs),
                "allowed": allowed,
            }
        )
    save(
        "architecture-steps",
        f"python -m benchmarks.papers.architecture_steps --rounds {rounds}",
        rows,
    )


if __name__ == "__main__":
    main()
