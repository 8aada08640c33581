"""The preparation of an image: the color rotation, the levels of alpha, where latents start."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.color import TURN
from inrcodec.codecs.grid.subbands import Subbands

__all__ = ["fit_angles", "nearer_to_0", "round_alpha"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.unsignedinteger]

# How much nearer to 0 latents start than coefficients are, in steps.
_THRESHOLD = np.float32(0.15)


def round_alpha(alpha: Samples, quality: int) -> Samples:
    """Round alpha to fewer levels: of quality 100 as it is, of quality 0 the two extremes alone."""
    if quality == 100:
        return alpha
    peak, steps = np.iinfo(alpha.dtype).max, 1 + round(quality * 2.54)
    index = np.rint(alpha.astype(np.float64) * (steps / peak))
    rounded: Samples = np.rint(index * (peak / steps)).astype(alpha.dtype)
    return rounded


def fit_angles(strips: Iterable[npt.NDArray[np.floating]]) -> tuple[int, ...]:
    """Return the angles of the rotation that decorrelates the differences between neighboring
    pixels, by falling energy: what is left of an image in its details.

    Strips of it are (3, rows, width), each with the first row of the next one as its last.
    """
    energy = np.zeros((3, 3))
    for planes in strips:
        for axis in (1, 2):
            step = np.diff(planes, axis=axis).reshape(3, -1).astype(np.float64)
            energy += step @ step.T
    # Where an image has no color, any axes across gray would do.
    energy = energy + 1e-9 * np.ones((3, 3)) + np.diag([0, 0, 1e-12])
    rows = np.linalg.eigh(energy)[1].T[::-1]
    # The first points to white, the last makes it a rotation.
    rows[0] *= 1 if rows[0].sum() >= 0 else -1
    rows[1] *= 1 if rows[1, np.argmax(np.abs(rows[1]))] >= 0 else -1
    rows[2] *= np.sign(np.linalg.det(rows))
    angles = (
        math.atan2(rows[1, 0], rows[0, 0]),
        -math.asin(min(1.0, max(-1.0, rows[2, 0]))),
        math.atan2(rows[2, 1], rows[2, 2]),
    )
    return tuple(round(angle / (2 * math.pi) * TURN) % TURN for angle in angles)


def nearer_to_0(coefficients: Subbands[Floats]) -> Subbands[Floats]:
    """Move the details of an image towards 0, as latents start that are refined."""
    low, *details = coefficients
    moved = [
        np.copysign(np.maximum(np.abs(band) - _THRESHOLD, 0), band, dtype=np.float32)
        for band in details
    ]
    return Subbands.from_bands([low, *moved])
