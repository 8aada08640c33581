"""Coordinate networks at their rates: bytes on disk and PSNR of images at targets, beside JPEG and
the latent grid; what `--precision auto` does to bytes; audio at equal SNR.

    python -m benchmarks.product.networks weights [--count N]
    python -m benchmarks.product.networks rates [--count N] [--model siren]
    python -m benchmarks.product.networks audio

Images are Kodak's at half their size, 384×256, as fits at their own take a CPU minutes each; JPEG,
optimized and progressive, is run on the same. `weights` compares files of one fit's settings with
binary16 and with steps, and the loss against the network before it is rounded.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import RESULTS, Row, clip, kodak, save, write
from benchmarks.product.image_codecs import CODECS, PSNR, decoded
from benchmarks.product.rate_distortion import Curve, Point, averaged, bd_rate, plot
from inrcodec.signal.metrics import psnr

# Spread over smooth and busy ones.
IMAGES = (2, 5, 8, 15, 20, 23)
BPPS = (0.15, 0.3, 0.6)
MODELS: dict[str, dict[str, Any]] = {
    "siren": {"model": "siren", "effort": 4},
    "enrp": {"model": "enrp", "effort": 4},
}


def half(path: Path) -> Image.Image:
    """An image at half its size."""
    with Image.open(path) as opened:
        return opened.convert("RGB").reduce(2)


def chosen(count: int) -> list[Path]:
    paths = {int(path.stem[-2:]): path for path in kodak()}
    return [paths[number] for number in IMAGES[:count]]


def weights(paths: list[Path]) -> Iterator[Row]:
    """Bits per weight of both precisions, tables and all else included, and what rounding loses."""
    for model, options in MODELS.items():
        for path in paths:
            image = half(path)
            exact, rounded = (
                inrcodec.encode(image, device="cpu", precision=precision, **options)
                for precision in ("fp16", "auto")
            )
            yield {
                "model": model,
                "image": path.stem,
                "weights": exact.parameters,
                "fp16_bytes": len(exact.data),
                "auto_bytes": len(rounded.data),
                "fp16_bits": 8 * len(exact.data) / exact.parameters,
                "auto_bits": 8 * len(rounded.data) / rounded.parameters,
                "fp16_psnr_db": exact.psnr_db,
                "loss_db": exact.psnr_db - rounded.psnr_db,
                "seconds": rounded.seconds,
            }


def own_curve(image: Image.Image, options: dict[str, Any]) -> Curve:
    """A model's points, at targets of bits per pixel."""
    pixels, samples, points = image.width * image.height, np.asarray(image), []
    for bpp in BPPS:
        encoded = inrcodec.encode(image, device="cpu", target_bpp=bpp, **options)
        quality = psnr(samples, inrcodec.decode(encoded.data))
        points.append(Point(8 * len(encoded.data) / pixels, {PSNR: quality}, encoded.seconds))
    return points


def jpeg_curve(image: Image.Image) -> Curve:
    """JPEG's points: the best of all that are tried, with chroma of full and half resolution."""
    pixels, samples, points = image.width * image.height, np.asarray(image), []
    for name in ("jpeg", "jpeg 4:4:4"):
        for quality in (5, 10, 20, 35, 55, 75, 88):
            data = CODECS[name].encode(image, quality)
            points.append(Point(8 * len(data) / pixels, {PSNR: psnr(samples, decoded(data))}, 0.0))
    best: Curve = []
    for point in sorted(points, key=lambda p: p.rate):
        if not best or point.qualities[PSNR] > best[-1].qualities[PSNR]:
            best.append(point)
    return best


def rates(paths: list[Path], model: str) -> None:
    """Rate and distortion of a model, and its BD-rate against JPEG."""
    name, rows, each, beside = f"networks-{model}", list[Row](), list[Curve](), list[Curve]()
    command = f"python -m benchmarks.product.networks rates --model {model} --count {len(paths)}"
    notes = [
        "Kodak images at 384×256 or 256×384; JPEG optimized and progressive, better chroma",
        "BD-rates are over the PSNRs that both have; JPEG does not go below its quality 5",
    ]
    for path in paths:
        image = half(path)
        began = time.perf_counter()
        own, jpeg = own_curve(image, MODELS[model]), jpeg_curve(image)
        print(path.stem, f"{time.perf_counter() - began:.0f} s", flush=True)
        each.append(own)
        beside.append(jpeg)
        over = bd_rate(jpeg, own, PSNR)
        rows += [
            {
                "image": path.stem,
                "bpp": point.rate,
                "psnr_db": point.qualities[PSNR],
                "seconds": point.seconds,
                "jpeg_psnr_db": float(
                    np.interp(
                        math.log(point.rate),
                        [math.log(p.rate) for p in jpeg],
                        [p.qualities[PSNR] for p in jpeg],
                    )
                ),
                "bd_rate_jpeg_percent": over,
            }
            for point in own
        ]
        write(name, command, rows, notes)
    means, jpegs = averaged(each), list[Point]()
    for k, point in enumerate(means):
        levels = [float(str(row["jpeg_psnr_db"])) for row in rows[k :: len(BPPS)]]
        jpegs.append(Point(point.rate, {PSNR: mean(levels)}, 0.0))
    title = f"{len(paths)} Kodak images at half their size"
    plot({model: means, "jpeg": jpegs}, PSNR, title, RESULTS / f"{name}.png")
    for point in means:
        rows.append(
            {
                "image": "mean",
                "bpp": point.rate,
                "psnr_db": point.qualities[PSNR],
                "seconds": point.seconds,
                "bd_rate_jpeg_percent": mean(
                    bd_rate(jpeg, own, PSNR) for jpeg, own in zip(beside, each, strict=True)
                ),
            }
        )
    save(name, command, rows, notes)


def audio() -> Iterator[Row]:
    """ENRP of both precisions: bytes, SNR, and the bytes of binary16 at the SNR of steps."""
    for name, effort in (("gt_bach", 3), ("gt_counting", 3)):
        options: dict[str, Any] = {"model": "enrp", "effort": effort, "device": "cpu"}
        widths = (6, 8, 10, 12, 16, 20)
        exact = [
            inrcodec.encode(clip(name), precision="fp16", width=width, **options)
            for width in widths
        ]
        for width in (12, 16, 20):
            own = inrcodec.encode(clip(name), width=width, **options)
            assert own.snr_db is not None
            level = [float(e.snr_db or 0) for e in exact]
            equal = np.interp(own.snr_db, level, [math.log(len(e.data)) for e in exact])
            yield {
                "signal": name,
                "width": width,
                "bytes": len(own.data),
                "snr_db": own.snr_db,
                "fp16_bytes_at_that": round(math.exp(float(equal))),
                "ratio": len(own.data) / math.exp(float(equal)),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["weights", "rates", "audio"])
    parser.add_argument("--count", type=int, default=len(IMAGES))
    parser.add_argument("--model", choices=[*MODELS], default="siren")
    arguments = parser.parse_args()
    command = f"python -m benchmarks.product.networks {arguments.what}"
    if arguments.what == "rates":
        rates(chosen(arguments.count), arguments.model)
    elif arguments.what == "weights":
        rows = list(weights(chosen(arguments.count)))
        save("networks-weights", f"{command} --count {arguments.count}", rows)
    else:
        save("networks-audio", command, list(audio()))


if __name__ == "__main__":
    main()
