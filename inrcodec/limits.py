"""Limits on what is allocated, checked before it is."""

from __future__ import annotations

from inrcodec.errors import LimitError

__all__ = ["MAX_PIXELS", "MAX_SIDE", "check_pixels", "out_of_memory"]

MAX_PIXELS = 1 << 28
MAX_SIDE = 1 << 24


def check_pixels(width: int, height: int, limit: int) -> None:
    """Raise `LimitError` where a picture has more than `limit` pixels or a side over 2^24."""
    if width * height > limit:
        raise LimitError(f"{width}×{height} is more than {limit} pixels; see --max-pixels")
    if max(width, height) > MAX_SIDE:
        raise LimitError(f"{width}×{height} has a side of more than {MAX_SIDE} pixels")


def out_of_memory(error: Exception) -> bool:
    """Whether an error says so; torch's allocators raise plain ones that only their text tells
    from others."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and "memory" in str(error)
