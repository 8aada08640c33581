"""Whether networks gain from weights in common: those of tiles in one image, and a start that was
learnt on other images.

    python -m benchmarks.product.shared_weights tiles
    python -m benchmarks.product.shared_weights starts [--rounds N]

`tiles`: ENRP beside MINR whose images are the same tiles, so that their middle layers are shared:
weights in all, and PSNR before they are rounded, after as many steps. `starts`: a SIREN's start by
Reptile (Nichol et al. 2018) on photographs for training, beside one from a seed, on photographs
that are held out: PSNR after some steps at the better of several rates.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor

from benchmarks.common import Row, kodak, save
from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.batches import make_stack
from inrcodec.codecs.inr.fit import fit, fit_jointly
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.fitting import Fit, Fitting
from inrcodec.codecs.inr.networks import EnrpSpec, MinrSpec, NetworkSpec, SirenSpec

Values = npt.NDArray[np.float32]

TILE, IMAGES, STEPS = 64, (5, 15), 600
# (width, depth, projection: none, or each tile's own), at about ENRP's weights.
SHARING = ((28, 3, 0), (10, 3, 1), (12, 2, 1))
OWN = ("first and last layer own", "first, projection and last own")
PHOTOGRAPHS = Path(__file__).parents[3] / "shared" / "data" / "train"
SIDE, TASKS, INNER = 64, 12, 30
COUNTS = (10, 30, 100, 300)
# Of the rates of fits, those that are tried.
RATES = (1.0, 0.5, 0.25)


def settings_of(spec: NetworkSpec, steps: int, rate: float, share: float = 1.0) -> FitSettings:
    """Return the settings of a fit at a share of its rates."""
    assert spec.matrix_rate is not None
    return FitSettings(steps, share * rate, matrix_rate=share * spec.matrix_rate)


def tiles() -> Iterator[Row]:
    """ENRP and MINR on the same tiles."""
    for number in IMAGES:
        with Image.open(kodak()[number - 1]) as opened:
            image = np.asarray(opened.convert("RGB").reduce(2), np.float32) / 127.5 - 1
        alone = EnrpSpec(8, 3, 10.0, 10.0, tile=TILE)
        whole = fit(image, alone, through_some(alone, image, 1))
        weights = sum(alone.parameters(whole.network.domain).values())
        yield row_of_tiles(number, "enrp, all own", weights, whole)
        height, width, _ = image.shape
        cut = [
            image[y : y + TILE, x : x + TILE]
            for y in range(0, height, TILE)
            for x in range(0, width, TILE)
        ]
        for width_, depth, projection in SHARING:
            shared = MinrSpec(width_, depth, 10.0, 10.0, projection=projection)
            first = fit_jointly(cut, shared, through_some(shared, cut[0], len(cut)))[0]
            own, common = counts(shared, first.network.domain)
            name = f"minr {width_}×{depth}, {OWN[projection]}"
            yield row_of_tiles(number, name, common + len(cut) * own, first)


def through_some(spec: NetworkSpec, values: Values, count: int) -> FitSettings:
    """Return settings with as many samples in a step as an encode has."""
    points = count * spec.points_a_step(Domain(values.shape[:-1], values.shape[-1], 0))
    return replace(settings_of(spec, STEPS, 1.5e-2), points=points)


def counts(spec: NetworkSpec, domain: Domain) -> tuple[int, int]:
    """Return the weights of a signal, and those that signals share."""
    by_scope = {scope.name: count for scope, count in spec.parameters(domain).items()}
    return by_scope["ITEM"], by_scope["SHARED"]


def row_of_tiles(number: int, networks: str, weights: int, found: Fit) -> Row:
    return {
        "image": f"kodim{number:02d}",
        "networks": networks,
        "weights": weights,
        "psnr_db": found.psnr_db,
    }


def small(paths: list[Path]) -> list[Values]:
    """Photographs, made small."""
    found = []
    for path in paths:
        with Image.open(path) as opened:
            drawn = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
            found.append(np.asarray(drawn, np.float32) / 127.5 - 1)
    return found


def fitted(
    signals: list[Values],
    spec: SirenSpec,
    steps: int,
    share: float,
    start: dict[str, Tensor] | None = None,
) -> list[Fit]:
    """Fit a network to each of some signals, from one start; None for that of a seed."""
    settings = settings_of(spec, steps, 5e-3, share)
    batch = make_stack(signals, spec, settings)
    for name, weight in (start or {}).items():
        batch.network.weights[name].copy_(weight.expand_as(batch.network.weights[name]))
    return Fitting([batch], settings, len(signals)).run(None)


def learnt(spec: SirenSpec, paths: list[Path], rounds: int) -> dict[str, Tensor]:
    """Return a start that moves, round after round, towards where fits of some images end."""
    generator = np.random.default_rng(0)
    start: dict[str, Tensor] = {}
    for number in range(rounds):
        chosen = [paths[k] for k in generator.choice(len(paths), TASKS, replace=False)]
        fits = fitted(small(chosen), spec, INNER, 0.5, start)
        share = 0.6 * (1 - number / rounds) + 0.02
        for name in fits[0].network.weights:
            ends = torch.stack([f.network.weights[name][0] for f in fits]).mean(0, keepdim=True)
            before = start.get(name)
            start[name] = ends if before is None else before + share * (ends - before)
    return start


def starts(rounds: int) -> Iterator[Row]:
    """PSNR of fits from a start that was learnt, and from a seed's."""
    spec = SirenSpec(32, 3, 30.0, 30.0)
    paths = sorted(PHOTOGRAPHS.glob("*.webp"))
    held_out = paths[::10]
    start = learnt(spec, [p for p in paths if p not in held_out], rounds)
    signals = small(held_out[:TASKS])
    for steps in COUNTS:
        row: Row = {"steps": steps}
        for name, weights in (("seed", None), ("learnt", start)):
            row[f"{name}_psnr_db"] = max(
                float(np.mean([f.psnr_db for f in fitted(signals, spec, steps, share, weights)]))
                for share in RATES
            )
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["tiles", "starts"])
    parser.add_argument("--rounds", type=int, default=160)
    arguments = parser.parse_args()
    command = f"python -m benchmarks.product.shared_weights {arguments.what}"
    rows = [*tiles()] if arguments.what == "tiles" else [*starts(arguments.rounds)]
    save(f"shared-{arguments.what}", command, rows)


if __name__ == "__main__":
    main()
