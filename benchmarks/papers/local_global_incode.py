"""Local-Global, Table 5: Local-Global INCODE, INCODE and INCODE for each partition.

    python -m benchmarks.papers.local_global_incode

`camera` at 96×96 (7,200 weights) and `kodim23` at 96×64 (7,300), 4×4 tiles, 300 steps, 3 seeds; the
paper has 25 photographs of about 500×340, 205,000 weights, 8×8 tiles and 2,000 steps. SIREN is the
control that the table leaves out. Rates are the best of four; frequencies are ω 30, as the paper's,
and for Local-Global INCODE, which does badly there, the best of four, too. For each partition there
are no rows of `kodim23`, whose tiles are not square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from benchmarks.common import Row, kodak, save
from benchmarks.papers.local_global_ablations import OverSignal, camera, fitted, tuned
from benchmarks.papers.tasks import Samples, near_local_global, size_of
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.networks import IncodeSpec, LocalGlobalSpec, PerceptronSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import activation_by_name

STEPS, SEEDS, COUNT = 300, 3, 4
RATES = (5e-4, 1e-3, 2e-3, 4e-3)
# Of the first layer and of the others.
OMEGAS = ((30.0, 30.0), (10.0, 30.0), (10.0, 15.0), (3.0, 15.0))
INCODE = activation_by_name("incode").number


def specs(domain: Domain, width: int) -> Iterator[tuple[str, PerceptronSpec]]:
    """Yield networks of about equal size."""
    siren = SirenSpec(width, 3, 30.0, 30.0)
    weights = size_of(siren, domain)
    tile = (domain.shape[0] // COUNT, domain.shape[1] // COUNT)
    yield "SIREN", siren
    yield "INCODE", IncodeSpec(width, 3, 30.0, 30.0)
    if tile[0] == tile[1]:
        apart = [OverSignal(w, 3, 30.0, 30.0, INCODE, tile=tile[0]) for w in range(2, 64)]
        nearest = min(apart, key=lambda spec: abs(size_of(spec, domain) - weights))
        yield "INCODE per partition", nearest
    yield "Local-Global INCODE", near_local_global(domain, weights, tile, 0.18, INCODE)


def chosen(image: Samples, spec: LocalGlobalSpec) -> LocalGlobalSpec:
    """Return a network with the frequencies at which it is best at the paper's rate."""
    tried = [replace(spec, omega_0=first, omega=others) for first, others in OMEGAS]
    return max(tried, key=lambda own: fitted(image, own, STEPS)(1e-3, 0)[1]["psnr_db"])


def main() -> None:
    photo = Image.open(kodak()[22]).convert("RGB").reduce(8)
    rows: list[Row] = []
    for name, image, width in (("camera", camera(96), 48), ("kodim23", np.asarray(photo), 48)):
        domain = Domain(image.shape[:2], image.shape[2])
        for kind, spec in specs(domain, width):
            own = chosen(image, spec) if isinstance(spec, LocalGlobalSpec) else spec
            label: dict[str, object] = {"image": name, "name": kind}
            label |= {"weights": str(size_of(own, domain))}
            label |= {"omega": f"{own.omega_0:g}, {own.omega:g}"}
            rows.append(tuned(label, fitted(image, own, STEPS), RATES, SEEDS)[0])
    notes = ["paper_db: stretched, as the paper's of images"]
    save("local-global-incode", "python -m benchmarks.papers.local_global_incode", rows, notes)


if __name__ == "__main__":
    main()
