"""Local-Global, Fig. 7: the left half of an image is fitted, and then the whole of it, by networks
that start from what they were for the half.

    python -m benchmarks.papers.extension [--seeds N] [--rate R]

`camera` at 192×192, 200 updates for the half and 200 more for the whole; PSNR of the whole, of
unclamped samples of peak 1, after so many of the latter: the best so far. The paper has 512×512.
Networks have 0.78 weights for each sample and tiles of 32×32 samples, as there; those of the half
are of equal size, and so are those of the whole.

New tiles of Local-Global start as copies of their mirror images across the border of the half. What
tiles have in common either stays as it was, so that the half does not change and has no part in the
fit, or is trained on. A half is fitted in coordinates of its own; then first layers are changed so
that they take the whole's.

Adam at a constant rate: the best of 5e-4, 1e-3, 2e-3 and 4e-3 for the half and for fine-tuning
alike, of either kind of network, with one seed. `--rate 0.0005`, the paper's, writes a table of its
own: which method is ahead depends on it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import data

from benchmarks.common import Row, save
from benchmarks.papers.tasks import averaged, near_local_global, size_of
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.extension import mirrored
from inrcodec.codecs.inr.fit import REPORT_EVERY, Fit, FitSettings, fit, fit_tiles
from inrcodec.codecs.inr.networks import NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.media.images import from_array

Values = npt.NDArray[np.float32]
Curve = list[float]

SIDE = 192
TILE = 32
WIDTH = 96
STEPS = 200
SHOWN = (0, 20, 50, 100, 200)
LEARNING_RATE = 2e-3
WHOLE, HALF = Domain((SIDE, SIDE), 1), Domain((SIDE, SIDE // 2), 1)


def camera() -> Values:
    """`camera` (side, side, 1), values in [-1, 1]."""
    whole = data.camera()  # type: ignore[no-untyped-call]
    photo = Image.fromarray(whole).resize((SIDE, SIDE), Image.Resampling.BOX)
    signal = from_array(np.asarray(photo))
    return to_network(signal.info, signal.samples)


def siren_of(domain: Domain, weights: int) -> SirenSpec:
    """The SIREN that comes nearest to a number of weights."""
    specs = [SirenSpec(width, 3, 30.0, 30.0) for width in range(8, 160)]
    return min(specs, key=lambda spec: abs(size_of(spec, domain) - weights))


def onto_whole(half: Network, seed: int, copies: bool = True) -> Network:
    """Return the network of the whole that gives on its left half what one of the half does.

    New tiles are mirror images, or start by chance.
    """
    network = initialize(half.spec, WHOLE, seed)
    box = tuple(range(count) for count in half.tiling.counts)
    kept, sources = network.tiling.numbers(box), mirrored(network.tiling, box)
    first = [f"{kind}{layer}" for layer in half.spec.first_layers for kind in ("weight", "bias")]
    for tensor in half.spec.tensors(WHOLE):
        weights, given = network.weights[tensor.name], half.weights[tensor.name].detach()
        if tensor.scope is Scope.TILE:
            weights[kept] = given
            if copies:
                weights.copy_(weights[sources].clone())
        else:
            weights.copy_(given)
    known = kept if half.is_tiled and not copies else slice(None)
    for matrix, bias in zip(first[::2], first[1::2], strict=True):
        tiled = network.weights[matrix].shape[0] > 1
        rows = known if tiled else slice(None)
        # A place p of the whole, -1 to 0, is 2p + 1 of the half.
        network.weights[bias][rows] += network.weights[matrix][rows][..., 1]
        network.weights[matrix][rows, ..., 1] *= 2
    return network


def at_steps(curve: Curve) -> dict[str, float]:
    """Return what a curve is after the steps that are shown."""
    return {f"db_{step}": curve[step // REPORT_EVERY] for step in SHOWN}


def with_half(curve: Curve, half_db: float) -> Curve:
    """Return the curve of the whole by that of its right half, the left staying as it is."""
    errors = [(10 ** (-db / 10) + 10 ** (-half_db / 10)) / 2 for db in curve]
    return [float(-10 * np.log10(error)) for error in errors]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=LEARNING_RATE)
    arguments = parser.parse_args()
    seeds, rate = arguments.seeds, arguments.rate
    values = camera()
    left = np.ascontiguousarray(values[:, : SIDE // 2])
    large = SirenSpec(WIDTH, 3, 30.0, 30.0)
    tiles = near_local_global(WHOLE, size_of(large, WHOLE), (TILE, TILE))
    small = siren_of(HALF, size_of(tiles, HALF))

    def settings(seed: int) -> FitSettings:
        own = 1000 * seed
        return FitSettings(STEPS, rate, constant=True, betas=(0.9, 0.999), seed=own)

    halves: dict[tuple[str, int], Fit] = {}
    kinds: dict[str, NetworkSpec] = {"SIREN": small, "Local-Global": tiles}
    for own in kinds.values():
        for seed in range(seeds):
            halves[own.name, seed] = fit(left, own, settings(seed))

    def all_trained(spec: NetworkSpec, seed: int) -> Curve:
        start = onto_whole(halves[spec.name, seed].network, 1000 * seed + 1)
        every = range(start.tiling.count)
        return [*fit_tiles(values, start, settings(seed), every, with_common=True).curve]

    def new_trained(spec: NetworkSpec, seed: int, copies: bool = True) -> Curve:
        half = halves[spec.name, seed]
        start = onto_whole(half.network, 1000 * seed + 1, copies)
        known = start.tiling.numbers(tuple(map(range, half.network.tiling.counts)))
        new = np.setdiff1d(np.arange(start.tiling.count), known).tolist()
        found = fit_tiles(values, start, settings(seed), new)
        return with_half([*found.curve], half.psnr_db)

    def by_chance(spec: NetworkSpec, seed: int) -> Curve:
        return new_trained(spec, seed, copies=False)

    def from_scratch(spec: NetworkSpec, seed: int) -> Curve:
        return [*fit(values, spec, settings(seed + 100)).curve]

    methods: list[tuple[str, NetworkSpec, Callable[[NetworkSpec, int], Curve]]] = [
        ("Local-Global, new tiles alone", tiles, new_trained),
        ("Local-Global, new tiles alone, started by chance", tiles, by_chance),
        ("Local-Global, all fine-tuned", tiles, all_trained),
        ("Local-Global, from scratch", tiles, from_scratch),
        ("SIREN of the half, fine-tuned", small, all_trained),
        ("SIREN, from scratch", large, from_scratch),
    ]
    rows: list[Row] = []
    for name, spec, method in methods:
        runs = []
        for seed in range(seeds):
            began = time.perf_counter()
            curve = at_steps(method(spec, seed))
            runs.append(curve | {"seconds": time.perf_counter() - began})
        label = {"name": name, "weights": str(size_of(spec, WHOLE))}
        label["learning_rate"] = f"{rate:g}"
        rows.append(averaged(label, runs, f"db_{SHOWN[-1]}"))
    for key, spec in kinds.items():
        runs = [{"half_db": halves[spec.name, seed].psnr_db} for seed in range(seeds)]
        label = {"name": f"the half by {key}", "weights": str(size_of(spec, HALF))}
        rows.append(averaged(label, runs, "half_db"))
    notes = ["PSNR of unclamped samples in [0, 1], peak 1; the best so far"]
    command, name = f"python -m benchmarks.papers.extension --seeds {seeds}", "extension"
    if rate != LEARNING_RATE:
        command, name = f"{command} --rate {rate:g}", f"{name}-rate-{rate:g}"
    save(name, command, rows, notes)


if __name__ == "__main__":
    main()
