"""Mutations of `.inr` files: half leave checksums as they are, half repair them all."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from anatomy import Part, Tiles, assemble, dissect, find_tiles, uint

__all__ = ["damaged", "mutated", "repaired"]

_NUMBERS = (
    *(0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 64, 65, 127, 128, 255, 256, 1000),
    *(1023, 1024, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20, 1 << 24, (1 << 24) + 1),
    *(1 << 28, 1 << 30, (1 << 30) + 1, (1 << 31) - 1, 1 << 32, (1 << 35) - 1, 1 << 35, 1 << 63),
)
_REALS = (
    *(0.0, -0.0, 1e-45, 1e-30, 1e-3, 0.5, 1.0, 30.0, 100.0, 1e4, 1e6, 1.0001e6, 3e38),
    *(-1.0, float("inf"), float("-inf"), float("nan")),
)
_TAGS = (
    *(b"SIGN", b"NETW", b"SHAR", b"ITEM", b"TIDX", b"TILE", b"ALPH", b"NAMS"),
    *(b"iccp", b"exif", b"xmpm", b"tags", b"note", b"LATE", b"Sign", b"sIGN", b"\xc3\xa9ab"),
)
_NAMES = (
    *(b"a.png", b"a", b"", b".", b"..", b"../x", b"a/b", b"a\\b", b"C:x", b"\xff", b"a\nb"),
    *(b"a\x1b[2J", "\u202egnp.\u2028x".encode(), b"CON", b"a.", b"a:b?*", b"n" * 255, b"n" * 256),
)


# Of any bytes


def flipped(rng: Random, data: bytes, most: int = 8) -> bytes:
    """With 1 to `most` bits turned."""
    out = bytearray(data)
    for _ in range(rng.randint(1, most)):
        if out:
            out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(rng: Random, data: bytes) -> bytes:
    """Without its end."""
    return data[: rng.randrange(len(data) + 1)]


def shortened(rng: Random, data: bytes) -> bytes:
    """Without some bytes in the middle."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randint(1, 16) :]


def lengthened(rng: Random, data: bytes) -> bytes:
    """With some bytes more: zeros, random ones, or its own."""
    start, count = rng.randrange(len(data) + 1), rng.choice((1, 1, 2, 4, 16, 300))
    more = rng.choice((bytes(count), rng.randbytes(count), data[start : start + count]))
    return data[:start] + more + data[start:]


def overwritten(rng: Random, data: bytes) -> bytes:
    """With some bytes, a number or a real number in place of others."""
    start = rng.randrange(len(data) + 1)
    number = rng.choice(_NUMBERS)
    new = rng.choice(
        (
            bytes([rng.choice((0, 1, 127, 128, 254, 255))]) * rng.randint(1, 4),
            uint(number),
            (number & 0xFFFFFFFF).to_bytes(4, rng.choice(("little", "big"))),
            struct.pack("<f", rng.choice(_REALS)),
            rng.randbytes(rng.randint(1, 8)),
        )
    )
    return data[:start] + new + data[start + len(new) :]


def replaced_number(rng: Random, data: bytes) -> bytes:
    """With a number of another length in the place of one byte."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + uint(rng.choice(_NUMBERS)) + data[start + 1 :]


def spliced(rng: Random, data: bytes, other: bytes) -> bytes:
    """The beginning of one and the end of another."""
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


_BYTES = (flipped, cut, shortened, lengthened, overwritten, replaced_number)


def damaged(rng: Random, data: bytes, other: bytes) -> bytes:
    """Any of the above; no checksum is repaired."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        change = rng.choice((*_BYTES, None))
        data = spliced(rng, data, other) if change is None else change(rng, data)
    return data


# Of sections


_Parts = list[Part]


