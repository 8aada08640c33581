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
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import mean
from typing import Any

from PIL import Image

from benchmarks.common import DATA, RESULTS, Row, kodak, save
from benchmarks.product.image_metrics import METRICS
from inrcodec.codecs.grid.options import TUNES
from inrcodec.rivals.curves import NAME, Curve, Original, Own, Point, bd_rate, draw, points_of
from inrcodec.rivals.images import CODECS, PSNR, VISUAL
from inrcodec.threads import limit_threads

MOST_RATE = 2.5
# Of all curves those that are drawn: few, so that they can be told apart.
DRAWN = (
    *(NAME, "avif psnr, speed 2", "avif ssim, speed 6", "avif iq, speed 2", "jpeg xl, effort 7"),
    *("webp", "jpeg", "VVC (VTM)", "Cool-chic 5.0 (rates are estimates)"),
)
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")


def measure(path: Path, options: dict[str, Any], metrics: list[str]) -> dict[str, Curve]:
    """Codec to its points for one image."""
    limit_threads(1)
    with Image.open(path) as opened:
        image = Original.of_image(opened.convert("RGB"))
    own = Own({"device": "cpu", **options})
    points = {NAME: [point() for point in points_of(image, own, {m: METRICS[m] for m in metrics})]}
    for name, codec in CODECS.items():
        by = {m: METRICS[m] for m in metrics if not codec.metrics or m in codec.metrics}
        if by:
            codec.load()
            points[name] = [point() for point in points_of(image, codec, by)]
    return points


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
    """Draw the part of curves that is below a rate."""
    shown = {name: [p for p in points if p.rate < MOST_RATE] for name, points in curves.items()}
    path.write_bytes(draw(shown, metric, metric, title))


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
