"""Files of models, and of fits of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["write_arrays"]


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write a file of arrays that is there as a whole or not at all."""
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(path)