def _payload(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """A section's payload changed anywhere."""
    index = rng.randrange(len(parts))
    payload = rng.choice(_BYTES)(rng, parts[index].payload)
    return [*parts[:index], replace(parts[index], payload=payload), *parts[index + 1 :]]


def _header(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """A number or a real number in a header changed."""
    index = rng.choice([k for k, part in enumerate(parts) if part.tag in (b"SIGN", b"NETW")])
    payload = rng.choice((replaced_number, overwritten, flipped))(rng, parts[index].payload)
    return [*parts[:index], replace(parts[index], payload=payload), *parts[index + 1 :]]


def _tiles(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """Tiles changed, swapped, left out or added, with lengths and checksums that are theirs."""
    places = {(part.tag, part.item): k for k, part in enumerate(parts)}
    tiled = [(places[b"TIDX", i], places[b"TILE", i]) for i in _both(places)]
    if not tiled:
        return _payload(rng, parts, others)
    index, tile = rng.choice(tiled)
    tiles = find_tiles(parts[index].payload, parts[tile].payload)
    if tiles is None:
        return _payload(rng, parts, others)
    streams = list(tiles.streams)
    place = rng.randrange(len(streams))
    what = rng.randrange(8)
    if what < 4:
        streams[place] = rng.choice(_BYTES)(rng, streams[place])
    elif what == 4:
        streams[place] = rng.choice(streams)
    elif what == 5:
        streams[place] = rng.choice((b"", streams[place] + b"\0", streams[place].rstrip(b"\0")))
    elif what == 6:
        streams.insert(place, rng.choice(streams))
    elif len(streams) > 1:
        del streams[place]
    fresh = Tiles(tiles.tables, tuple(streams))
    parts = list(parts)
    parts[index] = replace(parts[index], payload=fresh.index())
    parts[tile] = replace(parts[tile], payload=fresh.payload())
    return parts


def _both(places: dict[tuple[bytes, int], int]) -> list[int]:
    """The items that have an index and tiles."""
    return [item for tag, item in places if tag == b"TIDX" and (b"TILE", item) in places]


def _borrowed(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """A section with the payload of another file's, of the same tag where there is one."""
    index = rng.randrange(len(parts))
    alike = [part for part in others if part.tag == parts[index].tag] or others
    payload = rng.choice(alike).payload
    return [*parts[:index], replace(parts[index], payload=payload), *parts[index + 1 :]]


def _directory(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """Sections left out, doubled, moved, added, or with another tag or item."""
    parts, index = list(parts), rng.randrange(len(parts))
    what = rng.randrange(6)
    if what == 0 and len(parts) > 1:
        del parts[index]
    elif what == 1:
        parts.insert(index, rng.choice(parts))
    elif what == 2:
        rng.shuffle(parts)
    elif what == 3:
        parts.insert(index, rng.choice(others))
    elif what == 4:
        parts[index] = replace(parts[index], tag=rng.choice(_TAGS))
    else:
        item = rng.choice((0, 1, 2, 3, parts[index].item + 1, rng.choice(_NUMBERS)))
        parts[index] = replace(parts[index], item=item)
    return parts


def _names(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """Other names, or some where there were none."""
    items = sorted({part.item for part in parts if part.tag == b"SIGN"})
    named = [(item, rng.choice(_NAMES)) for item in items]
    if rng.random() < 0.5:
        named = [(item, b"n%d" % k) for k, (item, _) in enumerate(named)]
    if rng.random() < 0.3:
        rng.shuffle(named)
    payload = b"".join(uint(item) + uint(len(name)) + name for item, name in named)
    return [Part(b"NAMS", 0, payload), *(part for part in parts if part.tag != b"NAMS")]


def _blocks(rng: Random, parts: _Parts, others: _Parts) -> _Parts:
    """A metadata section that unpacks badly, or to what is none."""
    packed = zlib.compress(rng.choice((b"", b"{}", rng.randbytes(40), bytes(70_000))))
    payload = rng.choice((packed, packed + b"\0", packed[:-1], flipped(rng, packed), b""))
    return [*parts, Part(rng.choice((b"iccp", b"exif", b"xmpm", b"tags")), 1, payload)]


_Change = Callable[[Random, _Parts, _Parts], _Parts]
_CHANGES: Sequence[_Change] = (
    *(_payload, _payload, _header, _header, _header, _tiles, _tiles, _tiles),
    *(_borrowed, _directory, _names, _blocks),
)


def repaired(rng: Random, data: bytes, other: bytes) -> bytes:
    """Sections changed, with all checksums right but, now and then, one; or lengths that are
    wrong under a right checksum of the directory."""
    parts, others = dissect(data), dissect(other)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        parts = rng.choice(_CHANGES)(rng, parts, others)
        if not any(part.tag in (b"SIGN", b"NETW") for part in parts):
            break
    index = rng.randrange(len(parts))
    if rng.random() < 0.05:
        wrong = len(parts[index].payload) + rng.choice((-1, 1, rng.choice(_NUMBERS)))
        return assemble(parts, lies={index: max(0, wrong)})
    if rng.random() < 0.02:
        return assemble(parts, checksums={index: rng.randbytes(4)})
    return assemble(parts)


def mutated(rng: Random, data: bytes, other: bytes) -> bytes:
    """A mutation of a file, with another to borrow from."""
    return rng.choice((damaged, repaired))(rng, data, other)
