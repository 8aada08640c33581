"""SSIMULACRA2 by the package of that name: how alike the eye finds two images."""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inrcodec.extras import load_extra
from inrcodec.limits import Cost

__all__ = ["has_ssimulacra2", "ssimulacra2", "ssimulacra2_cost"]

# Below this many pixels a side it is not defined.
_LEAST_SIDE = 8
# Of memory, measured with version 0.3.
_BYTES_PER_PIXEL = 520


def has_ssimulacra2(shape: tuple[int, ...], channels: int, bits: int) -> bool:
    """Tell whether signals of a shape have a score, and the package for it is installed."""
    if len(shape) != 2 or channels not in (1, 3) or bits != 8 or min(shape) < _LEAST_SIDE:
        return False
    return find_spec("ssimulacra2") is not None


def ssimulacra2_cost(shape: tuple[int, ...]) -> Cost:
    """Estimate what it takes to score images (height, width)."""
    return Cost(float(_BYTES_PER_PIXEL * shape[0] * shape[1]))


def ssimulacra2(original: npt.NDArray[np.uint8], decoded: npt.NDArray[np.uint8]) -> float:
    """Score gray or RGB images (height, width, channels): 100 for the original, 90 for what no eye
    tells from it, 70 for high quality; below 0 for what is far from it.

    Raises `UsageError` where the package is not installed.
    """
    from PIL import Image

    scorer = load_extra("ssimulacra2", "rivals", "SSIMULACRA2")
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("original.png", "decoded.png")]
        for path, samples in zip(paths, (original, decoded), strict=True):
            rgb = np.broadcast_to(samples, (*samples.shape[:2], 3))
            Image.fromarray(np.ascontiguousarray(rgb)).save(path, compress_level=1)
        return float(scorer.compute_ssimulacra2(*paths))
