"""The color rotation: red, green and blue to three channels that an image itself decorrelates.

The matrix is a rotation divided by sqrt(3), so that a squared error summed over the channels is
the mean of those of red, green and blue. Its three angles are header fields.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["TURN", "color_channels", "color_matrix", "fitted_angles"]

Floats = npt.NDArray[np.float64]

# Angles are counted in parts of a full turn.
TURN = 1024


def color_channels(channels: int) -> int:
    """How many of an image's channels are on the lattice: all but alpha."""
    return channels - 1 + channels % 2


def _plane(angle: float, i: int, j: int) -> Floats:
    """Rotation by an angle in the plane of axes i and j."""
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[i, j], matrix[j, i] = -math.sin(angle), math.sin(angle)
    return matrix


def color_matrix(angles: tuple[int, ...]) -> Floats:
    """What takes (red, green, blue) to the lattice's channels; 1 for a single channel."""
    if not angles:
        return np.eye(1)
    first, second, third = (2 * math.pi * angle / TURN for angle in angles)
    rotation = _plane(first, 0, 1) @ _plane(second, 2, 0) @ _plane(third, 1, 2)
    matrix: Floats = rotation / math.sqrt(3)
    return matrix


def fitted_angles(planes: npt.NDArray[np.floating]) -> tuple[int, ...]:
    """Angles of the rotation that decorrelates the differences between neighbouring pixels of
    (3, height, width), by falling energy: what is left of an image in its details."""
    steps = [np.diff(planes, axis=axis).reshape(3, -1) for axis in (1, 2)]
    energy = sum(step.astype(np.float64) @ step.T.astype(np.float64) for step in steps)
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
