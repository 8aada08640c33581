"""EXIF blocks, handled as bytes: a block that is kept comes back as it was.

A block here starts at its TIFF header, without the prefix that JPEG puts before it:

    header ─▶ directory 0 (camera, date, artist, ...) ─▶ directory 1 (thumbnail)
                 ├─▶ Exif directory ─▶ Interop directory
                 └─▶ GPS directory
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from inrcodec.signal.source import MAX_METADATA_BYTES

__all__ = [
    "PREFIX",
    "Tag",
    "has_resolution",
    "is_exif",
    "orientation",
    "read_tags",
    "set_upright",
    "tag_block",
    "tag_bytes",
    "with_tags",
    "without_orientation",
    "without_prefix",
]

PREFIX = b"Exif\0\0"

_ORIENTATION = 0x0112
_BYTE, _SHORT, _LONG = 1, 3, 4
_ENTRY_BYTES = 12
_HEADER = b"II*\0"
_HEADER_BYTES = 8
# Bytes of a value's items, by the number of its type (TIFF 6.0, section 2; 13 is an offset).
_ITEM_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 1, 7: 1, 8: 2, 9: 4, 10: 4, 11: 4, 12: 8, 13: 4}
_RATIONALS = (5, 10)

_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_DIRECTORIES = {0: (_EXIF, _GPS), _EXIF: (_INTEROP,)}

# What describes an image; a TIFF file's other tags describe how that file stores it.
_DESCRIPTION = frozenset(
    (
        *(0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298),
        # Rating, and title, comment, author, keywords and subject as Windows writes them.
        *(0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F),
        *(_EXIF, _GPS),
    )
)
_RESOLUTION = frozenset((0x011A, 0x011B, 0x0128))


@dataclass(frozen=True)
class Tag:
    """A directory's entry: its value little-endian, or the entries of the directory that it leads
    to."""

    number: int
    kind: int
    value: bytes
    inner: tuple[Tag, ...] = ()

    @property
    def count(self) -> int:
        """Items of the value."""
        size = _ITEM_BYTES[self.kind] * (2 if self.kind in _RATIONALS else 1)
        return len(self.value) // size


def without_prefix(block: bytes) -> bytes:
    """A block from its TIFF header on."""
    # Some writers put it twice.
    return block.removeprefix(PREFIX).removeprefix(PREFIX)


def is_exif(block: bytes) -> bool:
    """Tell whether a block has a header and the start of a directory, if perhaps with damage in
    it."""
    if _order(block) is None:
        return False
    try:
        return _first(block) + 2 <= len(block)
    except struct.error:
        return False


def _order(block: bytes) -> str | None:
    """The byte order of a block, None where it is none."""
    return {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])


def _first(block: bytes) -> int:
    order = _order(block) or "<"
    (start,) = struct.unpack_from(order + "I", block, 4)
    return int(start)


def _orientation(block: bytes) -> tuple[str, int, int, int] | None:
    """Byte order, first directory, its number of entries and which of them is the orientation;
    None where there is none, or the block is damaged before it."""
    order = _order(block)
    if order is None:
        return None
    try:
        start = _first(block)
        (count,) = struct.unpack_from(order + "H", block, start)
        for index in range(count):
            entry = start + 2 + _ENTRY_BYTES * index
            tag, kind = struct.unpack_from(order + "HH", block, entry)
            if (tag, kind) == (_ORIENTATION, _SHORT) and entry + _ENTRY_BYTES <= len(block):
                return order, start, count, index
    except struct.error:
        pass
    return None


def orientation(block: bytes) -> int | None:
    """Return how the image is to be turned, 1 to 8 as a rule; None where the block does not say."""
    found = _orientation(block)
    if found is None:
        return None
    order, start, _, index = found
    (value,) = struct.unpack_from(order + "H", block, start + 2 + _ENTRY_BYTES * index + 8)
    return int(value)


def set_upright(block: bytes) -> bytes:
    """The block with its orientation, if it has one, set to 1 (upright) and nothing else changed.

    A block that is damaged is returned as it is.
    """
    found = _orientation(block)
    if found is None:
        return block
    order, start, _, index = found
    patched = bytearray(block)
    struct.pack_into(order + "H", patched, start + 2 + _ENTRY_BYTES * index + 8, 1)
    return bytes(patched)


def without_orientation(block: bytes) -> bytes:
    """The block without its orientation, if it has one; all else keeps its place, save the entries
    that follow it and the link to the next directory."""
    found = _orientation(block)
    if found is None:
        return block
    order, start, count, index = found
    entry = start + 2 + _ENTRY_BYTES * index
    end = start + 2 + _ENTRY_BYTES * count + 4
    if end > len(block):
        return block
    patched = bytearray(block)
    struct.pack_into(order + "H", patched, start, count - 1)
    patched[entry : end - _ENTRY_BYTES] = patched[entry + _ENTRY_BYTES : end]
    patched[end - _ENTRY_BYTES : end] = bytes(_ENTRY_BYTES)
    return bytes(patched)


def read_tags(block: bytes, resolution: bool = False) -> tuple[list[Tag], int]:
    """The tags of a block, or of a TIFF file, that describe an image and not its file; with the
    resolution, where that is wanted.

    Returns them and how many are damaged. A block that is none has no tags, and one fault.
    """
    order = _order(block)
    if order is None:
        return [], 1
    wanted = _DESCRIPTION | _RESOLUTION if resolution else _DESCRIPTION
    try:
        start = _first(block)
    except struct.error:
        return [], 1
    return _directory(block, order, start, 0, wanted)


def has_resolution(block: bytes) -> bool:
    """Tell whether a block has a resolution."""
    return any(tag.number in _RESOLUTION for tag in read_tags(block, resolution=True)[0])


def _directory(
    block: bytes, order: str, start: int, number: int, wanted: frozenset[int] | None
) -> tuple[list[Tag], int]:
    """The wanted tags of a directory, all where `wanted` is None, and how many are damaged."""
    tags: dict[int, Tag] = {}
    faults = 0
    # Values that overlap must not come to more than there is.
    left = min(len(block), MAX_METADATA_BYTES)
    try:
        (count,) = struct.unpack_from(order + "H", block, start)
        for index in range(count):
            place = start + 2 + _ENTRY_BYTES * index
            tag, kind, items = struct.unpack_from(order + "HHI", block, place)
            if wanted is not None and tag not in wanted:
                continue
            value = _value(block, order, place + 8, kind, items, left)
            if value is None or tag in tags:
                faults += 1
                continue
            left -= len(value)
            if tag not in _DIRECTORIES.get(number, ()):
                tags[tag] = Tag(tag, kind, value)
            elif kind in (_LONG, 13) and items == 1:
                (inner,) = struct.unpack("<I", value)
                found, inner_faults = _directory(block, order, inner, tag, None)
                faults += inner_faults
                if found:
                    tags[tag] = Tag(tag, _LONG, bytes(4), tuple(found))
            else:
                faults += 1
    except struct.error:
        faults += 1
    return sorted(tags.values(), key=lambda tag: tag.number), faults


def _value(block: bytes, order: str, place: int, kind: int, items: int, most: int) -> bytes | None:
    """A tag's value, little-endian; None where its type, length or place cannot be."""
    value = _raw_value(block, order, place, kind, items, most)
    size = _ITEM_BYTES.get(kind, 1)
    if value is None or order == "<" or size == 1:
        return value
    return np.frombuffer(value, f"u{size}").byteswap().tobytes()


