"""Images strip by strip: the samples of a large one are never held at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.enlargement import doubled, enlarged
from inrcodec.codecs.grid.reach import ENLARGING_MARGIN, STRIP_MARGIN
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import Synthesis
from inrcodec.codecs.grid.wavelet import Crop
from inrcodec.native.filters import Filter
from inrcodec.native.pixels import turned
from inrcodec.native.wavelet import join

__all__ = ["ColorRows", "EnlargedRows", "HeldRows", "Rows", "SynthesizedRows", "strips"]

Floats = npt.NDArray[np.float32]

# Samples of a channel in a strip; more of them take more memory, less take longer for the margins.
_SAMPLES = 1 << 20


def strips(shape: tuple[int, int]) -> Iterator[range]:
    """Cut the rows of an image (height, width) into strips, which begin at even ones: where the
    wavelet has its low samples."""
    height, width = shape
    rows = max(2 * STRIP_MARGIN, _SAMPLES // max(1, width) // 2 * 2)
    for start in range(0, height, rows):
        yield range(start, min(start + rows, height))


class Rows(Protocol):
    """Samples (channels, height, width) of an image or of a part of one, some rows at a time."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""

    def rows(self, rows: range) -> Floats:
        """Return some rows (channels, len(rows), width)."""


class HeldRows:
    """The `Rows` of samples that are held."""

    def __init__(self, samples: Floats) -> None:
        self._samples = samples

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self._samples.shape
        return channels, height, width

    def rows(self, rows: range) -> Floats:
        """Return some rows."""
        return self._samples[:, rows.start : rows.stop]


class SynthesizedRows:
    """The `Rows` of channels that latents synthesize to, in units of the step; coarser levels are
    held.

    Parameters
    ----------
    latents
        Of the whole image or of a box of its blocks, down to some scale.
    crops
        The part of what is known that each of their levels refines; all of it if there are none.
    """

    def __init__(
        self,
        synthesis: Synthesis,
        latents: Subbands[npt.NDArray[Any]],
        crops: Sequence[Crop] = (),
    ) -> None:
        self._synthesis, self._scale = synthesis, latents.finer
        levels = list(latents.levels)
        self._finest = levels.pop() if levels else []
        known = Subbands(latents.low, levels, self._scale + bool(self._finest))
        self._low = synthesis.channels(known, crops)
        if self._finest and crops:
            self._low = self._low[(slice(None), *crops[-1])]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self._low.shape
        if self._finest:
            height += self._finest[1].shape[1]
            width += self._finest[0].shape[2]
        return channels, height, width

    def rows(self, rows: range) -> Floats:
        """Return some rows."""
        if not self._finest:
            return self._low[:, rows.start : rows.stop]
        height = self.shape[1]
        start = max(0, rows.start - STRIP_MARGIN) // 2 * 2
        stop = min(height, (rows.stop + STRIP_MARGIN + 1) // 2 * 2)
        low, high = slice(start // 2, (stop + 1) // 2), slice(start // 2, stop // 2)
        places = (low, high, high)
        parts = [band[:, place] for band, place in zip(self._finest, places, strict=True)]
        details = self._synthesis.details(parts, self._scale)
        joined = self._synthesis.corrected(join(self._low[:, low], details), self._scale)
        return joined[:, rows.start - start : rows.stop - start]


class EnlargedRows:
    """The `Rows` of twice the resolution of others; by interpolation alone without a filter."""

    def __init__(self, known: Rows, filter_: Filter | None) -> None:
        self._known, self._filter = known, filter_

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self._known.shape
        return channels, 2 * height, 2 * width

    def rows(self, rows: range) -> Floats:
        """Return some rows."""
        start = max(0, rows.start // 2 - ENLARGING_MARGIN)
        stop = min(self._known.shape[1], (rows.stop + 1) // 2 + ENLARGING_MARGIN)
        planes = self._known.rows(range(start, stop))
        large = doubled(planes) if self._filter is None else enlarged(planes, self._filter)
        return large[:, rows.start - 2 * start : rows.stop - 2 * start]


class ColorRows:
    """The `Rows` of the samples of an image, from 0 to 1, not clamped.

    Parameters
    ----------
    channels
        Of a grid, in units of the step.
    to_samples
        What turns channels to the image's colors.
    alpha
        From 0 to 1; None without alpha.
    """

    def __init__(
        self,
        channels: Rows,
        to_samples: npt.NDArray[np.floating[Any]],
        alpha: Rows | None = None,
    ) -> None:
        self._channels, self._to_samples, self._alpha = channels, to_samples, alpha

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        channels, height, width = self._channels.shape
        return channels + (self._alpha is not None), height, width

    def rows(self, rows: range) -> Floats:
        """Return some rows."""
        colors = turned(self._channels.rows(rows), self._to_samples)
        if self._alpha is None:
            return colors
        return np.concatenate([colors, self._alpha.rows(rows)])
