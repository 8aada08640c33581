"""Rows of a stream from coefficients: levels that are near enough, latents by their costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import bands_of
from inrcodec.codecs.audio_grid.coder import EXTENTS, code_stream
from inrcodec.codecs.audio_grid.frames import write_lengths
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.rows import Role
from inrcodec.codecs.audio_grid.steps import LEVEL_OF_1, MOST_LEVEL, step_sizes
from inrcodec.codecs.audio_grid.streams import Block, Layout, Row
from inrcodec.codecs.grid.coder import Probabilities, write_latents
from inrcodec.codecs.grid.encoder.quantizer import quantize
from inrcodec.entropy import DecisionWriter

__all__ = ["encode_stream"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# What a bit is worth, in squared steps.
_BIT_WEIGHT = 0.06
# Levels stay as they are taken to be where they are off by less, in half octaves.
_NEAR = 0.8
# Streams hold larger latents, but binary32 not all of them.
_MOST_LATENT = 1 << 24
# Coefficients of less than so much of a step become 0 as a rule.
_LEAST = 0.6


def encode_stream(
    networks: RowNetworks,
    layout: Layout,
    lengths: Sequence[Sequence[int]],
    coefficients: Sequence[Doubles],
) -> tuple[bytes, list[Block]]:
    """Return a stream of blocks of these lengths, frame by frame, with these coefficients
    (channels, length); and the blocks as they are decoded."""
    writer = DecisionWriter()
    source = _StreamWriter(writer, layout, lengths, coefficients)
    blocks = [*code_stream(networks, layout, source)]
    return writer.to_bytes(), blocks


class _StreamWriter:
    """A `RowSource` that writes to a stream what it supplies."""

    def __init__(
        self,
        writer: DecisionWriter,
        layout: Layout,
        lengths: Sequence[Sequence[int]],
        coefficients: Sequence[Doubles],
    ) -> None:
        self._writer, self._layout, self._coefficients = writer, layout, coefficients
        cuts = (write_lengths(layout.frame, frame) for frame in lengths)
        self._cuts = iter([is_cut for frame in cuts for _, is_cut in frame])
        starts = accumulate((block.shape[1] for block in coefficients), initial=0)
        self._numbers = {start: number for number, start in enumerate(starts)}
        self._side: tuple[Row, Ints] | None = None

    def is_cut(self, probability: int) -> bool:
        """Implement `RowSource`."""
        cut = next(self._cuts)
        self._writer.put(np.array([cut]), np.array([probability], np.int32))
        return cut

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        """Implement `RowSource`."""
        if row.role is Role.COEFFICIENT:
            own = self._coefficients[self._numbers[row.start]][row.channel]
            in_steps = own[places] / step_sizes(row.exponents[places])
            in_steps = np.nan_to_num(in_steps).clip(-_MOST_LATENT, _MOST_LATENT)
            found = quantize(in_steps.astype(np.float32), probabilities, _BIT_WEIGHT)
        else:
            if self._side is None or self._side[0] is not row:
                self._side = row, self._side_row(row)
            found = self._side[1][places].astype(np.int32)
        write_latents(self._writer, found, probabilities)
        return found.astype(np.int64)

    def _side_row(self, row: Row) -> Ints:
        """Return the changes of levels, or of an extent, that suit a group."""
        first = self._numbers[row.start]
        group = np.stack([c[row.channel] for c in self._coefficients[first : first + row.count]])
        return self._changes(row, group) if row.role is Role.LEVEL else self._extent(row, group)

    def _changes(self, row: Row, group: Doubles) -> Ints:
        bands = bands_of(row.length, self._layout.rate)
        energy = bands.sums((group**2).mean(axis=0)) / bands.widths
        exact = np.log2(energy + 2.0**-LEVEL_OF_1 / 4) + LEVEL_OF_1
        levels = np.clip(np.rint(exact), 0, MOST_LEVEL)
        near = (np.abs(exact - row.expected) < _NEAR) & (levels > 0)
        changes: Ints = np.where(near, 0, levels - row.expected).astype(np.int64)
        return changes

    def _extent(self, row: Row, group: Doubles) -> Ints:
        step = float(step_sizes(np.array(self._layout.step)))
        (some,) = np.nonzero((np.abs(group) >= _LEAST * step).any(axis=0))
        extent = int(some[-1]) * EXTENTS // row.length + 1 if len(some) else 0
        return extent - row.expected
