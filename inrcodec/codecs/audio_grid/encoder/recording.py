"""An audio signal as its encode sees it: blocks of each stream, read part by part."""

from __future__ import annotations

from itertools import chain

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.encoder.partition import choose_lengths
from inrcodec.codecs.audio_grid.encoder.quantizer import StreamSignal, prepare
from inrcodec.codecs.audio_grid.lapped import analyze
from inrcodec.codecs.audio_grid.spec import AudioGridSpec
from inrcodec.signal import AudioInfo, Source
from inrcodec.signal.geometry import Region

__all__ = ["LOUDEST", "Recording"]

Doubles = npt.NDArray[np.float64]
Lengths = list[list[int]]

# Samples of floats are limited to so much, lest squares overflow.
LOUDEST = 1e9
# Coefficients of streams that are kept: a minute of stereo.
_KEPT_COEFFICIENTS = 6_000_000


class Recording:
    """A source, its frames cut into blocks for the steps of one spec.

    Parameters
    ----------
    spec
        Whose steps the lengths of blocks are chosen for.
    keeps
        Whether streams are asked for more than once.
    """

    def __init__(self, source: Source, info: AudioInfo, spec: AudioGridSpec, keeps: bool) -> None:
        self._source, self._info, self._spec = source, info, spec
        self._room = _KEPT_COEFFICIENTS if keeps else 0
        self.count = -(-info.frames // spec.stream)
        self._lengths: dict[int, Lengths] = {}
        self._kept: dict[int, StreamSignal] = {}

    def signal(self, number: int) -> StreamSignal | None:
        """Return a stream as it is coded; None where it is silent."""
        signal = self._kept.get(number) or self._prepared(number)
        # Streams are asked for in order, again and again: of many, the first are kept.
        if signal.coefficients.size <= self._room and number not in self._kept:
            self._kept[number] = signal
            self._room -= signal.coefficients.size
        return signal if signal.coefficients.any() else None

    def _samples(self, start: int, stop: int) -> Doubles:
        """Read samples (channels, times), 0 beyond the signal."""
        first, last = max(start, 0), min(stop, self._info.frames)
        samples = np.zeros((self._info.channels, stop - start))
        if first < last:
            read = self._source.read(Region((first,), (last - first,)))
            finite = np.nan_to_num(read.T, nan=0.0, posinf=1.0, neginf=-1.0)
            samples[:, first - start : last - start] = finite.clip(-LOUDEST, LOUDEST)
        return samples

    def _ends(self, number: int) -> tuple[int, int]:
        """Return where a stream starts, and where it ends, in whole frames."""
        layout = self._spec.layout(self._info, number)
        start = number * self._spec.stream
        return start, start + layout.frames * layout.frame

    def _lengths_of(self, number: int) -> Lengths:
        """Return the lengths of the blocks of a stream's frames."""
        if number not in self._lengths:
            layout = self._spec.layout(self._info, number)
            samples = self._samples(*self._ends(number))
            if samples.any():
                self._lengths[number] = choose_lengths(samples, layout)
            else:
                self._lengths[number] = [[layout.frame]] * layout.frames
        return self._lengths[number]

    def _prepared(self, number: int) -> StreamSignal:
        layout, (start, stop) = self._spec.layout(self._info, number), self._ends(number)
        lengths = self._lengths_of(number)
        before = after = 0
        if number > 0:
            before = min(self._lengths_of(number - 1)[-1][-1], lengths[0][0]) // 2
        if number + 1 < self.count:
            after = min(lengths[-1][-1], self._lengths_of(number + 1)[0][0]) // 2
        samples = self._samples(start - before, stop + after)
        blocks = analyze(samples, [*chain.from_iterable(lengths)], before, after)
        return prepare(layout, lengths, blocks)
