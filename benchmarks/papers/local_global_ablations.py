"""Local-Global, Tables 8, 10 and 13: SIREN for each partition with as many layers as Local-Global
has sines one after another, or taught by a SIREN of the whole; and Local-Global of one partition.

    python -m benchmarks.papers.local_global_ablations

`camera` at 96×96, 4×4 tiles, about 7,200 weights each, 300 steps, 3 seeds at the best of a few
rates; the paper has 512×512, 16×16 tiles, 198,900 weights (Table 8: 25 photographs).

The taught networks see three times as many samples along each axis, where the paper's see twice as
many: each third is the image's own, the others are what the SIREN, the best of the same fits, gives
there. They are judged by the image's own samples, like all. Coordinates run over the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

from benchmarks.common import Row, save
from benchmarks.papers.tables import DEFINITIONS, EIGHT_BITS
from benchmarks.papers.tasks import (
    Samples,
    averaged,
    image_scores,
    near_local_global,
    size_of,
    to_unit,
)
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings, fit
from inrcodec.codecs.inr.networks import EnrpSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import render
from inrcodec.signal.geometry import Frame, Raster, Region

__all__ = ["OverSignal", "Scores", "camera", "fitted", "scored", "tuned"]

Scores = dict[str, float]
Fitter = Callable[[float, int], tuple[Network, Scores]]

SIDE, TILE, WIDTH, STEPS, SEEDS = 96, 24, 48, 300, 3
# Samples of a taught network for one of the image's along an axis; odd, so that centers meet.
FINER = 3
RATES = (1e-3, 2e-3, 4e-3)


@dataclass(frozen=True)
class OverSignal(EnrpSpec):
    """Networks for tiles, of coordinates that run over the signal."""

    frame = Frame.SIGNAL


def camera(side: int) -> Samples:
    """`camera` (side, side, 1)."""
    whole = data.camera()  # type: ignore[no-untyped-call]
    photo = Image.fromarray(whole).resize((side, side), Image.Resampling.BOX)
    return np.asarray(photo)[..., None]


def rendered(network: Network, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Return values about -1 to 1 at the centers of so many pixels of the whole."""
    whole = Region.whole(network.domain.shape)
    return render(network, Raster(whole, shape)).astype(np.float64)


def scored(network: Network, image: Samples) -> Scores:
    """Score a network for an image; `paper_db` stretches both to their own range."""
    found = rendered(network, image.shape[:2])
    target = to_network(EIGHT_BITS, image).astype(np.float64)
    stretched = DEFINITIONS["stretched"](found, target)
    return image_scores(image, to_unit(found)) | {"paper_db": stretched}


def fitted(image: Samples, spec: NetworkSpec, steps: int = STEPS) -> Fitter:
    """Return what fits an image at a rate from a seed."""

    def run(rate: float, seed: int) -> tuple[Network, Scores]:
        settings = FitSettings(steps, rate, seed=1000 * seed)
        network = fit(to_network(EIGHT_BITS, image), spec, settings).network
        return network, scored(network, image)

    return run


def tuned(label: Row, run: Fitter, rates: tuple[float, ...], seeds: int) -> tuple[Row, Network]:
    """Return a row of some seeds at the best of some rates by the first, and a network of it."""
    tried = {rate: run(rate, 0) for rate in rates}
    rate = max(rates, key=lambda rate: tried[rate][1]["psnr_db"])
    runs = [tried[rate][1], *(run(rate, seed)[1] for seed in range(1, seeds))]
    return averaged({**label, "learning_rate": f"{rate:g}"}, runs), tried[rate][0]


def per_partition(domain: Domain, weights: int, depth: int) -> OverSignal:
    """The networks for tiles that come nearest to a number of weights."""
    specs = [OverSignal(width, depth, 30.0, 30.0, tile=TILE) for width in range(2, 64)]
    return min(specs, key=lambda spec: abs(size_of(spec, domain) - weights))


def taught(image: Samples, teacher: Network, spec: EnrpSpec) -> Fitter:
    """Return what fits networks for tiles to an image and what a network gives in between."""
    fine = tuple(FINER * side for side in image.shape[:2])
    values = rendered(teacher, fine).astype(np.float32)
    middle = slice(FINER // 2, None, FINER)
    values[middle, middle] = to_network(EIGHT_BITS, image)
    finer = OverSignal(spec.width, spec.depth, spec.omega_0, spec.omega, tile=FINER * spec.tile)

    def run(rate: float, seed: int) -> tuple[Network, Scores]:
        network = fit(values, finer, FitSettings(STEPS, rate, seed=1000 * seed)).network
        return network, scored(network, image)

    return run


def specs(domain: Domain, weights: int) -> Iterator[tuple[str, NetworkSpec]]:
    """Yield the networks of the tables but for the SIREN and those that it teaches."""
    yield "SIREN per partition, 5 layers", per_partition(domain, weights, 3)
    yield "SIREN per partition, 10 layers", per_partition(domain, weights, 8)
    yield "Local-Global, 5 layers", near_local_global(domain, weights, (TILE, TILE))
    yield "Local-Global, one partition", near_local_global(domain, weights, (SIDE, SIDE), 0.3)


def label(name: str, spec: NetworkSpec, domain: Domain) -> dict[str, object]:
    return {"name": name, "weights": str(size_of(spec, domain))}


def main() -> None:
    image, domain = camera(SIDE), Domain((SIDE, SIDE), 1)
    siren = SirenSpec(WIDTH, 3, 30.0, 30.0)
    weights = size_of(siren, domain)
    row, teacher = tuned(label("SIREN", siren, domain), fitted(image, siren), RATES, SEEDS)
    rows: list[Row] = [row]
    for name, spec in specs(domain, weights):
        rows.append(tuned(label(name, spec, domain), fitted(image, spec), RATES, SEEDS)[0])
    tiles = per_partition(domain, weights, 3)
    name = "SIREN per partition, taught by SIREN"
    rows.append(
        tuned(label(name, tiles, domain), taught(image, teacher, tiles), RATES[1:], SEEDS)[0]
    )
    notes = ["camera 96×96; paper_db: stretched, as the paper's of images"]
    save(
        "local-global-ablations", "python -m benchmarks.papers.local_global_ablations", rows, notes
    )


if __name__ == "__main__":
    main()
