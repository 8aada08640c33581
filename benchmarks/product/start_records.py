"""What `learnt_starts.py` measured, kept line by line, and tables of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import Row, save

__all__ = ["APART", "SHIPPED", "Points", "Record", "keep", "record", "write_reports"]

# What a start was measured at; bytes and PSNR of each image.
Record = dict[str, Any]
Points = list[tuple[int, float]]
# By start, width and image: bytes and PSNR of each seed, by rate.
ByImage = dict[tuple[str, int, str], dict[float, Points]]

MEASURED = "measured.jsonl"
# What the package has, and starts that files are not told from.
SHIPPED, APART = "shipped", ", told from a seed"
COMMAND = "python -m benchmarks.product.learnt_starts report"
NOTES = (
    "effort 3 but for steps; seeds are 0 and 1, of 200 and 300 steps 0; images are Kodak's",
    "of 384x256, width 40: 16 photographs, 4096 samples a step; told from a seed: 32 and 1024",
    "of 384x256, width 28, mean: the start of 192x128",
    "shipped: prior 1, and files as encode writes them",
)
NOTES_OF_DIFFERENCES = (
    "fits from prior 1, effort 3 but for steps, rounded twice: weights told from the prior, and "
    "from seed 0",
)


def record(
    name: str, rate: float, images: Sequence[int], points: Points, others: Mapping[str, Any]
) -> Record:
    """Return what was measured of a start."""
    by_image = dict(zip(map(str, images), points, strict=True))
    return {"start": name, "rate": rate, **others, "points": by_image}


def keep(folder: Path, found: Record) -> None:
    """Put a record beside those before it."""
    with (folder / MEASURED).open("a") as stream:
        stream.write(json.dumps(found) + "\n")


def write_reports(folder: Path) -> None:
    """Write all tables of what a folder has."""
    records = recorded(folder)
    save("learnt-starts", COMMAND, list(report(records)), NOTES)
    save("prior-differences", COMMAND, list(differences(records)), NOTES_OF_DIFFERENCES)


def recorded(folder: Path) -> list[Record]:
    """All that was measured."""
    path = folder / MEASURED
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def by_image(records: Sequence[Record]) -> ByImage:
    """Sort what was measured."""
    found: ByImage = {}
    for record in records:
        for image, point in record["points"].items():
            key = record["start"], record["width"], image
            found.setdefault(key, {}).setdefault(record["rate"], []).append(tuple(point))
    return found


def report(records: Sequence[Record]) -> Iterator[Row]:
    """Each start beside that from seeds: dB at equal bytes, bytes at equal PSNR, image by image."""
    for size, steps in sorted({(r["size"], r["steps"]) for r in records}):
        points = by_image([r for r in records if (r["size"], r["steps"]) == (size, steps)])
        slope = slope_of(by_image([r for r in records if r["size"] == size]))
        cases = {(n, w, rate) for (n, w, _), at in points.items() for rate in at if n != "seed"}
        for name, width, rate in sorted(cases):
            images = [i for n, w, i in points if (n, w) == (name, width)]
            images = [i for i in images if rate in points[name, width, i]]
            own, seeds = (
                np.array([np.mean(points[n, width, i][r], 0) for i in images])
                for n, r in ((name, rate), ("seed", 1.0))
            )
            gains = own[:, 1] - seeds[:, 1] - slope * np.log(own[:, 0] / seeds[:, 0])
            yield {
                "size": size,
                "width": width,
                "steps": steps,
                "start": name,
                "rate": rate,
                "images": len(images),
                "bytes": float(own[:, 0].mean()),
                "psnr_db": float(own[:, 1].mean()),
                "seeds_bytes": float(seeds[:, 0].mean()),
                "seeds_psnr_db": float(seeds[:, 1].mean()),
                "db_at_equal_bytes": float(gains.mean()),
                "deviation_of_that_db": float(gains.std(ddof=1) / np.sqrt(len(gains))),
                "bytes_at_equal_psnr_percent": float(100 * (np.exp(-gains.mean() / slope) - 1)),
            }


def slope_of(points: ByImage) -> float:
    """Return the dB that networks of seeds give for e times the bytes, by their widths."""
    slopes = []
    for image in {image for _, _, image in points}:
        every = [
            np.mean(at[1.0], 0) for (n, _, i), at in points.items() if (n, i) == ("seed", image)
        ]
        if len(every) > 1:
            sizes, levels = np.array(every).T
            slopes.append(np.polyfit(np.log(sizes), levels, 1)[0])
    return float(np.mean(slopes))


def differences(records: Sequence[Record]) -> Iterator[Row]:
    """Files told from the prior beside those of the same fits told from a seed."""
    for size, steps in sorted({(r["size"], r["steps"]) for r in records}):
        points = by_image([r for r in records if (r["size"], r["steps"]) == (size, steps)])
        slope = slope_of(by_image([r for r in records if r["size"] == size]))
        for width in sorted({w for n, w, _ in points if n == SHIPPED}):
            images = [i for n, w, i in points if (n, w) == (SHIPPED, width)]
            prior, seed = (
                np.array([np.mean(points[n, width, i][1.0], 0) for i in images])
                for n in (SHIPPED, f"{SHIPPED}{APART}")
            )
            # What more PSNR is worth, in bytes.
            gains = (prior[:, 1] - seed[:, 1]) / slope
            saved = 100 * (1 - np.exp(-gains) * prior[:, 0] / seed[:, 0])
            yield {
                "size": size,
                "width": width,
                "steps": steps,
                "images": len(images),
                "bytes_from_prior": float(prior[:, 0].mean()),
                "psnr_db_from_prior": float(prior[:, 1].mean()),
                "bytes_from_seed": float(seed[:, 0].mean()),
                "psnr_db_from_seed": float(seed[:, 1].mean()),
                "saved_percent": float(saved.mean()),
                "deviation_of_that": float(saved.std(ddof=1) / np.sqrt(len(saved))),
            }
