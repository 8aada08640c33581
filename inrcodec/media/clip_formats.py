"""Formats of clips, by their extensions."""

from __future__ import annotations

__all__ = ["ANIMATIONS", "CLIP_EXTENSIONS", "VIDEOS"]

# With the names that Pillow has for them.
ANIMATIONS = {".apng": "PNG", ".gif": "GIF", ".png": "PNG", ".webp": "WEBP"}
# Through PyAV.
VIDEOS = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})
CLIP_EXTENSIONS = VIDEOS | ANIMATIONS.keys()
