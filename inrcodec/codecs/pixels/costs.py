"""The cost of decoding and encoding samples, from headers alone."""

from __future__ import annotations

import math

from inrcodec.codecs.pixels.reach import needed_region
from inrcodec.limits import Cost
from inrcodec.signal.geometry import Raster, Tiling
from inrcodec.threads import thread_count

__all__ = ["KEPT_BYTES", "decoding_cost", "encoding_cost"]

# Of tiles that were read last: see `TileReader`.
KEPT_BYTES = 1 << 26
# Bytes of a sample of a tile while it is decoded, and while it is encoded and compared; of one that
# is kept; and copies that there are of streams, which come to as much as samples at most.
_DECODED, _ENCODED, _KEPT, _STREAMS = 14, 60, 2, 2
# What a scan learns.
_LEARNED = 24 << 20
# Of a sample of a strip that is resampled, with its output; and samples of a channel in a strip.
_OF_STRIP, _STRIP = 16, 1 << 20
# Of resampling: parts of the output, and tables of their taps.
_RESAMPLING = 20 << 20
# Operations that a sample takes, and a tap of resampling.
_CODING, _TAP, _TAPS = 2000.0, 2.0, 6


def _of_tile(tiling: Tiling, channels: int) -> int:
    """Count the samples of a tile."""
    sides = (min(tile, size) for tile, size in zip(tiling.tile, tiling.shape, strict=True))
    return math.prod(sides) * channels


def _at_a_time(count: int) -> int:
    return min(thread_count(), count)


def decoding_cost(tiling: Tiling, channels: int, raster: Raster, output: int) -> Cost:
    """Return the cost of a raster of an image in tiles, whose samples take so many bytes."""
    region = needed_region(raster, tiling.shape)
    touched = tiling.touching(region)
    tiles = math.prod(map(len, touched))
    whole = (min(len(n) * t, s) for n, t, s in zip(touched, tiling.tile, tiling.shape, strict=True))
    work = math.prod(whole) * channels * _CODING
    of_tile = _DECODED * _of_tile(tiling, channels) + _LEARNED
    memory = float(output + _at_a_time(tiles) * of_tile)
    if raster.size == raster.region.length:
        return Cost(memory, work)
    pixels, (down, across) = math.prod(region.length), raster.size
    widened = max(1.0, *(n / m for n, m in zip(raster.region.length, raster.size, strict=True)))
    rows = min(pixels, _STRIP + math.ceil(_TAPS * widened) * region.length[1])
    kept = min(KEPT_BYTES, _KEPT * channels * pixels)
    memory += channels * _OF_STRIP * rows + _RESAMPLING + kept
    taps = _TAPS * widened * (down * region.length[1] + across * down)
    return Cost(memory, work + _TAP * channels * taps)


def encoding_cost(tiling: Tiling, channels: int, size: int) -> Cost:
    """Return the cost of encoding an image in tiles, whose samples have so many bytes."""
    samples = math.prod(tiling.shape) * channels
    of_tile = _ENCODED * _of_tile(tiling, channels) + _LEARNED
    memory = _at_a_time(tiling.count) * of_tile + _STREAMS * size * samples
    return Cost(float(memory), samples * _CODING)
