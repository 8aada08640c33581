"""The inner loops of networks on numpy arrays: what `kernels` does on torch tensors, forward alone.

Nothing is kept for a backward pass, so results take the place of what they are made of. Where a
shape has the points first, the values of a feature lie one after another all the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.networks.steps import LayerStep
from inrcodec.native.layers import Dense, Kind, activate, dense_layers

__all__ = [
    "as_complex",
    "batched_linear",
    "blend_shares",
    "blended_linear",
    "cell_numbers",
    "expand",
    "flat_points",
    "fourier_features",
    "gabor",
    "grouped_linear",
    "identity_order",
    "in_rows",
    "inverse",
    "layers",
    "leaky_relu",
    "octaves",
    "permute",
    "sine",
    "sorted_by",
]

# Real, or complex of the same precision.
Values = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


def in_rows(points: Values) -> Values:
    """Return points as they are: products have one order here."""
    return np.ascontiguousarray(points)


def layers(x: Values, steps: Sequence[LayerStep]) -> Values:
    """Return what layers make of points (rows or 1, in, points), one after another.

    Those that the compiled kernels have go through them together.
    """
    for has_kernel, run in groupby(steps, lambda step: step.has_kernel):
        if has_kernel:
            x = dense_layers(x, [step.dense() for step in run])
        else:
            for step in run:
                x = step.values(x)
    return x


def batched_linear(x: Values, weight: Values, bias: Values) -> Values:
    """Return W·x + b for each tile; shapes as in `kernels.batched_linear`."""
    return dense_layers(x, [Dense(weight, bias)])


def as_complex(weight: Values, bias: Values) -> tuple[Values, Values]:
    """Return (tiles, 2, out, in) and (tiles, 2·out, 1), real then imaginary, as complex."""
    real, imaginary = np.split(bias, 2, axis=1)
    return weight[:, 0] + 1j * weight[:, 1], real + 1j * imaginary


def gabor(phase: Values, omega: float, scale: float) -> Values:
    """Return exp(jωz - |s·z|²) of a real or complex z."""
    envelope = (phase * phase.conj()).real * np.float32(scale**2)
    gabor: Values = np.exp(np.complex64(1j * omega) * phase - envelope)
    return gabor


def expand(weight: Values, rows: int) -> Values:
    """Repeat weights (1, out, in) for so many rows."""
    return np.broadcast_to(weight, (rows, *weight.shape[1:]))


def sine(z: Values) -> Values:
    """Return sin(z)."""
    return activate(z, Kind.SINE)


def leaky_relu(z: Values) -> Values:
    """Return z, or a fifth of it below 0."""
    return activate(z, Kind.LEAKY_RELU)


def fourier_features(points: Values, mapping: Values) -> Values:
    """Return cos(2πBv) and sin(2πBv) of points v (rows, axes, points), (rows, 2·frequencies,
    points)."""
    matrix = np.float32(2 * math.pi) * np.concatenate([mapping, mapping], axis=1)
    # A cosine is a sine of a quarter more.
    quarters = np.repeat([np.float32(math.pi / 2), np.float32(0)], mapping.shape[1])
    return dense_layers(points, [Dense(matrix, quarters[None, :, None], Kind.SINE)])


def octaves(points: Values, count: int) -> Values:
    """Return points (points, axes) beside sines and cosines of their coordinates in octaves, as
    `kernels.octaves` does."""
    parts = [points.T]
    for k in range(count):
        phase = np.float32(math.pi * 2**k) * points.T
        parts += [np.sin(phase), np.cos(phase)]
    return np.concatenate(parts).T


def flat_points(points: Values) -> Values:
    """Return points (1, axes, points) as (points, axes)."""
    flat: Values = points[0].T
    return flat


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
    return rows.T.take(order, axis=1).T


def grouped_linear(x: Values, weight: Values, bias: Values, counts: list[int]) -> Values:
    """Multiply points (points, in), sorted by group, by a matrix of each group.

    Matrices are (groups, out, in), and `counts` the points of each group.
    """
    columns, bias = x.T[None], bias.reshape(1, -1, 1)
    product = np.empty((1, weight.shape[1], len(x)), np.float32)
    start = 0
    for matrix, count in zip(weight, counts, strict=True):
        part = slice(start, start + count)
        dense_layers(columns[:, :, part], [Dense(matrix[None], bias)], product[:, :, part])
        start += count
    grouped: Values = product[0].T
    return grouped


def blended_linear(x: Values, weight: Values, bias: Values, shares: Values) -> Values:
    """Multiply points (points, in) by means of matrices (matrices, out, in).

    Each matrix has a share (points, matrices) of its own at each point.
    """
    tall = (shares.T[:, None] * x.T[None]).reshape(1, -1, len(x))
    wide = weight.swapaxes(0, 1).reshape(1, weight.shape[1], -1)
    product: Values = dense_layers(tall, [Dense(wide, bias.reshape(1, -1, 1))])[0].T
    return product
