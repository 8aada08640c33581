"""What the scripts of the papers' tables share: a row for a fit, with every figure that a reader
may want beside the paper's.

PSNR is given by two definitions: `psnr_db`, decoded from a file's bytes, as everywhere in this
project: of 8-bit samples, or of an audio signal's with a peak of 1; and `paper_db`, of the values
before clamping, rounding and quantizing, by the paper's own definition, which the column
`definition` names:

| name | definition |
|---|---|
| peak 1 | 20·log10(1/RMSE) of samples in [-1, 1] |
| unit | 20·log10(1/RMSE) of samples in [0, 1]: 6.02 dB above peak 1 |
| stretched | both images stretched to 0…255 by their own minimum and maximum, peak 255 |

Either is that of the best weights of the training, as the papers' are.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import soundfile
import torch

from benchmarks.common import Row, clip, save
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import render
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.container.items import item_file
from inrcodec.decoding import open_representation
from inrcodec.media.audio import from_samples
from inrcodec.signal import AudioInfo, Color, ImageInfo, Metadata, Signal
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import Comparison

__all__ = [
    "DEFINITIONS",
    "EIGHT_BITS",
    "file_bytes",
    "full_size",
    "measure",
    "audio",
    "save_sized",
    "values",
]

Floats = npt.NDArray[np.float64]
Fitter = Callable[[npt.NDArray[np.float32], NetworkSpec, FitSettings], Fit]

# Takes 8-bit samples of any shape to values and back.
EIGHT_BITS = ImageInfo(1, 1, Color.RGB, 8)

NO_GPU = "no GPU at hand: --full rows are left for later"


def _peak(error: Floats, peak: float) -> float:
    return 10 * math.log10(peak * peak / max(float(np.square(error).mean()), 1e-30))


def _stretch(image: Floats) -> Floats:
    least, most = image.min(), image.max()
    return 255 * (image - least) / (most - least)


# Of values in [-1, 1] and their targets.
DEFINITIONS: dict[str, Callable[[Floats, Floats], float]] = {
    "peak 1": lambda values, target: _peak(values - target, 1),
    "unit": lambda values, target: _peak(values - target, 2),
    "stretched": lambda values, target: _peak(_stretch(values) - _stretch(target), 255),
}


def full_size(description: str | None) -> bool:
    """Return whether the command line says `--full`; it must say that or `--small`."""
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
    save(f"{name}-{size}", f"python -m benchmarks.papers.{script} --{size}", rows, notes)


def values(network: Network) -> Floats:
    """Return a network's values at its signal's samples, (*shape, channels), about -1 to 1."""
    shape = network.domain.shape
    return render(network, Raster(Region.whole(shape), shape)).astype(np.float64)


def audio(name: str, share: float = 1.0) -> Signal:
    """Return a clip, or so much of it from its middle, whose tiles do not overlap."""
    samples, rate = soundfile.read(clip(name), dtype="float32")
    count = round(share * len(samples))
    start = (len(samples) - count) // 2
    signal = from_samples(samples[start : start + count], rate)
    return replace(signal, info=replace(signal.info, overlap=0))


def file_bytes(network: Network, signal: Signal) -> bytes:
    """Write a file of the network."""
    weights = write_weights(network.spec, network.domain, quantize(network.arrays()))
    return item_file(signal.info, Metadata(), [model_section(network.spec), *weights])


def measure(
    name: str,
    signal: Signal,
    spec: NetworkSpec,
    settings: FitSettings,
    definition: str = "unit",
    fitter: Fitter = fit,
) -> Row:
    """Fit a signal, write a file's bytes, decode those, and return a row of all of it."""
    target = to_network(signal.info, signal.samples)
    began = time.perf_counter()
    result = fitter(target, spec, settings)
    seconds = time.perf_counter() - began
    data = file_bytes(result.network, signal)
    comparison, of_audio, peak = Comparison(), {}, EIGHT_BITS.peak
    with open_representation(data) as decoded:
        comparison.add(signal.samples, decoded.render())
    if isinstance(signal.info, AudioInfo):
        rate = 8 * len(data) / signal.info.seconds / 1000
        of_audio, peak = {"kbps": rate, "snr_db": comparison.snr_db}, 1
    quality = comparison.psnr_db(peak)
    paper_db = DEFINITIONS[definition](values(result.network), target.astype(np.float64))
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
        **of_audio,
        "psnr_db": quality,
        "paper_db": paper_db,
        "definition": definition,
    }
