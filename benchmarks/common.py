"""What benchmark scripts share: where the data is, tables on screen and on disk."""

from __future__ import annotations

import csv
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import torch

import inrcodec

ROOT = Path(__file__).parent
RESULTS = ROOT / "results" / inrcodec.__version__
DATA = ROOT.parent.parent / "shared" / "data"

# The audio signals: a cello and a voice at 44.1 kHz, another voice at 16 kHz.
CLIPS = ("gt_bach", "gt_counting", "librispeech_clip_16k")

Row = Mapping[str, object]


def kodak(count: int | None = None) -> list[Path]:
    """The Kodak images; exits where the data set is absent."""
    found = sorted((DATA / "kodak").glob("kodim*.png"))
    if not found:
        sys.exit(f"skipped: no Kodak images in {DATA.name}/kodak beside the project")
    return found[:count]


def clip(name: str) -> Path:
    """An audio signal; exits where it is absent."""
    path = DATA / "audio" / f"{name}.wav"
    if not path.is_file():
        sys.exit(f"skipped: no {path.name} in {DATA.name}/audio beside the project")
    return path


def load() -> str:
    """What else the machine is doing: processes that wanted a core in the last minute."""
    return f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"


def machine() -> str:
    """What the numbers were measured on."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return (
        f"inrcodec {inrcodec.__version__}, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads of {platform.machine()}, {device}"
    )


def least(action: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the fastest of some rounds: other processes only add to them."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def shown(value: object) -> str:
    """A cell: floats to four significant places after the point."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def write(name: str, command: str, rows: Iterable[Row], notes: Iterable[str] = ()) -> Path:
    """Write `results/VERSION/NAME.tsv`, headed by machine, command and notes."""
    table = [{key: shown(value) for key, value in row.items()} for row in rows]
    columns = list(dict.fromkeys(key for row in table for key in row))
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.tsv"
    with path.open("w", newline="") as stream:
        stream.writelines(f"# {line}\n" for line in (machine(), command, *notes))
        writer = csv.DictWriter(stream, columns, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return path


def read(name: str) -> list[Row]:
    """The rows of `results/VERSION/NAME.tsv`; none where it is not there."""
    path = RESULTS / f"{name}.tsv"
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        lines = (line for line in stream if not line.startswith("# "))
        return list(csv.DictReader(lines, delimiter="\t"))


def save(name: str, command: str, rows: Iterable[Row], notes: Iterable[str] = ()) -> None:
    """Write `results/VERSION/NAME.tsv` as `write` does, and print it."""
    print(write(name, command, rows, notes).read_text())
