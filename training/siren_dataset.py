"""Train many SIRENs, and record how well each encodes its image.

    python training/siren_dataset.py IMAGES -o DATA --set many [--part 1/2] [--ray ADDRESS]

After "Predicting the Encoding Error of SIRENs", sections 2.2 to 2.4, with the files, schedule and
PSNR of this project. Networks of one architecture are trained together; what they came to is a file
of its own, `DATA/SET/KEY.json`, whose key is a hash of images, architecture, steps, rate and seeds.
What is there is not trained again, so that a run that was killed goes on where it was; parts of a
run may be computed at a time. Ray shares the work out among machines (`inrcodec[cluster]`): the
paper's 66,000 networks are `--count 66000`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import fit_settings, make_item, rounder
from inrcodec.codecs.inr.fit import REPORT_EVERY, Fit, FitSettings, fit_stacked
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.inr.networks.mlp import WHOLE_EFFORTS
from inrcodec.codecs.inr.options import InrOptions
from inrcodec.codecs.inr.planning import FitPlan, plan_fit
from inrcodec.codecs.inr.prediction.features import jpeg2000_psnrs
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.encoding import finish
from inrcodec.media.images import from_array
from inrcodec.settings import Settings
from inrcodec.threads import limit_threads

SETS = ("single", "many", "larger", "largest", "calibration", "first-layer", "encoded")
# Images for training, to choose models by, and to test them: by image, so that none is in two.
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
RATE = 5e-3
# Heights and widths of larger images, and of those that have as many pixels themselves.
LARGER, LARGEST = ((128, 192), (192, 288), (256, 384)), ((384, 576), (512, 768))
# Those of networks that are fitted as `encode` does.
ENCODED = ((64, 96), (96, 144), *LARGER)
# Networks that are trained together.
TOGETHER = 4
BITS = 16
# The learning rate times width times depth squared from which fits by Adam alone find no more than
# the mean for hundreds of steps.
_STALLING = 1.8
# Of networks that are fitted as `encode` does: larger ones take minutes.
_MOST_WEIGHTS = 4000


@dataclass(frozen=True)
class Job:
    """Networks of one architecture that are trained together.

    Attributes
    ----------
    images
        Names, one for each network.
    shape
        Height and width that they are scaled to.
    seeds
        Of each network's start.
    first_seed
        Of all first layers; None for each network's own.
    encoded
        They are fitted as `encode` does, and have its weights; else by Adam alone through all
        samples, and have weights of 16 bits.
    """

    images: tuple[str, ...]
    shape: tuple[int, int]
    width: int
    depth: int
    omega_0: float
    steps: int
    rate: float
    seeds: tuple[int, ...]
    first_seed: int | None = None
    encoded: bool = False

    def key(self, hashes: dict[str, str]) -> str:
        """Return the name of its file."""
        fields = asdict(self) | {"images": [hashes[name] for name in self.images]}
        # Files of sets that are older than it keep their names.
        if not self.encoded:
            del fields["encoded"]
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:20]


def split_of(name: str, names: list[str]) -> str:
    """Return which split an image is in."""
    place = np.random.default_rng(0).permutation(len(names))[names.index(name)] / len(names)
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "test"


def single_jobs(names: list[str]) -> Iterator[Job]:
    """One architecture, each image with two seeds."""
    for first in range(0, len(names), TOGETHER):
        some = tuple(names[first : first + TOGETHER])
        for seed in (0, 1):
            yield Job(some, (64, 64), 16, 2, 10.0, 500, RATE, (seed,) * len(some))


def many_jobs(names: list[str], count: int) -> Iterator[Job]:
    """Random architectures; about 15 % of networks twice, with another seed."""
    generator = np.random.default_rng(1)
    for job in range(count // TOGETHER):
        side = int(generator.choice([64, 96, 128]))
        depth = int(generator.integers(1, 5))
        bits = 2 ** generator.uniform(-1, 3)
        omega_0 = side * math.exp(generator.uniform(math.log(0.02), math.log(0.3)))
        steps = round(100 * 8 ** generator.uniform() / 10) * 10
        twice = generator.uniform() < 0.27
        some = [names[k] for k in generator.integers(len(names), size=TOGETHER)]
        images = (some[:2] + some)[:TOGETHER] if twice else some
        width = width_of(bits * side**2 / BITS, depth)
        seeds = tuple(TOGETHER * job + k for k in range(TOGETHER))
        rate = rate_of(width, depth)
        yield Job(tuple(images), (side, side), width, depth, round(omega_0, 3), steps, rate, seeds)


def larger_jobs(
    names: list[str], shapes: Sequence[tuple[int, int]], count: int, together: int, seed: int
) -> Iterator[Job]:
    """Random architectures at the low rates that larger images are encoded at."""
    generator = np.random.default_rng(seed)
    for job in range(count):
        shape = shapes[int(generator.integers(len(shapes)))]
        side, depth = math.sqrt(math.prod(shape)), int(generator.integers(1, 5))
        bits = 10 ** generator.uniform(-1, 0)
        omega_0 = side * math.exp(generator.uniform(math.log(0.03), math.log(0.2)))
        steps = round(100 * 4 ** generator.uniform() / 10) * 10
        images = tuple(names[k] for k in generator.integers(len(names), size=together))
        width = width_of(bits * side**2 / BITS, depth)
        rate = rate_of(width, depth)
        seeds = tuple(job + 1000 * k for k in range(together))
        yield Job(images, shape, width, depth, round(omega_0, 3), steps, rate, seeds)


def as_large(folder: Path, names: list[str], shape: tuple[int, int]) -> list[str]:
    """Return those of some images that have as many pixels along each side."""

    def sides(name: str) -> list[int]:
        with Image.open(folder / name) as image:
            return sorted(image.size)

    return [name for name in names if all(a >= b for a, b in zip(sides(name), shape, strict=True))]


def calibration_jobs(names: list[str]) -> Iterator[Job]:
    """What `inrcodec encode --model siren` does at efforts 1 to 3, on larger images."""
    for width, depth, steps in WHOLE_EFFORTS[:3]:
        for name in names:
            rate = rate_of(width, depth)
            yield Job((name,), (256, 384), width, depth, 30.0, steps, rate, (0,))


def first_layer_jobs(names: list[str]) -> Iterator[Job]:
    """Ten seeds of a narrow network for each of some images, and ten with one first layer."""
    for name in names[:6]:
        for first_seed in (None, 0):
            seeds = tuple(range(10))
            yield Job((name,) * 10, (64, 64), 16, 2, 10.0, 500, RATE, seeds, first_seed)


def encoded_jobs(names: list[str], count: int) -> Iterator[Job]:
    """Random architectures around those of efforts, fitted as `encode` does."""
    generator = np.random.default_rng(4)
    for job in range(count // TOGETHER):
        shape = ENCODED[int(generator.integers(len(ENCODED)))]
        depth, bits = int(generator.integers(1, 6)), 10 ** generator.uniform(-0.6, 0.5)
        spread = math.exp(generator.uniform(math.log(0.5), math.log(1.5)))
        omega_0 = 30.0 * (1.0 if generator.uniform() < 0.6 else spread)
        steps = round(100 * 16 ** generator.uniform() / 10) * 10
        images = tuple(names[k] for k in generator.integers(len(names), size=TOGETHER))
        width = width_of(min(bits * math.prod(shape) / BITS, _MOST_WEIGHTS), depth)
        seeds = tuple(TOGETHER * job + k for k in range(TOGETHER))
        omega_0 = round(omega_0, 3)
        yield Job(images, shape, width, depth, omega_0, steps, RATE, seeds, encoded=True)


def rate_of(width: int, depth: int) -> float:
    """Return the learning rate of a network, under which Adam does not stall."""
    return min(RATE, _STALLING / (width * depth**2))


def width_of(parameters: float, depth: int) -> int:
    """Return the width of a network of about so many parameters (at least 4)."""
    # depth·w² + (depth + 1 + 2 + 3)·w + 3 of them.
    linear = depth + 6
    root = (-linear + math.sqrt(linear**2 + 4 * depth * (parameters - 3))) / (2 * depth)
    return max(4, round(root))


def jobs_of(kind: str, folder: Path, names: list[str], count: int) -> list[Job]:
    """Return the jobs of a set, in the order in which they are done."""
    jobs = {
        "single": lambda: single_jobs(names),
        "many": lambda: many_jobs(names, count),
        "larger": lambda: larger_jobs(names, LARGER, 80, 2, 2),
        "largest": lambda: larger_jobs(as_large(folder, names, LARGEST[-1]), LARGEST, 24, 1, 3),
        "calibration": lambda: calibration_jobs(names),
        "first-layer": lambda: first_layer_jobs(names),
        "encoded": lambda: encoded_jobs(names, count),
    }
    return list(jobs[kind]())


@cache
def scaled(path: Path, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return an image's middle, of the sides' ratio, scaled down to a shape."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    height, width = shape
    if image.height > image.width and width > height:
        image = image.transpose(Image.Transpose.ROTATE_90)
    factor = min(image.width / width, image.height / height)
    size = factor * width, factor * height
    left, top = (image.width - size[0]) / 2, (image.height - size[1]) / 2
    box = (left, top, left + size[0], top + size[1])
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box=box))


def run(job: Job, folder: Path) -> list[dict[str, object]]:
    """Train a job's networks, and return a row for each."""
    pictures = [scaled(folder / name, job.shape) for name in job.images]
    fields = {"width": job.width, "depth": job.depth, "omega_0": job.omega_0}
    info = from_array(pictures[0]).info
    options = InrOptions(precision="auto" if job.encoded else "fp16")
    plan = plan_fit(SirenSpec, Settings(fields=fields, options=options), info)
    plan = replace(plan, steps=job.steps, learning_rate=job.rate)
    settings = fit_settings(plan) if job.encoded else FitSettings(job.steps, job.rate)
    values = [to_network(info, picture) for picture in pictures]
    began = time.process_time()
    starts = job.seeds, job.first_seed
    fits = fit_stacked(values, plan.spec, settings, None, *starts, rounder(plan))
    seconds = (time.process_time() - began) / len(fits)
    rows = zip(job.images, pictures, job.seeds, fits, strict=True)
    return [row_of(job, plan, *row, seconds) for row in rows]


