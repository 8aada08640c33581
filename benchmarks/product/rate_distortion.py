"""Rate and distortion of the latent grid on a folder of images, beside other codecs at their best.

    python -m benchmarks.product.rate_distortion [IMAGES] [--effort E | --time SECONDS]
        [--tune visual] [--metrics psnr_db ms_ssim_db ssimulacra2] [--every N] [--jobs J]

All are measured in one run: bytes of whole files, and for each metric the codecs that are tuned for
it. A point is the mean over images at one setting; BD-rates are by the `bjontegaard` package
(Akima) between such curves, and the least and the most of single images beside them. Each job has
one thread; `seconds` is the mean time to encode an image in such a job, start-up apart. On the
Kodak images published points are taken in. Needs `pip install .[bench]`.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import DATA, RESULTS, Row, kodak, save
from benchmarks.extras import extra
from benchmarks.extras import pyplot as load_pyplot
from benchmarks.product.image_codecs import CODECS, PSNR, VISUAL, decoded
from benchmarks.product.image_metrics import METRICS
from inrcodec.codecs.grid.options import TUNES
from inrcodec.threads import limit_threads

LMBDAS = (2e-4, 5e-4, 1.2e-3, 3e-3, 7e-3, 1.6e-2)
NAME, MOST_RATE = "inrcodec", 2.5
# Of all curves those that are drawn: few, so that they can be told apart.
DRAWN = (
    *(NAME, "avif psnr, speed 2", "avif ssim, speed 6", "avif iq, speed 2", "jpeg xl, effort 7"),
    *("webp", "jpeg", "VVC (VTM)", "Cool-chic 5.0 (rates are estimates)"),
)
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


@dataclass(frozen=True)
class Point:
    """Bits per pixel, a quality by each metric, and seconds."""

    rate: float
    qualities: dict[str, float]
    seconds: float


Curve = list[Point]


def measure(path: Path, options: dict[str, Any], metrics: list[str]) -> dict[str, Curve]:
    """Codec to its points for one image."""
    limit_threads(1)
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    samples = np.asarray(image)
    pixels = samples.shape[0] * samples.shape[1]

    def point(data: bytes, other: Any, seconds: float, by: list[str]) -> Point:
        return Point(8 * len(data) / pixels, {m: METRICS[m](samples, other) for m in by}, seconds)

    points: dict[str, Curve] = defaultdict(list)
    for lmbda in LMBDAS:
        encoded = inrcodec.encode(image, lmbda=lmbda, device="cpu", **options)
        own = inrcodec.decode(encoded.data)
        points[NAME].append(point(encoded.data, own, encoded.seconds, metrics))
    for name, codec in CODECS.items():
        by = [m for m in metrics if not codec.metrics or m in codec.metrics]
        if by:
            codec.load()
        for setting in codec.settings if by else ():
            began = time.perf_counter()
            data = codec.encode(image, setting)
            seconds = time.perf_counter() - began
            points[name].append(point(data, decoded(data), seconds, by))
    return dict(points)


def averaged(curves: list[Curve]) -> Curve:
    """The mean over images of each point."""
    return [
        Point(
            mean(p.rate for p in at),
            {m: mean(p.qualities[m] for p in at) for m in at[0].qualities},
            mean(p.seconds for p in at),
        )
        for at in zip(*curves, strict=True)
    ]


def bd_rate(anchor: Curve, curve: Curve, metric: str) -> float:
    """Percent of the anchor's rate that a curve saves (below 0) at equal quality."""
    pairs = [sorted((p.rate, p.qualities[metric]) for p in points) for points in (anchor, curve)]
    (a, b), (c, d) = (zip(*points, strict=True) for points in pairs)
    return float(
        extra("bjontegaard").bd_rate(
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
                quality = {PSNR: float(line["psnr_db"])}
                curves[line["codec"]].append(Point(float(line["bpp"]), quality, 0.0))
    return curves


def plot(curves: dict[str, Curve], metric: str, title: str, path: Path) -> None:
    """Draw curves, each with its name at its end."""
    pyplot = load_pyplot()
    figure, axes = pyplot.subplots(figsize=(8, 5.5))
    for name, points in curves.items():
        shown = sorted((p.rate, p.qualities[metric]) for p in points if p.rate < MOST_RATE)
        if not shown:
            continue
        own = name == NAME
        style = {"color": "black", "lw": 2.2} if own else {"lw": 1.1}
        (line,) = axes.plot(*zip(*shown, strict=True), **style)
        axes.annotate(name, shown[-1], xytext=(4, 0), textcoords="offset points", fontsize=7,
                      color=line.get_color(), va="center")  # fmt: skip
    axes.set(xlabel="bits per pixel, whole files", ylabel=metric, title=title, xlim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def compared(
    measured: list[dict[str, Curve]], metrics: list[str], others: dict[str, Curve]
) -> list[Row]:
    """BD-rates against each codec."""
    curves = {codec: averaged([m[codec] for m in measured]) for codec in measured[0]}
    rows: list[Row] = []
    for metric in metrics:
        for name, anchor in {**curves, **others}.items():
            if name == NAME or metric not in anchor[0].qualities:
                continue
            each = [bd_rate(m[name], m[NAME], metric) for m in measured] if name in curves else []
            spread = {"least": min(each), "most": max(each)} if each else {"least": "", "most": ""}
            rate = bd_rate(anchor, curves[NAME], metric)
            rows.append({"anchor": name, "metric": metric, "bd_rate_percent": rate, **spread})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, nargs="?", help="by default the Kodak images")
    parser.add_argument("--effort", type=int, default=3)
    parser.add_argument("--time", type=float)
    parser.add_argument("--tune", choices=TUNES, default="psnr")
    parser.add_argument("--metrics", nargs="+", choices=METRICS)
    parser.add_argument("--every", type=int, default=1, help="of the images only each so manieth")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    timed = arguments.time is not None
    options: dict[str, Any] = {"time": arguments.time} if timed else {"effort": arguments.effort}
    options["tune"] = arguments.tune
    metrics = arguments.metrics or [PSNR if arguments.tune == "psnr" else VISUAL]
    folder = arguments.images
    paths = (
        sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES) if folder else kodak()
    )
    images = paths[:: arguments.every]
    label = f"time-{arguments.time:g}" if timed else f"effort-{arguments.effort}"
    label += f"-{arguments.tune}" if arguments.tune != "psnr" else ""
    label = f"{folder.name}-{label}" if folder else label
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        work = partial(measure, options=options, metrics=metrics)
        measured = list(pool.map(work, images))
    curves = {codec: averaged([m[codec] for m in measured]) for codec in measured[0]}
    rows: list[Row] = [
        {"codec": codec, "bpp": p.rate, **p.qualities, "seconds": p.seconds}
        for codec, points in curves.items()
        for p in points
    ]
    others = published() if len(images) == 24 and not folder else {}
    command = "python -m benchmarks.product.rate_distortion " + " ".join(sys.argv[1:])
    names = ", ".join(path.stem for path in images)
    notes = (f"mean of {len(images)} images: {names}",)
    save(f"grid-{label}", command, rows, notes=notes)
    save(f"grid-{label}-bd", command, compared(measured, metrics, others), notes=notes)
    for metric in metrics:
        every = {**curves, **others}
        shown = {n: every[n] for n in DRAWN if n in every and metric in every[n][0].qualities}
        title = f"{folder.name if folder else 'Kodak'}, mean of {len(images)}"
        plot(shown, metric, title, RESULTS / f"grid-{label}-{metric.split('_')[0]}.png")


if __name__ == "__main__":
    main()
