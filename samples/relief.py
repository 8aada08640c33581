"""Height fields: what a ray meets, which way the ground faces and what shades it.

Lengths are kilometres, x to the right, z away from the camera.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from noise import Array
from sky import LIGHT

HeightField = Callable[[Array, Array], Array]


def cast(height: HeightField, eye: float, across: Array, up: Array, depths: Array) -> Array:
    """Return the depth at which each ray (tangents ``across`` x ``up``) meets the ground, or inf.

    A running maximum of the elevation angle along each column is sorted, so a binary search finds
    the first crossing of every ray without marching.
    """
    z = depths[:, None]
    angle = (height(across[None, :] * z, z + 0.0 * across[None, :]) - eye) / z
    skyline = np.maximum.accumulate(angle, axis=0)
    depth = np.full((up.size, across.size), np.inf)
    for column in range(across.size):
        index = np.searchsorted(skyline[:, column], up)
        hit = (index > 0) & (index < depths.size)
        k = index[hit]
        low, high = angle[k - 1, column], angle[k, column]
        part = (up[hit] - low) / np.maximum(high - low, 1e-12)
        depth[hit, column] = depths[k - 1] + part * (depths[k] - depths[k - 1])
    return depth


def normals(height: HeightField, x: Array, z: Array, step: Array) -> Array:
    here = height(x, z)
    slope_x = (height(x + step, z) - here) / step
    slope_z = (height(x, z + step) - here) / step
    normal = np.stack([-slope_x, np.ones_like(here), -slope_z], axis=-1)
    return np.asarray(normal / np.linalg.norm(normal, axis=-1, keepdims=True))


def sunlit(height: HeightField, x: Array, y: Array, z: Array, reach: float) -> Array:
    """Return how much of the sun each point sees past the ground between."""
    clear = np.ones_like(x)
    for t in reach * np.linspace(0.03, 1.0, 16) ** 1.6:
        above = y + t * LIGHT[1] - height(x + t * LIGHT[0], z + t * LIGHT[2])
        clear = np.minimum(clear, 0.5 + 9.0 * above / t)
    return np.asarray(np.clip(clear, 0.0, 1.0))
