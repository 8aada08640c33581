"""Filling in what a grid does not show, so that it costs next to nothing.

known samples ──▶ means of 2 × 2 ──▶ ... ──▶ coarsest ──▶ doubled, smoothed ──▶ ... ──▶ filled
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fill_in"]

Samples = npt.NDArray[np.unsignedinteger]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# Times that what is filled in becomes the mean of its neighbors, at each scale.
_ROUNDS = 6


def fill_in(samples: Samples, shown: Mask) -> Samples:
    """Return samples (height, width, channels) that go on smoothly where they are not shown."""
    filled = _filled(samples.astype(np.float32), shown)
    rounded: Samples = np.rint(filled).astype(samples.dtype)
    return rounded


def _filled(values: Floats, known: Mask) -> Floats:
    if known.all() or min(known.shape) < 2 or not known.any():
        return values
    coarse, there = _halved(values, known)
    doubled = _doubled(_filled(coarse, there), known.shape)
    out = np.where(known[..., None], values, doubled)
    for _ in range(_ROUNDS):
        out[~known] = _means(out)[~known]
    return out


def _halved(values: Floats, known: Mask) -> tuple[Floats, Mask]:
    """Return the means of what is known of 2 × 2, and where there is any."""
    ends = [(0, size % 2) for size in known.shape]
    weights = np.pad(known.astype(np.float32), ends)[..., None]
    weighed = np.pad(values, [*ends, (0, 0)]) * weights
    height, width = (size // 2 for size in weights.shape[:2])
    sums = weighed.reshape(height, 2, width, 2, -1).sum((1, 3))
    counts = weights.reshape(height, 2, width, 2, 1).sum((1, 3))
    return sums / np.maximum(counts, 1), counts[..., 0] > 0


def _doubled(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Return values at twice the resolution, between their centers in proportion."""
    for axis in (0, 1):
        before = np.concatenate(
            [values.take([0], axis), values.take(range(values.shape[axis] - 1), axis)], axis
        )
        after = np.concatenate(
            [values.take(range(1, values.shape[axis]), axis), values.take([-1], axis)], axis
        )
        pair = np.stack([0.75 * values + 0.25 * before, 0.75 * values + 0.25 * after], axis + 1)
        sizes = list(values.shape)
        sizes[axis] *= 2
        values = pair.reshape(sizes).take(range(shape[axis]), axis)
    return values.astype(np.float32)


def _means(values: Floats) -> Floats:
    """Return the means of the four neighbors of each."""
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    sums = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    means: Floats = sums / np.float32(4)
    return means
