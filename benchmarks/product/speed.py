"""How fast inrcodec is, beside other codecs, and beside the same arithmetic by torch.

    python -m benchmarks.product.speed [--count N] [--large]

Seconds are the least of some rounds, as other processes only add to them; of images they are means.
Whole processes include Python's start, and stand beside one that only loads numpy and Pillow. Other
codecs are Pillow's, at their defaults, in this process, at about as many bytes. `--large` adds 25
megapixels, and memory as the kernel counts it.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import torch
from PIL import Image

import inrcodec
from benchmarks.common import ROOT, Row, kodak, least, save
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.rate import rate_gradients
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.options import ITERATIONS
from inrcodec.codecs.grid.passes import places
from inrcodec.codecs.grid.pretrained import CURRENT, HIDDEN, LOGITS, ODD, load_pretrained
from inrcodec.codecs.grid.subbands import Subbands, zeros
from inrcodec.codecs.grid.synthesis import filter_at
from inrcodec.native.door import described
from inrcodec.threads import limit_threads

BPP = 0.5
RIVALS = ("JPEG", "WebP", "AVIF", "JPEG 2000")
BARE = "import numpy, PIL.Image; PIL.Image.preinit()"
STEP = 900


def _row(what: str, seconds: float, beside: str, theirs: float, **more: object) -> Row:
    row = {
        "what": what,
        "seconds": round(seconds, 4),
        "beside": beside,
        "their_seconds": round(theirs, 4),
        "ratio": round(seconds / theirs, 2),
        **more,
    }
    print(*row.values(), flush=True)
    return row


def _process(*arguments: object, rounds: int = 7) -> float:
    """Seconds of a process of this Python."""
    command = [sys.executable, *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True, env=environment)

    run()
    return least(run, rounds)


def processes(folder: Path) -> list[Row]:
    """Whole processes: a small image, ENRP, headers and help."""
    small, enrp = folder / "small.inr", folder / "enrp.inr"
    with Image.open(ROOT.parent / "samples" / "photo.png") as photo:
        pixels = np.asarray(photo.convert("RGB"))
    inrcodec.encode(pixels[200:264, 300:364]).save(small)
    inrcodec.encode(pixels, model="enrp", effort=3, steps=5).save(enrp)
    bare, rows = _process("-c", BARE), []
    for what, arguments in (
        ("decode of 64×64, whole process", ("decode", small, "-o", folder / "a.png", "--force")),
        ("ENRP: decode of 768×512", ("decode", enrp, "-o", folder / "b.png", "--force")),
        ("info, whole process", ("info", small)),
        ("--help, whole process", ("--help",)),
    ):
        seconds = _process("-m", "inrcodec", *arguments)
        rows.append(_row(what, seconds, "numpy and Pillow loaded", bare))
    return rows


def _saved(image: Image.Image, codec: str, quality: int) -> bytes:
    stream, options = io.BytesIO(), dict[str, Any](quality=quality)
    if codec == "JPEG 2000":
        # Of 24 bits, so that quality 100 leaves a fourth.
        rate = 400 / quality
        options = {"quality_mode": "rates", "quality_layers": [rate], "irreversible": True}
    image.save(stream, codec.replace(" ", ""), **options)
    return stream.getvalue()


def _nearest(image: Image.Image, codec: str, wanted: int) -> int:
    """The quality of a rival whose file is nearest to so many bytes."""
    low, high = 1, 100
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(_saved(image, codec, middle)) < wanted else (low, middle)
    return min((low, high), key=lambda q: abs(len(_saved(image, codec, q)) - wanted))


def _decoded(data: bytes) -> None:
    with Image.open(io.BytesIO(data)) as image:
        image.load()


def images(count: int) -> list[Row]:
    """Kodak images in this process: encoding, an iteration, decoding; and other codecs."""
    times: dict[str, list[float]] = {}

    def note(name: str, action: Callable[[], object], rounds: int = 5) -> None:
        times.setdefault(name, []).append(least(action, rounds))

    for path in kodak(count):
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        pixels = np.asarray(image)
        wanted = round(BPP * pixels.shape[0] * pixels.shape[1] / 8)
        data = inrcodec.encode(pixels, effort=1, target_size=wanted).data
        for threads in (1, 2):
            limit_threads(threads)
            note(f"decode {threads}", lambda d=data: inrcodec.open(d).render())
            for effort, rounds in ((1, 5), (2, 2), (3, 2)):
                encode = lambda e=effort, p=pixels: inrcodec.encode(p, effort=e)  # noqa: E731
                note(f"encode {effort} {threads}", encode, rounds)
        for codec in RIVALS:
            quality = _nearest(image, codec, len(data))
            theirs = _saved(image, codec, quality)
            note(f"{codec} decode", lambda d=theirs: _decoded(d))
            note(f"{codec} encode", lambda i=image, c=codec, q=quality: _saved(i, c, q))
    seconds = {name: mean(found) for name, found in times.items()}
    rows = []
    for threads in (1, 2):
        cores = f"{threads} core" + "s" * (threads > 1)
        for codec in RIVALS:
            ours = seconds[f"decode {threads}"]
            rows.append(_row(f"decode, {cores}", ours, codec, seconds[f"{codec} decode"]))
        for effort in (1, 3):
            ours = seconds[f"encode {effort} {threads}"]
            for codec in RIVALS:
                theirs = seconds[f"{codec} encode"]
                rows.append(_row(f"encode, effort {effort}, {cores}", ours, codec, theirs))
        ours = seconds[f"encode 2 {threads}"] - seconds[f"encode 1 {threads}"]
        per, first = ours / ITERATIONS[1], seconds[f"encode 1 {threads}"]
        rows.append(_row(f"iteration and its share of the rest, {cores}", per, "effort 1", first))
    return rows


def _layers(depth: int = 3) -> torch.nn.Module:
    widths = [3, *[24] * (depth - 1), 3]
    parts: list[torch.nn.Module] = []
    for number in range(depth):
        conv = torch.nn.Conv2d(*widths[number : number + 2], 3, padding=1, padding_mode="replicate")
        parts += [conv, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])


def arithmetic() -> list[Row]:
    """Multiplications of filters and contexts on one core, beside torch."""
    limit_threads(1)
    torch.set_num_threads(1)
    model, shape = load_pretrained(CURRENT), (512, 768)
    x = np.random.default_rng(0).standard_normal((3, *shape)).astype(np.float32)
    network, layers = filter_at(model.filters[0], STEP), _layers()
    macs = (24 * 27 + 24 * 216 + 3 * 216) * shape[0] * shape[1] / 1e9
    given = torch.from_numpy(x)[None].requires_grad_()

    def both_ways() -> None:
        layers(given).sum().backward()

    with torch.no_grad():
        theirs = least(lambda: layers(given), 7)
    ours = least(lambda: network.apply(x), 7)
    rows = [_row("filters, 1 core", ours, "torch", theirs, gmac_per_second=round(macs / ours, 1))]
    ours = least(lambda: network.back(x, network.apply_kept(x)[1]), 7)
    more = {"gmac_per_second": round(2 * macs / ours, 1)}
    rows.append(_row("filters and back, 1 core", ours, "torch", least(both_ways, 7), **more))

    geometry, generator = Geometry(shape, 7, 1024), np.random.default_rng(0)
    box = geometry.whole
    empty = zeros(3, box.low_size(), box.level_sizes())
    wanted: Subbands[Any] = empty.map(
        lambda band: 2 * generator.standard_normal(band.shape).astype(np.float32)
    )
    contexts, gradients = ContextNetwork(model, STEP), wanted.map(np.zeros_like)
    macs = sum(
        2 * one.of(empty).size * _macs(one.kind) / 1e9
        for place in places(empty)
        for one in place.passes(empty)
    )

    def rate() -> None:
        rate_gradients(contexts, wanted, gradients.map(np.zeros_like), 1.0)

    ours = least(rate, 5)
    a, b = torch.randn(HIDDEN, 64), torch.randn(64, 1 << 18)
    theirs = least(lambda: a @ b, 5) * macs / (HIDDEN * 64 * (1 << 18) / 1e9)
    more = {"gmac_per_second": round(macs / ours, 1)}
    rows.append(_row("contexts and back, 1 core", ours, "torch's product alone", theirs, **more))
    return rows


def _macs(kind: Any) -> int:
    """Multiplications of a position by a kind's network, forward."""
    first = HIDDEN * (kind.magnitudes + ODD) + ODD * kind.values
    return int(first + HIDDEN * HIDDEN + HIDDEN * LOGITS + ODD)


