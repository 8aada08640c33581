"""Rate and quality of audio beside Opus, Vorbis, AAC and MP3 at several rates in one run: tables,
plots and spectrograms.

    python -m benchmarks.product.audio [FOLDER ...] [--seconds 10] [--effort E]

Folders of WAV or FLAC files, by default the clips of the data beside the project; music that no
model was trained on, and its instruments neither, is made by

    python training/random_music.py held --count 12 --seed 7 --soundfont MuseScore_General_Lite.sf3

Bytes are those of whole files. `opinion` is the mean opinion, 1 to 5, that Zimtohrli predicts, the
mean over channels; `pesq` is that of speech of 16 kHz, wide band. What other codecs decode to is
moved by the delay at which it correlates best. `audio-at.tsv` has what codecs come to at some
rates, by lines between their points: the mean and the worst over files of two channels. Needs
`pip install .[bench]`.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

import inrcodec
from benchmarks.common import DATA, RESULTS, Row, save
from benchmarks.extras import pyplot as load_pyplot
from benchmarks.product.audio_measures import measures, speech_quality
from inrcodec.media.audio import from_samples
from inrcodec.rivals.audio import CODECS, KBPS, decoded_beside, mean_opinion
from inrcodec.signal import Signal

pyplot = load_pyplot()

Floats = npt.NDArray[np.float32]

NAME = "inrcodec"
AT = (40.0, 64.0, 67.0, 96.0)
SPEECH_RATE = 16000
# Below what is shown of a spectrogram, in dB.
FLOOR = -120
WINDOW = 2048


def files(folders: list[Path]) -> Iterator[tuple[Path, Signal]]:
    """The files of some folders, as signals of one or two channels."""
    for path in sorted(path for folder in folders for path in folder.iterdir()):
        if path.suffix in (".wav", ".flac"):
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            yield path, from_samples(samples[:, :2], rate)


def cut(signal: Signal, seconds: float) -> Signal:
    """The beginning of a signal."""
    rate = int(signal.info.fields()["rate"])
    return from_samples(signal.samples[: round(seconds * rate)], rate)


def rows_of(name: str, signal: Signal, effort: int) -> Iterator[Row]:
    """What all codecs come to on a signal."""
    rate = int(signal.info.fields()["rate"])
    samples: Floats = signal.samples
    for kbps in KBPS[signal.info.channels]:
        for tune in ("hearing", "snr"):
            encoded = inrcodec.encode(signal, kbps=kbps, tune=tune, effort=effort)
            decoded = inrcodec.open(encoded.data).render()
            yield row(name, signal, f"{NAME} {tune}", len(encoded.data), decoded)
        for codec, encode in CODECS.items():
            data = encode(samples, rate, kbps)
            yield row(name, signal, codec, len(data), decoded_beside(signal, data))


def row(name: str, signal: Signal, codec: str, size: int, decoded: Floats) -> Row:
    """Of a file of so many bytes, which decodes to samples."""
    rate = int(signal.info.fields()["rate"])
    is_speech = rate == SPEECH_RATE and signal.info.channels == 1
    cells = {
        "clip": name,
        "channels": signal.info.channels,
        "codec": codec,
        "bytes": size,
        "kbps": 8 * size * rate / len(signal.samples) / 1000,
        "snr_db": measures(signal, decoded)["snr_db"],
        "opinion": mean_opinion(signal.samples, decoded, rate),
        "pesq": speech_quality(signal.samples, decoded) if is_speech else "",
    }
    print(*cells.values(), flush=True)
    return cells


def points(rows: list[Row], clip: str, codec: str, measure: str) -> list[tuple[float, float]]:
    """Rates and what a codec comes to there, in order."""
    own = [r for r in rows if (r["clip"], r["codec"]) == (clip, codec) and r[measure] != ""]
    return sorted((float(str(r["kbps"])), float(str(r[measure]))) for r in own)


def at_rates(rows: list[Row]) -> list[Row]:
    """The mean and the worst over clips of two channels, by lines between points; beyond the
    first or the last, that one."""
    clips = list(dict.fromkeys(r["clip"] for r in rows if r["channels"] == 2))
    found: list[Row] = []
    for kbps in AT if clips else ():
        for codec in dict.fromkeys(r["codec"] for r in rows):
            cells: dict[str, Any] = {"kbps": kbps, "codec": codec, "clips": len(clips)}
            for measure in ("opinion", "snr_db"):
                known = [points(rows, str(clip), str(codec), measure) for clip in clips]
                values = [float(np.interp(kbps, *zip(*own, strict=True))) for own in known]
                cells |= {measure: float(np.mean(values)), f"{measure}_worst": min(values)}
            found.append(cells)
    return found


def plot(rows: list[Row], measure: str, path: Path) -> None:
    """Means over clips of two channels, by the rate."""
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    by_codec: dict[str, list[tuple[float, float]]] = defaultdict(list)
    clips = list(dict.fromkeys(str(r["clip"]) for r in rows if r["channels"] == 2))
    for codec in dict.fromkeys(str(r["codec"]) for r in rows):
        known = [points(rows, clip, codec, measure) for clip in clips]
        by_codec[codec] = [
            (float(np.mean([p[0] for p in some])), float(np.mean([p[1] for p in some])))
            for some in zip(*known, strict=False)
        ]
    for codec, some in by_codec.items():
        style = {"color": "black", "lw": 2.2} if codec.startswith(NAME) else {"lw": 1.3}
        line = "--" if codec.endswith("snr") else "-"
        axes.plot(*zip(*some, strict=True), line, marker="o", ms=3, **style)
        axes.annotate(codec, some[-1], textcoords="offset points", xytext=(4, -3), fontsize=8)
    axes.set(xlabel="kbit/s, whole files", ylabel=measure, title=f"mean over {len(clips)} clips")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110, bbox_inches="tight")


def draw_spectrograms(signal: Signal, kbps: float, path: Path) -> None:
    """Power over time and frequency of the original, of what files of one rate decode to, and of
    what these miss."""
    rate = int(signal.info.fields()["rate"])
    ours = inrcodec.open(inrcodec.encode(signal, kbps=kbps).data).render()
    opus = decoded_beside(signal, CODECS["opus"](signal.samples, rate, kbps))
    shown = {
        "original": signal.samples,
        f"{NAME}, {kbps:g} kbit/s": ours,
        "what it misses": signal.samples - ours,
        f"Opus, {kbps:g} kbit/s asked": opus,
        "what Opus misses": signal.samples - opus,
    }
    figure, panels = pyplot.subplots(1, len(shown), figsize=(4 * len(shown), 4), sharey=True)
    for axes, (title, samples) in zip(panels, shown.items(), strict=True):
        # Silence has no logarithm.
        heard = samples[:, 0] + np.float32(1e-9)
        _, _, _, drawn = axes.specgram(
            heard, WINDOW, rate, noverlap=WINDOW // 2, vmin=FLOOR, vmax=-20, cmap="magma"
        )
        axes.set(title=title, xlabel="seconds")
    panels[0].set_ylabel("Hz")
    figure.colorbar(drawn, ax=panels, label="dB")
    figure.savefig(path, dpi=90, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="*", default=[DATA / "audio"])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--effort", type=int, default=3)
    arguments = parser.parse_args()
    if not all(folder.is_dir() for folder in arguments.folders):
        sys.exit("skipped: no clips in data/audio beside the project")
    rows: list[Row] = []
    signals = {
        path.stem: cut(signal, arguments.seconds) for path, signal in files(arguments.folders)
    }
    for name, signal in signals.items():
        rows += rows_of(name, signal, arguments.effort)
    command = "python -m benchmarks.product.audio " + " ".join(sys.argv[1:])
    save("audio", command, rows, [])
    save("audio-at", command, at_rates(rows), [])
    if any(r["channels"] == 2 for r in rows):
        for measure in ("opinion", "snr_db"):
            plot(rows, measure, RESULTS / f"audio-{measure}.png")
    for name, signal in [*signals.items()][:3]:
        draw_spectrograms(signal, 32.0 * signal.info.channels, RESULTS / f"audio-{name}.png")


if __name__ == "__main__":
    main()
