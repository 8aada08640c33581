"""Rotations of pairs of channels: what they have in common comes first.

The angle of a pair may differ from one band of the ear to the next. An angle of 0 leaves left and
right as they are, one of a quarter of a turn's half makes middle and side of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.audio_grid.bands import Bands

__all__ = ["ANGLE_BITS", "paired", "rotate"]

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# Angles are of so many bits, in parts of half a turn.
ANGLE_BITS = 6
_TURNS = np.arange(1 << ANGLE_BITS) * (np.pi / (1 << ANGLE_BITS))
_COSINES, _SINES = np.cos(_TURNS), np.sin(_TURNS)


def paired(channels: int) -> int:
    """Count the pairs of so many channels; of an odd number the last one is by itself."""
    return channels // 2


def rotate(coefficients: Doubles, angles: Ints, bands: Bands, back: bool = False) -> Doubles:
    """Return coefficients (channels, ..., length) of blocks with each pair rotated.

    Parameters
    ----------
    angles
        (pairs, EAR_BANDS): of each band of the ear.
    back
        Whether they have been rotated, and are to be as they were.
    """
    rotated = coefficients.copy()
    turns = angles[:, bands.places // 2]
    cosines, sines = (bands.spread(table[turns]) for table in (_COSINES, _SINES))
    for pair, (cosine, plain) in enumerate(zip(cosines, sines, strict=True)):
        sine = -plain if back else plain
        first, second = coefficients[2 * pair], coefficients[2 * pair + 1]
        rotated[2 * pair] = cosine * first + sine * second
        rotated[2 * pair + 1] = cosine * second - sine * first
    return rotated
