"""EXIF blocks, handled as bytes: a block that is kept comes back as it was.

A block here starts at its TIFF header, without the prefix that JPEG puts before it.
"""

from __future__ import annotations

import struct

from PIL import ExifTags, Image

__all__ = ["PREFIX", "descriptive_tags", "set_upright", "without_prefix"]

PREFIX = b"Exif\0\0"

_ORIENTATION = 0x0112
_SHORT = 3
_ENTRY_BYTES = 12

# What describes a picture; a TIFF file's other tags describe how that file stores it.
_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


def without_prefix(block: bytes) -> bytes:
    """A block from its TIFF header on."""
    return block.removeprefix(PREFIX)


def set_upright(block: bytes) -> bytes:
    """The block with its orientation, if it has one, set to 1 (upright) and nothing else changed.

    A block that is not sound is returned as it is.
    """
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return block
    try:
        (directory,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, directory)
        for index in range(count):
            entry = directory + 2 + _ENTRY_BYTES * index
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if (tag, kind) == (_ORIENTATION, _SHORT) and entry + _ENTRY_BYTES <= len(block):
                patched = bytearray(block)
                struct.pack_into(order + "H", patched, entry + 8, 1)
                return bytes(patched)
    except struct.error:
        pass
    return block


def descriptive_tags(source: Image.Exif) -> Image.Exif:
    """A copy of those tags that describe a picture, not its file."""
    kept = Image.Exif()
    for tag in _TAGS:
        if tag in source:
            kept[tag] = source[tag]
    for directory in _DIRECTORIES:
        if entries := source.get_ifd(directory):
            kept[directory] = dict(entries)
    return kept
