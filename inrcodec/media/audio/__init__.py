"""Audio files, through soundfile: to signals and back."""

from __future__ import annotations

from inrcodec.media.audio.formats import AUDIO_EXTENSIONS
from inrcodec.media.audio.heads import is_audio
from inrcodec.media.audio.reading import AudioFile, from_samples, open_audio
from inrcodec.media.audio.writing import check_extension, write

__all__ = [
    "AUDIO_EXTENSIONS",
    "AudioFile",
    "check_extension",
    "from_samples",
    "is_audio",
    "open_audio",
    "write",
]
