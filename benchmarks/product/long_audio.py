"""Peak memory of a long audio signal: encode, decode, and decode of ten seconds of it.

    python -m benchmarks.product.long_audio [--minutes N] [--channels N]

The audio is gt_bach over and over, 16 bit at 44.1 kHz.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks.common import DATA, Row, save
from benchmarks.product.process import run

RATE = 44100


def minutes_of(count: int, channels: int) -> Iterator[npt.NDArray[np.float32]]:
    """`count` times a minute of sound, (frames, channels)."""
    clip, _ = soundfile.read(DATA / "audio" / "gt_bach.wav", dtype="float32")
    minute = np.resize(clip, 60 * RATE)
    for _ in range(count):
        yield np.stack([minute * 0.8**c for c in range(channels)], -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--channels", type=int, default=2)
    chosen = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, chosen.minutes):
            wav, coded = Path(folder, f"{count}.wav"), Path(folder, f"{count}.inr")
            with soundfile.SoundFile(wav, "w", RATE, chosen.channels, "PCM_16") as file:
                for minute in minutes_of(count, chosen.channels):
                    file.write(minute)
            commands = {
                "encode, effort 1": ("encode", wav, "-o", coded, "--effort", 1),
                "decode": ("decode", coded, "-o", Path(folder, "whole.wav"), "--force"),
                "decode 10 s": (
                    *("decode", coded, "--time", "20:30"),
                    *("-o", Path(folder, "part.wav"), "--force"),
                ),
            }
            for name, command in commands.items():
                seconds, memory = run(*command)
                rows.append(
                    {
                        "what": name,
                        "minutes": count,
                        "channels": chosen.channels,
                        "seconds": seconds,
                        "peak_gib": memory,
                        "inr_bytes": coded.stat().st_size,
                    }
                )
                print(rows[-1], flush=True)
    options = f"--minutes {chosen.minutes} --channels {chosen.channels}"
    save("long-audio", f"python -m benchmarks.product.long_audio {options}", rows)


if __name__ == "__main__":
    main()