def row_of(
    job: Job,
    plan: FitPlan,
    name: str,
    picture: npt.NDArray[np.uint8],
    seed: int,
    fit: Fit,
    seconds: float,
) -> dict[str, object]:
    """Return what a network came to, as a file and by the paper's definition."""
    source = from_array(picture)
    values = to_network(source.info, picture)
    fitted = Fitted(0, fit, values)
    encoded = finish(source, plan.settings, make_item(plan, source.info, [fitted]), 0.0)
    parameters = plan.spec.parameters(Domain(job.shape, 3))
    return {
        "image": name,
        "shape": job.shape,
        "width": job.width,
        "depth": job.depth,
        "omega_0": job.omega_0,
        "steps": job.steps,
        "rate": job.rate,
        "seed": seed,
        "first_seed": job.first_seed,
        "parameters": sum(parameters.values()),
        "bytes": len(encoded.data),
        "psnr_db": round(encoded.quality["psnr_db"], 4),
        "max_psnr_db": round(fit.psnr_db, 4),
        "curve_every": REPORT_EVERY,
        "curve": [round(value, 3) for value in fit.curve],
        "jpeg2000": [round(p, 4) for p in jpeg2000_psnrs(picture)],
        "seconds": round(seconds, 2),
    }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """Write rows to a file that is there as a whole or not at all."""
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(rows))
    partial.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--set", choices=SETS, required=True)
    parser.add_argument("--count", type=int, default=2400, help="networks of the set `many`")
    parser.add_argument("--part", default="1/1", help="which of how many parts to compute")
    parser.add_argument("--ray", help="the address of a Ray cluster")
    arguments = parser.parse_args()
    folder: Path = arguments.images
    names = sorted(p.name for p in folder.iterdir() if p.suffix in (".jpg", ".png", ".webp"))
    hashes = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}
    output = arguments.output / arguments.set
    output.mkdir(parents=True, exist_ok=True)
    part, parts = map(int, arguments.part.split("/"))
    jobs = jobs_of(arguments.set, folder, names, arguments.count)[part - 1 :: parts]
    open_jobs = {job.key(hashes): job for job in jobs}
    open_jobs = {
        key: job for key, job in open_jobs.items() if not (output / f"{key}.json").exists()
    }
    print(f"{len(open_jobs)} of {len(jobs)} jobs to do", flush=True)
    if arguments.ray:
        run_on_ray(arguments.ray, open_jobs, folder, output)
        return
    limit_threads(1)
    for number, (key, job) in enumerate(open_jobs.items(), 1):
        write(output / f"{key}.json", run(job, folder))
        if number % 20 == 0:
            print(f"{number} jobs done", flush=True)


def run_on_ray(address: str, jobs: dict[str, Job], folder: Path, output: Path) -> None:
    """Run jobs on a cluster, whose machines see the same folder of images."""
    import ray

    ray.init(address=address)
    remote = ray.remote(num_cpus=1)(run)
    pending = {remote.remote(job, folder): key for key, job in jobs.items()}
    while pending:
        (done,), _ = ray.wait(list(pending))
        write(output / f"{pending.pop(done)}.json", ray.get(done))


if __name__ == "__main__":
    main()
