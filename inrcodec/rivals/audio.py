"""Other audio codecs as ffmpeg and libsndfile have them, at a rate, and how hearing judges them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from inrcodec.errors import SignalError
from inrcodec.extras import load_extra
from inrcodec.signal import Signal

__all__ = [
    "CODECS",
    "KBPS",
    "AudioCodec",
    "Floats",
    "decoded_beside",
    "mean_opinion",
    "resampled",
]

Floats = npt.NDArray[np.float32]
# A file of samples (frames, channels) of a rate, at about so many kbit/s.
Encode = Callable[[Floats, int, float], bytes]

# Of each number of channels the rates that are asked for, and of speech.
KBPS = {
    2: (32.0, 40.0, 52.0, 64.0, 80.0, 96.0, 128.0),
    1: (8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0),
}
# By how many samples an encoder may delay an audio signal.
_MOST_DELAY = 1 << 13
# Of Opus, and of the measure of hearing.
_RATE = 48000
_HALVINGS = 9
# At a time; of more, Vorbis overruns its stack.
_PIECE = 1 << 14


def resampled(samples: Floats, rate: int, wanted: int) -> Floats:
    """Return samples at another rate."""
    found: Floats = soxr.resample(samples, rate, wanted) if rate != wanted else samples
    return found


def _av() -> Any:
    return load_extra("av", "video", "encoding audio by ffmpeg")


def _by_ffmpeg(container: str, codec: str, rate: int = 0, **options: str) -> Encode:
    """Return an encoder of ffmpeg's, at its defaults save for the rate and some options."""

    def encode(samples: Floats, own_rate: int, kbps: float) -> bytes:
        av, out = _av(), io.BytesIO()
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
_CAREFUL = "0"
CODECS: dict[str, Encode] = {
    "opus": _by_ffmpeg("ogg", "libopus", _RATE),
    "opus voip": _by_ffmpeg("ogg", "libopus", _RATE, application="voip"),
    "vorbis": _vorbis,
    "aac": _by_ffmpeg("ipod", "aac"),
    "mp3": _by_ffmpeg("mp3", "libmp3lame", compression_level=_CAREFUL),
    "mp3 abr": _by_ffmpeg("mp3", "libmp3lame", compression_level=_CAREFUL, abr="1"),
}


@dataclass(frozen=True)
class AudioCodec:
    """A codec of `CODECS` as a `Coder`; its settings are kbit/s."""

    name: str
    settings: Sequence[float]

    def encode(self, given: Signal, setting: float) -> bytes:
        """Implement `Coder`; `SignalError` where the codec does not take such a signal or rate."""
        rate = int(given.info.fields()["rate"])
        try:
            return CODECS[self.name](given.samples, rate, setting)
        except (OSError, ValueError, soundfile.SoundFileError) as error:
            raise SignalError(f"{self.name} at {setting:g} kbit/s: {error}") from error

    def decode(self, data: bytes, given: Signal) -> Floats:
        """Implement `Coder`."""
        return decoded_beside(given, data)


def _delay(original: Floats, decoded: Floats) -> int:
    """Tell how many samples later the decoded signal is: where their correlation is largest."""
    size = 1 << (len(original) + len(decoded) - 1).bit_length()
    first, second = (np.fft.rfft(samples.sum(1), size) for samples in (decoded, original))
    correlation = np.fft.irfft(first * second.conj(), size)
    lags = np.arange(-_MOST_DELAY, _MOST_DELAY + 1)
    return int(lags[np.argmax(correlation[lags])])


def _decoded(data: bytes) -> tuple[Floats, int]:
    """Decode a file that ffmpeg reads: samples (frames, channels), and their rate."""
    av, parts = _av(), list[Floats]()
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


def mean_opinion(original: Floats, decoded: Floats, rate: int) -> float:
    """The mean opinion, 1 to 5, that Zimtohrli predicts: the mean over channels."""
    zimtohrli = load_extra("zimtohrli", "rivals", "an opinion")
    both = [resampled(samples, rate, _RATE).T for samples in (original, decoded)]
    channels = zip(*(map(np.ascontiguousarray, samples) for samples in both), strict=True)
    return float(np.mean([zimtohrli.mos_from_signals(*pair) for pair in channels]))
