"""MINR, Tables I to III: four Kodak pictures by MINR and its ablations, against separate SIRENs,
one SIREN over the pictures in a row, a column, a grid or with their number as a third coordinate,
COIN++, and the control that the paper leaves out: separate SIRENs of MINR's size per picture.

    python benchmarks/minr.py --small | --full

`--small` is 192×128 pixels, width 64 and 100 steps; `--full` is 768×512, width 256 and 2000 steps.
PSNR is the mean over pictures, of decoded 8-bit samples before weights are quantized.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean

import numpy as np
import numpy.typing as npt
from common import Row, kodak
from papers import full_size, save_sized
from PIL import Image

from inrcodec.coordinates import Region
from inrcodec.devices import resolve_device
from inrcodec.fitting import Fit, FitSettings, fit, fit_jointly
from inrcodec.metrics import psnr
from inrcodec.networks import CoinPlusSpec, Domain, MinrSpec, NetworkSpec, Scope, SirenSpec
from inrcodec.networks.activations import activation_by_name
from inrcodec.rendering import Raster, render

Samples = npt.NDArray[np.uint8]
ACTIVATIONS = ("sine", "gaussian", "wire", "finer")


def rendered(result: Fit, shape: tuple[int, ...]) -> Samples:
    return render(result.network, Raster(Region.whole(shape), shape), 255, np.uint8)


def row(name: str, weights: int, seconds: float, pairs: list[tuple[Samples, Samples]]) -> Row:
    quality = mean(psnr(a, b) for a, b in pairs)
    print(f"{name}: {weights} weights, {quality:.2f} dB, {seconds:.0f} s")
    return {"name": name, "parameters": weights, "psnr_db": quality, "seconds": seconds}


def jointly(name: str, pictures: list[Samples], spec: NetworkSpec, settings: FitSettings) -> Row:
    began = time.perf_counter()
    fits = fit_jointly(pictures, 255, spec, settings)
    shape = pictures[0].shape[:2]
    counts = spec.parameters(Domain(shape, 3))
    weights = counts[Scope.SHARED] + len(pictures) * counts[Scope.ITEM]
    pairs = [(p, rendered(f, shape)) for p, f in zip(pictures, fits, strict=True)]
    return row(name, weights, time.perf_counter() - began, pairs)


def separately(name: str, pictures: list[Samples], spec: NetworkSpec, settings: FitSettings) -> Row:
    began = time.perf_counter()
    shape = pictures[0].shape[:2]
    pairs = [(p, rendered(fit(p, 255, spec, settings), shape)) for p in pictures]
    weights = len(pictures) * sum(spec.parameters(Domain(shape, 3)).values())
    return row(name, weights, time.perf_counter() - began, pairs)


def together(
    name: str,
    pictures: list[Samples],
    arrange: Callable[[list[Samples]], Samples],
    spec: NetworkSpec,
    settings: FitSettings,
) -> Row:
    """One network for an array of all the pictures."""
    began = time.perf_counter()
    whole = arrange(pictures)
    shape = whole.shape[:-1]
    weights = sum(spec.parameters(Domain(shape, 3)).values())
    pairs = [(whole, rendered(fit(whole, 255, spec, settings), shape))]
    return row(name, weights, time.perf_counter() - began, pairs)


def grid(pictures: list[Samples]) -> Samples:
    return np.concatenate([np.concatenate(pictures[:2], 1), np.concatenate(pictures[2:], 1)], 0)


ARRANGEMENTS: dict[str, Callable[[list[Samples]], Samples]] = {
    "SIREN, row": lambda pictures: np.concatenate(pictures, 1),
    "SIREN, column": lambda pictures: np.concatenate(pictures, 0),
    "SIREN, grid": grid,
    "SIREN, ID": lambda pictures: np.stack(pictures),
}


def equal_width(pictures: list[Samples], minr: MinrSpec) -> int:
    """The width at which separate SIRENs have no more weights than MINR has for each picture."""
    domain = Domain(pictures[0].shape[:2], 3)
    counts = minr.parameters(domain)
    each = counts[Scope.SHARED] / len(pictures) + counts[Scope.ITEM]
    width = 1
    while sum(SirenSpec(width + 1, 3, 30.0, 30.0).parameters(domain).values()) <= each:
        width += 1
    return width


def main() -> None:
    full = full_size(__doc__)
    factor, width, steps = (1, 256, 2000) if full else (4, 64, 100)
    pictures = [np.asarray(Image.open(p).convert("RGB").reduce(factor)) for p in kodak(3)]
    pictures.append(np.asarray(Image.open(kodak()[22]).convert("RGB").reduce(factor)))
    settings = FitSettings(steps, 1e-3, device=resolve_device("auto"))
    siren, minr = SirenSpec(width, 3, 30.0, 30.0), MinrSpec(width, 3, 30.0, 30.0)
    control = SirenSpec(equal_width(pictures, minr), 3, 30.0, 30.0)
    rows = [
        separately("separate SIRENs", pictures, siren, settings),
        *(together(n, pictures, a, siren, settings) for n, a in ARRANGEMENTS.items()),
        jointly("COIN++", pictures, CoinPlusSpec(width, 3, 30.0, 30.0, latent=width), settings),
        jointly("MINR", pictures, minr, settings),
        separately("separate SIRENs of MINR's size", pictures, control, settings),
    ]
    ablations = {"no projection": {"projection": 0}, "shared projection": {"projection": 2}}
    ablations |= {f"unshared {bits:03b}": {"unshared": bits} for bits in (1, 2, 4, 3, 5, 6)}
    for name, options in ablations.items():
        rows.append(jointly(f"MINR, {name}", pictures, minr.with_options(options), settings))
    for name in ACTIVATIONS[1:]:
        function = activation_by_name(name)
        # Complex weights count twice.
        narrow = round(width / 2**0.5) if function.complex_weights else width
        factors = (function.omega_0, function.omega, function.number, function.scale)
        spec = MinrSpec(narrow, 3, *factors)
        rate = function.learning_rate or settings.learning_rate
        own = FitSettings(steps, rate, device=settings.device)
        rows.append(jointly(f"MINR, {name}", pictures, spec, own))
        single = SirenSpec(narrow, 3, *factors)
        rows.append(separately(f"separate, {name}", pictures, single, own))
    save_sized("minr", "minr.py", full, rows)


if __name__ == "__main__":
    main()
