"""What networks of audio see and are to tell, collected from excerpts while these are encoded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from inrcodec.codecs.audio_grid.bands import EIGHTHS, bands_of
from inrcodec.codecs.audio_grid.coder import code_stream
from inrcodec.codecs.audio_grid.encoder.partition import choose_lengths
from inrcodec.codecs.audio_grid.encoder.quantizer import StreamWriter, prepare
from inrcodec.codecs.audio_grid.frames import default_frame
from inrcodec.codecs.audio_grid.lapped import analyze, analyze_evenly
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.rows import Kind, Role
from inrcodec.codecs.audio_grid.steps import EXPONENT_OF_1, LEVEL_OF_1
from inrcodec.codecs.audio_grid.streams import Layout, Row
from inrcodec.codecs.grid.coder import Probabilities
from inrcodec.codecs.grid.pretrained import ODD
from inrcodec.entropy import DecisionWriter

__all__ = ["Excerpts", "Recorder", "Records"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Frames of an excerpt.
_FRAMES = 20
# Of coefficients, so many of all are kept.
_KEPT = 0.15
# The share of excerpts without masking.
_PLAIN = 0.35
# Of levels that count when a step is chosen, the least; and how far they are above the step, in
# eighths of an octave.
_AUDIBLE, _ABOVE = 14, (-8.0, 34.0)


@dataclass
class Records:
    """Of one kind of pass: magnitudes (n, inputs), values, constants and numbers."""

    magnitudes: npt.NDArray[np.uint8]
    values: npt.NDArray[np.int16]
    constants: npt.NDArray[np.int16]
    numbers: npt.NDArray[np.int32]

    @classmethod
    def joined(cls, parts: Sequence[Records]) -> Records:
        """Return all of several."""
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in vars(parts[0])))


class Recorder(RowNetworks):
    """Networks that remember what they have seen last."""

    last: tuple[Kind, npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]

    def logits(
        self,
        kind: Kind,
        inputs: npt.NDArray[np.float32],
        values: npt.NDArray[np.float32],
        constants: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.int32]:
        self.last = kind, inputs[:-ODD].copy(), values, constants
        return super().logits(kind, inputs, values, constants)


class _RecordingWriter(StreamWriter):
    """Supplies numbers, and records them with what networks have seen."""

    def __init__(self, networks: Recorder, generator: np.random.Generator, *rest: object) -> None:
        super().__init__(DecisionWriter(), *rest)  # type: ignore[arg-type]
        self._networks, self._generator = networks, generator
        self.found: dict[Kind, list[Records]] = defaultdict(list)

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        numbers = super().numbers(row, places, probabilities)
        kind, magnitudes, values, constants = self._networks.last
        kept = np.arange(len(numbers))
        if row.role is Role.COEFFICIENT:
            kept = np.flatnonzero(self._generator.random(len(numbers)) < _KEPT)
        self.found[kind].append(
            Records(
                magnitudes[:, kept].T.astype(np.uint8),
                values[:, kept].T.astype(np.int16),
                np.repeat(constants[None].astype(np.int16), len(kept), axis=0),
                numbers[kept].astype(np.int32),
            )
        )
        return numbers


class Excerpts:
    """Excerpts of the recordings in some folders, in random order, at random steps."""

    def __init__(self, folders: Sequence[Path], generator: np.random.Generator) -> None:
        found = chain.from_iterable(sorted(folder.iterdir()) for folder in folders)
        self._paths = [path for path in found if path.suffix in (".wav", ".flac")]
        self._generator = generator

    def _excerpt(self) -> tuple[Doubles, int]:
        path = self._paths[self._generator.integers(len(self._paths))]
        with soundfile.SoundFile(path) as file:
            rate, length = file.samplerate, _FRAMES << default_frame(file.samplerate)
            file.seek(int(self._generator.integers(max(1, file.frames - length + 1))))
            samples = file.read(length, always_2d=True).T[:2]
        padded = np.pad(samples, ((0, 0), (0, length - samples.shape[1])))
        if len(padded) == 2 and self._generator.random() < 0.25:
            padded = padded.mean(axis=0, keepdims=True)
        return padded * 10 ** self._generator.uniform(-1, 0.2), rate

    def record(self, networks: Recorder) -> dict[Kind, list[Records]]:
        """Encode an excerpt, and return what networks were to tell of it."""
        generator = self._generator
        samples, rate = self._excerpt()
        masking = 0 if generator.random() < _PLAIN else int(generator.integers(10, 14))
        tilt = int(generator.integers(3, 9)) if masking else 0
        frame = 1 << default_frame(rate)
        step = _step(samples, rate, frame, masking, generator.uniform(*_ABOVE))
        layout = Layout(frame, _FRAMES, len(samples), rate, step, masking, tilt)
        lengths = choose_lengths(samples, layout)
        blocks = analyze(samples, [*chain.from_iterable(lengths)])
        weight = float(generator.uniform(0.05, 0.16))
        signal = prepare(layout, lengths, blocks)
        writer = _RecordingWriter(networks, generator, layout, signal, weight)
        for _ in code_stream(networks, layout, writer):
            pass
        return writer.found


def _step(samples: Doubles, rate: int, frame: int, masking: int, above: float) -> int:
    """Return the step so far below the mean of levels that can be heard, in eighths."""
    bands = bands_of(frame, rate)
    blocks = analyze_evenly(samples, frame)
    energy = bands.sums(blocks**2) / bands.widths
    levels = np.log2(energy + 2.0**-60) + LEVEL_OF_1
    heard = levels[levels > _AUDIBLE]
    level = EIGHTHS * float(heard.mean()) if len(heard) else 0.0
    if masking == 0:
        # All steps are the same, so that loud bands alone have coefficients.
        level = EIGHTHS * (float(np.quantile(heard, 0.9)) if len(heard) else 0.0)
    step = level - EIGHTHS * LEVEL_OF_1 + EXPONENT_OF_1 - above - masking * level / 16
    return int(np.clip(round(step), 0, 511))
