"""Mapping values between the range of a network, -1 to 1, and that of a signal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from inrcodec.signal import SignalInfo

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["from_network", "to_network"]

_Values = TypeVar("_Values", npt.NDArray[np.float32], "Tensor")


def to_network(info: SignalInfo, samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the values of samples that a network is to give, -1 to 1."""
    values, (low, high) = info.values(samples), info.value_range
    if (low, high) == (-1, 1):
        return values
    # Powers of two and their sums: nothing is rounded twice.
    scaled: npt.NDArray[np.float32] = 2 * values - np.float32(low + high)
    scaled /= high - low
    return scaled


def from_network(info: SignalInfo, values: _Values) -> _Values:
    """Return a network's values, an array or a tensor, as the signal's."""
    low, high = info.value_range
    if (low, high) == (-1, 1):
        return values
    return (values * (high - low) + (low + high)) / 2  # type: ignore[return-value]
