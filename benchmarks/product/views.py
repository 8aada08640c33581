"""Views of large images: what regions and overviews read of a file, and how long they take.

    python -m benchmarks.product.views [--effort 1]

The image is a mosaic of Kodak's, 6144 × 4096. Regions are of 256 × 256 pixels at places all over
it, each of a file that is opened anew; "beside one" is a region that overlaps the one before, of
the same file. Seconds are with as many threads as cores. Last come the bytes that blocks cost:
files in tiers beside those of one stream.
"""

from __future__ import annotations

import argparse
import io
import time
from statistics import mean
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, save
from inrcodec.codecs.grid.reach import needed_box
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container
from inrcodec.container.tiles import TileIndex
from inrcodec.schema import Reader
from inrcodec.signal.geometry import Raster, Region

ROWS, COLUMNS, REGION, PLACES = 8, 8, 256, 24
SCALES = (1 / 8, 1 / 4, 1 / 2, 1)


class Counted(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read, and count."""
        found = super().read(size)
        self.count += len(found)
        return found


def mosaic() -> npt.NDArray[np.uint8]:
    """Kodak's images side by side, those of upright format turned, some mirrored."""
    images = []
    for path in kodak():
        with Image.open(path) as opened:
            samples = np.asarray(opened.convert("RGB"))
        images.append(samples if samples.shape[0] == 512 else samples.transpose(1, 0, 2))
    chosen = [images[k % len(images)][:, :: 1 - k // 24 % 2 * 2] for k in range(ROWS * COLUMNS)]
    rows = [np.concatenate(chosen[k : k + COLUMNS], 1) for k in range(0, len(chosen), COLUMNS)]
    return np.concatenate(rows)


def viewed(data: bytes, **view: Any) -> tuple[int, float]:
    """Bytes that a view reads, and seconds."""
    file = Counted(data)
    began = time.perf_counter()
    with inrcodec.open(file) as opened:
        opened.render(**view)
    return file.count, time.perf_counter() - began


def streams_of(data: bytes, place: tuple[int, int] | None = None) -> list[int]:
    """Bytes of the streams of each tier, all of them or those that a region needs."""
    container = Container(data)
    header = read_header(container)
    assert isinstance(header.spec, GridSpec)
    geometry = header.spec.geometry(header.info.shape)
    index = TileIndex.read(Reader(container.read(b"TIDX", 1)), geometry.count)
    box = geometry.whole
    if place is not None:
        raster = Raster(Region(place, (REGION, REGION)), (REGION, REGION))
        box = needed_box(geometry, 4, raster)
    return [int(index.lengths[[tier.first + n for n in tier.numbers]].sum()) for tier in box.tiers]


def regions(data: bytes, shape: tuple[int, int]) -> list[Row]:
    """Regions of a file."""
    random = np.random.default_rng(0)
    found, finer = [], []
    for _ in range(PLACES):
        y, x = (int(random.integers(n - REGION)) for n in shape)
        found.append(viewed(data, region=(x, y, REGION, REGION)))
        finer.append(sum(streams_of(data, (y, x))[1:]) / len(data))
    file = Counted(data)
    with inrcodec.open(file) as opened:
        opened.render(region=(1100, 1100, REGION, REGION))
        before, began = file.count, time.perf_counter()
        opened.render(region=(1180, 1140, REGION, REGION))
        beside = file.count - before, time.perf_counter() - began
    coarse = streams_of(data)[0]
    count, seconds = mean(n for n, _ in found), mean(s for _, s in found)
    return [
        {"view": "coarse part", "bytes": coarse, "share": coarse / len(data)},
        {
            "view": f"region {REGION}×{REGION}",
            "bytes": round(count),
            "share": count / len(data),
            "beyond_coarse": mean(finer),
            "seconds": seconds,
        },
        {
            "view": "region beside one",
            "bytes": beside[0],
            "share": beside[0] / len(data),
            "seconds": beside[1],
        },
    ]


def cost_of_tiers(samples: npt.NDArray[np.uint8], whole: dict[str, int], name: str) -> Row:
    """The bytes of a file in tiers beside those of one in large blocks alone."""
    ours = len(inrcodec.encode(samples, effort=1, quality=60).data)
    other = len(inrcodec.encode(samples, effort=1, quality=60, fields=whole).data)
    view = f"{name}, beside 2^{whole['block']} alone"
    return {"view": view, "bytes": ours, "share": ours / other}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=1)
    effort, samples = parser.parse_args().effort, mosaic()
    rows: list[Row] = []
    for quality in (40, 60, 85):
        data = inrcodec.encode(samples, effort=effort, quality=quality).data
        for row in regions(data, samples.shape[:2]):
            rows.append({"quality": quality, **row})
        for scale in SCALES:
            count, seconds = viewed(data, scale=scale)
            row = {"view": f"scale {scale:g}", "bytes": count, "share": count / len(data)}
            rows.append({"quality": quality, **row, "seconds": seconds})
    small = [np.asarray(Image.open(path).convert("RGB")) for path in kodak(6)]
    for samples_of, name in ((small, "Kodak"), ([samples[:2048, :3072]], "6 megapixels")):
        for k, one in enumerate(samples_of):
            whole = {"block": 10 if name == "Kodak" else 12, "split": 0}
            rows.append({"quality": 60, **cost_of_tiers(one, whole, f"{name} {k + 1}")})
    save("views", f"python -m benchmarks.product.views --effort {effort}", rows)


if __name__ == "__main__":
    main()
