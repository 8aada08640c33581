"""The groups of short blocks, which have their levels in common: one ends where it gets louder,
lest quiet blocks before an onset are as coarse as those after it, and where it gets much softer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import bands_of
from inrcodec.codecs.audio_grid.frames import Group, groups_of
from inrcodec.codecs.audio_grid.steps import LEVEL_OF_1
from inrcodec.codecs.audio_grid.streams import Layout

__all__ = ["choose_groups", "exact_levels"]

Doubles = npt.NDArray[np.float64]

# By so many half octaves in the mean of bands that can be heard, those of such levels.
_LOUDER, _SOFTER, _AUDIBLE = 1.5, 4.0, 12.0


def exact_levels(energy: Doubles, rate: int) -> Doubles:
    """Return the levels (channels, bands), in half octaves, of squared coefficients (channels,
    length)."""
    bands = bands_of(energy.shape[1], rate)
    means = bands.sums(energy) / bands.widths
    levels: Doubles = np.log2(means + 2.0**-LEVEL_OF_1 / 4) + LEVEL_OF_1
    return levels


def choose_groups(
    layout: Layout, lengths: Sequence[Sequence[int]], blocks: Sequence[Doubles]
) -> list[list[Group]]:
    """Return the groups of each frame, of blocks (channels, length); without levels, as few as
    there can be."""
    firsts = accumulate((len(frame) for frame in lengths), initial=0)
    return [
        groups_of(layout.frame, frame, partial(_is_joined, layout, blocks, first))
        for frame, first in zip(lengths, firsts, strict=False)
    ]


def _is_joined(layout: Layout, blocks: Sequence[Doubles], first: int, place: int) -> bool:
    """Tell whether a block of a frame that begins with the first one has the levels of that
    before."""
    before, after = blocks[first + place - 1 : first + place + 1]
    return not layout.masking or _are_alike(before, after, layout.rate)


def _are_alike(before: Doubles, after: Doubles, rate: int) -> bool:
    """Tell whether two blocks are about as loud."""
    levels = [exact_levels(block**2, rate).clip(_AUDIBLE, None) for block in (before, after)]
    heard = np.maximum(*levels) > _AUDIBLE
    louder = float((levels[1] - levels[0])[heard].mean()) if heard.any() else 0.0
    return -_SOFTER < louder < _LOUDER
