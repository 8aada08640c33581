"""ENRP, algorithm 1: the shapes that it finds, beside Table I and beside the effort table.

    python -m benchmarks.papers.enrp_algorithm1 [--grids 1 2 4 8 16 32] [--repeats 1] [--images 1]

By operations it is the paper's: 128×128, 500 updates by the authors' recipe, at most 1 GFLOP, alpha
7, on the image of `enrp_table1`, as the paper does not name its own. By bytes it is a codec's: for
the file of an effort there are searches for shorter ones, over several sizes of tiles, with as many
steps. Files are compared at equal PSNR: with what a network of the effort's shape takes for it,
between three widths of which the logarithm of bytes is a line by PSNR.
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from PIL import Image

from benchmarks.common import Row, kodak, save
from benchmarks.papers.enrp_recipe import fit_by_recipe
from benchmarks.papers.enrp_table1 import chelsea
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import FitSettings
from inrcodec.codecs.inr.image_search import Wanted, search_image
from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.search import Rules, Shape, Trial, search
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.encoding import Encoded, encode_signal
from inrcodec.media.images import from_array
from inrcodec.signal import Source

SIDE, STEPS, MOST, ALPHA = 128, 500, 1e9, 7.0
WIDTHS = (16, 32, 64, 128, 256)
# Depth, width and rounds of the paper, by tiles along an axis.
PAPER = {
    1: (3, 256, 3),
    2: (5, 64, 3),
    4: (2, 64, 3),
    8: (1, 128, 2),
    16: (1, 128, 2),
    32: (1, 128, 2),
}
# Of the searches by bytes: tiles' sides, and shares of an effort's bytes.
TILES, BYTES = (48, 64, 96), (0.85, 0.95)
EFFORTS = (2, 3)


def told(trial: Trial) -> None:
    """Print a trial."""
    dropped = "" if trial.is_whole else " dropped"
    shape = f"w {trial.shape.width} d {trial.shape.depth}"
    print(f"  {trial.number} {shape} {trial.cost:.4g} {trial.psnr_db:.2f} dB{dropped}", flush=True)


def by_operations(grid: int, repeats: int) -> Row:
    """Search as the paper does."""
    image = chelsea(SIDE)
    values = to_network(image.info, image.samples)

    def spec(shape: Shape) -> EnrpSpec:
        return EnrpSpec(shape.width, shape.depth, 30.0, 30.0, tile=SIDE // grid)

    def train(shape: Shape, share: float) -> float:
        steps = round(share * STEPS)
        how = {"constant": True, "betas": (0.9, 0.999)}
        fits = [
            fit_by_recipe(values, spec(shape), FitSettings(steps, 1e-4, seed=seed, **how))
            for seed in range(repeats)
        ]
        return float(np.mean([fit.psnr_db for fit in fits]))

    def cost(shape: Shape) -> float:
        return spec(shape).flops(Domain((SIDE, SIDE), 3))

    best, rounds = search(Rules(cost, MOST, ALPHA, WIDTHS), train, told)
    depth, width, paper_rounds = PAPER[grid]
    return {
        "search": f"M = {grid}, 1 GFLOP, {repeats} seeds",
        "found": f"depth {best.shape.depth}, width {best.shape.width}, {rounds} rounds",
        "cost": best.cost,
        "psnr_db": round(best.psnr_db, 2),
        "beside": f"paper: depth {depth}, width {width}, {paper_rounds} rounds",
    }


def table_curve(source: Source, effort: int) -> tuple[Encoded, list[tuple[float, float]]]:
    """The file of an effort; PSNR and logarithm of bytes of networks around its width."""
    _, plan = plan_encode(make_settings(model="enrp", effort=effort), source.info)
    assert isinstance(plan, FitPlan)
    width = int(plan.spec.fields()["width"])
    encoded = [
        encode_signal(source, make_settings(model="enrp", effort=effort, width=w))
        for w in (width - 1, width, width + 1)
    ]
    return encoded[1], sorted((e.psnr_db, math.log(len(e.data))) for e in encoded)


def bytes_at(curve: list[tuple[float, float]], psnr_db: float) -> float:
    """The bytes that a curve has at a PSNR; beyond its ends as the line of all three goes."""
    psnrs, logarithms = zip(*curve, strict=True)
    if psnrs[0] <= psnr_db <= psnrs[-1]:
        return math.exp(np.interp(psnr_db, psnrs, logarithms))
    return math.exp(np.polyval(np.polyfit(psnrs, logarithms, 1), psnr_db))


def by_bytes(samples: np.ndarray, name: str, effort: int, repeats: int) -> Row:
    """Search for shorter files than those of an effort's shape."""
    source = from_array(samples)
    table, curve = table_curve(source, effort)
    print(name, effort, curve, flush=True)
    found: list[tuple[float, int, float, str]] = []
    for tile in TILES:
        settings = make_settings(model="enrp", effort=effort, tile=tile)
        _, plan = plan_encode(settings, source.info)
        assert isinstance(plan, FitPlan)
        for share in BYTES:
            wanted = Wanted(bytes=round(share * len(table.data)), repeats=repeats)
            best, _ = search_image(source, plan, wanted, told)
            shape = {"width": best.shape.width, "depth": best.shape.depth}
            encoded = encode_signal(
                source, make_settings(model="enrp", effort=effort, tile=tile, **shape)
            )
            described = f"tile {tile}, width {shape['width']}, depth {shape['depth']}"
            ratio = len(encoded.data) / bytes_at(curve, encoded.psnr_db)
            found.append((ratio, len(encoded.data), encoded.psnr_db, described))
            print(*found[-1], flush=True)
    ratio, size, psnr_db, described = min(found)
    return {
        "search": f"{name}, effort {effort}: {len(table.data)} bytes, {table.psnr_db:.2f} dB",
        "found": described,
        "cost": size,
        "psnr_db": round(psnr_db, 2),
        "beside": f"{100 * (ratio - 1):+.1f} % bytes at equal PSNR",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=int, nargs="*", default=list(PAPER))
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--images", type=int, default=1)
    arguments = parser.parse_args()
    rows: list[Row] = []

    def keep(row: Row) -> None:
        """Save what there is: the whole takes more than an hour."""
        rows.append(row)
        print(*row.values(), flush=True)
        save(
            "enrp-algorithm1",
            f"python -m benchmarks.papers.enrp_algorithm1 --repeats {arguments.repeats}"
            f" --images {arguments.images} --grids {' '.join(map(str, arguments.grids))}",
            rows,
        )

    for grid in arguments.grids:
        keep(by_operations(grid, arguments.repeats))
    for path in kodak(arguments.images):
        with Image.open(path) as opened:
            samples = np.asarray(opened.convert("RGB").resize((384, 256)))
        for effort in EFFORTS:
            keep(by_bytes(samples, path.stem, effort, arguments.repeats))


if __name__ == "__main__":
    main()
