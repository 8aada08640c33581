"""Crops of Kodak images: the original, the latent grid for the eye, and AVIF at as many bytes.

    python -m benchmarks.product.crops [--bpp 0.35] [--effort 4]

Grass, cloth, a wall, feathers, sky and spokes. AVIF is at its best for the eye (tune iq, speed 2),
and of the quality whose file is the nearest in size. Writes `results/VERSION/grid-crops.png`, and
prints bytes and SSIMULACRA2 of the whole images.
"""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image, ImageDraw

import inrcodec
from benchmarks.common import RESULTS, kodak
from inrcodec.rivals.images import CODECS, decoded
from inrcodec.signal.ssimulacra2 import ssimulacra2

# Image, and left and top of a crop.
CROPS = (
    ("kodim19", 300, 560, "grass"),
    ("kodim04", 120, 60, "hat"),
    ("kodim01", 330, 200, "wall"),
    ("kodim23", 110, 110, "feathers"),
    ("kodim21", 420, 40, "sky"),
    ("kodim05", 240, 300, "spokes"),
)
SIDE, SCALE = 144, 2
QUALITIES = range(10, 90)


def avif_of(image: Image.Image, size: int) -> bytes:
    """The AVIF file nearest to a size."""
    codec, low, high = CODECS["avif iq, speed 2"], QUALITIES[0], QUALITIES[-1]
    tried: dict[int, bytes] = {}
    while low <= high:
        middle = (low + high) // 2
        tried[middle] = codec.encode(image, middle)
        low, high = (middle + 1, high) if len(tried[middle]) < size else (low, middle - 1)
    return min(tried.values(), key=lambda data: abs(len(data) - size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bpp", type=float, default=0.35)
    parser.add_argument("--effort", type=int, default=4)
    arguments = parser.parse_args()
    paths = {path.stem: path for path in kodak()}
    step = SIDE * SCALE + 4
    sheet = Image.new("RGB", (3 * step, len(CROPS) * (step + 14)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, (name, left, top, what) in enumerate(CROPS):
        with Image.open(paths[name]) as opened:
            image = opened.convert("RGB")
        samples = np.asarray(image)
        own = inrcodec.encode(
            image, target_bpp=arguments.bpp, effort=arguments.effort, tune="visual"
        )
        other = avif_of(image, len(own.data))
        shown = {
            f"{name}: {what}": (samples, ""),
            "inrcodec --tune visual": (inrcodec.decode(own.data), len(own.data)),
            "AVIF, iq, speed 2": (decoded(other), len(other)),
        }
        for column, (title, (pixels, size)) in enumerate(shown.items()):
            crop = Image.fromarray(pixels[top : top + SIDE, left : left + SIDE])
            place = column * step, row * (step + 14)
            large = crop.resize((SIDE * SCALE, SIDE * SCALE), Image.Resampling.NEAREST)
            sheet.paste(large, (place[0], place[1] + 13))
            score = "" if not size else f", {size} bytes, {ssimulacra2(samples, pixels):.1f}"
            draw.text(place, title + score, "black")
            print(title + score, flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    sheet.save(RESULTS / "grid-crops.png", optimize=True)


if __name__ == "__main__":
    main()
