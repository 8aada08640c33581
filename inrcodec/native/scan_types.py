"""The parts of scans: a model, a tile, what may be lost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from inrcodec.errors import InrError

__all__ = [
    "LOSSLESS",
    "Mask",
    "Samples",
    "ScanLoss",
    "ScanModel",
    "Tile",
    "Words",
    "decision_bits",
]

Samples = npt.NDArray[np.uint16]
Words = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]

# The most that inputs of networks, and hidden values, come to.
_MOST_INPUT, _MOST_ACTIVE = 2047, 8191


@dataclass(frozen=True)
class ScanModel:
    """All that encoder and decoder know beforehand, as integers (specification, 8).

    Shapes: first and second (3, 32, 32), third (3, 9, 64), whitening (3, 32, 32), all int16 in
    2^-10; sigmoid (2050,) in 2^-24, logarithm (1025,) in 2^-12, power (64,) in 2^-16, all int32.

    Raises `InrError` where sums of a network may take more than 32 bits, whatever is coded.
    """

    first: npt.NDArray[np.int16]
    second: npt.NDArray[np.int16]
    third: npt.NDArray[np.int16]
    whitening: npt.NDArray[np.int16]
    sigmoid: npt.NDArray[np.int32]
    logarithm: npt.NDArray[np.int32]
    power: npt.NDArray[np.int32]

    def __post_init__(self) -> None:
        inputs, hidden = self.first.shape[-1], self.second.shape[-1]
        most = {
            "first": [_MOST_INPUT] * inputs,
            "second": [_MOST_ACTIVE] * hidden,
            "third": [_MOST_ACTIVE] * hidden + [_MOST_INPUT] * inputs,
            "whitening": [_MOST_INPUT] * inputs,
        }
        for name, values in most.items():
            sums = np.abs(getattr(self, name).astype(np.int64)) @ np.array(values, np.int64)
            # Half is added before the shift that rounds.
            if sums.max() + 512 >= 1 << 31:
                raise InrError(f"a pretrained model's sums ({name}) do not fit 32 bits")


@dataclass(frozen=True)
class Tile:
    """A tile to be coded: (height, width, channels), bits of a sample, the step of samples (odd; 1
    is lossless), and which pixels are there (height, width), None for all."""

    shape: tuple[int, int, int]
    bits: int
    step: int = 1
    kept: Mask | None = None


@dataclass(frozen=True)
class ScanLoss:
    """The loss that an encoder may make.

    Attributes
    ----------
    most
        Levels that a sample of a pixel may differ by where it repeats another; 0 is lossless.
    lmbda
        Squared levels that a bit is worth.
    """

    most: int = 0
    lmbda: float = 0.0


LOSSLESS = ScanLoss()


@cache
def decision_bits() -> npt.NDArray[np.float32]:
    """Return the bits of a decision of each probability, in 2^-16."""
    chances = np.arange(65537) / 65536
    chances[0] = chances[1]
    return np.ascontiguousarray(-np.log2(chances), np.float32)
