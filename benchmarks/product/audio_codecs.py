"""What scripts about audio signals share: soundfile's codecs at a size, and what they decode to,
sample for sample beside the original."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile

from inrcodec.media.audio import from_samples
from inrcodec.signal import Signal
from inrcodec.signal.source import compare

__all__ = ["CODECS", "LOSSLESS", "decoded_beside", "measures", "nearest"]

Floats = npt.NDArray[np.float32]

Options = dict[str, str]

_MP3 = {"format": "MP3", "subtype": "MPEG_LAYER_III"}
# Codec to soundfile's options, the better ones first, which may not reach large sizes.
CODECS: dict[str, tuple[Options, ...]] = {
    "mp3": (_MP3 | {"bitrate_mode": "VARIABLE"}, _MP3 | {"bitrate_mode": "AVERAGE"}),
    "vorbis": ({"format": "OGG", "subtype": "VORBIS"},),
    "flac": ({"format": "FLAC", "subtype": "PCM_16"},),
}
# Have one size.
LOSSLESS = ("flac",)

# Compression levels from the largest file to the smallest; MP3 refuses 1.
_LEVELS = (0.0, 0.99)
_HALVINGS = 12
# At a time; of more, Vorbis overruns its stack.
_PIECE = 1 << 14
# By how many samples an encoder may delay an audio signal.
_MOST_DELAY = 1 << 13


def _compressed(signal: Signal, options: Options, level: float) -> bytes:
    out = io.BytesIO()
    rate, channels = signal.info.rate, signal.info.channels
    with soundfile.SoundFile(out, "w", rate, channels, compression_level=level, **options) as file:
        for start in range(0, len(signal.samples), _PIECE):
            file.write(signal.samples[start : start + _PIECE].clip(-1, 1))
    return out.getvalue()


def nearest(signal: Signal, codec: str, size: int) -> bytes:
    """The codec's file that comes nearest to `size` bytes."""
    low, high = _LEVELS
    if codec in LOSSLESS:
        return _compressed(signal, CODECS[codec][0], high)
    tried: list[bytes] = []
    for options in CODECS[codec]:
        tried.append(_compressed(signal, options, low))
        if len(tried[-1]) >= size:
            break
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried.append(_compressed(signal, options, middle))
        low, high = (middle, high) if len(tried[-1]) > size else (low, middle)
    return min(tried, key=lambda data: abs(len(data) - size))


def _delay(original: Floats, decoded: Floats) -> int:
    """How many samples later the decoded audio signal is: where their correlation is largest."""
    size = 1 << (len(original) + len(decoded) - 1).bit_length()
    first, second = (np.fft.rfft(samples.sum(1), size) for samples in (decoded, original))
    correlation = np.fft.irfft(first * second.conj(), size)
    lags = np.arange(-_MOST_DELAY, _MOST_DELAY + 1)
    return int(lags[np.argmax(correlation[lags])])


def decoded_beside(original: Signal, data: bytes) -> tuple[Floats, int]:
    """What an audio file decodes to, moved and cut to stand beside the original, and by how many
    samples it was late."""
    found, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    delay = _delay(original.samples, found)
    beside = np.zeros_like(original.samples)
    source, target = found[max(delay, 0) :], beside[max(-delay, 0) :]
    count = min(len(source), len(target))
    target[:count] = source[:count]
    return beside, delay


def measures(original: Signal, samples: Floats) -> dict[str, float | None]:
    """SNR, PSNR with a peak of 1 and log-spectral distance."""
    return compare(original, from_samples(samples, original.info.rate))
