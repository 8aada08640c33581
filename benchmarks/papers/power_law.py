"""Predicting the error of a SIREN, Fig. 2: what twice the weights of a SIREN give.

    python -m benchmarks.papers.power_law DATA

DATA is what `training/siren_dataset.py` has recorded: SIRENs of many widths, depths and
frequencies, 100 to 800 steps, of photographs. The slope is that of a line of PSNR by the logarithm
of the weights, beside all else that varies: the image, steps, pixels, frequency and depth. The
paper has six Kodak images, 10 layers and widths of 4 to 128.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.common import Row, save
from training.siren_predictor import Rows

Doubles = npt.NDArray[np.float64]
# Of few SIRENs an image has no line of its own.
LEAST = 8


def terms(rows: Sequence[dict[str, Any]]) -> Doubles:
    """(rows, terms): what a PSNR depends on, the logarithm of the weights first, and by image."""
    images = sorted({row["image"] for row in rows})
    table = []
    for row in rows:
        steps, omega = np.log2(row["steps"]), np.log2(row["omega_0"])
        pixels = np.log2(np.prod(row["shape"]))
        depth = row["depth"]
        known = [np.log2(row["parameters"]), steps, pixels, omega, omega**2, depth, depth**2]
        table.append(known + [float(row["image"] == image) for image in images])
    return np.array(table, np.float64)


def line(name: str, rows: Sequence[dict[str, Any]]) -> Row:
    """A row: dB for twice the weights, its standard error, and how far PSNRs are from the line."""
    inputs, found = terms(rows), np.array([row["max_psnr_db"] for row in rows])
    weights, _, rank, _ = np.linalg.lstsq(inputs, found, rcond=None)
    rest = found - inputs @ weights
    deviation = float(np.sqrt(np.square(rest).sum() / max(len(found) - int(rank), 1)))
    spread = np.linalg.pinv(inputs.T @ inputs)[0, 0]
    row = {
        "sirens": name,
        "count": len(rows),
        "weights": f"{min(r['parameters'] for r in rows)}-{max(r['parameters'] for r in rows)}",
        "db_a_doubling": float(weights[0]),
        "error": float(deviation * np.sqrt(spread)),
        "rest_db": deviation,
    }
    print(*row.values(), flush=True)
    return row


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args(arguments).data
    rows = [*Rows.read([data / "many"]).rows]
    if not rows:
        sys.exit(f"skipped: no recorded SIRENs in {data}")
    table = [line("all", rows)]
    for steps in ((100, 200), (200, 400), (400, 801)):
        some = [row for row in rows if steps[0] <= row["steps"] < steps[1]]
        table.append(line(f"{steps[0]} to {steps[1] - 1} steps", some))
    sizes = np.quantile([row["parameters"] for row in rows], (0, 1 / 3, 2 / 3, 1))
    for least, most in pairwise(sizes):
        some = [row for row in rows if least <= row["parameters"] <= most]
        table.append(line("a third, by weights", some))
    save("power-law", "python -m benchmarks.papers.power_law DATA", table)


if __name__ == "__main__":
    main()
