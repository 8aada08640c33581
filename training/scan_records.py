"""What networks of samples learn from: samples of photographs, and what is known before each.

The same inputs as `formats/inr-v1-pixels.md`, 5.1 has, of many samples at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NETS", "Records", "record"]

NETS = 3
_INPUTS = 32
# (row, column) of a sample's neighbors, and of those that another channel is told by.
_OWN = [
    (0, -1),
    (0, -2),
    (0, -3),
    *((-1, d) for d in range(-3, 4)),
    *((-2, d) for d in range(-2, 3)),
]
_OTHERS = [(0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0)]
# Pairs of neighbors whose differences are the gradients nearby.
_PAIRS = [(0, 1), (0, 5), (6, 5), (6, 7), (6, 12), (7, 13)]
_ABOVE, _BESIDE, _MIDDLE, _MOST = 2, 3, 128, 2047

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """Samples of one channel: inputs (n, 32), base, exponent and sample (n,)."""

    inputs: npt.NDArray[np.int16]
    base: npt.NDArray[np.int16]
    exponent: npt.NDArray[np.int8]
    sample: npt.NDArray[np.int16]

    @staticmethod
    def joined(parts: Sequence[Records]) -> Records:
        """Return those of all parts."""
        names = ("inputs", "base", "exponent", "sample")
        return Records(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def record(image: npt.NDArray[np.uint8], rows: Places, columns: Places) -> list[Records]:
    """Record some pixels of an image (height, width, 3), for each channel as it is coded."""
    planes = [_padded(image[..., channel].astype(np.int32)) for channel in (1, 0, 2)]
    return [_record(planes[: net + 1], rows, columns) for net in range(NETS)]


def _padded(plane: Ints) -> Ints:
    height, width = plane.shape
    out = np.full((height + _ABOVE, width + 2 * _BESIDE), _MIDDLE, np.int32)
    out[_ABOVE:, _BESIDE : _BESIDE + width] = plane
    out[:, _BESIDE + width :] = out[:, _BESIDE + width - 1, None]
    out[_ABOVE:, :_BESIDE] = out[_ABOVE - 1 : -1, _BESIDE, None]
    return out


def _record(planes: Sequence[Ints], rows: Places, columns: Places) -> Records:
    def at(plane: Ints, offset: tuple[int, int]) -> Ints:
        found: Ints = plane[rows + _ABOVE + offset[0], columns + _BESIDE + offset[1]]
        return found

    own, others = planes[-1], planes[:-1]
    neighbors = [at(own, offset) for offset in _OWN]
    told = neighbors
    if others:
        told = [n - at(others[0], offset) for n, offset in zip(neighbors, _OWN, strict=True)]
        base = at(others[0], (0, 0)) + ((told[0] + told[6]) >> 1)
    else:
        most, least = np.maximum(told[0], told[6]), np.minimum(told[0], told[6])
        base = np.clip(told[0] + told[6] - told[5], least, most)
    gradients = sum((np.abs(told[a] - told[b]) for a, b in _PAIRS), np.full_like(base, 8))
    exponent = np.floor(np.log2(gradients)).astype(np.int32)
    differences = [n - base for n in neighbors]
    differences += [at(p, offset) - at(p, (0, 0)) for p in others for offset in _OTHERS]
    inputs = np.zeros((len(rows), _INPUTS), np.int16)
    scaled = np.stack(differences, 1) * 1024 >> exponent[:, None]
    inputs[:, : len(differences)] = np.clip(scaled, -_MOST, _MOST)
    inputs[:, -3] = 128 * (exponent - 5)
    inputs[:, -2] = 2 * (gradients * 256 >> exponent) - 768
    inputs[:, -1] = 256
    return Records(
        inputs, base.astype(np.int16), exponent.astype(np.int8), at(own, (0, 0)).astype(np.int16)
    )
