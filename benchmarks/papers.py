"""What the scripts of the papers' tables share: a row for a fit, with every figure that a reader
may want beside the paper's.

PSNR is given by two definitions: `psnr_db`, of 8-bit samples, as everywhere in this project; and
`paper_db`, 20·log10(1/RMSE) of samples in [-1, 1] before clamping and rounding, peak 1, as ENRP
reports it, or with 6.02 dB more, of peak to peak, where a paper uses that.
"""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import numpy.typing as npt
from common import Row, save

from inrcodec.container.headers import NetworkHeader, write_signal
from inrcodec.container.sections import Section, build
from inrcodec.container.weights import write_weights
from inrcodec.fitting import FitSettings, fit
from inrcodec.metrics import psnr
from inrcodec.networks import NetworkSpec
from inrcodec.pictures import from_array
from inrcodec.quantization import quantize
from inrcodec.representation import open_representation

__all__ = ["full_size", "measure", "save_sized"]

PEAK_TO_PEAK_DB = 20 * math.log10(2)


def full_size(description: str | None) -> bool:
    """Whether the command line says `--full`; it must say that or `--small`."""
    parser = argparse.ArgumentParser(description=description)
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--small", action="store_true")
    size.add_argument("--full", action="store_true")
    return bool(parser.parse_args().full)


def save_sized(name: str, script: str, full: bool, rows: list[Row]) -> None:
    """Write `NAME-small.tsv` or `NAME-full.tsv`."""
    size = "full" if full else "small"
    save(f"{name}-{size}", f"python benchmarks/{script} --{size}", rows)


def measure(
    name: str, samples: npt.NDArray[np.uint8], spec: NetworkSpec, settings: FitSettings
) -> Row:
    """Fit, write to a file's bytes, decode those, and tell all of it."""
    began = time.perf_counter()
    result = fit(samples, 255, spec, settings)
    seconds = time.perf_counter() - began
    signal = from_array(samples)
    data = build(
        [
            Section(b"SIGN", 1, write_signal(signal.format)),
            Section(b"NETW", 1, NetworkHeader(spec).to_bytes()),
            *write_weights(spec, result.network.domain, quantize(result.network.arrays())),
        ]
    )
    with open_representation(data) as decoded:
        quality = psnr(samples, decoded.render())
    domain = result.network.domain
    row = {
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
        "peak_to_peak_db": result.psnr_db,
        "paper_db": result.psnr_db - PEAK_TO_PEAK_DB,
    }
    print(name, f"{result.psnr_db:.2f} dB peak to peak, {len(data)} bytes, {seconds:.0f} s")
    return row
