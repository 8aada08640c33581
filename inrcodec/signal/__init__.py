"""Images and audio as signals: their information, samples, geometry, views and metrics."""

from __future__ import annotations

from inrcodec.signal.audio import AudioInfo, SampleType
from inrcodec.signal.image import Color, ImageInfo
from inrcodec.signal.info import SignalInfo
from inrcodec.signal.source import Metadata, Signal, Source

__all__ = [
    "SIGNAL_KINDS",
    "AudioInfo",
    "Color",
    "ImageInfo",
    "Metadata",
    "SampleType",
    "Signal",
    "SignalInfo",
    "Source",
]

SIGNAL_KINDS: dict[int, type[ImageInfo] | type[AudioInfo]] = {
    kind.number: kind for kind in (ImageInfo, AudioInfo)
}
