"""How far a decoded image is from its original: by PSNR, MS-SSIM and SSIMULACRA2."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from benchmarks.extras import extra
from benchmarks.product.image_codecs import MS_SSIM, PSNR, VISUAL
from inrcodec.signal.metrics import psnr

__all__ = ["METRICS", "ssimulacra2"]

Samples = npt.NDArray[np.uint8]


def ms_ssim(original: Samples, decoded: Samples) -> float:
    """MS-SSIM in dB, -10·log10(1 - MS-SSIM), by `pytorch-msssim`."""
    pair = [torch.from_numpy(x.copy()).permute(2, 0, 1)[None].double() for x in (original, decoded)]
    value = float(extra("pytorch_msssim").ms_ssim(*pair, data_range=255))
    return -10 * math.log10(max(1 - value, 1e-9))


def ssimulacra2(original: Samples, decoded: Samples) -> float:
    """SSIMULACRA2, by the package of that name: 90 is visually lossless, 70 high quality."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / name) for name in ("original.png", "decoded.png")]
        for path, samples in zip(paths, (original, decoded), strict=True):
            Image.fromarray(samples).save(path, compress_level=1)
        return float(extra("ssimulacra2").compute_ssimulacra2(*paths))


METRICS: dict[str, Callable[[Any, Any], float]] = {
    PSNR: psnr,
    MS_SSIM: ms_ssim,
    VISUAL: ssimulacra2,
}
