"""Seeded fractal noise, the source of every texture, and two blending helpers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SEED = 20240607
PERIOD = 512
MASK = PERIOD - 1
LATTICE: Array = np.random.default_rng(SEED).random((PERIOD, PERIOD))


def smoothstep(low: float, high: float, x: Array) -> Array:
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def mix(a: Array, b: Array, weight: Array) -> Array:
    """Blend colors ``a`` to ``b`` by a weight that has no channel axis."""
    return np.asarray(a + (b - a) * weight[..., None])


def noise(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return smooth lattice noise in [0, 1] and its two derivatives."""
    xi, yi = np.floor(x), np.floor(y)
    fx, fy = x - xi, y - yi
    x0, y0 = xi.astype(np.int64) & MASK, yi.astype(np.int64) & MASK
    x1, y1 = (x0 + 1) & MASK, (y0 + 1) & MASK
    a, b, c, d = LATTICE[y0, x0], LATTICE[y0, x1], LATTICE[y1, x0], LATTICE[y1, x1]
    u = fx * fx * fx * (fx * (fx * 6.0 - 15.0) + 10.0)
    v = fy * fy * fy * (fy * (fy * 6.0 - 15.0) + 10.0)
    du = 30.0 * fx * fx * (fx * (fx - 2.0) + 1.0)
    dv = 30.0 * fy * fy * (fy * (fy - 2.0) + 1.0)
    bend = a - b - c + d
    value = a + (b - a) * u + (c - a) * v + bend * u * v
    return value, du * (b - a + bend * v), dv * (c - a + bend * u)


def fbm(x: Array, y: Array, octaves: int, eroded: bool = False) -> Array:
    """Sum octaves of noise; ``eroded`` mutes detail on steep ground as running water does."""
    total, weight, norm = np.zeros(np.broadcast(x, y).shape), 1.0, 0.0
    slope_x, slope_y = np.zeros_like(total), np.zeros_like(total)
    for _ in range(octaves):
        value, dx, dy = noise(x, y)
        slope_x, slope_y = slope_x + dx, slope_y + dy
        damp = 1.0 + slope_x**2 + slope_y**2 if eroded else 1.0
        total = total + weight * value / damp
        norm += weight
        weight *= 0.5
        # Turning each octave keeps the lattice directions from adding up.
        x, y = 1.6 * x - 1.2 * y + 17.3, 1.2 * x + 1.6 * y + 5.1
    return np.asarray(total / norm)
