"""The choice of what networks compute with: numpy arrays where they are decoded; torch tensors
where they are fitted, differentiated, or on a GPU."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

__all__ = ["operations"]


def operations(values: Any) -> ModuleType:
    """Return the kernels for values of this type; those of torch are loaded for tensors alone."""
    if isinstance(values, np.ndarray):
        from inrcodec.codecs.inr.networks import array_kernels

        return array_kernels
    from inrcodec.codecs.inr.networks import kernels

    return kernels
