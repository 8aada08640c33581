"""Rate and distortion of a model's defaults on the Kodak images, beside other codecs at their best
for PSNR, at the nearest sizes in the same run.

    python -m benchmarks.product.kodak [--count N] [--model M] [--effort E] [--name NAME]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from inrcodec.rivals.images import CODECS, ImageCodec, decoded
from inrcodec.signal.metrics import psnr

BESIDE = (
    *("jpeg", "jpeg 4:4:4", "webp", "jpeg 2000", "jpeg xl, effort 7"),
    *("avif psnr, speed 6", "avif psnr, speed 2"),
)
# What to choose from, from small files to large.
SETTINGS: dict[str, Sequence[float]] = {
    "quality": range(1, 96),
    "quality_layers": list(np.geomspace(400, 2, 120)),
}


def nearest(image: Image.Image, size: int, codec: ImageCodec) -> tuple[bytes, float]:
    """The file nearest to `size` bytes that a codec's settings give, and the seconds for it."""
    settings = SETTINGS[codec.option]
    tried: dict[int, tuple[bytes, float]] = {}

    def at(place: int) -> bytes:
        if place not in tried:
            began = time.perf_counter()
            tried[place] = codec.encode(image, settings[place]), time.perf_counter() - began
        return tried[place][0]

    low, high = 0, len(settings) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if len(at(middle)) < size else (low, middle)
    best = min((max(low - 1, 0), low), key=lambda place: abs(len(at(place)) - size))
    return tried[best]


def measure(path: Path, model: str, effort: int) -> dict[str, tuple[float, float, float]]:
    """Codec to (bits per pixel, PSNR in dB, seconds to encode), all from bytes on hand."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    samples = np.asarray(image)
    pixels = image.width * image.height
    encoded = inrcodec.encode(image, model=model, effort=effort, device="cpu")
    results = {"inrcodec": (encoded.bits_per_pixel, encoded.psnr_db, encoded.seconds)}
    for name in BESIDE:
        CODECS[name].load()
        data, seconds = nearest(image, len(encoded.data), CODECS[name])
        results[name] = (8 * len(data) / pixels, psnr(samples, decoded(data)), seconds)
    return results


def row(name: str, results: dict[str, tuple[float, float, float]]) -> Row:
    cells: dict[str, object] = {"image": name}
    for codec, (rate, quality, seconds) in results.items():
        cells |= {f"{codec}_bpp": rate, f"{codec}_psnr_db": quality, f"{codec}_seconds": seconds}
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int)
    parser.add_argument("--model", default="enrp")
    parser.add_argument("--effort", type=int, default=3)
    parser.add_argument("--name", default="kodak")
    arguments = parser.parse_args()
    measured = {}
    for path in kodak(arguments.count):
        measured[path.stem] = measure(path, arguments.model, arguments.effort)
        print(path.stem, *(f"{c} {r:.3f}/{q:.2f}" for c, (r, q, _) in measured[path.stem].items()))
        sys.stdout.flush()
    codecs = next(iter(measured.values()))
    means = {
        codec: tuple(mean(results[codec][i] for results in measured.values()) for i in range(3))
        for codec in codecs
    }
    rows = [row(name, results) for name, results in measured.items()]
    command = "python -m benchmarks.product.kodak " + " ".join(sys.argv[1:])
    save(arguments.name, command, [*rows, row("mean", means)])  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
