"""The rotations of pairs of channels: what they have in common goes to the first, as far as one
angle for each band of the ear can take it (Karhunen-Loève transform of two channels)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, bands_of
from inrcodec.codecs.audio_grid.rotation import ANGLE_BITS, paired
from inrcodec.codecs.audio_grid.streams import Layout

__all__ = ["choose_angles"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FAINT = 2.0**-60


def choose_angles(blocks: Sequence[Doubles], layout: Layout) -> Ints:
    """Return the angles (pairs, EAR_BANDS) for blocks of coefficients (channels, length).

    Blocks count the less the louder they are, as far as steps follow levels.
    """
    pairs = paired(layout.channels)
    # Of each pair and band: squares of both channels, and their product.
    sums = np.zeros((3, pairs, EAR_BANDS))
    for block in blocks:
        bands = bands_of(block.shape[1], layout.rate)
        first, second = block[: 2 * pairs : 2], block[1 : 2 * pairs : 2]
        own = np.stack([bands.sums(first**2), bands.sums(second**2), bands.sums(first * second)])
        loudness = (own[0] + own[1]) / bands.widths + _FAINT
        own *= loudness ** (-layout.masking / 16)
        np.add.at(sums.T, bands.places // 2, own.T)
    _fill_gaps(sums)
    turns = np.arctan2(2 * sums[2], sums[0] - sums[1]) / 2
    steps = 1 << ANGLE_BITS
    angles: Ints = np.rint(turns * (steps / np.pi)).astype(np.int64) % steps
    return angles


def _fill_gaps(sums: Doubles) -> None:
    """Give bands that have no coefficients, in any block, what the next one below has."""
    for band in range(1, sums.shape[2]):
        if not sums[:2, :, band].any():
            sums[:, :, band] = sums[:, :, band - 1]
