"""What scripts about audio measure of what codecs decode to."""

from __future__ import annotations

from benchmarks.extras import extra
from inrcodec.media.audio import from_samples
from inrcodec.rivals.audio import Floats
from inrcodec.signal import Signal
from inrcodec.signal.source import compare

__all__ = ["measures", "speech_quality"]


def measures(original: Signal, samples: Floats) -> dict[str, float | None]:
    """SNR, PSNR with a peak of 1 and log-spectral distance."""
    return compare(original, from_samples(samples, int(original.info.fields()["rate"])))


def speech_quality(original: Floats, decoded: Floats) -> float:
    """The wide-band PESQ of speech of 16 kHz, one channel."""
    return float(extra("pesq").pesq(16000, original[:, 0], decoded[:, 0], "wb"))
