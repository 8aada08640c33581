"""The inner loops of networks on numpy arrays: what `kernels` does on torch tensors, forward alone.

Nothing is kept for a backward pass, so results take the place of what they are made of.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "as_complex",
    "batched_linear",
    "blend_shares",
    "blended_linear",
    "cell_numbers",
    "expand",
    "finer",
    "flat_points",
    "fourier_features",
    "gabor",
    "gaussian",
    "grouped_linear",
    "harmonized_sine",
    "identity_order",
    "in_rows",
    "inverse",
    "leaky_relu",
    "octaves",
    "permute",
    "relu",
    "sine",
    "sine_linear",
    "sorted_by",
]

# Real, or complex of the same precision.
Values = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


def in_rows(points: Values) -> Values:
    """Return points as they are: products have one order here."""
    return np.ascontiguousarray(points)


def batched_linear(x: Values, weight: Values, bias: Values) -> Values:
    """Return W·x + b for each tile; shapes as in `kernels.batched_linear`."""
    if len(x) == 1 and len(weight) > 1:
        # Shared points: one tall product in place of many small ones.
        tall = weight.reshape(-1, weight.shape[2]) @ x[0]
        product: Values = tall.reshape(*weight.shape[:2], -1)
    else:
        product = weight @ x
    product += bias
    return product


def sine_linear(x: Values, weight: Values, bias: Values) -> Values:
    """Return sin(W·x + b) for each tile."""
    return sine(batched_linear(x, weight, bias))


def as_complex(weight: Values, bias: Values) -> tuple[Values, Values]:
    """Return (tiles, 2, out, in) and (tiles, 2·out, 1), real then imaginary, as complex."""
    real, imaginary = np.split(bias, 2, axis=1)
    return weight[:, 0] + 1j * weight[:, 1], real + 1j * imaginary


def expand(weight: Values, rows: int) -> Values:
    """Repeat weights (1, out, in) for so many rows."""
    return np.broadcast_to(weight, (rows, *weight.shape[1:]))


def sine(z: Values) -> Values:
    """Return sin(z)."""
    return np.sin(z, out=z)


def relu(z: Values) -> Values:
    """Return what is above 0 of z."""
    return np.maximum(z, 0, out=z)


def leaky_relu(z: Values) -> Values:
    """Return z, or a fifth of it below 0."""
    return np.maximum(z, np.float32(0.2) * z, out=z)


def gaussian(z: Values, scale: float) -> Values:
    """Return exp(-(s·z)²)."""
    z = np.square(z, out=z)
    z *= -(scale**2)
    return np.exp(z, out=z)


def gabor(phase: Values, omega: float, scale: float) -> Values:
    """Return exp(jωz - |s·z|²) of a real or complex z."""
    envelope = (phase * phase.conj()).real * np.float32(scale**2)
    gabor: Values = np.exp(np.complex64(1j * omega) * phase - envelope)
    return gabor


def finer(z: Values, omega: float) -> Values:
    """Return sin(ω(|z| + 1)z)."""
    return sine(np.float32(omega) * (np.abs(z) + 1) * z)


def harmonized_sine(z: Values, omega: float, harmonizer: Values) -> Values:
    """Return exp(a)·sin(exp(b)·ωz + c) + d; the scalars are (rows or 1, 4)."""
    a, b, c, d = harmonizer.reshape(-1, 4, 1, 1).swapaxes(0, 1)
    moved: Values = np.exp(a) * sine(np.exp(b) * np.float32(omega) * z + c) + d
    return moved


def fourier_features(points: Values, mapping: Values) -> Values:
    """Return cos(2πBv) and sin(2πBv) of points v (rows, axes, points), (rows, 2·frequencies,
    points)."""
    phase = np.float32(2 * math.pi) * (mapping @ points)
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1)


def octaves(points: Values, count: int) -> Values:
    """Return points (points, axes) beside sines and cosines of their coordinates in octaves, as
    `kernels.octaves` does."""
    parts = [points]
    for k in range(count):
        phase = np.float32(math.pi * 2**k) * points
        parts += [np.sin(phase), np.cos(phase)]
    return np.concatenate(parts, axis=1)


def flat_points(points: Values) -> Values:
    """Return points (1, axes, points) as (points, axes)."""
    return np.ascontiguousarray(points[0].T)


def cell_numbers(positions: Values, alpha: float, border: float) -> Ints:
    """Return which of the matrices of a level positions (points, axes) in [0, 1] meet.

    What lies on a border but for rounding belongs to the cell that begins there.
    """
    cells = np.floor(positions * np.float32(alpha) + np.float32(border))
    owner = np.clip(cells, 0, math.ceil(alpha) - 1).astype(np.int64) % 2
    number: Ints = owner @ (1 << np.arange(owner.shape[1])[::-1])
    return number


def identity_order(points: Values) -> Ints:
    """Return the order of points (points, axes) as they are."""
    return np.arange(len(points))


def sorted_by(numbers: Ints, count: int) -> tuple[Ints, Ints, list[int]]:
    """Return the order that sorts points by number, its inverse, and the points of each number."""
    order = np.argsort(numbers, kind="stable")
    return order, inverse(order), np.bincount(numbers, minlength=count).tolist()


def inverse(order: Ints) -> Ints:
    """Return the inverse of a permutation."""
    return np.argsort(order)


def blend_shares(cells: Values) -> Values:
    """Return the share of each matrix, (points, matrices), at places (points, axes) in cells.

    A matrix is alone in the middle of its cell.
    """
    odd = 1 - np.abs((cells - np.float32(0.5)) % 2 - 1)
    shares = np.ones_like(cells[:, :1])
    for axis in range(cells.shape[1]):
        pair = np.stack([1 - odd[:, axis], odd[:, axis]], axis=1)
        shares = (shares[:, :, None] * pair[:, None]).reshape(len(cells), -1)
    return shares


def permute(rows: Values, order: Ints, back: Ints) -> Values:
    """Return rows[order]; `back` is the inverse permutation."""
    return rows[order]


def grouped_linear(x: Values, weight: Values, bias: Values, counts: list[int]) -> Values:
    """Multiply points (points, in), sorted by group, by a matrix of each group.

    Matrices are (groups, out, in), and `counts` the points of each group.
    """
    parts = np.split(x, np.cumsum(counts)[:-1])
    product: Values = np.concatenate([p @ w.T for p, w in zip(parts, weight, strict=True)])
    product += bias
    return product


def blended_linear(x: Values, weight: Values, bias: Values, shares: Values) -> Values:
    """Multiply points (points, in) by means of matrices (matrices, out, in).

    Each matrix has a share (points, matrices) of its own at each point.
    """
    tall = (shares[:, :, None] * x[:, None]).reshape(len(x), -1)
    product: Values = tall @ weight.swapaxes(1, 2).reshape(tall.shape[1], -1)
    product += bias
    return product
