"""What scripts about audio share: other codecs at a rate, what they decode to beside the original,
and what is measured of it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import soundfile

from benchmarks.extras import extra
from inrcodec.media.audio import from_samples
from inrcodec.signal import Signal
from inrcodec.signal.source import compare

__all__ = [
    "CODECS",
    "Floats",
    "decoded_beside",
    "mean_opinion",
    "measures",
    "resampled",
    "speech_quality",
]

Floats = npt.NDArray[np.float32]
# A file of samples (frames, channels) of a rate, at about so many kbit/s.
Encode = Callable[[Floats, int, float], bytes]

# By how many samples an encoder may delay an audio signal.
_MOST_DELAY = 1 << 13
# Of Opus, and of the measure of hearing.
_RATE = 48000
_HALVINGS = 9
# At a time; of more, Vorbis overruns its stack.
_PIECE = 1 << 14


def resampled(samples: Floats, rate: int, wanted: int) -> Floats:
    """Return samples at another rate."""
    found: Floats = extra("soxr").resample(samples, rate, wanted) if rate != wanted else samples
    return found


def _by_ffmpeg(container: str, codec: str, rate: int | None = None, **options: str) -> Encode:
    """Return an encoder of ffmpeg's, at its defaults save for the rate and some options."""

    def encode(samples: Floats, own_rate: int, kbps: float) -> bytes:
        av, out = extra("av"), io.BytesIO()
        used = rate or own_rate
        pcm = np.ascontiguousarray(resampled(samples, own_rate, used).T)
        layout = "mono" if len(pcm) == 1 else "stereo"
        with av.open(out, "w", format=container) as file:
            stream = file.add_stream(codec, rate=used, options=options)
            stream.bit_rate, stream.layout = round(1000 * kbps), layout
            frame = av.AudioFrame.from_ndarray(pcm, format="fltp", layout=layout)
            frame.sample_rate = used
            resampler = av.AudioResampler(
                format=stream.format, layout=layout, rate=used, frame_size=stream.frame_size or 1024
            )
            for part in (frame, None):
                for piece in resampler.resample(part):
                    file.mux(stream.encode(piece))
            file.mux(stream.encode(None))
        return out.getvalue()

    return encode


def _vorbis(samples: Floats, rate: int, kbps: float) -> bytes:
    """Encode by libsndfile's Vorbis, at the quality that comes nearest to a rate."""
    low, high = 0.0, 0.99
    tried: list[bytes] = []
    for _ in range(_HALVINGS):
        out, middle = io.BytesIO(), (low + high) / 2
        options = {"format": "OGG", "subtype": "VORBIS", "compression_level": middle}
        with soundfile.SoundFile(out, "w", rate, samples.shape[1], **options) as file:
            for start in range(0, len(samples), _PIECE):
                file.write(samples[start : start + _PIECE].clip(-1, 1))
        tried.append(out.getvalue())
        is_large = len(tried[-1]) > 125 * kbps * len(samples) / rate
        low, high = (middle, high) if is_large else (low, middle)
    return min(tried, key=lambda data: abs(len(data) - 125 * kbps * len(samples) / rate))


# LAME's most careful search, at a constant rate and at one that is so on average.
_CAREFUL = {"compression_level": "0"}
CODECS: dict[str, Encode] = {
    "opus": _by_ffmpeg("ogg", "libopus", _RATE),
    "opus voip": _by_ffmpeg("ogg", "libopus", _RATE, application="voip"),
    "vorbis": _vorbis,
    "aac": _by_ffmpeg("ipod", "aac"),
    "mp3": _by_ffmpeg("mp3", "libmp3lame", **_CAREFUL),
    "mp3 abr": _by_ffmpeg("mp3", "libmp3lame", **_CAREFUL, abr="1"),
}


def _delay(original: Floats, decoded: Floats) -> int:
    """How many samples later the decoded audio signal is: where their correlation is largest."""
    size = 1 << (len(original) + len(decoded) - 1).bit_length()
    first, second = (np.fft.rfft(samples.sum(1), size) for samples in (decoded, original))
    correlation = np.fft.irfft(first * second.conj(), size)
    lags = np.arange(-_MOST_DELAY, _MOST_DELAY + 1)
    return int(lags[np.argmax(correlation[lags])])


def _decoded(data: bytes) -> tuple[Floats, int]:
    """Decode a file that ffmpeg reads: samples (frames, channels), and their rate."""
    av, parts = extra("av"), list[Floats]()
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        converted = av.AudioResampler(format="fltp")
        for frame in file.decode(stream):
            parts += [piece.to_ndarray() for piece in converted.resample(frame)]
        return np.concatenate(parts, axis=1).T, int(stream.rate)


def decoded_beside(original: Signal, data: bytes) -> Floats:
    """Return what an audio file decodes to, at the original's rate, moved and cut to stand beside
    it."""
    found, rate = _decoded(data)
    found = resampled(found, rate, int(original.info.fields()["rate"]))
    delay = _delay(original.samples, found)
    beside = np.zeros_like(original.samples)
    source, target = found[max(delay, 0) :], beside[max(-delay, 0) :]
    count = min(len(source), len(target))
    target[:count] = source[:count]
    return beside


def measures(original: Signal, samples: Floats) -> dict[str, float | None]:
    """SNR, PSNR with a peak of 1 and log-spectral distance."""
    return compare(original, from_samples(samples, int(original.info.fields()["rate"])))


def mean_opinion(original: Floats, decoded: Floats, rate: int) -> float:
    """The mean opinion, 1 to 5, that Zimtohrli predicts: the mean over channels."""
    zimtohrli = extra("zimtohrli")
    both = [resampled(samples, rate, _RATE).T for samples in (original, decoded)]
    channels = zip(*(map(np.ascontiguousarray, samples) for samples in both), strict=True)
    return float(np.mean([zimtohrli.mos_from_signals(*pair) for pair in channels]))


def speech_quality(original: Floats, decoded: Floats) -> float:
    """The wide-band PESQ of speech of 16 kHz, one channel."""
    return float(extra("pesq").pesq(16000, original[:, 0], decoded[:, 0], "wb"))
