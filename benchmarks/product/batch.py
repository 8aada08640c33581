"""Folders: images per minute of two workers against one, and of images fitted in stacks.

    python -m benchmarks.product.batch workers [--count N] [--effort E] [--rounds N]
    python -m benchmarks.product.batch stacks [--device D] [--rounds N]

Workers: Kodak images at half size, by the latent grid, whole processes with their start. Stacks:
16 crops of 64×64, by SIREN and ENRP, in one process. Every measurement is the best of some,
taken in turns, as other processes only take time away.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.common import Row, kodak, load, save
from inrcodec.codecs.registry import make_settings
from inrcodec.encoding import encode_stack
from inrcodec.media.images import from_array
from inrcodec.signal import Metadata

CROPS = 16
SIDE = 64
NETWORKS = {
    "siren": {"width": 32, "depth": 2, "steps": 40},
    "enrp": {"tile": 32, "width": 8, "depth": 2, "steps": 40},
}


def batch_seconds(source: Path, workers: int, effort: int) -> float:
    """Of `inrcodec batch`, from start to end."""
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "inrcodec", "batch", str(source), "-o", target, "--quiet"]
        options = ["--workers", str(workers), "--threads", "1", "--effort", str(effort)]
        began = time.perf_counter()
        subprocess.run([*command, *options, "--device", "cpu"], check=True)
        return time.perf_counter() - began


def workers(count: int, effort: int, rounds: int) -> None:
    """Two workers against one."""
    note = load()
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder:
        for path in kodak(count):
            with Image.open(path) as image:
                half = (image.width // 2, image.height // 2)
                image.resize(half, Image.Resampling.LANCZOS).save(Path(folder) / path.name)
        for _ in range(rounds):
            for number, taken in seconds.items():
                taken.append(batch_seconds(Path(folder), number, effort))
    rows: list[Row] = [
        {
            "workers": number,
            "seconds": min(taken),
            "images_per_minute": 60 * count / min(taken),
            "ratio": min(seconds[1]) / min(taken),
        }
        for number, taken in seconds.items()
    ]
    save(
        "batch-workers",
        f"python -m benchmarks.product.batch workers --count {count} "
        f"--effort {effort} --rounds {rounds}",
        rows,
        [note],
    )


def stacks(device: str, rounds: int) -> None:
    """Crops fitted one by one, by four, and all at once."""
    note = load()
    with Image.open(kodak()[22]) as image:
        samples = np.asarray(image)
    crops = [
        from_array(samples[y : y + SIDE, x : x + SIDE].copy(), Metadata())
        for y in range(0, 4 * SIDE, SIDE)
        for x in range(0, 4 * SIDE, SIDE)
    ]
    rows: list[Row] = []
    for model, options in NETWORKS.items():
        settings = make_settings(model=model, device=device, **options)
        taken: dict[int, list[float]] = {1: [], 4: [], CROPS: []}
        quality: dict[int, float] = {}
        for _ in range(rounds):
            for size, times in taken.items():
                began = time.perf_counter()
                done = [
                    encoded
                    for first in range(0, CROPS, size)
                    for encoded in encode_stack(crops[first : first + size], settings)
                ]
                times.append(time.perf_counter() - began)
                quality[size] = float(np.mean([encoded.psnr_db for encoded in done]))
        rows += [
            {
                "model": model,
                "stack": size,
                "images_per_minute": 60 * CROPS / min(times),
                "ratio": min(taken[1]) / min(times),
                "psnr_db": quality[size],
            }
            for size, times in taken.items()
        ]
    name = "batch-stacks" if device == "cpu" else f"batch-stacks-{device}"
    save(
        name,
        f"python -m benchmarks.product.batch stacks --device {device} --rounds {rounds}",
        rows,
        [note],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["workers", "stacks"])
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--effort", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    wanted = parser.parse_args()
    if wanted.what == "workers":
        workers(wanted.count, wanted.effort, wanted.rounds)
    else:
        stacks(wanted.device, wanted.rounds)


if __name__ == "__main__":
    main()
