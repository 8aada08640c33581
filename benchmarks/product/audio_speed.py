"""What audio costs at the default effort: encoding and decoding, by a call of the library and
as whole processes, of the cello's 7 seconds; and what a second of sound takes.

    python -m benchmarks.product.audio_speed [--rounds N]

Seconds are the least of some rounds, as other processes only add to them. `part` is one second from
the middle.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import soundfile

import inrcodec
from benchmarks.common import Row, clip, least, load, save
from benchmarks.product.process import run

NAME = "gt_bach"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    note, path = load(), clip(NAME)
    length = soundfile.info(path).duration
    encoded = inrcodec.encode(path, device="cpu")

    def cells(what: str, seconds: float, sound: float = length, peak: float | str = "") -> Row:
        # Seconds of sound in a second.
        found = {"what": what, "seconds": seconds, "speed": sound / seconds, "peak_gib": peak}
        print(*found.values(), flush=True)
        return found

    def render(time: tuple[float, float] | None = None) -> object:
        with inrcodec.open(encoded.data) as opened:
            return opened.render(time=time)

    # The first encode is a round, too.
    times = [encoded.seconds] if rounds == 1 else []
    times.append(least(lambda: inrcodec.encode(path, device="cpu"), max(1, rounds - 1)))
    rows = [
        cells("encode, library", min(times)),
        cells("decode, library", least(render, rounds)),
        cells("decode part, library", least(lambda: render((3, 4)), rounds), 1),
    ]
    with tempfile.TemporaryDirectory() as folder:
        small, sound = Path(folder) / "small.inr", Path(folder) / "sound.wav"
        target = ["-o", small, "--force", "--device", "cpu"]
        for what, arguments, seconds in (
            ("encode, process", ["encode", path, *target], length),
            ("decode, process", ["decode", small, "-o", sound, "--force"], length),
            (
                "decode part, process",
                ["decode", small, "-o", sound, "--force", "--time", "3:4"],
                1,
            ),
        ):
            costs = [run(*arguments) for _ in range(rounds)]
            rows.append(cells(what, min(c[0] for c in costs), seconds, max(c[1] for c in costs)))
    what = f"{NAME}: {len(encoded.data)} bytes, {encoded.steps} steps, {encoded.snr_db:.2f} dB SNR"
    command = f"python -m benchmarks.product.audio_speed --rounds {rounds}"
    save("audio-speed", command, rows, [what, note])


if __name__ == "__main__":
    main()
