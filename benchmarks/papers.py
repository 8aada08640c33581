"""What the scripts of the papers' tables share: a row for a fit, with every figure that a reader
may want beside the paper's.

PSNR is given by two definitions: `psnr_db`, of 8-bit samples decoded from a file's bytes, as
everywhere in this project; and `paper_db`, of the values before clamping, rounding and quantizing,
by the paper's own definition, which the column `definition` names:

| name | definition |
|---|---|
| peak 1 | 20·log10(1/RMSE) of samples in [-1, 1] |
| unit | 20·log10(1/RMSE) of samples in [0, 1]: 6.02 dB above peak 1 |
| stretched | both pictures stretched to 0…255 by their own minimum and maximum, peak 255 |

Either is that of the best weights of the training, as the papers' are.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from common import Row, save

from inrcodec.container.headers import NetworkHeader, write_signal
from inrcodec.container.sections import Section, build
from inrcodec.container.weights import write_weights
from inrcodec.coordinates import pixel_centres
from inrcodec.fitting import Fit, FitSettings, fit
from inrcodec.metrics import psnr
from inrcodec.networks import NetworkSpec
from inrcodec.networks.network import Network
from inrcodec.pictures import from_array
from inrcodec.quantization import quantize
from inrcodec.rendering import sample
from inrcodec.representation import open_representation

__all__ = ["DEFINITIONS", "file_bytes", "full_size", "measure", "save_sized", "values"]

Samples = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Fitter = Callable[[Samples, NetworkSpec, FitSettings], Fit]

NO_GPU = "no GPU at hand: --full rows are left for later"


def _peak(error: Floats, peak: float) -> float:
    return 10 * math.log10(peak * peak / max(float(np.square(error).mean()), 1e-30))


def _stretch(picture: Floats) -> Floats:
    least, most = picture.min(), picture.max()
    return 255 * (picture - least) / (most - least)


# Of values in [-1, 1] and their targets.
DEFINITIONS: dict[str, Callable[[Floats, Floats], float]] = {
    "peak 1": lambda values, target: _peak(values - target, 1),
    "unit": lambda values, target: _peak(values - target, 2),
    "stretched": lambda values, target: _peak(_stretch(values) - _stretch(target), 255),
}


def full_size(description: str | None) -> bool:
    """Whether the command line says `--full`; it must say that or `--small`."""
    parser = argparse.ArgumentParser(description=description)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--small", action="store_true")
    size.add_argument("--full", action="store_true")
    return bool(parser.parse_args().full)


def save_sized(
    name: str, script: str, full: bool, rows: list[Row], notes: Sequence[str] = ()
) -> None:
    """Write `NAME-small.tsv` or `NAME-full.tsv`."""
    size = "full" if full else "small"
    if not full and not torch.cuda.is_available():
        notes = [NO_GPU, *notes]
    save(f"{name}-{size}", f"python benchmarks/{script} --{size}", rows, notes)


@torch.no_grad()
def values(network: Network) -> Floats:
    """A network's values at its signal's samples, (*shape, channels), about -1 to 1, unclamped."""
    shape = network.domain.shape
    axes = np.meshgrid(*map(pixel_centres, shape), indexing="ij")
    points = torch.from_numpy(np.stack(axes, -1).reshape(-1, len(shape)).astype(np.float32))
    found = sample(network, points.to(network.device)).cpu().numpy().astype(np.float64)
    return found.reshape(*shape, -1)


def file_bytes(network: Network, samples: Samples) -> bytes:
    """What a file of the network holds."""
    spec = network.spec
    return build(
        [
            Section(b"SIGN", 1, write_signal(from_array(samples).format)),
            Section(b"NETW", 1, NetworkHeader(spec).to_bytes()),
            *write_weights(spec, network.domain, quantize(network.arrays())),
        ]
    )


def _fit(samples: Samples, spec: NetworkSpec, settings: FitSettings) -> Fit:
    return fit(samples, 255, spec, settings)


def measure(
    name: str,
    samples: Samples,
    spec: NetworkSpec,
    settings: FitSettings,
    definition: str = "unit",
    fitter: Fitter = _fit,
) -> Row:
    """Fit, write to a file's bytes, decode those, and tell all of it."""
    began = time.perf_counter()
    result = fitter(samples, spec, settings)
    seconds = time.perf_counter() - began
    data = file_bytes(result.network, samples)
    with open_representation(data) as decoded:
        quality = psnr(samples, decoded.render())
    target = samples.astype(np.float64) / 127.5 - 1
    paper_db = DEFINITIONS[definition](values(result.network), target)
    print(f"{name}: {quality:.2f} dB, {paper_db:.2f} {definition}, {seconds:.0f} s", flush=True)
    domain = result.network.domain
    return {
        "name": name,
        "parameters": sum(spec.parameters(domain).values()),
        "megaflops": spec.flops(domain) / 1e6,
        "steps": result.steps,
        "learning_rate": settings.learning_rate,
        "seed": settings.seed,
        "device": settings.device,
        "seconds": seconds,
        "bytes": len(data),
        "psnr_db": quality,
        "paper_db": paper_db,
        "definition": definition,
    }
