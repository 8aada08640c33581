"""Peak memory of decoding and encoding, beside what is estimated of it from headers alone.

    python -m benchmarks.product.memory [--quick]

Each row is a process of its own, on one thread. It does the same with a small signal first, so that
what is loaded does not count; then its peak is what its resident memory grows by at most. Large
grids are files of one block, or of a few, over and over: their pixels are not seen.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

import inrcodec
from benchmarks.common import ROOT, Row, save
from inrcodec.codecs.grid.blocks import write_blocks
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.registry import make_settings, plan_encode, read_header
from inrcodec.container.items import write_info
from inrcodec.container.sections import Container, Section, build
from inrcodec.container.tiles import TileIndex, TileStreams
from inrcodec.limits import Cost
from inrcodec.media.images import from_array
from inrcodec.schema import Reader
from inrcodec.signal.views import View

Samples = npt.NDArray[np.uint8]

# The side of what is repeated.
SIDE = 512


def photo(height: int, width: int) -> Samples:
    """The sample photograph, over and over."""
    with Image.open(ROOT.parent / "samples" / "photo.png") as image:
        part = np.asarray(image.convert("RGB"))[:SIDE, :SIDE]
    times = (-(-height // SIDE), -(-width // SIDE), 1)
    return np.ascontiguousarray(np.tile(part, times)[:height, :width])


def repeated(data: bytes, height: int, width: int) -> bytes:
    """A grid's file of one block of its first tier as that of a larger image, every block of which
    is that one; a network's without tiles, as one of that size."""
    container = Container(data)
    header = read_header(container)
    large = replace(header.info, height=height, width=width)
    sections = [
        Section(b"SIGN", 1, write_info(large)),
        Section(b"NETW", 1, container.read(b"NETW", 1)),
    ]
    if container.find(b"TIDX", 1) is None:
        return build([*sections, Section(b"ITEM", 1, container.read(b"ITEM", 1))])
    spec = header.spec
    assert isinstance(spec, GridSpec)
    ours, theirs = spec.geometry(header.info.shape), spec.geometry(large.shape)
    index = TileIndex.read(Reader(container.read(b"TIDX", 1)), ours.count)
    known, streams = TileStreams(container, index), []
    for tier, wanted in zip(ours.tiers, theirs.tiers, strict=True):
        rows, columns = tier.tiling.counts
        for row, column in product(wanted.rows, wanted.columns):
            streams.append(known[tier.first + row % rows * columns + column % columns])
    return build([*sections, *write_blocks(streams)])


def _status(name: str) -> int:
    """Bytes of a line of the process's status."""
    with Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))


def _child(what: str, warm: str, file: str, options: dict[str, Any]) -> None:
    """Print the bytes that decoding a file, or encoding an image, grows by, and CPU seconds."""
    torch.set_num_threads(1)
    image: Samples = np.load(file) if what == "encode" else np.zeros((1, 1), np.uint8)
    if what == "encode":
        inrcodec.encode(photo(64, 64), **options)
    for scale in (0.5, 1, 1.5) if what == "decode" else ():
        inrcodec.open(warm).render(scale=scale)
    gc.collect()
    # So that the peak is counted anew.
    Path("/proc/self/clear_refs").write_text("5")
    before, began = _status("VmRSS"), time.process_time()
    if what == "decode":
        inrcodec.open(file, max_memory=1 << 60).render(**options)
    else:
        inrcodec.encode(image, **options)
    print(json.dumps([_status("VmHWM") - before, time.process_time() - began]))