_CHILD = """
import sys, time, numpy as np, inrcodec
from PIL import Image
what, source, target = sys.argv[1:]
began = time.monotonic()
if what == "encode":
    inrcodec.encode(source, effort=1).save(target, force=True)
elif what == "region":
    inrcodec.open(source).render(region=(3000, 2000, 256, 256))
else:
    inrcodec.open(source).render()
seconds = time.monotonic() - began
with open("/proc/self/status") as lines:
    peak = next(int(l.split()[1]) for l in lines if l.startswith("VmHWM"))
print(seconds, peak / 1024)
"""


def large(folder: Path) -> list[Row]:
    """25 megapixels: seconds and peak memory of whole processes."""
    with Image.open(ROOT.parent / "samples" / "photo.png") as photo:
        pixels = np.tile(np.asarray(photo.convert("RGB")), (8, 8, 1))
    Image.fromarray(pixels[:4096, :6144]).save(folder / "large.png", compress_level=1)
    began = time.monotonic()
    with Image.open(folder / "large.png") as image:
        image.load()
    png, rows = time.monotonic() - began, []
    for what, source in (("encode", "large.png"), ("decode", "large.inr"), ("region", "large.inr")):
        arguments = [what, folder / source, folder / "large.inr"]
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, *map(str, arguments)],
            check=True,
            capture_output=True,
            text=True,
        )
        seconds, mebibytes = map(float, done.stdout.split())
        name = f"25 megapixels, {what}"
        rows.append(_row(name, seconds, "reading its PNG", png, mebibytes=round(mebibytes)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    print(described())
    with tempfile.TemporaryDirectory() as name:
        rows = [*processes(Path(name)), *arithmetic(), *images(arguments.count)]
        if arguments.large:
            rows += large(Path(name))
    extras = ("gmac_per_second", "mebibytes")
    save(
        "speed",
        f"python -m benchmarks.product.speed --count {arguments.count}"
        + " --large" * arguments.large
        + f" ({described()})",
        [{**row, **{key: row.get(key, "") for key in extras}} for row in rows],
    )


if __name__ == "__main__":
    main()