def _raw_value(
    block: bytes, order: str, place: int, kind: int, items: int, most: int
) -> bytes | None:
    """A tag's value as it stands there; None as for `_value`."""
    if kind not in _ITEM_BYTES:
        return None
    size = _ITEM_BYTES[kind]
    length = size * items * (2 if kind in _RATIONALS else 1)
    if not 0 < length <= most:
        return None
    if length > 4:
        (place,) = struct.unpack_from(order + "I", block, place)
    value = block[place : place + length]
    return value if len(value) == length else None


def tag_bytes(tiff: bytes, number: int) -> bytes:
    """The value of a tag of a TIFF file's first directory, byte for byte; empty where the tag is
    absent or damaged."""
    order = _order(tiff)
    if order is None:
        return b""
    try:
        start = _first(tiff)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for index in range(count):
            place = start + 2 + _ENTRY_BYTES * index
            tag, kind, items = struct.unpack_from(order + "HHI", tiff, place)
            if tag == number:
                most = min(len(tiff), MAX_METADATA_BYTES)
                return _raw_value(tiff, order, place + 8, kind, items, most) or b""
    except struct.error:
        pass
    return b""


def tag_block(tags: Sequence[Tag]) -> bytes:
    """A block of tags; empty where there are none."""
    if not tags:
        return b""
    first = struct.pack("<I", _HEADER_BYTES)
    return _HEADER + first + _directory_bytes([_raw(tag) for tag in tags], _HEADER_BYTES, 0)


# A tag and the four bytes of its entry that hold its value or the place of it.
_Raw = tuple[Tag, bytes | None]


def _raw(tag: Tag) -> _Raw:
    return tag, None


def _directory_bytes(entries: Iterable[_Raw], start: int, following: int) -> bytes:
    """A directory that is to stand at `start`, its tags' values behind it."""
    ordered = sorted(entries, key=lambda entry: entry[0].number)
    behind = start + 2 + _ENTRY_BYTES * len(ordered) + 4
    head, values = struct.pack("<H", len(ordered)), b""
    for tag, field in ordered:
        count = tag.count
        if field is None and tag.inner:
            field = struct.pack("<I", behind + len(values))
            values += _directory_bytes(map(_raw, tag.inner), behind + len(values), 0)
            count = 1
        elif field is None and len(tag.value) <= 4:
            field = tag.value.ljust(4, b"\0")
        elif field is None:
            field = struct.pack("<I", behind + len(values))
            values += tag.value + bytes(len(tag.value) % 2)
        head += struct.pack("<HHI", tag.number, tag.kind, count) + field
    return head + struct.pack("<I", following) + values


def with_tags(tiff: bytes, tags: Sequence[Tag]) -> bytes:
    """A little-endian TIFF file with more tags in its first directory, which moves to its end; of
    a tag that it has already, the new value counts.

    Raises `ValueError` where the file is not such a one.
    """
    if not tags:
        return tiff
    if tiff[:4] != _HEADER:
        raise ValueError("not a little-endian TIFF file")
    given = {tag.number for tag in tags}
    start = _first(tiff)
    (count,) = struct.unpack_from("<H", tiff, start)
    kept: list[_Raw] = []
    for index in range(count):
        place = start + 2 + _ENTRY_BYTES * index
        number, kind, items = struct.unpack_from("<HHI", tiff, place)
        if number not in given:
            size = _ITEM_BYTES[kind] * (2 if kind in _RATIONALS else 1)
            kept.append((Tag(number, kind, bytes(items * size)), tiff[place + 8 : place + 12]))
    (following,) = struct.unpack_from("<I", tiff, start + 2 + _ENTRY_BYTES * count)
    padded = tiff + bytes(len(tiff) % 2)
    directory = _directory_bytes([*kept, *map(_raw, tags)], len(padded), following)
    return _HEADER + struct.pack("<I", len(padded)) + padded[_HEADER_BYTES:] + directory
