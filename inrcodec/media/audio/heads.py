"""First bytes of audio files: what is one, and whether it is all there.

libsndfile takes what there is of a file that was cut, and says nothing. So the chunks of RIFF,
RIFX, RF64, W64, AIFF and CAF files are walked here, reading no more than their heads; an AU file
has but one. Of an OGG file the last page tells that it is the last, and an MPEG file often begins
with how many bytes it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO, Literal

from inrcodec.errors import SignalError

__all__ = ["check_whole", "is_audio", "tells_length"]

_W64_GUID = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_STARTS = (b"fLaC", b"OggS", b"ID3", b"caff\0\1", b".snd", _W64_GUID)

# Sizes that are no sizes: written to pipes, before the length was known.
_UNKNOWN = {0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF}
_MOST_CHUNKS = 1 << 12

# What an encoder leaves in the first MPEG frame: in a Xing header, what the flags tell of.
_XING = re.compile(rb"(?:Xing|Info)\0\0\0([\0-\x0f])")
_HAS_FRAMES, _HAS_BYTES = 1, 2
_FIRST_FRAME = 4096
# That an encoder may have counted too much: a tag at the end, or a frame.
_OVERCOUNTED = 512

# An OGG page is no longer than 27 + 255 + 255 * 255 bytes.
_LONGEST_PAGE = 1 << 16
_PAGE_HEAD = 27
_LAST_PAGE = 4


@dataclass(frozen=True)
class _Layout:
    """The layout of a format's chunks: after `start` bytes, each with a name, its size and, up
    to the next multiple of `align`, its bytes."""

    start: int
    name_bytes: int
    size_bytes: int
    order: Literal["little", "big"]
    align: int
    size_with_head: bool = False


_RIFF = _Layout(12, 4, 4, "little", 2)
_RIFX = _Layout(12, 4, 4, "big", 2)
_CAF = _Layout(8, 4, 8, "big", 1)
_W64 = _Layout(40, 16, 8, "little", 8, size_with_head=True)
_LAYOUTS = {b"RIFF": _RIFF, b"RF64": _RIFF, b"RIFX": _RIFX, b"FORM": _RIFX, b"caff": _CAF}


def is_audio(head: bytes) -> bool:
    """Tell whether the first 16 bytes of a file, or more, are those of an audio file."""
    if head[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return head[8:12] == b"WAVE"
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    return head.startswith(_STARTS) or _is_mpeg(head)


def _is_mpeg(head: bytes) -> bool:
    if len(head) < 4 or head[0] != 0xFF or head[1] >> 5 != 7:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, rate = head[2] >> 4, head[2] >> 2 & 3
    # Layers II and III. The first is not in use, and would take UTF-16 text for sound.
    return version != 1 and layer in (1, 2) and bit_rate != 15 and rate != 3


def check_whole(stream: BinaryIO) -> None:
    """Raise `SignalError` where a file tells that more of it is to come than there is."""
    stream.seek(0)
    head = stream.read(16)
    end = stream.seek(0, SEEK_END)
    layout = _W64 if head == _W64_GUID else _LAYOUTS.get(head[:4])
    if layout is not None:
        _check_chunks(stream, layout, end)
    elif head.startswith(b".snd"):
        start, size = (int.from_bytes(head[at : at + 4], "big") for at in (4, 8))
        _check_end(size, end - start)
    elif head.startswith(b"OggS"):
        _check_last_page(stream, end)
    else:
        _check_mpeg(stream, end)


def _check_chunks(stream: BinaryIO, layout: _Layout, end: int) -> None:
    position, long_size = layout.start, 0
    for _ in range(_MOST_CHUNKS):
        if position >= end:
            return  # Without samples: soundfile finds words for it.
        stream.seek(position)
        chunk = stream.read(layout.name_bytes + layout.size_bytes)
        size = int.from_bytes(chunk[layout.name_bytes :], layout.order)
        if layout.size_with_head:
            size = max(size - len(chunk), 0)
        position += len(chunk)
        if chunk[:4] == b"ds64":
            long_size = int.from_bytes(stream.read(16)[8:], "little")
        if chunk[:4] in (b"data", b"SSND"):
            _check_end(long_size if size == 0xFFFF_FFFF else size, end - position)
            return
        position += -(-size // layout.align) * layout.align


def _check_last_page(stream: BinaryIO, end: int) -> None:
    """The last page of an OGG file, of whichever stream in it, must be all there and say that it
    is its stream's last. Other bytes, such as a tag, may follow it."""
    stream.seek(max(end - _LONGEST_PAGE, 0))
    tail = stream.read(_LONGEST_PAGE)
    page = tail[max(tail.rfind(b"OggS\0"), 0) :]
    head, rest = page[:_PAGE_HEAD], page[_PAGE_HEAD:]
    whole = len(head) == _PAGE_HEAD and len(rest) >= head[-1] + sum(rest[: head[-1]])
    if not whole or not head[5] & _LAST_PAGE:
        raise SignalError("the file ends early")


def _check_mpeg(stream: BinaryIO, end: int) -> None:
    """Check that at most 1 % of the counted bytes are missing: what is less, decoding tells.
    Of more, the decoder would print words of its own."""
    start, frame = _first_frame(stream)
    xing = _XING.search(frame)
    if xing is None or not xing[1][0] & _HAS_BYTES:
        return
    at = xing.end() + 4 * (xing[1][0] & _HAS_FRAMES)
    size, available = int.from_bytes(frame[at : at + 4], "big"), end - start
    if size - available > size // 100 + _OVERCOUNTED:
        _check_end(size, available)


def _check_end(size: int, available: int) -> None:
    if size not in _UNKNOWN and size > available:
        raise SignalError(f"the file ends {size - available} bytes early")


def tells_length(stream: BinaryIO) -> bool:
    """False for an MPEG stream that does not begin with how long it is."""
    _, frame = _first_frame(stream)
    xing = _XING.search(frame)
    counted = xing is not None and bool(xing[1][0] & _HAS_FRAMES)
    return not frame or counted or b"VBRI" in frame


def _first_frame(stream: BinaryIO) -> tuple[int, bytes]:
    """Find where an MPEG stream begins, after its tag, and its first frame with what follows; no
    bytes of any other stream."""
    start = 0
    stream.seek(start)
    head = stream.read(10)
    if head.startswith(b"ID3") and len(head) == 10:
        for byte in head[6:]:
            start = start << 7 | byte & 127
        start += 10
    stream.seek(start)
    frame = stream.read(_FIRST_FRAME)
    return start, frame if _is_mpeg(frame) else b""
