"""Rate and distortion of the default model on audio signals, beside MP3, Vorbis and FLAC at the
nearest sizes in the same run: a table, a plot, and spectrograms of each clip at the default.

    python -m benchmarks.product.audio [--clips NAME ...] [--name NAME]

Bytes are those of whole files. MP3 and Vorbis are libsndfile's, MP3 at a variable rate where that
reaches the size; what they decode to is moved by the delay at which it correlates best with the
original, and compared sample for sample. FLAC is of 16-bit samples. `distance_db` is the mean
log-spectral distance.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

import inrcodec
from benchmarks.common import CLIPS, RESULTS, Row, clip, save
from benchmarks.extras import pyplot as load_pyplot
from benchmarks.product.audio_codecs import CODECS, LOSSLESS, decoded_beside, measures, nearest
from inrcodec.media.audio import from_samples
from inrcodec.signal import Signal

pyplot = load_pyplot()

Floats = npt.NDArray[np.float32]

NAME = "inrcodec"
DEFAULT = "default"
# From about 40 to 250 kbit/s at 44.1 kHz.
SETTINGS: dict[str, dict[str, Any]] = {
    "narrow": {"width": 10},
    DEFAULT: {},
    "wide": {"width": 20},
    "widest": {"width": 26},
}
# Below what is shown of a spectrogram, in dB.
FLOOR = -120
WINDOW = 2048


def row(
    name: str, signal: Signal, codec: str, setting: str, size: int, samples: Floats, delay: int = 0
) -> Row:
    """Of a file of so many bytes, which decodes to samples."""
    found = measures(signal, samples)
    cells = {
        "clip": name,
        "codec": codec,
        "setting": setting,
        "bytes": size,
        "kbps": 8 * size * signal.info.rate / signal.info.frames / 1000,
        "snr_db": found["snr_db"],
        "psnr_db": found["psnr_db"],
        "distance_db": found["log_spectral_distance_db"],
        "delay": delay,
    }
    print(*cells.values(), flush=True)
    return cells


def measured(name: str) -> list[Row]:
    """All files of one clip; draws its spectrograms."""
    signal = from_samples(*soundfile.read(clip(name), dtype="float32"))
    rows = []
    for setting, options in SETTINGS.items():
        data = inrcodec.encode(clip(name), device="cpu", **options).data
        samples = inrcodec.open(data).render()
        rows.append(row(name, signal, NAME, setting, len(data), samples))
        if setting == DEFAULT:
            sounds = {"original": signal.samples, caption(rows[-1]): samples}
            draw_spectrograms(sounds, signal.info.rate, RESULTS / f"audio-{name}.png")
        for codec in CODECS:
            if codec not in LOSSLESS or setting == DEFAULT:
                other = nearest(signal, codec, len(data))
                beside = decoded_beside(signal, other)
                rows.append(row(name, signal, codec, f"near {setting}", len(other), *beside))
    return rows


def caption(cells: Row) -> str:
    return f"decoded from {cells['bytes']} bytes, {cells['kbps']:.0f} kbit/s"


def draw_spectrograms(sounds: dict[str, Floats], rate: int, path: Path) -> None:
    """Power over time and frequency of some audio signals, side by side."""
    figure, panels = pyplot.subplots(1, len(sounds), figsize=(12, 4), sharey=True)
    for axes, (title, samples) in zip(panels, sounds.items(), strict=True):
        # Silence has no logarithm.
        heard = samples[:, 0] + np.float32(1e-9)
        _, _, _, drawn = axes.specgram(
            heard, WINDOW, rate, noverlap=WINDOW // 2, vmin=FLOOR, vmax=-20, cmap="magma"
        )
        axes.set(title=title, xlabel="seconds")
    panels[0].set_ylabel("Hz")
    figure.colorbar(drawn, ax=panels, label="dB")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def plot(rows: list[Row], names: list[str], path: Path) -> None:
    """SNR over the rate, a panel for each clip."""
    figure, panels = pyplot.subplots(1, len(names), figsize=(5 * len(names), 4.5), squeeze=False)
    for axes, name in zip(panels[0], names, strict=True):
        for codec in (NAME, *CODECS):
            own = [r for r in rows if r["clip"] == name and r["codec"] == codec]
            points = sorted((r["kbps"], r["snr_db"]) for r in own if np.isfinite(r["snr_db"]))
            bold = {"color": "black", "lw": 2.4} if codec == NAME else {"lw": 1.4}
            if points:
                axes.plot(*zip(*points, strict=True), marker="o", label=codec, **bold)
        axes.set(xlabel="kbit/s, whole files", ylabel="SNR (dB)", title=name)
        axes.tiling(alpha=0.3)
        axes.legend(fontsize=8)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", nargs="+", choices=CLIPS, default=CLIPS)
    parser.add_argument("--name", default="audio")
    arguments = parser.parse_args()
    rows = [cells for name in arguments.clips for cells in measured(name)]
    settings = [f"{name}: {options or 'none'}" for name, options in SETTINGS.items()]
    command = "python -m benchmarks.product.audio " + " ".join(sys.argv[1:])
    save(arguments.name, command, rows, [f"options of encode by setting; {'; '.join(settings)}"])
    plot(rows, list(arguments.clips), RESULTS / f"{arguments.name}.png")


if __name__ == "__main__":
    main()
