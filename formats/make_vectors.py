"""Write the files of `vectors/` and their expected results.

    python formats/make_vectors.py [--only FAMILY]

Vectors are made once and kept: fits differ in their last bits between machines. Make them anew
only when the format changes, or a pretrained model before its release. Expected
images come from the package; `tests/test_formats.py` holds the package and the reference decoder
against them.
"""

from __future__ import annotations

import argparse
from typing import Any

import album_vectors
import audio_grid_vectors
import audio_vectors
import crop_vectors
import grid_vectors
import mixed_vectors
import network_vectors
import numpy as np
import pixels_vectors
import prior_vectors
import step_vectors
from vector_sources import ROOT

import inrcodec

VECTORS = ROOT / "vectors"
FOLDERS = ("valid", "unusual", "faulty")

# For each family of models: the module that has a function for each folder. The last two make
# theirs of those above.
MAKERS = {
    "networks": network_vectors,
    "albums": album_vectors,
    "grid": grid_vectors,
    "audio": audio_vectors,
    "audio-grid": audio_grid_vectors,
    "pixels": pixels_vectors,
    "mixed": mixed_vectors,
    "priors": prior_vectors,
    "steps": step_vectors,
    "crops": crop_vectors,
}


# Families by a part of names, the first that is in one; other names begin with them.
PARTS = {"-crop": "crops", "-prior": "priors", "-start": "steps", "-steps": "steps"}


def place_of(file: str) -> tuple[str, str]:
    """Folder and family of a file in `vectors`."""
    folder, name = file.split("/", 1)
    for part, family in PARTS.items():
        if part in name:
            return folder, family
    if name.startswith("audio-grid-"):
        return folder, "audio-grid"
    families = {"album": "albums"} | {name: name for name in ("grid", "audio", "pixels", "mixed")}
    return folder, families.get(name.partition("-")[0], "networks")


def write(folder: str, files: dict[str, tuple[Any, ...]]) -> list[str]:
    """Write the files of a folder; returns their rows of the table."""
    rows = []
    for name, (data, *error, what) in files.items():
        (VECTORS / folder / f"{name}.inr").write_bytes(data)
        expected = error[0] if error else f"{folder}/{name}.npy"
        if not error:
            np.save(VECTORS / expected, inrcodec.open(data).render())
        rows.append(f"{folder}/{name}.inr\t{expected}\t{what}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the files of `vectors/`.")
    parser.add_argument("--only", choices=MAKERS, help="leave the other models' files as they are")
    only = parser.parse_args().only
    table = VECTORS / "vectors.tsv"
    old = table.read_text().splitlines()[1:] if table.exists() else []
    rows = ["file\texpected\twhat"]
    for folder in FOLDERS:
        (VECTORS / folder).mkdir(parents=True, exist_ok=True)
        for family, module in MAKERS.items():
            if only in (None, family):
                files = getattr(module, folder)()
                for path in (VECTORS / folder).iterdir():
                    if place_of(f"{folder}/{path.name}") == (folder, family):
                        path.unlink()
                rows += write(folder, files)
            else:
                rows += [row for row in old if place_of(row) == (folder, family)]
    table.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
