"""How far a decoded image is from its original: by PSNR, MS-SSIM and SSIMULACRA2."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.extras import extra
from inrcodec.rivals.images import MS_SSIM, PSNR, VISUAL
from inrcodec.signal.metrics import psnr
from inrcodec.signal.ssimulacra2 import ssimulacra2

__all__ = ["METRICS"]

Samples = npt.NDArray[np.uint8]


def ms_ssim(original: Samples, decoded: Samples) -> float:
    """MS-SSIM in dB, -10·log10(1 - MS-SSIM), by `pytorch-msssim`."""
    pair = [torch.from_numpy(x.copy()).permute(2, 0, 1)[None].double() for x in (original, decoded)]
    value = float(extra("pytorch_msssim").ms_ssim(*pair, data_range=255))
    return -10 * math.log10(max(1 - value, 1e-9))


METRICS: dict[str, Callable[[Any, Any], float]] = {
    PSNR: psnr,
    MS_SSIM: ms_ssim,
    VISUAL: ssimulacra2,
}
