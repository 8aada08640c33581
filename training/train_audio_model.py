"""Train the pretrained model of the latent grid of audio on recordings.

    python training/random_music.py MUSIC
    python training/train_audio_model.py RECORDINGS MUSIC... -o audio.npz [--minutes 60]

Excerpts are encoded, at random steps, with the networks as they are; these learn to tell the
numbers that were chosen from what they saw. Then other excerpts are encoded with better networks,
and so on. In the last part weights are as they will be stored. A fit that was ended goes on from
`audio.state.npz`. A model that a release has shipped is never replaced: a better one gets the next
number.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from model_files import write_arrays
from row_fit import RowFit
from row_records import Excerpts, Recorder, Records

from inrcodec.codecs.audio_grid.networks import AudioModel, read_audio_model
from inrcodec.codecs.audio_grid.rows import KINDS, Kind
from inrcodec.threads import limit_threads

# Excerpts that are recorded at first, and that a round replaces.
AT_HAND, NEW = 60, 12
# Numbers of a step, and steps of each network in a round.
BATCH, STEPS = 4096, 60
# When weights are whole.
WHOLE = 0.6
WARM = 40


class Training:
    """A fit of a model to recordings in some folders, of so many minutes of CPU time."""

    def __init__(self, fit: RowFit, folders: list[Path], output: Path, minutes: float) -> None:
        self._fit, self._output, self._seconds = fit, output, 60 * minutes
        self._state = output.with_suffix(".state.npz")
        self._before, self._rounds = 0.0, 0
        if self._state.exists():
            with np.load(self._state) as state:
                fit.restore(state)
                self._before, self._rounds = float(state["seconds"]), int(state["rounds"])
        self._began = time.process_time()
        self._generator = np.random.default_rng([1, self._rounds])
        self._excerpts = Excerpts(folders, self._generator)
        self._at_hand: list[dict[Kind, list[Records]]] = []

    @property
    def _spent(self) -> float:
        return self._before + time.process_time() - self._began

    def run(self) -> None:
        """Fit until the time is spent."""
        while self._spent < self._seconds:
            self._record(NEW if self._at_hand else AT_HAND)
            costs = self._learn()
            self._rounds += 1
            told = ", ".join(f"{cost:.4f}" for cost in costs)
            print(f"{self._rounds} rounds, {self._spent / 60:.1f} min: {told}", flush=True)
            self._save()

    def _model(self) -> AudioModel:
        file = BytesIO()
        np.savez(file, **self._fit.arrays())  # type: ignore[arg-type]
        return read_audio_model(file.getvalue())

    def _record(self, count: int) -> None:
        recorder = Recorder(self._model())
        self._at_hand += [self._excerpts.record(recorder) for _ in range(count)]
        del self._at_hand[:-AT_HAND]

    def _learn(self) -> list[float]:
        """Do steps of all networks; return the mean bits of extents, levels and coefficients."""
        sums: dict[int, list[float]] = defaultdict(list)
        for kind in KINDS:
            parts = [part for found in self._at_hand for part in found.get(kind, [])]
            if not parts:
                continue
            records = Records.joined(parts)
            for step in range(STEPS):
                share = min(1.0, self._spent / self._seconds)
                warm = min(1.0, (self._rounds * STEPS + step + 1) / WARM)
                picked = self._generator.integers(len(records.numbers), size=BATCH)
                batch = Records(*(array[picked] for array in vars(records).values()))
                falling = warm * (1 + math.cos(math.pi * share)) / 2
                sums[kind.role].append(self._fit.learn(kind, batch, falling, share > WHOLE))
        return [float(np.mean(sums[role])) for role in sorted(sums)]

    def _save(self) -> None:
        counts = {"seconds": np.array(self._spent), "rounds": np.array(self._rounds)}
        write_arrays(self._state, {**self._fit.state(), **counts})
        write_arrays(self._output, self._fit.arrays())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="the model to start from")
    parser.add_argument("--minutes", type=float, default=60, help="of CPU time")
    parser.add_argument("--rate", type=float, default=1e-2, help="see `RowFit`")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    limit_threads(arguments.threads)
    start = arguments.start and read_audio_model(arguments.start.read_bytes())
    fit = RowFit(start, arguments.rate)
    Training(fit, arguments.recordings, arguments.output, arguments.minutes).run()
    print(sha256(arguments.output.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
