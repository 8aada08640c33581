"""Features that a prediction is made from: how large a network is, and how hard an image is.

How hard an image is JPEG 2000 tells, at three ratios ("Predicting the Encoding Error of SIRENs",
section 3.4).
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

__all__ = ["FEATURES", "features", "jpeg2000_psnrs", "ratios"]

FEATURES = (
    *("bpp", "depth", "omega", "steps", "pixels"),
    *("jpeg2000_low", "jpeg2000_middle", "jpeg2000_high"),
)
# Compression from 24 bits a pixel, low to high. Of images below 128 pixels a side, a hundredth is
# less than a header.
_RATIOS, _SMALL_RATIOS, _SMALL = (7, 25, 100), (7, 15, 50), 128
_BITS = 16


def ratios(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the ratios at which JPEG 2000 tells how hard an image of a shape (height, width)
    is."""
    return _SMALL_RATIOS if min(shape) < _SMALL else _RATIOS


def features(
    shape: tuple[int, ...],
    parameters: int,
    depth: int,
    omega_0: float,
    steps: int,
    jpeg2000: Sequence[float],
) -> list[float]:
    """Return the features of a network for an image, in the order of `FEATURES`.

    Parameters
    ----------
    parameters
        Of 16 bits each, for the rate.
    jpeg2000
        PSNRs of the image in dB, at `ratios`.
    """
    pixels = math.prod(shape)
    return [
        math.log2(_BITS * parameters / pixels),
        depth,
        math.log(omega_0 / math.sqrt(pixels)),
        math.log2(max(1, steps)),
        math.log2(pixels),
        *jpeg2000,
    ]


def jpeg2000_psnrs(pixels: npt.NDArray[np.uint8]) -> list[float]:
    """Return the PSNRs in dB of an image (height, width, 3) as JPEG 2000, at `ratios`."""
    return [_psnr(pixels, ratio) for ratio in ratios(pixels.shape[:2])]


def _psnr(pixels: npt.NDArray[np.uint8], ratio: int) -> float:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(
        stream, "JPEG2000", quality_mode="rates", quality_layers=[ratio], irreversible=True
    )
    with Image.open(stream) as decoded:
        differences = np.asarray(decoded, np.float64) - pixels
    error = float(np.square(differences).mean())
    # Of a flat image there is no error: what a byte resolves is the most that counts.
    return float(10 * np.log10(255**2 / max(error, 1 / 12)))
