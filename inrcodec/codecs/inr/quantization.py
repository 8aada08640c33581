"""Quantization: a network's weights as integer symbols, and back.

A precision maps each weight to one unsigned integer. `fp16` is IEEE 754 binary16: its symbol is
the 16-bit pattern, so that exponents (few values, well predicted) and sign and mantissa (as good
as random) can be coded apart.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from inrcodec.errors import MalformedError, UsageError

__all__ = ["Symbols", "dequantize", "quantize"]

Symbols = dict[str, npt.NDArray[np.uint16]]

_EXPONENT_MASK = 0x7C00


def quantize(weights: Mapping[str, npt.NDArray[np.float32]]) -> Symbols:
    """Round float32 weights to the nearest binary16; return the bit patterns.

    Raises `UsageError` where a weight is not finite or above 65504: the fit diverged.
    """
    with np.errstate(over="ignore"):
        symbols = {name: array.astype("<f2").view("<u2") for name, array in weights.items()}
    for name, array in symbols.items():
        if np.any((array & _EXPONENT_MASK) == _EXPONENT_MASK):
            raise UsageError(
                f"tensor {name} has a weight that 16 bits do not hold: the fit diverged; "
                "try a lower --lr or another --omega"
            )
    return symbols


def dequantize(symbols: Mapping[str, npt.NDArray[np.uint16]]) -> dict[str, npt.NDArray[np.float32]]:
    """Return the float32 weights of binary16 bit patterns, exactly.

    Raises `MalformedError` where a weight is not finite.
    """
    weights = {}
    for name, array in symbols.items():
        if np.any((array & _EXPONENT_MASK) == _EXPONENT_MASK):
            raise MalformedError(f"tensor {name} holds a weight that is not finite")
        weights[name] = array.astype("<u2").view("<f2").astype(np.float32)
    return weights
