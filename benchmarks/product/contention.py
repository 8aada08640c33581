"""A fit beside another busy process, with OpenMP's own spinning and with the command line's
`GOMP_SPINCOUNT=1000`: time of a step, and its ratio to a quiet machine.

    python -m benchmarks.product.contention
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.common import kodak, save

STEPS = 40
FIT = """
import sys
from pathlib import Path
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.limits import Limits
from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import read_image
image = read_image(Path(sys.argv[1]), Limits())
values = to_network(image.info, image.samples)
times = []
fit(values, EnrpSpec(8, 1, 10.0, 10.0, tile=32), FitSettings(int(sys.argv[2]), 1e-2),
    lambda progress: times.append(progress.elapsed))
print(1e3 * (times[-1] - times[1]) / (int(sys.argv[2]) - 10))
"""


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Other processes that each keep one core busy."""
    running = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)
    ]
    try:
        yield
    finally:
        for process in running:
            process.kill()


def milliseconds(spin: str | None) -> float:
    """Per step, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    if spin:
        environment["GOMP_SPINCOUNT"] = spin
    command = [sys.executable, "-c", FIT, str(kodak()[22]), str(STEPS)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def main() -> None:
    rows = []
    for name, spin in (("OpenMP's default", None), ("GOMP_SPINCOUNT=1000", "1000")):
        quiet = min(milliseconds(spin) for _ in range(2))
        with busy(1):
            beside = milliseconds(spin)
        rows.append(
            {"spinning": name, "quiet_ms": quiet, "busy_ms": beside, "ratio": beside / quiet}
        )
    save("contention", "python -m benchmarks.product.contention", rows)


if __name__ == "__main__":
    main()
