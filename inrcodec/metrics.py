"""Quality of a decoded picture against its original."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError

__all__ = ["psnr", "ssim"]

Samples = npt.NDArray[np.unsignedinteger]

_ROWS_AT_ONCE = 256
_SSIM_WINDOW = 11


def _check_alike(a: Samples, b: Samples) -> None:
    if a.shape != b.shape or a.dtype != b.dtype:
        raise UsageError(f"cannot compare {a.shape} {a.dtype} with {b.shape} {b.dtype}")


def psnr(a: Samples, b: Samples) -> float:
    """Peak signal-to-noise ratio in dB of integer samples over all channels, with the type's
    largest value as peak; infinite where they are equal."""
    _check_alike(a, b)
    total = 0
    for start in range(0, len(a), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        total += int(((a[part].astype(np.int64) - b[part]) ** 2).sum())
    if total == 0:
        return math.inf
    peak = int(np.iinfo(a.dtype).max)
    return 10 * math.log10(peak * peak * a.size / total)


def ssim(a: Samples, b: Samples) -> float | None:
    """Structural similarity (Wang et al. 2004: Gaussian window of deviation 1.5), the mean over
    pixels and channels; None where a side is below the window's 11 pixels."""
    _check_alike(a, b)
    if min(a.shape[:2]) < _SSIM_WINDOW:
        return None
    from skimage.metrics import structural_similarity

    value = structural_similarity(  # type: ignore[no-untyped-call]
        a,
        b,
        channel_axis=-1,
        data_range=int(np.iinfo(a.dtype).max),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(value)
