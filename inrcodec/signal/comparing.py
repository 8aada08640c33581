"""How alike two signals are, by the measures that their kind has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from inrcodec.errors import UsageError
from inrcodec.signal import ImageInfo, SignalInfo, Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.metrics import Comparison, psnr, ssim

__all__ = ["check_alike", "compare", "log_spectral_distance"]

_FRAMES_AT_ONCE = 1 << 18
_WINDOW = 2048
# 100 dB below full scale: what is softer counts as silence.
_FLOOR = 1e-10

Floats = npt.NDArray[np.float32]


def compare(original: Source, other: Source) -> dict[str, float | None]:
    """Measures of two images (`psnr` in dB, `ssim`) or of two audio signals (`snr_db`, `psnr_db`
    with a peak of 1, `log_spectral_distance_db`); None where one is not defined.

    Raises `UsageError` where they are not of one kind and shape.
    """
    first, second = original.info, other.info
    check_alike(first, second)
    if isinstance(first, ImageInfo):
        a, b = (signal.read(Region.whole(signal.info.shape)) for signal in (original, other))
        return {"psnr": psnr(a, b), "ssim": ssim(a, b)}
    comparison, distances = Comparison(), []
    for part in _parts(first.frames):
        samples = original.read(part), other.read(part)
        comparison.add(*samples)
        distances.append(log_spectral_distance(*samples))
    spectra = np.concatenate(distances)
    return {
        "snr_db": comparison.snr_db,
        "psnr_db": comparison.psnr_db(1),
        "log_spectral_distance_db": float(spectra.mean()) if len(spectra) else None,
    }


def check_alike(first: SignalInfo, second: SignalInfo) -> None:
    """Raise `UsageError` where samples of two formats cannot be compared one by one."""
    if type(first) is not type(second):
        raise UsageError("an image and an audio signal do not compare")
    compared: tuple[str, ...] = ("rate", "channels", "frames")
    if isinstance(first, ImageInfo):
        compared = ("width", "height", "channels", "bits_per_sample")
    for what in compared:
        a, b = getattr(first, what), getattr(second, what)
        if a != b:
            name = what.replace("_", " ")
            raise UsageError(f"cannot compare: {name} {a} and {b}")


def _parts(frames: int) -> Iterator[Region]:
    for start in range(0, frames, _FRAMES_AT_ONCE):
        yield Region((start,), (min(_FRAMES_AT_ONCE, frames - start),))


def log_spectral_distance(a: Floats, b: Floats) -> npt.NDArray[np.float64]:
    """For each window of 2048 samples, half overlapping, of each channel of (frames, channels):
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
