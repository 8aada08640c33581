"""Limits on what is allocated, checked before it is."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.errors import LimitError

__all__ = ["MAX_FRAMES", "MAX_PIXELS", "MAX_SAMPLES", "MAX_SIDE", "Limits", "out_of_memory"]

MAX_PIXELS = 1 << 28
MAX_SIDE = 1 << 24
MAX_SAMPLES = 1 << 30
# Positions within a recording, in parts of a sample, are 64-bit integers.
MAX_FRAMES = 1 << 30


@dataclass(frozen=True)
class Limits:
    """How large a picture may be in pixels, and a recording in samples of all channels."""

    pixels: int = MAX_PIXELS
    samples: int = MAX_SAMPLES

    def check_picture(self, width: int, height: int) -> None:
        """Raise `LimitError` where a picture has too many pixels or a side over 2^24."""
        if width * height > self.pixels:
            raise LimitError(
                f"{width}×{height} is more than {self.pixels} pixels; see --max-pixels"
            )
        if max(width, height) > MAX_SIDE:
            raise LimitError(f"{width}×{height} has a side of more than {MAX_SIDE} pixels")

    def check_recording(self, frames: int, channels: int) -> None:
        """Raise `LimitError` where a recording has too many samples or over 2^30 frames."""
        if frames * channels > self.samples:
            raise LimitError(
                f"{frames} samples in {channels} channels are more than {self.samples}; "
                "see --max-samples"
            )
        if frames > MAX_FRAMES:
            raise LimitError(f"{frames} samples; {MAX_FRAMES} are the most")


def out_of_memory(error: Exception) -> bool:
    """Whether an error says so; torch's allocators raise plain ones that only their text tells
    from others."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and "memory" in str(error)
