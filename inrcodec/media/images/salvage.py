"""Image files without what goes beside their pixels, for where that is what stops their reader."""

from __future__ import annotations

import struct

from inrcodec.media.images.chunks import SIGNATURE, TRANSPARENCY, bare
from inrcodec.media.images.exif import PREFIX

__all__ = ["without_metadata"]

# Ancillary chunks that change how an image looks; their names begin with a small letter.
_KEPT_CHUNKS = (TRANSPARENCY, b"eXIf")

_JPEG = b"\xff\xd8"
_APP0, _APP1, _APP14, _APP15, _COM, _SOS = 0xE0, 0xE1, 0xEE, 0xEF, 0xFE, 0xDA


def without_metadata(data: bytes) -> bytes | None:
    """A PNG or JPEG file with its pixels, and how they are to be turned, alone; None where it is
    neither, or has nothing else in it.

    In other formats metadata stands apart, and no reader stops at it.
    """
    try:
        if data.startswith(SIGNATURE):
            left = bare(data, _KEPT_CHUNKS)
        elif data.startswith(_JPEG):
            left = _bare_jpeg(data)
        else:
            return None
    except struct.error:
        return None
    return left if len(left) < len(data) else None


def _bare_jpeg(data: bytes) -> bytes:
    parts, place = [_JPEG], len(_JPEG)
    while True:
        mark, kind, length = struct.unpack_from(">BBH", data, place)
        if mark != 0xFF or kind == _SOS:
            break
        segment = data[place : place + 2 + length]
        if not _beside_pixels(kind, segment[4:]):
            parts.append(segment)
        place += 2 + length
    return b"".join(parts) + data[place:]


def _beside_pixels(kind: int, content: bytes) -> bool:
    # Adobe's segment says what the channels are.
    if kind == _APP14 or (kind == _APP1 and content.startswith(PREFIX)):
        return False
    return _APP0 <= kind <= _APP15 or kind == _COM
