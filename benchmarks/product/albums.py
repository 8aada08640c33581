"""Albums of latent grids against the same images by themselves: bytes on disk at equal PSNR.
(Those of MINR: `minr_album.py`.)

    python -m benchmarks.product.albums [--effort E] [--images kodak|bsds] [--count N] [--no-alone]

An album is encoded at one setting, its images by themselves at three around that; bytes at the
album's mean PSNR are read off between these (bytes on a logarithmic scale).
"""

from __future__ import annotations

import argparse
import io
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

import inrcodec
from benchmarks.common import DATA, Row, kodak, save
from inrcodec.album.editing import extract
from inrcodec.album.encoding import encode_album
from inrcodec.codecs.registry import make_settings
from inrcodec.container.sections import Container
from inrcodec.encoding import encode_signal
from inrcodec.limits import Limits
from inrcodec.media.files import open_signal
from inrcodec.media.images import read_image
from inrcodec.settings import Settings
from inrcodec.signal.source import METADATA_KINDS

LMBDA = 1e-3


def images(name: str, count: int) -> list[Path]:
    """Paths of the first so many images."""
    found = kodak() if name == "kodak" else sorted((DATA / "bsds500").rglob("*.jpg"))
    return found[:count]


class Counting(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def share_read(data: bytes, common: int, place: int) -> float:
    """How much of an album is read for one image beside what all have in common, in percent."""
    stream = Counting(data)
    inrcodec.open(stream, item=place).render()
    return 100 * (stream.count - common) / len(data)


def alone(paths: list[Path], settings: Settings) -> tuple[int, float, float]:
    """Bytes, mean PSNR and seconds of images by themselves."""
    items = [encode_signal(read_image(path, Limits()), settings) for path in paths]
    size = sum(len(item.data) for item in items)
    return size, float(np.mean([i.psnr_db for i in items])), sum(i.seconds for i in items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=1)
    parser.add_argument("--images", choices=("kodak", "bsds"), default="kodak")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--alone", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    paths = images(arguments.images, arguments.count)
    base = make_settings(
        model="grid", effort=arguments.effort, device="cpu", strip=frozenset(METADATA_KINDS)
    )
    album_settings = replace(base, lmbda=LMBDA)
    others = [replace(base, lmbda=LMBDA * factor) for factor in (0.8, 0.9, 1.0)]
    sources = {path.name: partial(open_signal, path, base.limits) for path in paths}
    album = encode_album(sources, album_settings)
    items = album.items.values()
    quality = float(np.mean([item.psnr_db for item in items]))
    shared = Container(album.data).find(b"SHAR", 0)
    rows: list[Row] = [
        {
            "what": "album",
            "bytes": len(album.data),
            "shared": 0 if shared is None else shared.length,
            "psnr_db": quality,
            "seconds": sum(i.seconds for i in items),
        }
    ]
    with Container(album.data) as opened:
        files = sum(len(extract(opened, item)) for item in opened.items)
    rows.append({"what": "its images extracted", "bytes": files, "psnr_db": quality})
    points = [alone(paths, settings) for settings in others] if arguments.alone else []
    for size, psnr_db, seconds in points:
        rows.append(
            {"what": "alone", "bytes": size, "shared": 0, "psnr_db": psnr_db, "seconds": seconds}
        )
    if points:
        points.sort(key=lambda point: point[1])
        logs = np.interp(quality, [p[1] for p in points], [np.log(p[0]) for p in points])
        equal = round(float(np.exp(logs)))
        rows.append({"what": "alone, at the album's PSNR", "bytes": equal, "psnr_db": quality})
        rows.append({"what": "saving in percent", "bytes": 100 * (1 - len(album.data) / equal)})
    # The index: all that is not an image's own.
    with Container(album.data) as opened:
        index = len(album.data) - sum(e.length for e in opened.entries if e.item)
    read = [share_read(album.data, index, place) for place in range(1, len(paths) + 1)]
    rows.append({"what": "index and shared, in percent", "bytes": 100 * index / len(album.data)})
    rows.append({"what": "read of it for the largest, in percent", "bytes": max(read)})
    rows.append({"what": "read of it for the median, in percent", "bytes": median(read)})
    for row in rows:
        print(*row.values())
    name = f"albums-grid-{arguments.images}-{len(paths)}"
    command = (
        f"python -m benchmarks.product.albums --effort {arguments.effort} "
        f"--images {arguments.images} --count {arguments.count}"
        f"{'' if arguments.alone else ' --no-alone'}"
    )
    save(name, command, rows)


if __name__ == "__main__":
    main()
