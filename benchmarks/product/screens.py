"""Screens, charts, maps and comics beside other codecs: bytes without loss, and the fewest bytes
that reach a PSNR.

    python -m benchmarks.product.screens lossless [--folder F] [--name NAME] [--rivals]
    python -m benchmarks.product.screens lossy [--folder F] [--name NAME] [--rivals] [--speed N]
        [--images NAME ...] [--targets DB ...]

Images are those of `samples.screens`, or the PNG files of a folder: screenshots (see
`benchmarks.screenshots`), or `../shared/data/kodak`. `--rivals` measures other codecs, which takes
half an hour, and writes NAME-rivals-lossless.tsv or NAME-rivals-lossy.tsv; without it this
codec is measured, and stands beside what is in those. An empty cell is a PSNR that a codec does
not reach.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, read, save, shown, write
from benchmarks.product.screen_rivals import LOSSLESS, Lossy, Search, lossy_codecs, rgb
from inrcodec.signal.metrics import psnr
from samples.screens import screens

TARGETS = (36.0, 38.0, 40.0, 44.0)
# Name to options of `inrcodec.encode`; of the second, a target PSNR is added.
OWN_LOSSLESS: dict[str, dict[str, Any]] = {
    "inrcodec": {"lossless": True},
    "inrcodec, effort 6": {"lossless": True, "effort": 6},
}
OWN_LOSSY: dict[str, dict[str, Any]] = {
    "inrcodec": {"effort": 3},
    "inrcodec pixels": {"model": "pixels"},
    "inrcodec grid": {"model": "grid", "effort": 3},
}

Pair = tuple[str, Image.Image]
Encode = Callable[[Image.Image], int]


def images(folder: Path | None) -> Iterator[Pair]:
    """The images of a folder, or those that scripts draw."""
    if folder is None:
        yield from screens()
        return
    paths = sorted(folder.glob("*.png"))
    if not paths:
        sys.exit(f"skipped: no PNG files in {folder}")
    for path in paths:
        with Image.open(path) as image:
            image.load()
            # Browsers give alpha to what has none.
            opaque = image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255)
            yield path.stem, image.convert("RGB") if opaque else image


def own_lossless(image: Image.Image, options: dict[str, Any]) -> int:
    """Bytes of this codec's file, which has to decode to the same."""
    data = inrcodec.encode(image, device="cpu", **options).data
    assert np.array_equal(np.squeeze(inrcodec.decode(data)), np.asarray(image))
    return len(data)


def own_lossy(image: Image.Image, options: dict[str, Any], target: float) -> tuple[int, float]:
    """Bytes of this codec's file at a PSNR, and the PSNR that it decodes to."""
    encoded = inrcodec.encode(image, device="cpu", target_psnr=target, **options)
    decoded = Image.fromarray(np.squeeze(inrcodec.decode(encoded.data)))
    return len(encoded.data), psnr(rgb(image), rgb(decoded))


def size_of(name: str, image: Image.Image) -> dict[str, object]:
    """What a row begins with."""
    return {"image": name, "width": image.width, "height": image.height, "mode": image.mode}


def lossless(pairs: Iterator[Pair], coders: dict[str, Encode]) -> list[Row]:
    """Bytes of each image by each codec, and their sums."""
    rows: list[dict[str, object]] = []
    sums = dict.fromkeys(coders, 0)
    for name, image in pairs:
        row = size_of(name, image)
        for codec, encode in coders.items():
            sums[codec] += (size := encode(image))
            row[codec] = size
        rows.append(row)
        print(*row.values(), flush=True)
    return [*rows, {"image": "all", **sums}]


def rival_cells(
    image: Image.Image, targets: Sequence[float], codecs: dict[str, Lossy]
) -> Iterator[dict[str, object]]:
    """For each target, the fewest bytes by each codec and the PSNR that they have."""
    searches = {name: Search(image, codec) for name, codec in codecs.items()}
    # What is tried for one target may be the best for another.
    for target, search in product(targets, searches.values()):
        search.first(target)
    for target in targets:
        cells: dict[str, object] = {}
        for name, search in searches.items():
            size, quality = search.fewest(target) or ("", "")
            cells |= {name: size, f"{name}_psnr_db": quality}
        yield cells


def own_cells(
    image: Image.Image, targets: Sequence[float], ways: Sequence[str]
) -> Iterator[dict[str, object]]:
    """For each target, the bytes and the PSNR of some of this codec's ways."""
    for target in targets:
        cells: dict[str, object] = {}
        for name in ways:
            size, quality = own_lossy(image, OWN_LOSSY[name], target)
            cells |= {name: size, f"{name}_psnr_db": quality}
        yield cells


def lossy(
    pairs: Iterator[Pair],
    targets: Sequence[float],
    measure: Callable[[Image.Image, Sequence[float]], Iterator[dict[str, object]]],
) -> Iterator[Row]:
    """A row for each image and target; images with alpha have no PSNR here."""
    for name, image in pairs:
        if image.mode == "RGBA":
            continue
        began = time.perf_counter()
        for target, cells in zip(targets, measure(image, targets), strict=True):
            yield {**size_of(name, image), "target_psnr_db": target, **cells}
            print(name, target, *cells.values(), flush=True)
        print(f"{time.perf_counter() - began:.0f} s", flush=True)


def updated(rows: Sequence[Row], row: Row) -> list[Row]:
    """Rows of which one is new, or has more cells than it had."""
    found = {key(one): one for one in rows}
    found[key(row)] = {**found.get(key(row), {}), **row}
    return list(found.values())


def key(row: Row) -> tuple[str, ...]:
    """What a row is of."""
    return tuple(shown(row[name]) for name in ("image", "target_psnr_db") if name in row)


def beside(rows: Sequence[Row], rivals: Sequence[Row]) -> list[Row]:
    """Rows with the cells of others of the same image and target."""
    found = {key(row): row for row in rivals}
    return [{**row, **{k: v for k, v in found.get(key(row), {}).items() if v}} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("lossless", "lossy"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--name", default="screens")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--speed", type=int, default=2, help="of AVIF")
    parser.add_argument("--images", nargs="*", help="names of images, of lossy ones")
    parser.add_argument("--targets", nargs="*", type=float, default=TARGETS)
    parser.add_argument("--ways", nargs="*", choices=OWN_LOSSY, default=[*OWN_LOSSY])
    arguments = parser.parse_args()
    table = f"{arguments.name}-{'rivals-' * arguments.rivals}{arguments.kind}"
    rivals = f"{arguments.name}-rivals-{arguments.kind}"
    command = "python -m benchmarks.product.screens " + " ".join(sys.argv[1:])
    pairs = images(arguments.folder)
    if arguments.kind == "lossless":
        own = {name: partial(own_lossless, options=o) for name, o in OWN_LOSSLESS.items()}
        coders: dict[str, Encode] = {**(LOSSLESS if arguments.rivals else own)}
        rows = lossless(pairs, coders)
        save(table, command, rows if arguments.rivals else beside(rows, read(rivals)))
        return
    if arguments.images:
        pairs = (pair for pair in pairs if pair[0] in arguments.images)
    measure = partial(own_cells, ways=arguments.ways)
    if arguments.rivals:
        measure = partial(rival_cells, codecs=lossy_codecs(arguments.speed))
    for row in lossy(pairs, arguments.targets, measure):
        rows = updated(read(table), row)
        write(table, command, rows if arguments.rivals else beside(rows, read(rivals)))


if __name__ == "__main__":
    main()
