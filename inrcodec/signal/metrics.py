"""Quality of a decoded signal against its original."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError

__all__ = ["Comparison", "log_spectral_distance", "psnr", "ssim"]

Samples = npt.NDArray[Any]
Doubles = npt.NDArray[np.float64]

# So that what is compared at a time takes little memory beside the signals.
_SAMPLES_AT_ONCE = 1 << 20
# The window of SSIM: Gaussian weights of 11 pixels; and its constants.
_SSIM_WINDOW, _SSIM_DEVIATION = 11, 1.5
_SSIM_CONSTANTS = (0.01, 0.03)
# Of spectra, in samples; and 100 dB below full scale: what is softer counts as silence.
_WINDOW = 2048
_FLOOR = 1e-10


def _check_alike(a: Samples, b: Samples) -> None:
    if a.shape != b.shape or a.dtype != b.dtype:
        raise UsageError(f"cannot compare {a.shape} {a.dtype} with {b.shape} {b.dtype}")


@dataclass
class Comparison:
    """A decoded signal beside its original, part by part.

    Attributes
    ----------
    error, energy
        Sums of squares, of what they differ by and of the original.
    count
        Samples in all channels.
    """

    error: float = 0.0
    energy: float = 0.0
    count: int = 0

    def add(self, original: Samples, decoded: Samples) -> None:
        """Take a part of both; `UsageError` where they are not of one shape and type."""
        _check_alike(original, decoded)
        exact = np.int64 if original.dtype.kind == "u" else np.float64
        rows = max(1, _SAMPLES_AT_ONCE * len(original) // max(1, original.size))
        for start in range(0, len(original), rows):
            part = original[start : start + rows].astype(exact)
            other = decoded[start : start + rows].astype(exact)
            self.error += float(np.square(part - other).sum())
            self.energy += float(np.square(part).sum())
        self.count += original.size

    def include(self, other: Comparison) -> None:
        """Take all that another comparison is of."""
        self.error += other.error
        self.energy += other.energy
        self.count += other.count

    def psnr_db(self, peak: float) -> float:
        """Peak signal-to-noise ratio; infinite where nothing differs."""
        return _decibels(peak * peak * self.count, self.error)

    @property
    def snr_db(self) -> float:
        """Signal-to-noise ratio; infinite where nothing differs."""
        return _decibels(self.energy, self.error)


def _decibels(power: float, noise: float) -> float:
    if noise == 0:
        return math.inf
    return 10 * math.log10(power / noise) if power > 0 else -math.inf


def psnr(a: Samples, b: Samples) -> float:
    """Peak signal-to-noise ratio in dB of integer samples over all channels, with the type's
    largest value as peak; infinite where they are equal."""
    comparison = Comparison()
    comparison.add(a, b)
    return comparison.psnr_db(int(np.iinfo(a.dtype).max))


def ssim(a: Samples, b: Samples) -> float | None:
    """Structural similarity of integer samples (height, width, channels), the mean over windows and
    channels; None where a side is below the window's 11 pixels.

    Wang et al., "Image quality assessment: from error visibility to structural similarity" (2004):
    Gaussian windows of deviation 1.5, within the image.
    """
    _check_alike(a, b)
    if min(a.shape[:2]) < _SSIM_WINDOW:
        return None
    peak = int(np.iinfo(a.dtype).max)
    height, width, channels = a.shape
    rows = max(1, _SAMPLES_AT_ONCE // (width * channels))
    total = 0.0
    for start in range(0, height - _SSIM_WINDOW + 1, rows):
        part = slice(start, start + rows + _SSIM_WINDOW - 1)
        total += _similarity(a[part].astype(np.float64), b[part].astype(np.float64), peak)
    windows = (height - _SSIM_WINDOW + 1) * (width - _SSIM_WINDOW + 1) * channels
    return float(total / windows)


def _similarity(a: Doubles, b: Doubles, peak: int) -> float:
    """Sum the structural similarity of all windows within two images."""
    c1, c2 = ((k * peak) ** 2 for k in _SSIM_CONSTANTS)
    mean_a, mean_b = _windowed(a), _windowed(b)
    both = mean_a * mean_b
    squares = mean_a * mean_a + mean_b * mean_b
    variances = _windowed(a * a) + _windowed(b * b) - squares
    covariance = _windowed(a * b) - both
    similarity = (2 * both + c1) * (2 * covariance + c2)
    similarity /= (squares + c1) * (variances + c2)
    return float(similarity.sum())


def _windowed(x: Doubles) -> Doubles:
    """Compute the weighed means of all windows within an image."""
    places = np.arange(_SSIM_WINDOW) - _SSIM_WINDOW // 2
    weights = np.exp(-0.5 * (places / _SSIM_DEVIATION) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        count = x.shape[axis] - _SSIM_WINDOW + 1
        parts = (x[(slice(None),) * axis + (slice(k, k + count),)] for k in range(_SSIM_WINDOW))
        weighed = zip(weights, parts, strict=True)
        x = sum((w * part for w, part in weighed), np.zeros(()))
    return x


def log_spectral_distance(a: Samples, b: Samples) -> npt.NDArray[np.float64]:
    """Compute, for each half-overlapping window of 2048 samples of each channel:
    the root mean square over frequencies of what the power spectra differ by, in dB (Gray and
    Markel 1976)."""
    levels = []
    for samples in (a, b):
        count = max(0, 1 + (len(samples) - _WINDOW) // (_WINDOW // 2))
        starts = _WINDOW // 2 * np.arange(count)
        windows = samples.T[:, starts[:, None] + np.arange(_WINDOW)]
        taper = np.hanning(_WINDOW)
        power = np.abs(np.fft.rfft(windows * taper)) ** 2 / (taper.sum() / 2) ** 2
        levels.append(10 * np.log10(np.maximum(power, _FLOOR)))
    distance: npt.NDArray[np.float64] = np.sqrt(np.square(levels[0] - levels[1]).mean(-1))
    return distance.reshape(-1)
