"""An album of `--model minr` against separate files of `--model siren`, of the same small images:
bytes on disk, PSNR and SSIM, at equal bytes and at equal PSNR.

    python -m benchmarks.papers.minr_album [--count N] [--factor F] [--resume]

The images are the first N of Kodak, an eighth of their size, or an F-th: 96×64. Steps of the larger
ones go through some of the samples alone. Both models take as many steps
at the same learning rates, and their weights are stored alike; MINR has three middle layers, SIREN
two or three hidden-to-hidden ones, of which a comparison takes the better. What SIREN has at MINR's
bytes, or at its PSNR, is read off between its own points, bytes on a logarithmic scale. A row is
written as soon as it is measured; `--resume` keeps those of a run that was ended.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from functools import partial
from statistics import mean

import numpy as np
from PIL import Image

import inrcodec
from benchmarks.common import Row, kodak, read, save, write
from inrcodec.album.encoding import encode_album
from inrcodec.codecs.registry import make_settings
from inrcodec.container.editing import join
from inrcodec.container.sections import Container
from inrcodec.encoding import encode_signal
from inrcodec.media.images import from_pillow
from inrcodec.settings import Settings
from inrcodec.signal import Signal
from inrcodec.signal.metrics import psnr, ssim

STEPS = 400
# (depth, widths): of MINR's middle layers; of SIREN's hidden-to-hidden ones.
MINR = (3, (28, 40))
SIREN = ((2, (16, 22, 30)), (3, (14, 20, 27)))


def settings(model: str, depth: int, width: int) -> Settings:
    options = {"steps": STEPS, "width": width, "depth": depth}
    return make_settings(model=model, device="cpu", **options)


def album(signals: dict[str, Signal], chosen: Settings) -> list[bytes]:
    """The one file of a model that shares weights."""
    sources = {name: partial(nullcontext, signal) for name, signal in signals.items()}
    return [encode_album(sources, chosen).data]


def alone(signals: dict[str, Signal], chosen: Settings) -> list[bytes]:
    """A file for each."""
    return [encode_signal(signal, chosen).data for signal in signals.values()]


def measured(signals: dict[str, Signal], model: str, depth: int, width: int) -> Row:
    """A point: bytes of all files, bytes of one file of all, PSNR and SSIM of what they decode
    to."""
    began, chosen = time.perf_counter(), settings(model, depth, width)
    files = (album if model == "minr" else alone)(signals, chosen)
    seconds = time.perf_counter() - began
    one = files[0] if len(files) == 1 else join(None, dict(zip(signals, files, strict=True)))
    shared = Container(one).find(b"SHAR", 0)
    ours = [inrcodec.open(one, item=name).render() for name in signals]
    originals = [signal.samples for signal in signals.values()]
    return {
        "model": model,
        "depth": depth,
        "width": width,
        "bytes": sum(map(len, files)),
        "album_bytes": len(one),
        "shared_bytes": 0 if shared is None else shared.length,
        "psnr_db": mean(map(psnr, originals, ours)),
        "ssim": mean(s for s in map(ssim, originals, ours) if s is not None),
        "seconds": seconds,
    }


def curve(rows: list[Row], depth: int, by: str, of: str, at: float) -> float | None:
    """What SIREN of a depth has of one column at a value of another; None beyond its points."""
    points = sorted(
        (np.log(float(str(r["bytes"]))), float(str(r["psnr_db"])), float(str(r["ssim"])))
        for r in rows
        if r["model"] == "siren" and int(str(r["depth"])) == depth
    )
    columns = dict(zip(("bytes", "psnr_db", "ssim"), zip(*points, strict=True), strict=True))
    if not columns[by][0] <= at <= columns[by][-1]:
        return None
    return float(np.interp(at, columns[by], columns[of]))


def compared(rows: list[Row], point: Row) -> Row:
    """SIREN beside a point of MINR."""
    size, quality = np.log(float(str(point["bytes"]))), float(str(point["psnr_db"]))
    depths = [depth for depth, _ in SIREN]

    def best(by: str, of: str, at: float, choose: object) -> float | None:
        found = [curve(rows, depth, by, of, at) for depth in depths]
        inside = [value for value in found if value is not None]
        return choose(inside) if inside else None  # type: ignore[operator,no-any-return]

    equal = best("psnr_db", "bytes", quality, min)
    return {
        "model": "siren, at MINR's",
        "width": point["width"],
        "bytes": "" if equal is None else round(np.exp(equal)),
        "saving_percent": "" if equal is None else 100 * (1 - np.exp(size - equal)),
        "psnr_db": best("bytes", "psnr_db", size, max),
        "ssim": best("bytes", "ssim", size, max),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--factor", type=int, default=8)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    factor, size = arguments.factor, f"{768 // arguments.factor}×{512 // arguments.factor}"
    images = {p.stem: Image.open(p).convert("RGB").reduce(factor) for p in kodak(arguments.count)}
    signals = {name: from_pillow(image) for name, image in images.items()}
    command = f"python -m benchmarks.papers.minr_album --count {arguments.count} --factor {factor}"
    notes = [f"{len(signals)} Kodak images at {size}, or upright, {STEPS} steps; bytes are of all"]
    name = f"minr-album-{factor}"
    points = [("minr", MINR[0], width) for width in MINR[1]]
    points += [("siren", depth, width) for depth, widths in SIREN for width in widths]
    rows = [row for row in read(name) if row["model"] in ("minr", "siren")]
    rows = rows if arguments.resume else []
    done = {(r["model"], int(str(r["depth"])), int(str(r["width"]))) for r in rows}
    for point in points:
        if point not in done:
            rows.append(measured(signals, *point))
            write(name, command, rows, notes)
            print(*rows[-1].values(), flush=True)
    beside = [compared(rows, row) for row in rows if row["model"] == "minr"]
    save(name, command, [*rows, *beside], notes)


if __name__ == "__main__":
    main()
