"""Coordinate networks at their rates: bytes on disk and PSNR of images at targets, beside JPEG and
the latent grid; what `--precision auto` does to bytes; audio at equal SNR.

    python -m benchmarks.product.networks weights [--count N]
    python -m benchmarks.product.networks rates [--count N] [--model siren]
    python -m benchmarks.product.networks full [--count N] [--model siren]
    python -m benchmarks.product.networks audio
    python -m benchmarks.product.networks steps

Images are Kodak's at half their size, 384×256, as fits at their own take a CPU minutes each; `full`
has them at their own, at 0.3 bits per pixel. JPEG, optimized and progressive, is run on the same.
`weights` compares files of one fit's settings with binary16 and with steps, and the loss against
the network before it is rounded. `steps` compares fits of 200 steps through all samples with eight
times as many through an eighth of them.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import RESULTS, Row, clip, kodak, read, save, write
from benchmarks.product.rate_distortion import averaged, plot
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import EnrpSpec, SirenSpec
from inrcodec.rivals.curves import Curve, Point, bd_rate
from inrcodec.rivals.images import CODECS, PSNR, decoded
from inrcodec.signal.metrics import psnr

# Spread over smooth and busy ones.
IMAGES = (2, 5, 8, 15, 20, 23)
BPPS, FULL_BPP = (0.15, 0.3, 0.6), 0.3
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


def own_curve(image: Image.Image, options: dict[str, Any], bpps: Sequence[float] = BPPS) -> Curve:
    """A model's points, at targets of bits per pixel."""
    pixels, samples, points = image.width * image.height, np.asarray(image), []
    for bpp in bpps:
        encoded = inrcodec.encode(image, device="cpu", target_bpp=bpp, **options)
        quality = psnr(samples, inrcodec.decode(encoded.data))
        points.append(Point(8 * len(encoded.data) / pixels, {PSNR: quality}, encoded.seconds))
    return points


def jpeg_curve(image: Image.Image) -> Curve:
    """JPEG's points: the best of all that are tried, with chroma of full and half resolution."""
    pixels, samples, points = image.width * image.height, np.asarray(image), []
    for name in ("jpeg", "jpeg 4:4:4"):
        for quality in (1, 3, 5, 7, 10, 15, 20, 35, 55, 75, 88):
            data = CODECS[name].encode(image, quality)
            points.append(Point(8 * len(data) / pixels, {PSNR: psnr(samples, decoded(data))}, 0.0))
    best: Curve = []
    for point in sorted(points, key=lambda p: p.rate):
        if not best or point.qualities[PSNR] > best[-1].qualities[PSNR]:
            best.append(point)
    return best


def at_rate(curve: Curve, rate: float) -> float | str:
    """The PSNR of a curve at a rate; nothing where it has none as low."""
    rates = [math.log(point.rate) for point in curve]
    if math.log(rate) < rates[0]:
        return ""
    return float(np.interp(math.log(rate), rates, [p.qualities[PSNR] for p in curve]))


def known_curve(model: str, image: str) -> Curve:
    """A model's points as results have them."""
    return [
        Point(
            float(str(row["bpp"])),
            {PSNR: float(str(row["psnr_db"]))},
            float(str(row["seconds"])),
        )
        for row in read(f"networks-{model}")
        if row["image"] == image
    ]


def rates(paths: list[Path], model: str, again: bool) -> None:
    """Rate and distortion of a model, and its BD-rate against JPEG; `again`, with the model's
    points as results have them."""
    name, rows, each, over = f"networks-{model}", list[Row](), list[Curve](), list[float]()
    command = f"python -m benchmarks.product.networks rates --model {model} --count {len(paths)}"
    notes = [
        "Kodak images at 384×256 or 256×384; JPEG optimized and progressive, better chroma",
        "BD-rates are over the PSNRs that both have",
    ]
    owned = {path: known_curve(model, path.stem) for path in paths} if again else {}
    for path in paths:
        image = half(path)
        own, jpeg = owned.get(path) or own_curve(image, MODELS[model]), jpeg_curve(image)
        each.append(own)
        over.append(bd_rate(jpeg, own, PSNR))
        rows += [row_of(path.stem, point, over[-1], at_rate(jpeg, point.rate)) for point in own]
        write(name, command, rows, notes)
        print(path.stem, over[-1], flush=True)
    means, jpegs = averaged(each), list[Point]()
    for k, point in enumerate(means):
        levels = [row["jpeg_psnr_db"] for row in rows[k :: len(BPPS)]]
        if "" not in levels:
            level = mean(float(str(level)) for level in levels)
            jpegs.append(Point(point.rate, {PSNR: level}, 0.0))
    title = f"{len(paths)} Kodak images at half their size"
    plot({model: means, "jpeg": jpegs}, PSNR, title, RESULTS / f"{name}.png")
    save(name, command, [*rows, *(row_of("mean", p, mean(over), "") for p in means)], notes)


