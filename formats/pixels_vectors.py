"""Vectors of coded samples, for `make_vectors.py`."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from vector_sources import Samples, encode, sample

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.pixels.pretrained import load_scan_model
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.container.items import write_info
from inrcodec.container.sections import Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.media.images import from_array
from inrcodec.native.scan import LOSSLESS, ScanLoss, Tile, encode_scan
from inrcodec.schema import uint_bytes
from inrcodec.signal import ImageInfo

SPEC = PixelsSpec(tile_height=16, tile_width=16)
MODEL = SPEC.pretrained
WORD = 4


def drawn(height: int, width: int, channels: int, levels: int = 256) -> Samples:
    """A drawing: stripes, a pattern that repeats, and a few pixels that do not."""
    y, x = np.mgrid[:height, :width]
    stripes, pattern = (y // 5 + x // 9) % 4, (x % 6) * (y % 4) % 5
    colors = np.random.default_rng(4).integers(0, levels, (9, channels))
    samples = colors[np.where(x < width // 2, stripes, 4 + pattern)]
    samples[3::7, 2::8] = np.random.default_rng(5).integers(0, levels, (1, 1, channels))
    corner = samples[-3:, :5]
    corner[:] = np.random.default_rng(6).integers(0, levels, corner.shape)
    return samples.astype(np.uint8 if levels == 256 else np.uint16)


def enlarged() -> Samples:
    """A drawing of squares."""
    return drawn(9, 11, 3).repeat(3, 0).repeat(3, 1)[:-1, :-2]


def sections(
    samples: Samples, spec: PixelsSpec, repeats: bool = False, loss: ScanLoss = LOSSLESS
) -> list[Section]:
    """The sections of a file."""
    info = from_array(samples).info
    assert isinstance(info, ImageInfo)
    tiling, model, streams = spec.tiling(domain_of(info)), load_scan_model(spec.pretrained), []
    for position in product(*map(range, tiling.counts)):
        part = samples.reshape(*info.shape, -1)[tiling.covered(position).slices]
        height, width, channels = part.shape
        tile = Tile((height, width, channels), info.bits_per_sample, spec.step)
        wide = np.ascontiguousarray(part, np.uint16)
        words, _ = encode_scan(wide, tile, model, repeats, loss)
        streams.append(words.astype("<u4").tobytes())
    sign = Section(b"SIGN", 1, write_info(info))
    return [sign, model_section(spec), *tile_sections(streams)]


def tile_sections(streams: list[bytes]) -> list[Section]:
    index = Section(b"TIDX", 1, TileIndex.of(streams).to_bytes())
    return [index, Section(b"TILE", 1, b"".join(streams))]


def file_of(samples: Samples, repeats: bool = False, most: int = 0, **fields: Any) -> bytes:
    """A file of samples; a pixel may be off by `most` levels where it repeats another."""
    loss = ScanLoss(most, 20.0 if most else 0.0)
    return build(sections(samples, replace(SPEC, **fields), repeats, loss))


def valid() -> dict[str, tuple[bytes, str]]:
    """Files that programs write."""
    photo = sample("photo.png", (520, 340, 544, 358))
    gray = sample("gray.png", (200, 100, 225, 115))
    rgba = sample("rgba.png", (60, 60, 78, 73))
    deep = photo.astype(np.uint16) * 257 + np.arange(72, dtype=np.uint16).reshape(24, 3)
    images = {
        "rgb": ("lossless", photo, {}),
        "gray": ("one channel", gray, {}),
        "gray-alpha": ("one channel and alpha", rgba[..., 2:], {}),
        "rgba": ("three channels and alpha", rgba, {}),
        "gray-16-bit": ("16 bits per sample", gray.astype(np.uint16) * 257, {}),
        "rgb-16-bit": ("16 bits in three channels", deep, {}),
        "near": ("off by 2 levels at most", photo, {"near_lossless": 2}),
        "near-16-bit": ("off by 300 levels at most", deep, {"near_lossless": 300}),
        "1x1": ("one pixel", photo[:1, :1], {}),
        "1x40": ("one row", drawn(1, 40, 3), {}),
        "drawn": ("what repeats", drawn(20, 26, 3), {}),
        "drawn-rgba": ("what repeats, with alpha", drawn(14, 18, 4), {}),
        "squares": ("squares of 3 pixels, of which the last are cut", enlarged(), {}),
        "levels": ("8 bits in 16", (gray // 2 * 2).astype(np.uint16) * 257, {}),
        "levels-rgb-10-bit": ("10 bits in 16", (deep >> 6) << 6, {}),
        "tiles": (
            "four tiles, some of them cut",
            photo,
            {"fields": {"tile_height": 17, "tile_width": 16}},
        ),
    }
    return {
        f"pixels-{name}": (
            encode(
                samples, **({} if "near_lossless" in options else {"lossless": True}), **options
            ),
            f"coded samples, {what}",
        )
        for name, (what, samples, options) in images.items()
    }


def unusual() -> dict[str, tuple[bytes, str]]:
    """Files that are valid, but that no program need write."""
    noise = np.random.default_rng(7).integers(0, 256, (12, 15, 3), dtype=np.uint8)
    noise_16 = np.random.default_rng(8).integers(0, 65536, (10, 9, 4), dtype=np.uint16)
    ends = np.random.default_rng(9).integers(0, 2, (14, 13, 3), dtype=np.uint16) * np.uint16(65535)
    photo = sample("photo.png", (520, 340, 538, 354))
    zeros = sections(drawn(16, 16, 1), SPEC)
    stream = zeros[-1].payload
    # Its streams are those of all samples.
    levels = sections(drawn(16, 16, 3), SPEC)
    fewer = model_section(replace(SPEC, levels=(1, 5, 20, 2, 1, 9, 7, 4, 1, 2, 90)))
    files = {
        "noise": (file_of(noise), "noise"),
        "noise-repeats": (file_of(noise, repeats=True), "noise, in which pixels might repeat"),
        "noise-rgba-16-bit": (file_of(noise_16), "noise of 16 bits with alpha"),
        "ends-16-bit": (file_of(ends), "least and largest samples of 16 bits alone"),
        "photo-repeats": (
            file_of(photo, repeats=True, most=8, step=5, max_error=8),
            "pixels that repeat others and are off, and those between them by a step",
        ),
        "drawn-16-bit": (
            file_of(drawn(16, 18, 3, 65536), repeats=True),
            "what repeats, of 16 bits: samples bit by bit",
        ),
        "drawn-no-repeats": (file_of(drawn(16, 18, 3)), "what repeats, though nothing may"),
        "step-255": (file_of(photo, step=255, max_error=127), "the largest step of 8 bits"),
        "step-65535": (
            file_of(noise_16[..., :3], step=65535, max_error=40000),
            "the largest step, and a larger error than it makes",
        ),
        "zero-words": (
            build([*zeros[:2], *tile_sections([stream + bytes(2 * WORD)])]),
            "zero words at a stream's end",
        ),
        "no-words": (
            build([*sections(drawn(16, 16, 3), SPEC)[:2], *tile_sections([b""])]),
            "a stream of no words: decisions are all 0",
        ),
        "levels-beyond": (
            build([levels[0], fewer, *levels[2:]]),
            "numbers beyond the last level",
        ),
        "large-tile": (
            file_of(photo, tile_height=4096, tile_width=16),
            "tiles far higher than the image",
        ),
    }
    return {
        f"pixels-{name}": (data, f"coded samples, {what}") for name, (data, what) in files.items()
    }


def faulty() -> dict[str, tuple[bytes, str, str]]:
    """Files that must be refused, with the error."""
    sign, network, index, tiles = sections(drawn(16, 16, 3), SPEC)
    stream = tiles.payload
    malformed, unknown = "MalformedError", "UnknownNumberError"

    def header(*fields: int) -> bytes:
        values = b"".join(map(uint_bytes, (10, *fields)))
        return build([sign, Section(b"NETW", 1, values), index, tiles])

    def with_levels(*numbers: int) -> bytes:
        return header(MODEL, 16, 16, 1, 0, 1, len(numbers), *numbers, 1)

    def streams(*parts: bytes) -> bytes:
        return build([sign, network, *tile_sections([*parts])])

    flipped = bytearray(stream)
    flipped[len(stream) // 2] ^= 4
    audio = Section(b"SIGN", 1, b"".join(map(uint_bytes, (2, 2048, 1, 8000, 2, 1024, 0))))
    files = {
        "another-model": (header(MODEL + 99, 16, 16, 1, 0, 1, 0, 1), unknown, "an unknown model"),
        "height-15": (header(MODEL, 15, 16, 1, 0, 1, 0, 1), malformed, "a tile below the least"),
        "width-4097": (
            header(MODEL, 16, 4097, 1, 0, 1, 0, 1),
            malformed,
            "a tile above the largest",
        ),
        "step-0": (header(MODEL, 16, 16, 0, 0, 1, 0, 1), malformed, "no step"),
        "step-2": (header(MODEL, 16, 16, 2, 1, 1, 0, 1), malformed, "an even step"),
        "step-257": (
            header(MODEL, 16, 16, 257, 128, 1, 0, 1),
            malformed,
            "a step of over 8 bits",
        ),
        "step-65537": (
            header(MODEL, 16, 16, 65537, 65535, 1, 0, 1),
            malformed,
            "a step beyond all",
        ),
        "error-1": (
            header(MODEL, 16, 16, 5, 1, 1, 0, 1),
            malformed,
            "a lesser error than the step's",
        ),
        "error-65536": (header(MODEL, 16, 16, 1, 65536, 1, 0, 1), malformed, "an error beyond all"),
        "squares-0": (header(MODEL, 16, 16, 1, 0, 0, 0, 1), malformed, "squares of no pixels"),
        "squares-65": (header(MODEL, 65, 65, 1, 0, 65, 0, 1), malformed, "too large squares"),
        "squares-3": (header(MODEL, 18, 16, 1, 0, 3, 0, 1), malformed, "squares that are cut"),
        "last-2": (header(MODEL, 16, 16, 1, 0, 1, 0, 2), unknown, "an unknown last field"),
        "no-last": (header(MODEL, 16, 16, 1, 0, 1, 0), "TruncatedError", "a field is missing"),
        "levels-8193": (with_levels(*[1] * 8193), malformed, "too many numbers of levels"),
        "levels-no-runs": (with_levels(0, 0, 0), malformed, "no levels"),
        "levels-no-gap": (with_levels(*[1, 0, 3] * 3), malformed, "levels that are the same"),
        "levels-no-count": (with_levels(*[1, 3, 0] * 3), malformed, "a run of no levels"),
        "levels-256": (with_levels(*[1, 1, 257] * 3), malformed, "a level above the largest"),
        "levels-cut": (with_levels(*[1, 1, 9] * 2, 1, 1), malformed, "levels lack a number"),
        "levels-left-over": (with_levels(*[1, 1, 9] * 4), malformed, "levels of four channels"),
        "levels-near": (
            header(MODEL, 16, 16, 3, 1, 1, 9, *[1, 1, 9] * 3, 1),
            malformed,
            "levels, and samples that are off",
        ),
        "cut": (streams(stream[:-WORD]), malformed, "a stream lacks its last word"),
        "cut-front": (streams(stream[WORD:]), malformed, "a stream lacks its first word"),
        "bytes": (streams(stream + b"\0"), malformed, "a stream is not of whole words"),
        "left-over": (
            streams(b"\7\0\0\0" * 9 + stream),
            malformed,
            "a stream goes on after its last pixel",
        ),
        "changed": (streams(bytes(flipped)), malformed, "another stream, checksums right"),
        "tile-flip": (
            build([sign, network, index, Section(b"TILE", 1, bytes(flipped))]),
            "ChecksumError",
            "a tile damaged",
        ),
        "two-streams": (streams(stream, stream), malformed, "more streams than there are tiles"),
        "audio": (build([audio, network, index, tiles]), malformed, "samples of audio"),
        "item": (
            build([sign, network, index, tiles, Section(b"ITEM", 1, b"")]),
            malformed,
            "a section that has no place",
        ),
    }
    return {
        f"pixels-{name}": (data, error, f"coded samples, {what}")
        for name, (data, error, what) in files.items()
    }
