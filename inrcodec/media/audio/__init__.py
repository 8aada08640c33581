"""Sound files, through soundfile: to signals and back."""

from __future__ import annotations

from inrcodec.media.audio.formats import AUDIO_EXTENSIONS
from inrcodec.media.audio.heads import is_recording
from inrcodec.media.audio.reading import RecordingFile, from_samples, open_recording
from inrcodec.media.audio.writing import check_audio_extension, write_recording

__all__ = [
    "AUDIO_EXTENSIONS",
    "RecordingFile",
    "check_audio_extension",
    "from_samples",
    "is_recording",
    "open_recording",
    "write_recording",
]
