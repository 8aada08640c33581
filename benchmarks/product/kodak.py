"""Rate and distortion of the defaults on the Kodak images, beside Pillow's codecs at the
nearest sizes in the same run.

    python -m benchmarks.product.kodak [--count N] [--model M] [--effort E] [--name NAME]
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from inrcodec.signal.metrics import psnr

Save = Callable[[Image.Image, float], bytes]


def saver(name: str, option: str, **fixed: object) -> Save:
    def save_at(image: Image.Image, value: float) -> bytes:
        out = io.BytesIO()
        setting = [value] if option == "quality_layers" else round(value)
        image.save(out, name, **{option: setting}, **fixed)
        return out.getvalue()

    return save_at


# Codec to (how to save, the settings to choose from, from small files to large).
CODECS: dict[str, tuple[Save, list[float]]] = {
    "jpeg": (saver("JPEG", "quality", optimize=True), list(range(1, 96))),
    "webp": (saver("WEBP", "quality", method=6), list(range(101))),
    "jpeg2000": (
        saver("JPEG2000", "quality_layers", quality_mode="rates", irreversible=True, mct=1),
        list(np.geomspace(400, 2, 120)),
    ),
    "avif": (saver("AVIF", "quality", speed=6, subsampling="4:4:4"), list(range(101))),
}


def nearest(image: Image.Image, size: int, codec: str) -> tuple[bytes, float]:
    """The file nearest to `size` bytes that a codec's settings give, and the seconds for it."""
    save_at, settings = CODECS[codec]
    low, high = 0, len(settings) - 1
    while low < high:
        middle = (low + high) // 2
        if len(save_at(image, settings[middle])) < size:
            low = middle + 1
        else:
            high = middle
    tried = [settings[i] for i in {max(low - 1, 0), low}]
    best = min(tried, key=lambda value: abs(len(save_at(image, value)) - size))
    began = time.perf_counter()
    return save_at(image, best), time.perf_counter() - began


def measure(path: Path, model: str, effort: int) -> dict[str, tuple[float, float, float]]:
    """Codec to (bits per pixel, PSNR in dB, seconds to encode), all from bytes on hand."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    samples = np.asarray(image)
    pixels = image.width * image.height
    encoded = inrcodec.encode(image, model=model, effort=effort, device="cpu")
    results = {"inrcodec": (encoded.bits_per_pixel, encoded.psnr_db, encoded.seconds)}
    for codec in CODECS:
        data, seconds = nearest(image, len(encoded.data), codec)
        with Image.open(io.BytesIO(data)) as decoded:
            quality = psnr(samples, np.asarray(decoded.convert("RGB")))
        results[codec] = (8 * len(data) / pixels, quality, seconds)
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
