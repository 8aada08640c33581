"""What is heard of joints: how far decoded audio signals jump from the last sample of a tile to the
first of the next, beside all other steps from sample to sample, with tiles that do not overlap and
with the default overlap.

    python benchmarks/audio_joints.py [--clips NAME ...] [--effort E]

A jump is |x[b] - x[b-1]|, means are given: of decoded audio, of the original, and of what
the two differ by, which is 0 where the decoded one jumps just as the original does. `ratio` is that
last one at joints over that elsewhere: 1 where joints cannot be told.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import soundfile

import inrcodec
from benchmarks.common import CLIPS, Row, clip, save
from inrcodec.codecs.base import domain_of
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container
from inrcodec.media.audio import from_samples
from inrcodec.signal import Signal


def joints(data: bytes) -> npt.NDArray[np.int64]:
    """The samples that tiles of a file of one group start at, but for the first's."""
    header = read_header(Container(data))
    domain = domain_of(header.info)
    (tile,), (size,) = header.spec.tiling(domain).tile, domain.shape
    return np.arange(tile, size, tile)


def jumps(samples: npt.NDArray[np.float32], at: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Mean jumps to some samples, and to all others."""
    steps = np.abs(np.diff(samples.astype(np.float64), axis=0)).mean(1)
    chosen = np.zeros(len(steps), bool)
    chosen[at - 1] = True
    return float(steps[chosen].mean()), float(steps[~chosen].mean())


def row(name: str, signal: Signal, effort: int) -> Row:
    encoded = inrcodec.encode(signal, model="enrp", effort=effort, device="cpu")
    with inrcodec.open(encoded.data) as opened:
        decoded = opened.render()
    at = joints(encoded.data)
    ours, other = jumps(decoded, at)
    theirs, theirs_other = jumps(signal.samples, at)
    off, off_other = jumps(decoded - signal.samples, at)
    cells = {
        "clip": name,
        "overlap": signal.info.overlap,
        "bytes": len(encoded.data),
        "snr_db": encoded.snr_db,
        "joints": len(at),
        # Jumps are thousandths of full scale: shown as such, to keep their digits.
        "decoded_at_joints": 1e3 * ours,
        "original_at_joints": 1e3 * theirs,
        "decoded_elsewhere": 1e3 * other,
        "original_elsewhere": 1e3 * theirs_other,
        "difference_at_joints": 1e3 * off,
        "difference_elsewhere": 1e3 * off_other,
        "ratio": off / off_other,
    }
    print(*cells.values(), flush=True)
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", nargs="+", choices=CLIPS, default=CLIPS)
    parser.add_argument("--effort", type=int, default=3)
    arguments = parser.parse_args()
    rows = []
    for name in arguments.clips:
        signal = from_samples(*soundfile.read(clip(name), dtype="float32"))
        apart = replace(signal, info=replace(signal.info, overlap=0))
        rows += [row(name, each, arguments.effort) for each in (apart, signal)]
    command = "python benchmarks/audio_joints.py " + " ".join(sys.argv[1:])
    save("audio-joints", command, rows, ["jumps are in thousandths of full scale"])


if __name__ == "__main__":
    main()
