"""Streams from coefficients: levels that are near enough, latents by their costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, bands_of
from inrcodec.codecs.audio_grid.blocks import Block, blocks_of, kernel_layout
from inrcodec.codecs.audio_grid.coder import EXTENTS, code_stream
from inrcodec.codecs.audio_grid.encoder.angles import choose_angles
from inrcodec.codecs.audio_grid.frames import Group, groups_of, write_lengths
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.rotation import ANGLE_BITS, rotate
from inrcodec.codecs.audio_grid.rows import Role
from inrcodec.codecs.audio_grid.steps import LEVEL_OF_1, MOST_EXPONENT, MOST_LEVEL, step_sizes
from inrcodec.codecs.audio_grid.streams import EVEN, Layout, Row
from inrcodec.codecs.grid.coder import Probabilities, write_latents
from inrcodec.codecs.grid.encoder.quantizer import BITS, quantize
from inrcodec.entropy import DecisionWriter
from inrcodec.native import audio as kernels
from inrcodec.native.door import library

__all__ = ["MOST_LATENT", "StreamSignal", "StreamWriter", "encode_stream", "prepare"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Levels stay as they are taken to be where they are off by less, in half octaves.
_NEAR = 0.8
# Streams hold larger latents, but binary32 not all of them.
MOST_LATENT = float(1 << 24)
# Coefficients of less than so much of a step become 0 as a rule.
_LEAST = 0.6


@dataclass(frozen=True)
class StreamSignal:
    """An audio signal as a stream codes it.

    Attributes
    ----------
    lengths
        Of the blocks of each frame.
    coefficients
        (channels, samples), block after block, of pairs that are rotated.
    angles
        (pairs, EAR_BANDS).
    levels
        (groups, channels, EAR_BANDS), exact, in half octaves.
    """

    lengths: Sequence[Sequence[int]]
    coefficients: Doubles
    angles: Ints
    levels: Doubles

    def extents(self, layout: Layout) -> Ints:
        """Return as far as which groups have coefficients at a layout's step: (groups, channels),
        in sixteenths of a block."""
        least = _LEAST * float(step_sizes(np.array(layout.step)))
        extents, start = list[Ints](), 0
        for group in groups_in(layout, self.lengths):
            stop = start + group.count * group.length
            own = np.abs(self.coefficients[:, start:stop])
            some = own.reshape(len(own), group.count, group.length).max(axis=1) >= least
            last = np.where(some.any(axis=1), group.length - 1 - some[:, ::-1].argmax(axis=1), -1)
            extents.append(np.where(last < 0, 0, last * EXTENTS // group.length + 1))
            start = stop
        return np.array(extents, np.int64)


def groups_in(layout: Layout, lengths: Sequence[Sequence[int]]) -> list[Group]:
    """Return the groups of blocks of these lengths, frame by frame."""
    return [group for frame in lengths for group in groups_of(layout.frame, frame)]


def prepare(
    layout: Layout, lengths: Sequence[Sequence[int]], blocks: Sequence[Doubles]
) -> StreamSignal:
    """Return how a signal is coded: blocks of these lengths, frame by frame, with these
    coefficients (channels, length)."""
    angles = choose_angles(blocks, layout)
    rotated = [rotate(b, angles, bands_of(b.shape[1], layout.rate)) for b in blocks]
    groups = groups_in(layout, lengths)
    levels = np.zeros((len(groups), layout.channels, EAR_BANDS))
    first = 0
    for number, group in enumerate(groups if layout.masking else ()):
        members = np.stack(rotated[first : first + group.count])
        first += group.count
        bands = bands_of(group.length, layout.rate)
        energy = bands.sums((members**2).mean(axis=0)) / bands.widths
        exact = np.log2(energy + 2.0**-LEVEL_OF_1 / 4) + LEVEL_OF_1
        levels[number, :, : bands.count] = exact
    return StreamSignal(lengths, np.concatenate(rotated, axis=1), angles, levels)


def encode_stream(
    networks: RowNetworks, layout: Layout, signal: StreamSignal, weight: float
) -> tuple[bytes, list[Block]]:
    """Return the stream of a signal, and the blocks as they are decoded, where a bit is worth
    `weight` squared steps."""
    if library() is None:
        writer = DecisionWriter()
        source = StreamWriter(writer, layout, signal, weight)
        blocks = [*code_stream(networks, layout, source)]
        return writer.to_bytes(), blocks
    every = np.arange(-MOST_EXPONENT, MOST_EXPONENT)
    exact = kernels.Signal(
        angles=signal.angles.astype(np.int32),
        lengths=np.fromiter(chain.from_iterable(signal.lengths), np.int32),
        coefficients=np.ascontiguousarray(signal.coefficients),
        levels=signal.levels,
        extents=np.ascontiguousarray(signal.extents(layout), np.int32),
        steps=step_sizes(every),
        bits=BITS,
        near_enough=_NEAR,
        most=MOST_LATENT,
        weight=weight,
    )
    stream, found = kernels.encode_audio(exact, networks.kernel, kernel_layout(layout))
    return stream, blocks_of(found, layout)


class StreamWriter:
    """A `RowSource` that writes to a stream what it supplies."""

    def __init__(
        self, writer: DecisionWriter, layout: Layout, signal: StreamSignal, weight: float
    ) -> None:
        self._writer, self._signal, self._weight = writer, signal, weight
        cuts = (write_lengths(layout.frame, frame) for frame in signal.lengths)
        self._cuts = iter([is_cut for frame in cuts for _, is_cut in frame])
        groups = groups_in(layout, signal.lengths)
        self._extents = signal.extents(layout)
        starts = accumulate((group.length * group.count for group in groups), initial=0)
        self._groups = {start: number for number, start in enumerate(starts)}

    def angles(self, pair: int) -> Ints:
        """Implement `RowSource`."""
        own: Ints = self._signal.angles[pair]
        several = bool((own != own[0]).any())
        self._writer.put(np.array([several]), np.array([EVEN], np.int32))
        self._writer.put_even(own if several else own[:1], ANGLE_BITS)
        return own

    def is_cut(self, probability: int) -> bool:
        """Implement `RowSource`."""
        cut = next(self._cuts)
        self._writer.put(np.array([cut]), np.array([probability], np.int32))
        return cut

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Implement `RowSource`."""
        if row.role is Role.COEFFICIENT:
            exact = self._signal.coefficients[row.channel, row.start + places]
            in_steps = exact / step_sizes(row.exponents[places])
            in_steps = np.nan_to_num(in_steps).clip(-MOST_LATENT, MOST_LATENT)
            found = quantize(in_steps.astype(np.float32), probabilities, self._weight)
        else:
            found = self._changes(row)[places].astype(np.int32)
        write_latents(self._writer, found, probabilities)
        numbers: Ints = found.astype(np.int64)
        return numbers

    def _changes(self, row: Row) -> Ints:
        """Return the changes of levels, or of an extent, that suit a group."""
        group = self._groups[row.start]
        if row.role is Role.EXTENT:
            extent: Ints = self._extents[group, row.channel] - row.expected
            return extent
        exact = self._signal.levels[group, row.channel, : len(row.expected)]
        levels = np.clip(np.rint(exact), 0, MOST_LEVEL)
        near = (np.abs(exact - row.expected) < _NEAR) & (levels > 0)
        changes: Ints = np.where(near, 0, levels - row.expected).astype(np.int64)
        return changes
