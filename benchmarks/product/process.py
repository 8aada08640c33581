"""What whole processes cost: start-up, decoding, and peak memory of a 24-megapixel image.

    python -m benchmarks.product.process [--large-steps N]

The 24-megapixel image is Kodak images side by side. Its peak memory does not depend on the
number of steps, so few will do.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.common import kodak, save

COMMAND = [sys.executable, "-m", "inrcodec"]


# A process's peak begins at that of the one which started it: a small one does.
_LAUNCHER = """
import os, sys, time
began = time.perf_counter()
_, status, usage = os.wait4(os.spawnv(os.P_NOWAIT, sys.executable, sys.argv[1:]), 0)
print(status, time.perf_counter() - began, usage.ru_maxrss / 2**20)
"""


def run(*arguments: object) -> tuple[float, float]:
    """Seconds and peak memory in GiB of a command."""
    command = [*COMMAND, *map(str, arguments), "--quiet"]
    launched = [sys.executable, "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launched, check=True, capture_output=True, text=True)
    status, seconds, peak = done.stdout.split()[-3:]
    if int(status):
        raise RuntimeError(f"{arguments} ended with {status}: {done.stderr}")
    return float(seconds), float(peak)


def start_up(*arguments: object) -> float:
    """Seconds of a command that has no --quiet."""
    began = time.perf_counter()
    command = " ".join(map(str, [*COMMAND, *arguments]))
    if os.system(f"{command} > {os.devnull}"):
        raise RuntimeError(f"{arguments} failed")
    return time.perf_counter() - began


def large_image(path: Path) -> None:
    """6144×4096: the Kodak images, each several times."""
    images = kodak()
    sheet = Image.new("RGB", (6144, 4096))
    for index in range(64):
        with Image.open(images[index % len(images)]) as image:
            upright = image if image.width > image.height else image.rotate(90, expand=True)
            sheet.paste(upright, (index % 8 * 768, index // 8 * 512))
    sheet.save(path, compress_level=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large-steps", type=int, default=3)
    steps = parser.parse_args().large_steps
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.inr", Path(folder) / "large.inr"
        options = ["--model", "enrp", "--tile", 32, "--width", 8, "--depth", 1]
        run("encode", kodak()[22], "-o", small, "--steps", 50, *options)
        for name, arguments in {
            "help": ["--help"],
            "info": ["info", small],
            "import torch": [],
        }.items():
            times = [start_up(*arguments) if arguments else _import_torch() for _ in range(5)]
            rows.append({"what": name, "seconds": median(times), "peak_gib": ""})
        decoded = [run("decode", small, "-o", Path(folder) / "s.png", "--force") for _ in range(5)]
        rows.append({"what": "decode 768×512", **_cells(min(decoded))})
        image = Path(folder) / "large.png"
        large_image(image)
        for what, options in {
            f"enrp, {steps} steps": ["--model", "enrp", "--steps", steps],
            "grid, effort 1": ["--effort", 1],
        }.items():
            encoded = run("encode", image, "-o", large, "--force", *options)
            rows.append({"what": f"encode 6144×4096, {what}", **_cells(encoded)})
            decode = run("decode", large, "-o", Path(folder) / "l.png", "--force")
            rows.append({"what": f"decode 6144×4096, {what}", **_cells(decode)})
            part = ["--region", "3000,2000,500,400", "-o", Path(folder) / "r.png", "--force"]
            rows.append(
                {"what": f"decode 500×400 of it, {what}", **_cells(run("decode", large, *part))}
            )
    save("process", f"python -m benchmarks.product.process --large-steps {steps}", rows)


def _import_torch() -> float:
    began = time.perf_counter()
    if os.system(f"{sys.executable} -c 'import torch'"):
        raise RuntimeError("torch does not import")
    return time.perf_counter() - began


def _cells(cost: tuple[float, float]) -> dict[str, object]:
    return {"seconds": cost[0], "peak_gib": cost[1]}


if __name__ == "__main__":
    main()
