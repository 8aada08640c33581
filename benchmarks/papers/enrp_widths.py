"""ENRP, Fig. 2: PSNR of ensembles by the width of their networks, of three hidden layers.

    python -m benchmarks.papers.enrp_widths

Photographs of scikit-image at 64×64, 300 updates, by the authors' recipe (`enrp_recipe.py`); the
paper has 20 images at 128×128, 10 starts each, and does not name its widths in text. PSNR is the
paper's, of a peak of 1, the best of all updates.
"""

from __future__ import annotations

import math

from benchmarks.common import Row, save
from benchmarks.papers.enrp_curves import astronaut
from benchmarks.papers.enrp_recipe import fit_by_recipe
from benchmarks.papers.enrp_table1 import chelsea
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.codecs.inr.ranges import to_network

SIDE, DEPTH, STEPS = 64, 3, 300
TILES = (2, 4, 8)
WIDTHS = (16, 32, 64, 128)
WIDER = (256,)


def main() -> None:
    rows: list[Row] = []
    domain = Domain((SIDE, SIDE), 3)
    for name, image in (("chelsea", chelsea(SIDE)), ("astronaut", astronaut(SIDE))):
        target = to_network(image.info, image.samples)
        for count in TILES:
            for width in WIDTHS + (WIDER if count > TILES[0] else ()):
                spec = EnrpSpec(width, DEPTH, 30.0, 30.0, tile=SIDE // count)
                settings = FitSettings(STEPS, 1e-4, constant=True, betas=(0.9, 0.999))
                found = fit_by_recipe(target, spec, settings)
                row: Row = {
                    "image": name,
                    "tiles": f"{count}×{count}",
                    "width": width,
                    "megaflops": spec.flops(domain) / 1e6,
                    "paper_db": found.psnr_db - 20 * math.log10(2),
                }
                print(*row.values(), flush=True)
                rows.append(row)
    save("enrp-widths", "python -m benchmarks.papers.enrp_widths", rows, ["one seed; peak 1"])


if __name__ == "__main__":
    main()
