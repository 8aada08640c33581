"""The parts of a stream of audio, and where they come from as it is coded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS
from inrcodec.codecs.audio_grid.rotation import ANGLE_BITS
from inrcodec.codecs.audio_grid.rows import Role
from inrcodec.codecs.grid.coder import LatentReader, Probabilities
from inrcodec.entropy import DecisionReader
from inrcodec.errors import MalformedError
from inrcodec.signal.audio import MAX_CHANNELS, MAX_RATE

__all__ = [
    "EVEN",
    "MOST_MASKING",
    "MOST_STEP",
    "MOST_TILT",
    "Block",
    "Layout",
    "Row",
    "RowSource",
    "StreamReader",
]

Ints = npt.NDArray[np.int64]
Integers = npt.NDArray[np.integer[Any]]

# Of a decision that is as likely as not.
EVEN = 1 << 15
MOST_STEP, MOST_MASKING, MOST_TILT = 511, 16, 16
_LEAST_FRAME, _MOST_FRAME, _MOST_FRAMES = 1 << 8, 1 << 15, 1 << 20


@dataclass(frozen=True)
class Layout:
    """The properties of a stream that are known before it is read.

    Attributes
    ----------
    frame, frames
        Samples of a frame, a power of two from 256 to 2^15; and how many frames there are.
    channels, rate
        Of the signal: 1 to 8, and up to 2^24 Hz.
    step
        The exponent of steps, 0 to 511; of bands of levels, besides what these mask.
    masking, tilt
        0 to 16, sixteenths: how far steps follow what levels mask, and how much coarser they are
        for high frequencies, in eighths of an octave for half a band. With a masking of 0 there are
        no levels, and all steps are the same.

    Raises `MalformedError` where a value is out of range.
    """

    frame: int
    frames: int
    channels: int
    rate: int
    step: int
    masking: int
    tilt: int

    def __post_init__(self) -> None:
        ranges = {
            "frame": (_LEAST_FRAME, _MOST_FRAME),
            "frames": (1, _MOST_FRAMES),
            "channels": (1, MAX_CHANNELS),
            "rate": (1, MAX_RATE),
            "step": (0, MOST_STEP),
            "masking": (0, MOST_MASKING),
            "tilt": (0, MOST_TILT),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise MalformedError(f"a {name} of {getattr(self, name)}; {least} to {most}")
        if self.frame & (self.frame - 1):
            raise MalformedError(f"a frame of {self.frame} samples, no power of two")


@dataclass(frozen=True)
class Row:
    """A row while it is coded.

    Attributes
    ----------
    start, length, count
        Where its block, or its group of so many blocks, starts in the stream, and a block's length.
    exponents
        (length,): of steps, of a row of coefficients.
    expected
        What numbers are counted from: levels of a group, or its extent.
    """

    role: Role
    channel: int
    start: int
    length: int
    count: int
    exponents: Ints
    expected: Ints


@dataclass(frozen=True)
class Block:
    """A block of a stream.

    Attributes
    ----------
    start
        In samples of the stream.
    latents, exponents
        (channels, length).
    levels
        (channels, bands); of no bands where there are none.
    angles
        (pairs, EAR_BANDS): see `rotation`.
    """

    start: int
    latents: Integers
    exponents: Integers
    levels: Integers
    angles: Ints

    @property
    def length(self) -> int:
        """Count its coefficients."""
        return int(self.latents.shape[1])


class RowSource(Protocol):
    """Supplies what a stream says, as it is coded."""

    def angles(self, pair: int) -> Ints:
        """Supply the angles (EAR_BANDS,) of a pair of channels."""

    def is_cut(self, probability: int) -> bool:
        """Tell whether a part of a frame is cut in halves, or a block is of one group with that
        before, the probability of which is given."""

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Supply the numbers at some places of a row."""


class StreamReader:
    """A `RowSource` that reads from a stream."""

    def __init__(self, reader: DecisionReader) -> None:
        self._reader, self._latents = reader, LatentReader(reader)

    def angles(self, pair: int) -> Ints:
        """Implement `RowSource`."""
        several = self._reader.take(np.array([EVEN], np.int32))[0]
        angles = self._reader.take_even(EAR_BANDS if several else 1, ANGLE_BITS)
        return np.broadcast_to(angles.astype(np.int64), (EAR_BANDS,))

    def is_cut(self, probability: int) -> bool:
        """Implement `RowSource`."""
        return bool(self._reader.take(np.array([probability], np.int32))[0])

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Implement `RowSource`."""
        return self._latents.read(probabilities).astype(np.int64)
