"""Sound formats: their names, extensions and sample types, as soundfile has them."""

from __future__ import annotations

from inrcodec.signal import SampleType

__all__ = ["AUDIO_EXTENSIONS", "FORMATS", "LOSSY", "PIECE", "SAMPLE_TYPES"]

FORMATS = {
    ".aif": "AIFF",
    ".aifc": "AIFF",
    ".aiff": "AIFF",
    ".au": "AU",
    ".caf": "CAF",
    ".flac": "FLAC",
    ".mp3": "MP3",
    ".oga": "OGG",
    ".ogg": "OGG",
    ".opus": "OGG",
    ".rf64": "RF64",
    ".snd": "AU",
    ".w64": "W64",
    ".wav": "WAV",
}
AUDIO_EXTENSIONS = frozenset(FORMATS)
LOSSY = {".mp3": "MPEG_LAYER_III", ".oga": "VORBIS", ".ogg": "VORBIS", ".opus": "OPUS"}

# Of soundfile's subtypes. All others are lossy, and about as exact as 16 bits.
SAMPLE_TYPES = {
    "PCM_U8": SampleType.UINT8,
    "PCM_S8": SampleType.INT8,
    "PCM_16": SampleType.INT16,
    "PCM_24": SampleType.INT24,
    "PCM_32": SampleType.INT32,
    "FLOAT": SampleType.FLOAT32,
    "DOUBLE": SampleType.FLOAT64,
    "ALAC_20": SampleType.INT24,
    "ALAC_24": SampleType.INT24,
    "ALAC_32": SampleType.INT32,
}
# Frames that are read to no end or written at a time; of more at once, Vorbis overruns its stack.
PIECE = 1 << 14
