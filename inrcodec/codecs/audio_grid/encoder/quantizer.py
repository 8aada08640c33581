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
from inrcodec.codecs.audio_grid.encoder.grouping import choose_groups, exact_levels
from inrcodec.codecs.audio_grid.frames import Group, write_groups, write_lengths
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.rotation import ANGLE_BITS, rotate
from inrcodec.codecs.audio_grid.rows import Role
from inrcodec.codecs.audio_grid.steps import MOST_EXPONENT, MOST_LEVEL, step_sizes
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
    groups
        Of each frame.
    coefficients
        (channels, samples), block after block, of pairs that are rotated.
    angles
        (pairs, EAR_BANDS).
    levels
        (groups, channels, EAR_BANDS), exact, in half octaves.
    """

    groups: Sequence[Sequence[Group]]
    coefficients: Doubles
    angles: Ints
    levels: Doubles

    def extents(self, layout: Layout) -> Ints:
        """Return as far as which groups have coefficients at a layout's step: (groups, channels),
        in sixteenths of a block."""
        least = _LEAST * float(step_sizes(np.array(layout.step)))
        extents, start = list[Ints](), 0
        for group in chain.from_iterable(self.groups):
            stop = start + group.count * group.length
            own = np.abs(self.coefficients[:, start:stop])
            some = own.reshape(len(own), group.count, group.length).max(axis=1) >= least
            last = np.where(some.any(axis=1), group.length - 1 - some[:, ::-1].argmax(axis=1), -1)
            extents.append(np.where(last < 0, 0, last * EXTENTS // group.length + 1))
            start = stop
        return np.array(extents, np.int64)


def prepare(
    layout: Layout, lengths: Sequence[Sequence[int]], blocks: Sequence[Doubles]
) -> StreamSignal:
    """Return how a signal is coded: blocks of these lengths, frame by frame, with these
    coefficients (channels, length)."""
    angles = choose_angles(blocks, layout)
    rotated = [rotate(b, angles, bands_of(b.shape[1], layout.rate)) for b in blocks]
    groups = choose_groups(layout, lengths, rotated)
    every = [*chain.from_iterable(groups)]
    levels = np.zeros((len(every), layout.channels, EAR_BANDS))
    first = 0
    for number, group in enumerate(every if layout.masking else ()):
        members = np.stack(rotated[first : first + group.count])
        first += group.count
        exact = exact_levels((members**2).mean(axis=0), layout.rate)
        levels[number, :, : exact.shape[1]] = exact
    return StreamSignal(groups, np.concatenate(rotated, axis=1), angles, levels)


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
    every = [*chain.from_iterable(signal.groups)]
    exponents = np.arange(-MOST_EXPONENT, MOST_EXPONENT)
    exact = kernels.Signal(
        angles=signal.angles.astype(np.int32),
        lengths=np.array([g.length for g in every for _ in range(g.count)], np.int32),
        joined=np.array([k > 0 for g in every for k in range(g.count)], np.int32),
        coefficients=np.ascontiguousarray(signal.coefficients),
        levels=signal.levels,
        extents=np.ascontiguousarray(signal.extents(layout), np.int32),
        steps=step_sizes(exponents),
        bits=BITS,
        near_enough=_NEAR,
        most=MOST_LATENT,
        weight=weight,
    )
    stream, found = kernels.encode_audio(exact, networks.kernel, kernel_layout(layout))
    return stream, blocks_of(found, layout)


def _told(layout: Layout, groups: Sequence[Group]) -> list[bool]:
    """Return what is told of a frame: how it is cut, and which blocks are joined."""
    lengths = [group.length for group in groups for _ in range(group.count)]
    cuts = [is_cut for _, is_cut in write_lengths(layout.frame, lengths)]
    return cuts + write_groups(layout.frame, groups)


class StreamWriter:
    """A `RowSource` that writes to a stream what it supplies."""

    def __init__(
        self, writer: DecisionWriter, layout: Layout, signal: StreamSignal, weight: float
    ) -> None:
        self._writer, self._signal, self._weight = writer, signal, weight
        self._cuts = iter([told for frame in signal.groups for told in _told(layout, frame)])
        self._extents = signal.extents(layout)
        every = chain.from_iterable(signal.groups)
        starts = accumulate((group.length * group.count for group in every), initial=0)
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
