"""ENRP, Table II: SIREN and ensembles of M segments on a cello of 7 seconds, 500 updates of Adam at
1e-4; by the authors' recipe (`enrp_recipe.py`) and by the package's own fit.

    python -m benchmarks.papers.enrp_table2 --small | --full

`--small` is the middle eighth of the clip and networks of an eighth of the weights, so that there
are as many for each sample. Rows are written as they come, SIREN's last: in full, without a GPU, an
ensemble takes ten minutes and more, SIREN an hour and more.

The paper does not state the first layer's ω. SIREN's own is 3000 for a whole clip; at 30 its output
stays near 0. Ensembles are shown at two: 1000 for each segment, however long it is, and 3000 over
the clip, 3000/M for a segment. For an eighth of the samples ω is an eighth. `paper_db` is of the
values, peak 1. The paper's FLOPs are those of its image; these are the clip's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.common import Row
from benchmarks.papers.enrp_recipe import fit_by_recipe
from benchmarks.papers.tables import audio, full_size, measure, save_sized
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.networks import EnrpSpec, PerceptronSpec, SirenSpec
from inrcodec.devices import resolve_device

SHARE = 8
# First ω over the clip, and over a segment of any length.
OVER_CLIP, OVER_SEGMENT = 3000.0, 1000.0
# Name to segments and the paper's dB.
ROWS = {
    "P0": (2, 36.02),
    "P1": (4, 35.91),
    "P2": (8, 36.26),
    "P3": (16, 42.23),
    "P4": (32, 50.89),
    "SIREN": (1, 44.56),
}

# Measured once.
NOTES = (
    "of the whole clip, P4 with ω 1000 over the segment, recipe: 52.92 dB (paper_db), paper 50.89;",
    "38.77 dB decoded from 1,117,691 bytes. At ω 30 P4 came to 35.0, P2 at 300, 1000 and 3000 to",
    "35.64, 41.42 and 42.69: no one ω gives all of the paper's rows",
    "of the eighth, at ω over the segment P0 < P1 < P2 < P3 < P4; the paper's P0 and P1 are as P2",
)


def specs(frames: int, share: int) -> Iterator[tuple[str, PerceptronSpec, float]]:
    """Name, network, and the paper's dB, of a clip of so many frames, of whose samples there are
    `share` times as many in the paper."""
    for name, (segments, paper) in ROWS.items():
        if name == "SIREN":
            yield name, SirenSpec(width(256, share), 3, OVER_CLIP / share, 30.0), paper
            continue
        for omega, over in ((OVER_SEGMENT, "segment"), (OVER_CLIP / segments, "clip")):
            tile = math.ceil(frames / segments)
            spec = EnrpSpec(width(64, share), 5, omega / share, 30.0, tile=tile)
            yield f"{name}, ω over the {over}", spec, paper


def width(whole: int, share: int) -> int:
    """The width that comes to so much fewer weights."""
    return round(whole / share**0.5)


def main() -> None:
    full = full_size(__doc__)
    share = 1 if full else SHARE
    clip = audio("gt_bach", 1 / share)
    settings = FitSettings(
        500, 1e-4, constant=True, betas=(0.9, 0.999), device=resolve_device("auto")
    )
    rows: list[Row] = []
    for name, spec, paper in specs(clip.info.shape[0], share):
        recipe = measure(f"{name}, recipe", clip, spec, settings, "peak 1", fit_by_recipe)
        ours = measure(f"{name}, ours", clip, spec, settings, "peak 1")
        omega = {"omega_0": spec.omega_0}
        rows += [{**row, **omega, "paper": paper} for row in (recipe, ours)]
        save_sized("enrp-table2", "enrp_table2", full, rows, NOTES)


if __name__ == "__main__":
    main()