def row_of(image: str, point: Point, over: float, jpeg: float | str) -> Row:
    """A point of a model beside JPEG."""
    return {
        "image": image,
        "bpp": point.rate,
        "psnr_db": point.qualities[PSNR],
        "seconds": point.seconds,
        "jpeg_psnr_db": jpeg,
        "bd_rate_jpeg_percent": over,
    }


def full(paths: list[Path], model: str) -> None:
    """A model at 0.3 bits per pixel of images at their own size, beside JPEG of as many bytes."""
    name, rows = f"networks-{model}-full", list[Row]()
    command = f"python -m benchmarks.product.networks full --model {model} --count {len(paths)}"
    notes = ["Kodak images at 768×512 or 512×768; JPEG optimized and progressive, better chroma"]
    for path in paths:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        (point,) = own_curve(image, MODELS[model], (FULL_BPP,))
        jpeg = at_rate(jpeg_curve(image), point.rate)
        rows.append(
            {
                "image": path.stem,
                "bpp": point.rate,
                "psnr_db": point.qualities[PSNR],
                "seconds": point.seconds,
                "jpeg_psnr_db": jpeg,
            }
        )
        write(name, command, rows, notes)
        print(rows[-1], flush=True)
    numbers = [key for key in rows[0] if key != "image"]
    means = {key: mean(float(str(row[key])) for row in rows if row[key] != "") for key in numbers}
    save(name, command, [*rows, {"image": "mean", **means}], notes)


def audio() -> Iterator[Row]:
    """ENRP of both precisions: bytes, SNR, and the bytes of binary16 at the SNR of steps."""
    options: dict[str, Any] = {"model": "enrp", "device": "cpu"}
    for name in ("gt_bach", "gt_counting"):
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


def steps() -> Iterator[Row]:
    """PSNR before rounding, and seconds of the CPU, of few steps through all samples and of many
    through some."""
    (path,) = (path for path in kodak() if path.stem == "kodim15")
    values = np.asarray(half(path), np.float32) / 127.5 - 1
    samples = values.shape[0] * values.shape[1]
    specs = {
        "siren": (SirenSpec(32, 4, 30.0, 30.0), 5e-3),
        "enrp": (EnrpSpec(8, 3, 10.0, 10.0, tile=64), 1.5e-2),
    }
    for name, (spec, rate) in specs.items():
        for times in (1, 8):
            settings = FitSettings(
                200 * times, rate, points=samples // times, matrix_rate=spec.matrix_rate
            )
            began = time.process_time()
            found = fit(values, spec, settings)
            yield {
                "model": name,
                "image": path.stem,
                "steps": settings.steps,
                "samples_a_step": settings.points,
                "psnr_db": found.psnr_db,
                "cpu_seconds": time.process_time() - began,
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["weights", "rates", "full", "audio", "steps"])
    parser.add_argument("--count", type=int, default=len(IMAGES))
    parser.add_argument("--model", choices=[*MODELS], default="siren")
    parser.add_argument("--again", action="store_true", help="JPEG alone, beside known points")
    arguments = parser.parse_args()
    command = f"python -m benchmarks.product.networks {arguments.what}"
    if arguments.what == "rates":
        rates(chosen(arguments.count), arguments.model, arguments.again)
    elif arguments.what == "full":
        full(chosen(arguments.count), arguments.model)
    elif arguments.what == "steps":
        save("networks-steps", command, list(steps()))
    elif arguments.what == "weights":
        rows = list(weights(chosen(arguments.count)))
        save("networks-weights", f"{command} --count {arguments.count}", rows)
    else:
        save("networks-audio", command, list(audio()))


if __name__ == "__main__":
    main()
