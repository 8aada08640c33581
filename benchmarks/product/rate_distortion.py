"""Rate and distortion of the latent grid on the Kodak images, beside Pillow's codecs measured in
the same run and the published points of others: a table, BD-rates and a plot.

    python -m benchmarks.product.rate_distortion [--effort E | --time SECONDS] [--every N]
        [--jobs J]

Bytes are those of whole files. A point is the mean over images at one setting; BD-rates are by
the `bjontegaard` package (Akima) between such curves. Each job has one thread; `seconds` is the
mean time to encode an image in such a job, start-up apart. Needs `pip install .[bench]`.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from PIL import Image

import inrcodec
from benchmarks.common import DATA, RESULTS, Row, kodak, save
from benchmarks.extras import extra
from benchmarks.extras import pyplot as load_pyplot
from benchmarks.product.kodak import CODECS
from inrcodec.signal.metrics import psnr

bjontegaard, pyplot = extra("bjontegaard"), load_pyplot()

LMBDAS = (1.6e-4, 4e-4, 1e-3, 2.5e-3, 6e-3, 1.5e-2)
# Settings of Pillow's codecs; of JPEG 2000 the ratio to 24 bits per pixel.
SETTINGS = {
    "jpeg": (5, 10, 20, 35, 50, 65, 75, 85, 92),
    "webp": (1, 10, 20, 35, 50, 65, 80, 90, 95),
    "jpeg2000": (300, 160, 90, 55, 34, 22, 15),
    "avif": (15, 25, 35, 45, 55, 65, 75),
}
NAME = "inrcodec"
# (bits per pixel, PSNR in dB, seconds)
Point = tuple[float, float, float]
Curve = list[Point]


def measure(path: Path, options: dict[str, float]) -> dict[str, Curve]:
    """Codec to its points for one image."""
    torch.set_num_threads(1)
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    samples = np.asarray(image)
    points: dict[str, Curve] = defaultdict(list)
    for lmbda in LMBDAS:
        encoded = inrcodec.encode(image, lmbda=lmbda, device="cpu", **options)
        points[NAME].append((encoded.bits_per_pixel, encoded.psnr_db, encoded.seconds))
    for codec, settings in SETTINGS.items():
        for setting in settings:
            data = CODECS[codec][0](image, setting)
            with Image.open(io.BytesIO(data)) as decoded:
                quality = psnr(samples, np.asarray(decoded.convert("RGB")))
            points[codec].append((8 * len(data) / samples[..., 0].size, quality, 0.0))
    return dict(points)


def averaged(curves: list[Curve]) -> Curve:
    """The mean over images of each point."""
    return [
        (mean(p[0] for p in at), mean(p[1] for p in at), mean(p[2] for p in at))
        for at in zip(*curves, strict=True)
    ]


def bd_rate(anchor: Curve, curve: Curve) -> float:
    """Percent of the anchor's rate that a curve saves (below 0) at equal PSNR."""
    (a, b), (c, d) = (
        zip(*((p[0], p[1]) for p in sorted(points)), strict=True) for points in (anchor, curve)
    )
    return float(
        bjontegaard.bd_rate(
            a, b, c, d, method="akima", require_matching_points=False, min_overlap=0
        )
    )


def published() -> dict[str, Curve]:
    """The points of the anchors file; none where it is absent."""
    path = DATA.parent / "anchors" / "kodak_rd.csv"
    curves: dict[str, Curve] = defaultdict(list)
    if path.is_file():
        with path.open() as stream:
            for line in csv.DictReader(stream):
                curves[line["codec"]].append((float(line["bpp"]), float(line["psnr_db"]), 0.0))
    return curves


def plot(curves: dict[str, Curve], others: dict[str, Curve], path: Path) -> None:
    """Draw all curves up to 2 bits per pixel."""
    figure, axes = pyplot.subplots(figsize=(9, 6.5))
    for names, style in ((others, {"lw": 0.8, "ls": ":"}), (curves, {"lw": 1.4})):
        for name, points in names.items():
            shown = sorted(p[:2] for p in points if p[0] < 2)
            bold = {"color": "black", "lw": 2.4} if name == NAME else {}
            axes.plot(*zip(*shown, strict=True), label=name, **{**style, **bold})
    axes.set(xlabel="bits per pixel, whole files", ylabel="PSNR (dB)", title="Kodak, mean")
    axes.tiling(alpha=0.3)
    axes.legend(fontsize=7, ncol=2)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=1)
    parser.add_argument("--time", type=float)
    parser.add_argument("--every", type=int, default=1, help="of the images only each so manieth")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    timed = arguments.time is not None
    options = {"time": arguments.time} if timed else {"effort": arguments.effort}
    label = f"time-{arguments.time:g}" if timed else f"effort-{arguments.effort}"
    label += f"-every-{arguments.every}" if arguments.every > 1 else ""
    images = kodak()[:: arguments.every]
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        measured = list(pool.map(partial(measure, options=options), images))
    curves = {codec: averaged([m[codec] for m in measured]) for codec in measured[0]}
    rows: list[Row] = [
        {"codec": codec, "bpp": rate, "psnr_db": quality, "seconds": seconds}
        for codec, points in curves.items()
        for rate, quality, seconds in points
    ]
    others = published() if len(images) == 24 else {}
    anchors = {name: c for name, c in curves.items() if name != NAME} | others
    bd: list[Row] = []
    for name, anchor in anchors.items():
        each = [bd_rate(m[name], m[NAME]) for m in measured] if name in curves else []
        spread = {"least": min(each), "most": max(each)} if each else {"least": "", "most": ""}
        bd.append({"anchor": name, "bd_rate_percent": bd_rate(anchor, curves[NAME]), **spread})
    command = "python -m benchmarks.product.rate_distortion " + " ".join(sys.argv[1:])
    names = "" if arguments.every == 1 else ": " + ", ".join(path.stem for path in images)
    notes = (f"mean of {len(images)} images{names}",)
    save(f"grid-{label}", command, rows, notes=notes)
    save(f"grid-{label}-bd", command, bd, notes=notes)
    plot(curves, others, RESULTS / f"grid-{label}.png")


if __name__ == "__main__":
    main()
