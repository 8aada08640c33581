"""Vectors of coordinate networks of one image, for `make_vectors.py`."""

from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np
from vector_sources import by_hand, encode, sample

from inrcodec.codecs.inr.networks import EnrpSpec
from inrcodec.container.sections import MAGIC, Container, Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.entropy import ExponentTable
from inrcodec.schema import REAL, UINT, Reader, uint_bytes
from inrcodec.signal import Color, ImageInfo, Metadata

SIREN = {"model": "siren", "width": 8, "depth": 1, "omega": 15.0, "steps": 300}
ENRP = {"model": "enrp", "tile": 16, "width": 4, "depth": 1, "steps": 300}


def valid() -> dict[str, tuple[bytes, str]]:
    photo = sample("photo.png", (520, 340, 560, 370))
    gray = sample("gray.png", (200, 100, 221, 119))
    rgba = sample("rgba.png", (60, 60, 90, 84))
    tags = Metadata(
        icc=b"profile " * 20,
        exif=b"Exif\0\0MM\0*" + bytes(40),
        xmp=b"<x:xmpmeta/>",
        iptc=b"\x1c\x02\x78\0\x04gray",
        resolution=np.array([300, 299.5], "<f4").tobytes(),
        tags=b'{"comment": "gray"}',
    )
    colors = Metadata(
        # BT.2020 and PQ (ITU-T H.273, 9 and 16), of a display of 1000 cd/m² (PNG, mDCV and cLLI).
        cicp=bytes((9, 16, 0, 1)),
        mdcv=np.array([35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450], ">u2").tobytes()
        + np.array([10_000_000, 1], ">u4").tobytes(),
        clli=np.array([10_000_000, 4_000_000], ">u4").tobytes(),
    )
    quick = {"width": 6, "depth": 1, "steps": 200}
    tiled = {"tile": 16, "options": {"global_width": 7}}
    networks = {
        f"siren-{name}": ("one network, activation " + name, {"activation": name})
        for name in ("relu", "leaky-relu", "fourier", "gaussian", "wire", "finer")
    } | {
        "enrp-fourier": ("tiles with item weights", {"model": "enrp", "activation": "fourier"}),
        "enrp-incode": ("tiles with scalars", {"model": "enrp", "activation": "incode"}),
        "minr": ("shared middle layers", {"model": "minr", "depth": 2}),
        "minr-unshared": (
            "a shared projection, one middle layer of the image's own",
            {"model": "minr", "depth": 2, "options": {"projection": 2, "unshared": 2}},
        ),
        "minr-wire": ("shared complex layers", {"model": "minr", "activation": "wire"}),
        "loe": ("alternating matrices", {"model": "loe", "depth": 3}),
        "loe-leaky-relu": (
            "alternating matrices on scales of its own",
            {"model": "loe", "activation": "leaky-relu", "options": {"alphas": "5.5,3"}},
        ),
        "loe-octaves": (
            "alternating matrices over sines and cosines of the coordinates",
            {"model": "loe", "depth": 2, "options": {"frequencies": 5}},
        ),
        "loe-linear": (
            "matrices that turn into one another",
            {"model": "loe", "depth": 2, "options": {"alphas": "6.5,3,1", "blending": 2}},
        ),
        "local-global": ("advised tiles", {"model": "local-global", **tiled}),
        "local-global-add": (
            "advised tiles of unequal sides, merged by addition, a layer for each level",
            {"model": "local-global", "options": {"tile": "9,16", "global_width": 5, "merge": 2}},
        ),
        "local-global-incode": (
            "advised tiles with three sets of scalars",
            {"model": "local-global", "activation": "incode", **tiled},
        ),
        "incode": ("four learnt scalars", {"model": "incode"}),
        "coin-plus": ("a shared network, shifted", {"model": "coin++", "options": {"latent": 5}}),
    }
    fitted = {
        name: (encode(photo, **{"model": "siren", **quick, **options}), what)
        for name, (what, options) in networks.items()
    }
    return fitted | {
        "siren-gray-1x1": (
            encode(np.array([[200]], np.uint8), model="siren", width=1, depth=0, steps=0),
            "one network, one pixel",
        ),
        "siren-rgb": (encode(photo, **SIREN), "one network for the whole image"),
        "enrp-rgb": (encode(photo, **ENRP), "tiles that reach beyond the right and lower border"),
        "enrp-gray": (encode(gray, **ENRP), "one channel"),
        "enrp-gray-alpha": (encode(rgba[..., 2:], **ENRP), "two channels"),
        "enrp-rgba": (encode(rgba, **ENRP), "four channels"),
        "enrp-gray-16-bit": (encode(gray.astype(np.uint16) * 257, **ENRP), "16 bits per sample"),
        "enrp-rgb-16-bit": (
            encode(photo.astype(np.uint16) * 257, colors, **ENRP),
            "16 bits in three channels, and what PNG has of colors and their brightness",
        ),
        "enrp-metadata": (encode(gray, tags, **ENRP), "with all other kinds of metadata"),
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    image = ImageInfo(20, 30, Color.RGB, 8)
    spec = EnrpSpec(3, 0, 5.0, 5.0, tile=16)
    ones = by_hand(image, spec, lambda i: 1.0 if i % 2 else -1.5)
    zeros = by_hand(image, spec, lambda i: 0.0)
    spread = by_hand(image, spec, lambda i: (-1) ** i * 2.0 ** (i % 30 - 24) * (1 + i % 7 / 8))
    wide = EnrpSpec(3, 0, 5.0, 5.0, tile=65536)
    one_tile = by_hand(image, wide, lambda i: ((7 * i) % 13 - 6) / 8)
    return {
        "one-exponent": (build(ones), "tables of one exponent: nothing to code but signs"),
        "zero-weights": (build(zeros), "streams of nothing but the zero bytes that they must have"),
        "all-exponents": (build(spread), "tables with gaps, subnormal weights, odd frequencies"),
        "tile-beyond-image": (build(one_tile), "one tile, far larger than the image"),
        "optional-sections": (
            build([Section(b"note", 0, b"?"), *ones, Section(b"xtra", 3, b"")]),
            "unknown optional sections, before and after, of the file and of another item",
        ),
        "other-order": (build(ones[::-1]), "sections in another order"),
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Name to (bytes, error of the package, what is wrong)."""
    image = ImageInfo(20, 30, Color.RGB, 8)
    spec = EnrpSpec(3, 0, 5.0, 5.0, tile=16)
    sections = by_hand(image, spec, lambda i: ((7 * i) % 13 - 6) / 8)
    sign, network, index, tiles = sections
    good = build(sections)

    def flipped(section: Section) -> bytes:
        """The file with the last bit of a section flipped."""
        entry = Container(good).entry(section.tag, 1)
        data = bytearray(good)
        data[entry.offset + entry.length - 1] ^= 1
        return bytes(data)

    def replaced(*changed: Section) -> bytes:
        tags = {section.tag: section for section in changed}
        return build([tags.get(section.tag, section) for section in sections])

    def header(tag: bytes, *fields: bytes) -> bytes:
        return replaced(Section(tag, 1, b"".join(fields)))

    def loe(*fields: bytes) -> bytes:
        """The file with a header of Levels-of-Experts: one layer, and what follows its scale."""
        start = [b"\4\3\0", 2 * real(5.0), b"\1", real(1.0), b"\1", real(2.0)]
        return header(b"NETW", *start, *fields, b"\1")

    sides = [uint_bytes(1 << 24), uint_bytes(1 << 24)]
    real = REAL.write
    bomb = Section(b"iccp", 1, zlib.compress(bytes((1 << 24) + 1), 9))
    gap = Section(b"TIDX", 1, index.payload[:-1])
    longer = Section(b"TILE", 1, tiles.payload + b"\1")
    table = bytes([30, 2, 8, 8]) + index.payload[2 + index.payload[1] :]
    return {
        "not-inr": (b"\x89PNG\r\n\x1a\n" + good[8:], "NotInrError", "another format's magic"),
        "text-mode": (good.replace(b"\r\n", b"\n"), "TextDamageError", "line ends changed"),
        "version-2": (MAGIC + b"\2" + good[9:], "VersionError", "a later version"),
        "truncated": (good[:-1], "TruncatedError", "the last byte is missing"),
        "trailing-byte": (good + b"\0", "TrailingDataError", "one byte too many"),
        "directory-flip": (good[:12] + b"\xff" + good[13:], "ChecksumError", "directory damaged"),
        "sign-flip": (flipped(sign), "ChecksumError", "header damaged"),
        "tile-flip": (flipped(tiles), "ChecksumError", "last tile damaged"),
        "no-network": (build([sign, index, tiles]), "MissingSectionError", "no NETW section"),
        "unknown-critical": (
            build([*sections, Section(b"LATE", 1, b"")]),
            "UnknownSectionError",
            "a critical section of some later release",
        ),
        "item-2": (
            build([*sections, Section(b"SIGN", 2, sign.payload)]),
            "MalformedError",
            "a critical section of a second item",
        ),
        "unknown-model": (
            header(b"NETW", uint_bytes(99), network.payload[1:]),
            "UnknownNumberError",
            "architecture 99",
        ),
        "zero-width": (
            header(b"SIGN", *map(UINT.write, (1, 20, 0, 3, 8))),
            "MalformedError",
            "an image without columns",
        ),
        "huge": (
            header(b"SIGN", b"\1", *sides, b"\3\x08"),
            "MalformedError",
            "2^48 pixels claimed in a few bytes",
        ),
        "huge-network": (
            header(
                b"NETW",
                b"\2",
                uint_bytes(4096),
                b"\x40",
                2 * real(5.0),
                b"\1",
                real(1.0),
                b"\x10\1",
            ),
            "MalformedError",
            "10^9 weights a tile claimed in a few bytes",
        ),
        "nan-omega": (
            header(b"NETW", b"\2\3\0", real(float("nan")), real(5.0), b"\1", real(1.0), b"\x10\1"),
            "MalformedError",
            "a factor that is not a number",
        ),
        "loe-13-frequencies": (loe(uint_bytes(13), b"\1"), "MalformedError", "13 octaves of LoE"),
        "loe-blending-3": (loe(b"\0", b"\3"), "MalformedError", "blending 3 of LoE"),
        "table-of-31": (
            replaced(Section(b"TIDX", 1, table)),
            "MalformedError",
            "a table with the exponent of infinities",
        ),
        "short-index": (replaced(gap), "MalformedError", "a tile index that lacks a byte"),
        "long-tiles": (replaced(longer), "MalformedError", "more tile data than the index lists"),
        "metadata-bomb": (build([*sections, bomb]), "LimitError", "a profile that unpacks too far"),
        "padded-stream": (
            _padded(sections),
            "MalformedError",
            "a stream with a zero byte to spare",
        ),
    }


def _padded(sections: list[Section]) -> bytes:
    """A zero byte after each tile's stream, all lengths and checksums right."""
    sign, network, index, tiles = sections
    reader = Reader(index.payload)
    for _ in range(4):
        ExponentTable.read(reader)
    tables = index.payload[: reader.position]
    bounds = pairwise(TileIndex.read(reader, 4).offsets.tolist())
    parts = [tiles.payload[start:end] + b"\0" for start, end in bounds]
    fresh = Section(b"TIDX", 1, tables + TileIndex.of(parts).to_bytes())
    return build([sign, network, fresh, Section(b"TILE", 1, b"".join(parts))])
