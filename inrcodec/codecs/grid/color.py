"""The color rotation: red, green and blue to three channels that an image itself decorrelates.

The matrix is a rotation divided by sqrt(3), so that a squared error summed over the channels is
the mean of those of red, green and blue. Its three angles are header fields.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["TURN", "color_channels", "color_matrix"]

Floats = npt.NDArray[np.float64]

# Angles are counted in parts of a full turn.
TURN = 1024


def color_channels(channels: int) -> int:
    """Count the channels of an image that are on the grid: all but alpha."""
    return channels - 1 + channels % 2


def _plane(angle: float, i: int, j: int) -> Floats:
    """Return the rotation by an angle in the plane of axes i and j."""
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[i, j], matrix[j, i] = -math.sin(angle), math.sin(angle)
    return matrix


def color_matrix(angles: tuple[int, ...]) -> Floats:
    """Return the matrix that takes (red, green, blue) to the grid's channels; 1 for a single
    channel."""
    if not angles:
        return np.eye(1)
    first, second, third = (2 * math.pi * angle / TURN for angle in angles)
    rotation = _plane(first, 0, 1) @ _plane(second, 2, 0) @ _plane(third, 1, 2)
    matrix: Floats = rotation / math.sqrt(3)
    return matrix
