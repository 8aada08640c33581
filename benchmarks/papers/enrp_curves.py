"""ENRP, Fig. 4 and 5: after how many updates ensembles of tiles pass SIREN, and crops of what they
give by then.

    python -m benchmarks.papers.enrp_curves

The paper's networks on 128×128 photographs of scikit-image, the first 100 of its 500 updates, by
the package's own fit: Adam at 1e-4, ω 30. PSNR is the paper's, of a peak of 1, the best so far,
looked at every 10 updates. Crops of `chelsea` are in `enrp-crops.png`, left to right the image,
SIREN and S0 to S4 after these 100 updates.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

from benchmarks.common import RESULTS, Row, save
from benchmarks.papers.enrp_table1 import ROWS, chelsea
from benchmarks.papers.tables import values
from benchmarks.papers.tasks import Samples, to_levels, to_unit
from inrcodec.codecs.inr.fit import REPORT_EVERY, FitSettings, fit
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array
from inrcodec.signal import Signal

SHOWN = (10, 20, 40, 60, 80, 100)
# Of a peak of 1 against one of 2.
PEAK_DB = 20 * math.log10(2)
# Of `chelsea` at 128×128: an eye; and how often a pixel is repeated.
CROP = (slice(36, 68), slice(28, 60))
ZOOM = 6


def astronaut(side: int) -> Signal:
    photo = Image.fromarray(data.astronaut())  # type: ignore[no-untyped-call]
    return from_array(np.asarray(photo.resize((side, side), Image.Resampling.LANCZOS)))


def enlarged(image: Samples) -> Samples:
    """Return the crop of an image with its pixels as squares."""
    return image[CROP].repeat(ZOOM, 0).repeat(ZOOM, 1)


def passes(curve: npt.NDArray[np.float64], siren: npt.NDArray[np.float64]) -> int | str:
    """Return the updates from which on a curve stays above SIREN's; nothing if it does not."""
    below = np.flatnonzero(curve <= siren)
    last = int(below.max()) + 1 if len(below) else 0
    return REPORT_EVERY * last if last < len(curve) else ""


def main() -> None:
    settings = FitSettings(SHOWN[-1], 1e-4, constant=True, betas=(0.9, 0.999))
    rows: list[Row] = []
    for name, image in (("chelsea", chelsea(128)), ("astronaut", astronaut(128))):
        crops = [enlarged(image.samples)]
        curves: dict[str, npt.NDArray[np.float64]] = {}
        for kind, (spec, _) in ROWS.items():
            found = fit(to_network(image.info, image.samples), spec, settings)
            curves[kind] = np.array(found.curve) - PEAK_DB
            crops.append(enlarged(to_levels(to_unit(values(found.network)))))
            row: dict[str, object] = {"image": name, "name": kind}
            row |= {f"db_{step}": float(curves[kind][step // REPORT_EVERY]) for step in SHOWN}
            row["passes_siren_after"] = passes(curves[kind], curves["SIREN"])
            print(*row.values(), flush=True)
            rows.append(row)
        if name == "chelsea":
            Image.fromarray(np.concatenate(crops, 1)).save(RESULTS / "enrp-crops.png")
    notes = ["one seed; PSNR of peak 1"]
    save("enrp-curves", "python -m benchmarks.papers.enrp_curves", rows, notes)


if __name__ == "__main__":
    main()
