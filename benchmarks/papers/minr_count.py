"""MINR, Table I: 4, 12 and 40 images, beside separate SIRENs, and beside the control that the paper
leaves out: SIRENs of MINR's size per image.

    python -m benchmarks.papers.minr_count

Photographs of BSDS500 at 48×32, width 32, 400 steps, the means of all images of 8-bit samples; the
paper has Kodak's and ImageNet's, 256 features. Every network has the best of the same few rates.
"""

from __future__ import annotations

import sys
from statistics import mean

import numpy as np
from PIL import Image

from benchmarks.common import DATA, Row, save
from benchmarks.papers.minr import equal_width, rendered
from benchmarks.papers.tables import EIGHT_BITS
from benchmarks.papers.tasks import Samples, size_of
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit_jointly, fit_stacked
from inrcodec.codecs.inr.networks import MinrSpec, SirenSpec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.signal.metrics import psnr

COUNTS = (4, 12, 40)
SIZE = (48, 32)
WIDTH, STEPS = 32, 400
RATES = (1e-3, 2e-3, 4e-3)
PAPER = {4: "36.24, separate 38.24", 40: "34.37", 100: "34.02"}


def photographs(count: int) -> list[Samples]:
    """So many photographs of BSDS500 that are wider than high."""
    found: list[Samples] = []
    for path in sorted((DATA / "bsds500").glob("*.jpg")):
        photo = Image.open(path).convert("RGB")
        if photo.width > photo.height and len(found) < count:
            found.append(np.asarray(photo.resize(SIZE, Image.Resampling.BOX)))
    if len(found) < count:
        sys.exit(f"skipped: no {count} photographs in {DATA.name}/bsds500 beside the project")
    return found


def quality(fits: list[Fit], images: list[Samples]) -> float:
    shape = images[0].shape[:2]
    pairs = zip(images, fits, strict=True)
    return mean(psnr(image, rendered(found.network, shape)) for image, found in pairs)


def main() -> None:
    everything = photographs(max(COUNTS))
    domain = Domain(everything[0].shape[:2], 3)
    siren, minr = SirenSpec(WIDTH, 3, 30.0, 30.0), MinrSpec(WIDTH, 3, 30.0, 30.0)
    counts = minr.parameters(domain)
    rows: list[Row] = []
    for count in COUNTS:
        images = everything[:count]
        targets = [to_network(EIGHT_BITS, image) for image in images]
        control = SirenSpec(equal_width(images, minr), 3, 30.0, 30.0)
        each = counts[Scope.SHARED] / count + counts[Scope.ITEM]
        methods = (
            ("separate SIRENs", siren, float(size_of(siren, domain))),
            ("MINR", minr, each),
            ("separate SIRENs of MINR's size", control, float(size_of(control, domain))),
        )
        for name, spec, weights in methods:
            tried = {}
            for rate in RATES:
                settings = FitSettings(STEPS, rate)
                joint = spec is minr
                fits = (fit_jointly if joint else fit_stacked)(targets, spec, settings)
                tried[rate] = quality(fits, images)
            best = max(RATES, key=lambda rate: tried[rate])
            row: Row = {
                "images": count,
                "name": name,
                "width": spec.width,
                "weights_an_image": weights,
                "share": weights / size_of(siren, domain),
                "learning_rate": f"{best:g}",
                "psnr_db": tried[best],
                **{f"db_at_{rate:g}": value for rate, value in tried.items()},
                "paper": PAPER.get(count, "") if name == "MINR" else "",
            }
            print(*row.values(), flush=True)
            rows.append(row)
    notes = ["the first landscape photographs of BSDS500 by name, one seed"]
    save("minr-count", "python -m benchmarks.papers.minr_count", rows, notes)


if __name__ == "__main__":
    main()