def measured(what: str, warm: Path, file: Path, options: dict[str, Any]) -> tuple[float, float]:
    """Bytes and CPU seconds of a process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.product.memory",
        "--child",
        what,
        str(warm),
        str(file),
    ]
    done = subprocess.run(
        [*command, json.dumps(options)], capture_output=True, check=True, cwd=ROOT.parent
    )
    growth, seconds = json.loads(done.stdout)
    return growth, seconds


def estimated(what: str, file: Path, options: dict[str, Any]) -> Cost:
    """What is estimated."""
    if what == "encode":
        return plan_encode(make_settings(**options), from_array(np.load(file)).info)[1].cost
    header = read_header(Container(file))
    view = {name: tuple(v) if isinstance(v, list) else v for name, v in options.items()}
    return header.decoding_cost(header.info.raster(View(**view)))


def _row(model: str, what: str, size: str, warm: Path, file: Path, options: dict[str, Any]) -> Row:
    growth, seconds = measured(what, warm, file, options)
    cost = estimated(what, file, options)
    row = {
        "model": model,
        "what": what,
        "signal": size,
        "options": json.dumps(
            {k: v for k, v in options.items() if k not in ("model", "max_memory")}
        ),
        "estimated_mib": round(cost.memory / 2**20, 1),
        "measured_mib": round(growth / 2**20, 1),
        "ratio": round(cost.memory / growth, 2),
        "gflop": round(cost.work / 1e9, 1),
        "cpu_seconds": round(seconds, 1),
    }
    print(row, flush=True)
    return row


# (height, width) and views.
_DECODED: dict[str, list[tuple[int, int, dict[str, Any]]]] = {
    "grid": [
        (1024, 1024, {}),
        (2048, 2048, {}),
        (2048, 2048, {"scale": 2}),
        (2048, 2048, {"scale": 0.25}),
        (4096, 4096, {"region": [1000, 1000, 500, 400]}),
        (4096, 6144, {}),
        (512, 512, {"size": [1 << 24, 1]}),
    ],
    "grid, a row": [(1, 1 << 20, {}), (1, 1 << 20, {"size": [1, 1]})],
    "grid, a column": [(1 << 20, 1, {})],
    "siren": [
        (1024, 1024, {}),
        (2048, 2048, {"scale": 2}),
        (4096, 6144, {"scale": 0.25}),
        (1, 1 << 20, {}),
        (1, 64, {"size": [1 << 24, 1]}),
    ],
}
_TILED: list[tuple[str, int, int, list[dict[str, Any]]]] = [
    ("enrp", 2048, 2048, [{}, {"scale": 2}, {"scale": 0.25}, {"region": [500, 500, 500, 400]}]),
    ("enrp", 4096, 6144, [{}]),
    ("enrp", 1, 1 << 20, [{}]),
    ("local-global", 1024, 1024, [{}, {"scale": 2}]),
    ("pixels", 2048, 2048, [{}, {"scale": 2}, {"scale": 0.25}, {"region": [500, 500, 500, 400]}]),
    ("pixels", 4096, 6144, [{}, {"scale": 0.25}]),
    ("pixels", 1, 1 << 20, [{}]),
]
_ENCODED: list[tuple[int, int, dict[str, Any]]] = [
    (1024, 1024, {"effort": 1}),
    (2048, 2048, {"effort": 1}),
    (4096, 6144, {"effort": 1}),
    (1, 1 << 20, {"effort": 1}),
    (512, 1024, {"effort": 2}),
    (1024, 1024, {"effort": 2}),
    (1536, 2048, {"effort": 2}),
    (2048, 2048, {"model": "enrp", "steps": 2}),
    (4096, 6144, {"model": "enrp", "steps": 2}),
    (1, 1 << 18, {"model": "enrp", "steps": 2}),
    (1024, 1024, {"model": "siren", "steps": 2}),
    (1024, 1024, {"model": "local-global", "steps": 2}),
    (1024, 1024, {"model": "loe", "steps": 2}),
    (1024, 1024, {"model": "pixels"}),
    (4096, 6144, {"model": "pixels"}),
    (1, 1 << 20, {"model": "pixels"}),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="signals of at most a megapixel")
    most = 1 << (20 if parser.parse_args().quick else 30)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm, file, image = folder / "warm.inr", folder / "large.inr", folder / "x.npy"
        seeds = {
            "grid": (photo(SIDE, SIDE), {"effort": 1, "fields": {"block": 6, "split": 3}}),
            "grid, a row": (photo(1, SIDE), {"effort": 1}),
            "grid, a column": (photo(SIDE, 1), {"effort": 1}),
            "siren": (photo(64, 64), {"model": "siren", "steps": 1}),
        }
        for model, (samples, options) in seeds.items():
            warm.write_bytes(inrcodec.encode(samples, **options).data)
            for height, width, view in _DECODED[model]:
                if height * width <= most:
                    file.write_bytes(repeated(warm.read_bytes(), height, width))
                    size = f"{width}×{height}"
                    rows.append(_row(model, "decode", size, warm, file, view))
        for model, height, width, views in _TILED:
            if height * width <= most:
                options = {"model": model, "max_memory": 1 << 40}
                options |= {} if model == "pixels" else {"steps": 0}
                warm.write_bytes(inrcodec.encode(photo(64, 64), **options).data)
                file.write_bytes(inrcodec.encode(photo(height, width), **options).data)
                for view in views:
                    rows.append(_row(model, "decode", f"{width}×{height}", warm, file, view))
        for height, width, options in _ENCODED:
            if height * width <= most:
                np.save(image, photo(height, width))
                given = options | {"max_memory": 1 << 40}
                model = options.get("model", "grid")
                rows.append(_row(model, "encode", f"{width}×{height}", warm, image, given))
    command = "python -m benchmarks.product.memory" + " --quick" * (most == 1 << 20)
    save("memory", command, rows, ["one thread; what is loaded, and what comes in, not counted"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        _child(*sys.argv[2:5], json.loads(sys.argv[5]))
    else:
        main()
