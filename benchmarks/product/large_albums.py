"""What a command costs on an album of many items, of 16 shapes or of a shape each: CPU seconds of
the whole command and of its work beyond start-up, and how many times the work of a tenth of the
items that is.

    python -m benchmarks.product.large_albums [--items N]

`names` is the reading, or refusal, of a million names.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import Row, load, save
from inrcodec.codecs.base import Domain
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.networks import SirenSpec
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.container.editing import join
from inrcodec.container.items import item_file
from inrcodec.container.names import read_names
from inrcodec.container.sections import MAGIC, Container, Section, build
from inrcodec.errors import FormatError
from inrcodec.schema import uint_bytes
from inrcodec.signal import Color, ImageInfo, Metadata

COMMAND = [sys.executable, "-m", "inrcodec"]
SPEC = SirenSpec(2, 0, 30.0, 30.0)


def item(width: int) -> bytes:
    """Return a file of one small network."""
    info = ImageInfo(1, width, Color.GRAY, 8)
    domain = Domain(info.shape, 1)
    symbols = quantize(initialize(SPEC, domain, 0).arrays())
    weights = write_weights(SPEC, domain, symbols)
    return item_file(info, Metadata(), [model_section(SPEC), *weights])


def album(count: int, shapes: int) -> bytes:
    """An album of so many items."""
    return join(None, {f"{k:07d}.png": item(1 + k % shapes) for k in range(1, count + 1)})


def cpu_of_children() -> float:
    """Seconds of CPU of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds(*arguments: object) -> float:
    """Of CPU of a command, whose output goes nowhere."""
    began = cpu_of_children()
    command = [*COMMAND, *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return cpu_of_children() - began


def timed(action: Callable[[], object]) -> float:
    """Seconds of CPU of an action in this process."""
    began = time.process_time()
    action()
    return time.process_time() - began


def million_names() -> str:
    """What becomes of a million names: in a directory of as many signals, and without them."""

    def read(data: bytes) -> str:
        try:
            return f"{len(read_names(Container(data)))} read"
        except FormatError as error:
            return f"{type(error).__name__}: {error}"

    numbers = range(1, 1_000_001)
    names = b"".join(uint_bytes(k) + b"\x07%07d" % k for k in numbers)
    entries = b"".join(b"SIGN" + uint_bytes(k) + bytes(5) for k in numbers)
    entries += b"NAMS\0" + uint_bytes(len(names)) + zlib.crc32(names).to_bytes(4, "little")
    head = MAGIC + b"\1" + uint_bytes(len(entries)) + entries
    whole = head + zlib.crc32(head).to_bytes(4, "little") + names
    few = build([Section(b"NAMS", 0, names), Section(b"SIGN", 1, b"")])
    results = []
    for data in (whole, few):
        began = time.process_time()
        results.append(f"{read(data)} ({time.process_time() - began:.3f} s)")
    return "; ".join(results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    count = parser.parse_args().items
    before, start_up = load(), min(seconds("--version") for _ in range(3))
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, list[float]] = {}
        for size in (count // 10, count):
            path = Path(folder) / f"{size}.inr"
            path.write_bytes(album(size, 16))
            varied = Path(folder) / "varied.inr"
            varied.write_bytes(album(size, size))
            one, fewer = Path(folder) / "one.inr", Path(folder) / "fewer.inr"
            fewer.write_bytes(path.read_bytes())
            single = {"one.png": item(1)}
            times = {
                "info": min(seconds("info", path) for _ in range(3)),
                "info, a shape each": min(seconds("info", varied) for _ in range(3)),
                "extract": seconds("extract", path, "--item", "0000007", "-o", one),
                "remove": seconds("remove", fewer, "--item", "0000007"),
                "verify": seconds("verify", path),
                "join": start_up + timed(lambda: join(Container(path), single)),  # noqa: B023
            }
            one.unlink()
            for name, taken in times.items():
                found.setdefault(name, []).append(taken)
        for name, (few, many) in found.items():
            work = many - start_up
            ratio = work / max(few - start_up, 1e-3)
            rows.append(
                {"command": name, "items": count, "seconds": many, "work": work, "ratio": ratio}
            )
    notes = (f"start-up {start_up:.3f} s; {before}", f"a million names: {million_names()}")
    save("large-albums", f"python -m benchmarks.product.large_albums --items {count}", rows, notes)


if __name__ == "__main__":
    main()
