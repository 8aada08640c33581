"""MINR, Tables I to III: four Kodak images by MINR and its ablations, against separate SIRENs,
one SIREN over the images in a row, a column, a grid or with their number as a third coordinate,
COIN++, and the control that the paper leaves out: separate SIRENs of MINR's size per image.

    python -m benchmarks.papers.minr --small | --full

`--small` is 96×64 pixels, width 32 and 400 steps; `--full` is 768×512, width 256 and 2000 steps.
The paper states neither learning rate nor steps; this is Adam, 1e-3 at the start for sine.

PSNR is the mean over images, of weights before they are quantized (`psnr_db`: of 8-bit samples;
`paper_db`: of unclamped ones of peak 1, which the paper leaves open). `bytes` counts the sections
of the quantized weights, those that images share once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import mean
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.common import Row, kodak
from benchmarks.papers.tables import DEFINITIONS, EIGHT_BITS, full_size, save_sized, values
from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit, fit_jointly
from inrcodec.codecs.inr.networks import CoinPlusSpec, MinrSpec, NetworkSpec, SirenSpec
from inrcodec.codecs.inr.networks.activations import activation_by_name
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.devices import resolve_device
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import psnr

Samples = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]
Split = Callable[[Array], list[Array]]
ACTIVATIONS = ("sine", "gaussian", "wire", "finer")


def as_it_is(signal: Array) -> list[Array]:
    return [signal]


def weight_bytes(networks: Sequence[Network]) -> int:
    """The sections of several items' weights; shared ones belong to no item and count once."""
    sizes: dict[tuple[bytes, int], int] = {}
    for item, network in enumerate(networks, 1):
        symbols = quantize(network.arrays())
        for section in write_weights(network.spec, network.domain, symbols, item):
            sizes[section.tag, section.item] = len(section.payload)
    return sum(sizes.values())


def row(
    name: str,
    signals: list[Samples],
    fits: list[Fit],
    weights: int,
    settings: FitSettings,
    began: float,
    split: Split = as_it_is,
) -> Row:
    """A row of the table; `split` takes a signal apart into images."""
    seconds = time.perf_counter() - began
    networks = [result.network for result in fits]
    ours, theirs = [], []
    for signal, network in zip(signals, networks, strict=True):
        levels = rendered(network, signal.shape[:-1])
        ours += map(psnr, split(signal), split(levels))
        target = to_network(EIGHT_BITS, signal).astype(float)
        theirs += map(DEFINITIONS["unit"], split(values(network)), split(target))
    quality, paper_db = mean(ours), mean(theirs)
    print(f"{name}: {weights} weights, {quality:.2f} dB, {seconds:.0f} s", flush=True)
    return {
        "name": name,
        "parameters": weights,
        "steps": settings.steps,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "device": settings.device,
        "seconds": seconds,
        "bytes": weight_bytes(networks),
        "psnr_db": quality,
        "paper_db": paper_db,
        "definition": "unit",
    }


def rendered(network: Network, shape: tuple[int, ...]) -> Samples:
    raster = Raster(Region.whole(shape), shape)
    return NetworkRenderer(network, EIGHT_BITS).render(raster)


def jointly(name: str, images: list[Samples], spec: NetworkSpec, settings: FitSettings) -> Row:
    began = time.perf_counter()
    fits = fit_jointly([to_network(EIGHT_BITS, image) for image in images], spec, settings)
    counts = spec.parameters(Domain(images[0].shape[:2], 3))
    weights = counts[Scope.SHARED] + len(images) * counts[Scope.ITEM]
    return row(name, images, fits, weights, settings, began)


def separately(
    name: str,
    signals: list[Samples],
    spec: NetworkSpec,
    settings: FitSettings,
    split: Split = as_it_is,
) -> Row:
    """A network for each signal."""
    began = time.perf_counter()
    fits = [fit(to_network(EIGHT_BITS, signal), spec, settings) for signal in signals]
    domain = Domain(signals[0].shape[:-1], 3)
    weights = len(signals) * sum(spec.parameters(domain).values())
    return row(name, signals, fits, weights, settings, began, split)


def grid(images: list[Samples]) -> Samples:
    return np.concatenate([np.concatenate(images[:2], 1), np.concatenate(images[2:], 1)], 0)


def from_grid(whole: Array) -> list[Array]:
    return [image for half in np.split(whole, 2, 0) for image in np.split(half, 2, 1)]


# One signal of all the images, and back.
ARRANGEMENTS: dict[str, tuple[Callable[[list[Samples]], Samples], Split]] = {
    "SIREN, row": (lambda images: np.concatenate(images, 1), lambda w: np.split(w, 4, 1)),
    "SIREN, column": (lambda images: np.concatenate(images, 0), lambda w: np.split(w, 4, 0)),
    "SIREN, grid": (grid, from_grid),
    "SIREN, ID": (np.stack, list),
}


def equal_width(images: list[Samples], minr: MinrSpec) -> int:
    """The width at which separate SIRENs have no more weights than MINR has for each image."""
    domain = Domain(images[0].shape[:2], 3)
    counts = minr.parameters(domain)
    each = counts[Scope.SHARED] / len(images) + counts[Scope.ITEM]
    width = 1
    while sum(SirenSpec(width + 1, 3, 30.0, 30.0).parameters(domain).values()) <= each:
        width += 1
    return width


def by_activation(images: list[Samples], width: int, settings: FitSettings) -> list[Row]:
    """Table II's other activations."""
    rows = []
    for name in ACTIVATIONS[1:]:
        function = activation_by_name(name)
        # Complex weights count twice.
        narrow = round(width / 2**0.5) if function.complex_weights else width
        factors = (function.omega_0, function.omega, function.number, function.scale)
        rate = function.learning_rate or settings.learning_rate
        own = FitSettings(settings.steps, rate, device=settings.device)
        rows.append(jointly(f"MINR, {name}", images, MinrSpec(narrow, 3, *factors), own))
        rows.append(separately(f"separate, {name}", images, SirenSpec(narrow, 3, *factors), own))
    return rows


def main() -> None:
    full = full_size(__doc__)
    factor, width, steps = (1, 256, 2000) if full else (8, 32, 400)
    images = [np.asarray(Image.open(p).convert("RGB").reduce(factor)) for p in kodak(3)]
    images.append(np.asarray(Image.open(kodak()[22]).convert("RGB").reduce(factor)))
    settings = FitSettings(steps, 1e-3, device=resolve_device("auto"))
    siren, minr = SirenSpec(width, 3, 30.0, 30.0), MinrSpec(width, 3, 30.0, 30.0)
    control = SirenSpec(equal_width(images, minr), 3, 30.0, 30.0)
    rows = [
        separately("separate SIRENs", images, siren, settings),
        *(
            separately(name, [join(images)], siren, settings, split)
            for name, (join, split) in ARRANGEMENTS.items()
        ),
        jointly("COIN++", images, CoinPlusSpec(width, 3, 30.0, 30.0, latent=width), settings),
        jointly("MINR", images, minr, settings),
        separately("separate SIRENs of MINR's size", images, control, settings),
    ]
    ablations = {"no projection": {"projection": 0}, "shared projection": {"projection": 2}}
    ablations |= {f"unshared {bits:03b}": {"unshared": bits} for bits in (1, 2, 4, 3, 5, 6)}
    for name, options in ablations.items():
        rows.append(jointly(f"MINR, {name}", images, minr.with_options(options), settings))
    rows += by_activation(images, width, settings)
    save_sized("minr", "minr", full, rows, ["images: kodim01, 02, 03 and 23"])


if __name__ == "__main__":
    main()
