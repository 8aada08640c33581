"""Hostile metadata: EXIF blocks with directories of any shape, XMP, ICC profiles and tags."""

from __future__ import annotations

import json
import struct
from random import Random

from inr_mutations import damaged

from inrcodec.signal import Metadata

__all__ = ["exif", "hostile_metadata"]

_SUB_DIRECTORIES = (0x8769, 0x8825, 0xA005, 0x014A)
_TAGS = (
    *(0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x010E, 0x010F, 0x0111, 0x0112, 0x0115, 0x0116),
    *(0x0117, 0x011A, 0x0128, 0x0131, 0x0132, 0x013B, 0x0140, 0x0142, 0x0144, 0x0152, 0x0153),
    *(0x02BC, 0x83BB, 0x8298, 0x8773, 0x9003, 0x927C, 0x9286, 0xC4A5, 0xEA1C, 0xFFFF),
    *_SUB_DIRECTORIES,
)
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_TEXTS = (
    *(
        "Maker",
        "",
        "\0",
        "é\u2028",
        "\ud800",
        "a\r\nb: c\x1b[2J",
        "x" * 1500,
        "x" * 1501,
        "9" * 5000,
    ),
    *("\ufffd", "\U0001f600" * 400),
)
_XMP = b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'><a/></x:xmpmeta>"


def exif(rng: Random) -> bytes:
    """An EXIF block: directories that may lie anywhere, point to each other or to themselves."""
    order, mark = rng.choice((("<", b"II"), (">", b"MM")))
    magic = rng.choice((42, 42, 42, 42, 43, 0))
    count = rng.randint(1, 4)
    starts = [8]
    directories = [[_entry(rng) for _ in range(rng.choice((0, 1, 2, 5, 12)))] for _ in range(count)]
    for entries in directories[:-1]:
        starts.append(starts[-1] + 6 + 12 * len(entries))
    end = starts[-1] + 6 + 12 * len(directories[-1])
    out = bytearray(mark + struct.pack(order + "HI", magic, rng.choice((8, 8, 8, 0, 4, 1 << 31))))
    for entries in directories:
        told = rng.choice((len(entries), len(entries), len(entries), 0xFFFF, 0))
        out += struct.pack(order + "H", told)
        for tag, kind, number in entries:
            if tag in _SUB_DIRECTORIES:
                value = rng.choice((*starts, *starts, end, 0xFFFFFFFF))
                out += struct.pack(order + "HHII", tag, rng.choice((4, 4, 3, 13)), 1, value)
            else:
                fits = number * _SIZES.get(kind, 1) <= 4
                value = rng.getrandbits(32) if fits else rng.choice((*starts, end, end, 1 << 30))
                out += struct.pack(order + "HHII", tag, kind, number, value)
        out += struct.pack(order + "I", rng.choice((0, 0, *starts)))
    out += rng.choice((b"", rng.randbytes(64), b"text\0" * 20, bytes(70_000)))
    return bytes(out)


def _entry(rng: Random) -> tuple[int, int, int]:
    """A tag, a type and a number of values."""
    tag = rng.choice((*_TAGS, rng.getrandbits(16)))
    kind = rng.choice((*_SIZES, *_SIZES, 0, 14, 255))
    return tag, kind, rng.choice((0, 1, 1, 1, 2, 3, 10, 0xFFFF, 0xFFFFFFFF))


def _xmp(rng: Random) -> bytes:
    entities = b"<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>"
    return rng.choice((_XMP, entities, b"\xff\xfe\0", _XMP + b"\0", _XMP * 1000, rng.randbytes(30)))


def _icc(rng: Random) -> bytes:
    """A profile's header of 128 bytes, its table of tags, and whatever follows."""
    size = rng.choice((132, 0, 0xFFFFFFFF))
    space = rng.choice((b"RGB ", b"GRAY", b"CMYK", b"\xff" * 4))
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x04300000, b"mntr", space, b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(88)
    table = struct.pack(">I", rng.choice((0, 1, 0xFFFFFFFF)))
    return head + table + rng.choice((b"", rng.randbytes(40), bytes(70_000)))


def _tags(rng: Random) -> bytes:
    names = ("title", "artist", "comment", "date", "genre", "tracknumber", "software", "other")
    texts = {name: rng.choice(_TEXTS) for name in rng.sample(names, rng.randint(1, 6))}
    values = (None, 1, 1e400, [], {"title": "x"}, True, "x")
    strange = {name: rng.choice(values) for name in rng.sample(names, 3)}
    return rng.choice(
        (
            json.dumps(texts).encode(),
            json.dumps(texts, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            json.dumps(strange).encode(),
            b"[" * 100_000,
            b'{"title": ' + b"9" * 5000 + b"}",
            b'{"title": "a", "title": "b"}',
            b"null",
            rng.randbytes(30),
        )
    )


def hostile_metadata(rng: Random) -> Metadata:
    """Blocks of all kinds, some absent, some damaged."""

    def block(made: bytes) -> bytes:
        what = rng.random()
        if what < 0.3:
            return b""
        return damaged(rng, made, made) if what < 0.5 else made

    return Metadata(block(_icc(rng)), block(exif(rng)), block(_xmp(rng)), block(_tags(rng)))
