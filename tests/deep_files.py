"""PNG and TIFF files of 16 bits per sample, written byte by byte: in ways that our writers, which
are tested with them, have not; and what they are made of and read by."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from conftest import smooth_image
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inrcodec.limits import Limits
from inrcodec.media.images import read_image
from inrcodec.signal import Signal

LIMIT = Limits(memory=1 << 26)

Samples = npt.NDArray[np.uint16]

shapes = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4))
images = shapes.flatmap(lambda shape: arrays(np.uint16, shape))

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}
# First row and column, and distance of rows and columns, of Adam7's passes.
PASSES = (
    *((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4)),
    *((2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)),
)
DEFLATE = 8
KINDS = {"H": 3, "I": 4}


def deep(channels: int, height: int = 20, width: int = 30) -> Samples:
    """A smooth image whose lower bits are noise."""
    noise = np.random.default_rng(channels).integers(0, 256, (height, width, channels))
    return (smooth_image(height, width, channels).astype(np.uint16) << 8) + noise.astype(np.uint16)


def read(data: bytes, bits: int | None = None, limits: Limits = LIMIT) -> Signal:
    """Read a file without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_image(io.BytesIO(data), limits, bits)


def chunk(name: bytes, payload: bytes) -> bytes:
    body = name + payload
    return struct.pack(">I", len(payload)) + body + struct.pack(">I", zlib.crc32(body))


def deep_png(
    samples: Samples,
    before: Iterable[bytes] = (),
    after: Iterable[bytes] = (),
    interlaced: bool = False,
) -> bytes:
    """A PNG file with some chunks before its pixels and behind them."""
    height, width, channels = samples.shape
    fields = (width, height, 16, PNG_COLORS[channels], 0, 0, int(interlaced))
    parts = [samples[r::dr, c::dc] for r, c, dr, dc in PASSES] if interlaced else [samples]
    rows = [row for part in parts if part.size for row in part]
    pixels = zlib.compress(b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows))
    half = len(pixels) // 2
    chunks = [
        chunk(b"IHDR", struct.pack(">IIBBBBB", *fields)),
        *before,
        *(chunk(b"IDAT", part) for part in (pixels[:half], pixels[half:])),
        *after,
        chunk(b"IEND", b""),
    ]
    return SIGNATURE + b"".join(chunks)


def animated(samples: Samples) -> bytes:
    """Two frames, of which the second is black."""
    height, width, _ = samples.shape

    def frame(number: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">5I2H2B", number, width, height, 0, 0, 1, 10, 0, 0))

    pixels = zlib.compress(b"".join(b"\0" + bytes(row.nbytes) for row in samples))
    return deep_png(
        samples,
        [chunk(b"acTL", struct.pack(">II", 2, 0)), frame(0)],
        [frame(1), chunk(b"fdAT", struct.pack(">I", 2) + pixels)],
    )


def deep_tiff(
    samples: Samples,
    order: str = "<",
    separate: bool = False,
    extra: Sequence[int] | None = None,
    orientation: int = 1,
    tile: int | None = None,
    deflate: bool = False,
) -> bytes:
    """A TIFF file; `extra` is what the samples after the colors are."""
    height, width, channels = samples.shape
    parts = [samples[..., c] for c in range(channels)] if separate else [samples]
    pieces = [p for part in parts for p in (_tiles(part, tile) if tile else [part])]
    data = [piece.astype(f"{order}u2").tobytes() for piece in pieces]
    data = [zlib.compress(piece) for piece in data] if deflate else data
    extra = ([2] if channels in (2, 4) else []) if extra is None else extra
    places = np.cumsum([8, *(len(piece) for piece in data)])[:-1].tolist()
    tags: dict[int, tuple[str, Sequence[int]]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [16] * channels),
        259: ("H", [DEFLATE if deflate else 1]),
        262: ("H", [2 if channels > 2 else 1]),
        274: ("H", [orientation]),
        277: ("H", [channels]),
        284: ("H", [2 if separate else 1]),
        338: ("H", extra),
    }
    lengths = [len(piece) for piece in data]
    if tile:
        tags |= {322: ("I", [tile]), 323: ("I", [tile]), 324: ("I", places), 325: ("I", lengths)}
    else:
        tags |= {273: ("I", places), 278: ("I", [height]), 279: ("I", lengths)}
    body = b"".join(data)
    start = 8 + len(body) + len(body) % 2
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", start)
    return head + body.ljust(start - 8, b"\0") + _directory(tags, order, start)


WRITERS = {".png": deep_png, ".tiff": deep_tiff}


def _tiles(part: Samples, side: int) -> list[Samples]:
    height, width = part.shape[:2]
    margins = [(0, -height % side), (0, -width % side), *[(0, 0)] * (part.ndim - 2)]
    padded = np.pad(part, margins)
    rows, columns = range(0, height, side), range(0, width, side)
    return [padded[y : y + side, x : x + side] for y in rows for x in columns]


def _directory(tags: dict[int, tuple[str, Sequence[int]]], order: str, start: int) -> bytes:
    kept = {number: tag for number, tag in sorted(tags.items()) if tag[1]}
    behind = start + 2 + 12 * len(kept) + 4
    head, values = struct.pack(order + "H", len(kept)), b""
    for number, (form, items) in kept.items():
        value = struct.pack(f"{order}{len(items)}{form}", *items)
        head += struct.pack(order + "HHI", number, KINDS[form], len(items))
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", behind + len(values))
            values += value
    return head + bytes(4) + values
