"""How far decoders are apart, against what the specification allows (`formats/inr-v1.md`, 6.5).

    python -m benchmarks.product.tolerance [--resume]

The three audio signals, whole, as floats, by several models with the networks of effort 1 and some
factors of omega; and a crop of a Kodak image at 16 bits. Four decodes of each: by the package on
one thread and on two, by the reference decoder in binary32 and in binary64. `seen` is the largest
difference of any two of them, `tolerance` what `reference_decoder.tolerance` says, both in values
from -1 to 1; `constant` is `seen` by the 2^-14 that the specification once promised.

Fits take 25 steps: the first layers, which matter most here, begin at the frequencies that the
signal's length asks for, and hardly change in a fit. (Rows of "effort 1" take all of its steps, 40
to 100.) Of Levels-of-Experts, `doubtful` samples, where a decoder may take either of two matrices,
do not count. `--resume` keeps the rows of a run that was ended.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import torch
from PIL import Image

import inrcodec
from benchmarks.common import CLIPS, ROOT, Row, clip, kodak, read, save, write
from inrcodec.codecs.inr.networks import LoeSpec, PerceptronSpec
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container

NAME = "tolerance"
STEPS = 25
OMEGA_30 = {"omega": 30.0}
# (what, options) of audio signals, and of the shortest of them alone.
OF_AUDIO: tuple[tuple[str, dict[str, Any]], ...] = (
    ("enrp", {}),
    ("local-global", OMEGA_30),
    ("siren", OMEGA_30),
    ("loe", {}),
    ("incode", OMEGA_30),
    ("minr", OMEGA_30),
)
OF_THE_SHORTEST: tuple[tuple[str, dict[str, Any]], ...] = (
    ("enrp, effort 1", {"steps": None}),
    ("local-global, effort 1", {"steps": None}),
    ("siren, effort 1", {"steps": None}),
    ("siren", {"omega": 100.0}),
    ("siren", {"omega": 60.0, "depth": 5}),
    ("local-global", {"omega": 60.0}),
    *(("siren", {"activation": name}) for name in ("finer", "gaussian", "wire", "relu")),
)
OF_IMAGES: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("siren", {"omega": omega}) for omega in (30.0, 100.0, 300.0)),
    ("local-global", {"omega": 100.0}),
)


def load_reference() -> ModuleType:
    """The reference decoder."""
    sys.path.insert(0, str(ROOT.parent / "formats"))
    return import_module("reference_decoder")


def decoded(data: bytes, reference: ModuleType) -> list[npt.NDArray[np.float64]]:
    """By each of the four, in samples."""
    ours = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        ours.append(inrcodec.open(data).render())
    torch.set_num_threads(1)
    theirs = [reference.decode(data, precision=kind) for kind in (np.float32, np.float64)]
    return [samples.astype(np.float64) for samples in (*ours, *theirs)]


def doubtful(spec: PerceptronSpec, frames: int) -> npt.NDArray[np.bool_]:
    """Where rounding decides which matrix a layer takes."""
    found = np.zeros(frames, bool)
    if isinstance(spec, LoeSpec):
        places = (2 * np.arange(frames) + 1) / (2 * frames)
        for alpha in spec.alphas:
            cells = alpha * places + 2**-10
            found |= np.abs(cells - np.rint(cells)) < alpha * 2**-22
    return found


def measured(what: str, name: str, data: bytes, steps: int, reference: ModuleType) -> Row:
    header = read_header(Container(data))
    spec, levels = header.spec, 1.0
    assert isinstance(spec, PerceptronSpec)
    decodes = decoded(data, reference)
    counted = np.ones(len(decodes[0]), bool)
    if decodes[0].ndim == 2:
        counted = ~doubtful(spec, len(counted))
    else:
        levels = 2 / 65_535
    pairs = combinations([samples[counted] for samples in decodes], 2)
    seen = levels * max(float(np.abs(a - b).max()) for a, b in pairs)
    tolerance = levels * reference.tolerance(data)
    return {
        "signal": name,
        "model": what,
        "activation": spec.function.name,
        "omega_0": spec.omega_0,
        "omega": spec.omega,
        "width": spec.width,
        "depth": spec.depth,
        "steps": steps,
        "seen": f"{seen:.3g}",
        "tolerance": f"{tolerance:.3g}",
        "ratio": tolerance / seen if seen else float("inf"),
        "constant": seen * 2**14,
        "doubtful": int(np.count_nonzero(~counted)),
    }


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """(signal, what, options), the quickest first."""
    shortest = CLIPS[-1]
    found = [(name, *job) for name in reversed(CLIPS) for job in OF_AUDIO]
    found[len(OF_AUDIO) : len(OF_AUDIO)] = [(shortest, *job) for job in OF_THE_SHORTEST]
    return found + [("kodim23, 96×64", *job) for job in OF_IMAGES]


def encoded(name: str, what: str, options: dict[str, Any]) -> inrcodec.Encoded:
    model = what.partition(",")[0]
    chosen = {"model": model, "effort": 1, "steps": STEPS, "device": "cpu", **options}
    if name in CLIPS:
        samples, rate = soundfile.read(clip(name), dtype="float32")
        return inrcodec.encode(samples, rate=rate, **chosen)
    crop = np.asarray(Image.open(kodak()[22]).convert("RGB").crop((300, 200, 396, 264)))
    return inrcodec.encode(crop.astype(np.uint16) * 257, **chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    reference, command = load_reference(), "python -m benchmarks.product.tolerance"
    rows = read(NAME) if arguments.resume else []
    for name, what, options in jobs()[len(rows) :]:
        result = encoded(name, what, options)
        rows.append(measured(what, name, result.data, result.steps, reference))
        write(NAME, command, rows)
        print(*rows[-1].values(), flush=True)
    save(NAME, command, rows)


if __name__ == "__main__":
    main()
