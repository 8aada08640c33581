"""Five seconds of plucked strings, by the algorithm of Karplus and Strong (1983)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from noise import SEED

Array = npt.NDArray[np.float64]

RATE = 22050
SECONDS = 5
# Notes as (beginning in beats, semitones above A3, loudness).
BEAT = 0.3
MELODY = (
    *((0, 3, 1.0), (1, 7, 0.8), (2, 10, 0.8), (3, 15, 0.9), (4, 10, 0.7), (5, 7, 0.7)),
    *((6, 2, 1.0), (7, 5, 0.8), (8, 10, 0.8), (9, 14, 0.9), (10, 10, 0.7), (11, 5, 0.7)),
    *((12, 3, 1.0), (12, -9, 0.9), (12.1, 7, 0.7), (12.2, 10, 0.7), (12.3, 15, 0.8)),
)


def pluck(hertz: float, count: int, generator: np.random.Generator) -> Array:
    """`count` samples of a string: noise that goes round and loses its highs on the way."""
    period = round(RATE / hertz)
    wave = np.empty(period + 1 + count)
    start = generator.uniform(-1, 1, period + 1)
    wave[: period + 1] = (start + np.roll(start, 1)) / 2
    for first in range(period + 1, len(wave), period):
        last = min(first + period, len(wave))
        before = wave[first - period : last - period]
        wave[first:last] = 0.498 * (before + wave[first - period - 1 : last - period - 1])
    return wave[period + 1 :]


def melody() -> npt.NDArray[np.int16]:
    """(samples,), mono, 16 bit."""
    generator = np.random.default_rng(SEED)
    total = np.zeros(RATE * SECONDS)
    for beat, semitones, loudness in MELODY:
        first = round(beat * BEAT * RATE)
        note = pluck(220 * 2 ** (semitones / 12), len(total) - first, generator)
        # The finger's touch: the first milliseconds swell instead of cracking.
        swell = np.minimum(1, np.arange(len(note)) / (0.004 * RATE))
        total[first:] += loudness * swell * note
    fade = np.minimum(1, np.arange(len(total), 0, -1) / (0.4 * RATE))
    total *= fade / np.abs(total * fade).max()
    return np.rint(0.8 * 32767 * total).astype(np.int16)
