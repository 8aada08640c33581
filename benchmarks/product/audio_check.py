"""A second opinion on audio: ViSQOL of files of one rate, beside Opus and Vorbis.

    python -m benchmarks.product.audio_check FOLDER ... [--kbps 64] [--seconds 10]

ViSQOL (3.3.3, `visqol-python`) judges music as one channel of 48 kHz; its scores are from 1 to
about 4.7. Codecs are asked for the rate; `kbps` is what whole files come to. Needs
`pip install .[bench]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import inrcodec
from benchmarks.common import Row, save
from benchmarks.extras import extra
from benchmarks.product.audio import NAME, cut, files
from inrcodec.rivals.audio import CODECS, Floats, decoded_beside, resampled

RATE = 48000


def score(original: Floats, decoded: Floats, rate: int) -> float:
    """The mean opinion that ViSQOL predicts."""
    api = extra("visqol").VisqolApi()
    api.create(mode="audio")
    both = [resampled(samples, rate, RATE).mean(axis=1) for samples in (original, decoded)]
    first, second = (samples.astype(np.float64) for samples in both)
    return float(api.measure_from_arrays(first, second, RATE).moslqo)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--kbps", type=float, default=64)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    rows: list[Row] = []
    for path, whole in files(arguments.folders):
        signal = cut(whole, arguments.seconds)
        rate, samples = int(signal.info.fields()["rate"]), signal.samples
        made = {NAME: inrcodec.encode(signal, kbps=arguments.kbps).data}
        decoded = {NAME: inrcodec.open(made[NAME]).render()}
        for codec in ("opus", "vorbis"):
            made[codec] = CODECS[codec](samples, rate, arguments.kbps)
            decoded[codec] = decoded_beside(signal, made[codec])
        for codec, data in made.items():
            kbps = 8 * len(data) * rate / len(samples) / 1000
            found = score(samples, decoded[codec], rate)
            rows.append({"clip": path.stem, "codec": codec, "kbps": kbps, "visqol": found})
            print(*rows[-1].values(), flush=True)
    for codec in (NAME, "opus", "vorbis"):
        own = [float(str(r["visqol"])) for r in rows if r["codec"] == codec]
        rates = [float(str(r["kbps"])) for r in rows if r["codec"] == codec]
        mean = {"kbps": float(np.mean(rates)), "visqol": float(np.mean(own))}
        rows.append({"clip": "mean", "codec": codec, **mean})
    command = "python -m benchmarks.product.audio_check " + " ".join(sys.argv[1:])
    save("audio-check", command, rows, [])


if __name__ == "__main__":
    main()
