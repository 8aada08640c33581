"""ENRP, Table I: SIREN and ensembles of M×M tiles on a 128×128 photograph, by the authors' recipe
(Adam 1e-4 constant, 500 updates, ω 30).

    python benchmarks/enrp_table1.py --small | --full

`--small` leaves out S3 and S4, whose 22 million weights take minutes on a CPU. The paper's column
is its PSNR of peak 1. Coordinates are pixel centres here, the tile's corners in the paper.
"""

from __future__ import annotations

import numpy as np
from papers import full_size, measure, save_sized
from PIL import Image
from skimage import data

from inrcodec.devices import resolve_device
from inrcodec.fitting import FitSettings
from inrcodec.networks import EnrpSpec, NetworkSpec, SirenSpec

ROWS: dict[str, tuple[NetworkSpec, float]] = {
    "SIREN": (SirenSpec(256, 3, 30.0, 30.0), 34.12),
    "S0": (EnrpSpec(64, 5, 30.0, 30.0, tile=64), 33.80),
    "S1": (EnrpSpec(64, 2, 30.0, 30.0, tile=32), 36.51),
    "S2": (EnrpSpec(128, 1, 30.0, 30.0, tile=16), 67.51),
    "S3": (EnrpSpec(128, 1, 30.0, 30.0, tile=8), 75.26),
    "S4": (EnrpSpec(128, 1, 30.0, 30.0, tile=4), 83.08),
}


def main() -> None:
    full = full_size(__doc__)
    photo = Image.fromarray(data.astronaut()).resize((128, 128), Image.Resampling.LANCZOS)
    settings = FitSettings(
        500, 1e-4, constant=True, betas=(0.9, 0.999), device=resolve_device("auto")
    )
    rows = []
    for name, (spec, paper) in ROWS.items():
        if full or name not in ("S3", "S4"):
            rows.append({**measure(name, np.asarray(photo), spec, settings), "paper": paper})
    save_sized("enrp-table1", "enrp_table1.py", full, rows)


if __name__ == "__main__":
    main()
