"""Audio files that tests share: signals of every sample type, written and read in memory."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from inrcodec.limits import Limits
from inrcodec.media.audio import (
    AUDIO_EXTENSIONS,
    open_audio,
    write,
)
from inrcodec.signal import AudioInfo, Metadata, SampleType
from inrcodec.signal.geometry import Region

Floats = npt.NDArray[np.float32]
MOST = 1 << 21
LIMITS = Limits(work=10 * MOST)
LOSSY = {".mp3", ".oga", ".ogg", ".opus"}
LOSSLESS = sorted(AUDIO_EXTENSIONS - LOSSY)
NOTHING = Metadata()
# A tag at the start of MP3 files, of 2048 bytes that are nothing.
ID3V2 = b"ID3\4\0\0\0\0\x10\0" + bytes(2048)
U8, S8, S16, S24, S32 = (
    SampleType.UINT8,
    SampleType.INT8,
    SampleType.INT16,
    SampleType.INT24,
    SampleType.INT32,
)
F32, F64 = SampleType.FLOAT32, SampleType.FLOAT64


def sound(frames: int, channels: int = 2) -> Floats:
    """A chord with noise that comes and goes."""
    seconds = np.arange(frames)[:, None] / 44100
    tones = np.sin(2 * np.pi * seconds * (220 + 110 * np.arange(channels)))
    noise = np.random.default_rng(0).normal(size=(frames, channels))
    return (0.5 * tones + 0.1 * noise * np.sin(9 * seconds)).clip(-1, 0.99).astype(np.float32)


def levels(kind: SampleType, frames: int = 500) -> Floats:
    """Samples of a type, with its lowest and highest, of which float32 holds every one."""
    bits = min(kind.bits, 24)
    half = 1 << (bits - 1)
    whole = np.random.default_rng(1).integers(-half, half, (frames, 2))
    whole[0], whole[1] = -half, half - 1
    return (whole / half).astype(np.float32) * (3 if kind.is_float else 1)


def written(
    samples: Floats,
    extension: str,
    kind: SampleType = S16,
    metadata: Metadata = NOTHING,
    rate: int = 48000,
) -> bytes:
    out = io.BytesIO()
    audio_format = AudioInfo(len(samples), samples.shape[1], rate, kind)
    blocks = (samples[start : start + 1000] for start in range(0, len(samples), 1000))
    write(out, extension, audio_format, metadata, blocks)
    return out.getvalue()


def made(samples: npt.ArrayLike, name: str, subtype: str, rate: int = 44100) -> bytes:
    """A file as soundfile writes it."""
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype, format=name)
    return out.getvalue()


def read(data: bytes | Path, limits: Limits = LIMITS) -> Floats:
    """All samples of a file."""
    with open_audio(io.BytesIO(data) if isinstance(data, bytes) else data, limits) as audio:
        return audio.read(Region.whole(audio.info.shape))


def tags(**texts: str) -> Metadata:
    return Metadata(tags=json.dumps(texts, sort_keys=True, ensure_ascii=False).encode())


def tags_of(data: bytes) -> dict[str, str]:
    with open_audio(io.BytesIO(data), LIMITS) as audio:
        found: dict[str, str] = json.loads(audio.metadata.tags or b"{}")
        return found


def nearest(extension: str, kind: SampleType) -> SampleType:
    """The sample type that a file of an extension has."""
    if extension == ".flac":
        return {U8: S8, S32: S24, F32: S24, F64: S24}.get(kind, kind)
    if extension in (".wav", ".rf64", ".w64"):
        return {S8: U8}.get(kind, kind)
    if extension in (".au", ".snd", ".caf"):
        return {U8: S8}.get(kind, kind)
    return kind


def wav(
    data: bytes,
    size: int | None = None,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    more: bytes = b"",
) -> bytes:
    """A WAV file with a data chunk that says it has `size` bytes."""
    frame = channels * bits // 8
    head = struct.pack("<HHIIHH", tag, channels, 8000, 8000 * frame, frame, bits)
    size = len(data) if size is None else size
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + more
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body
