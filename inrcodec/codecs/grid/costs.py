"""The cost of decoding and encoding a latent grid, from its headers alone."""

from __future__ import annotations

import math

from inrcodec.codecs.base import Domain
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import CONSTANTS, HIDDEN, KINDS, LOGITS, ODD, PretrainedModel
from inrcodec.codecs.grid.reach import LOBES, needed_blocks
from inrcodec.limits import Cost
from inrcodec.native.door import library
from inrcodec.signal.geometry import Raster

__all__ = ["decoding_cost", "encoding_cost"]

_FLOAT = 4
# Planes of the window that the last step of the wavelet holds at a time, its latents among them.
_PLANES = 4
# Bytes of a pixel whose latents are decoded at the moment; and without the compiled kernels of one
# that is filtered, in so many rows at once.
_OF_DECODED, _OF_FILTERED, _ROWS = 75, 500, 64
# What is kept of memory that is free again.
_FREE = 8 << 20
# Of resampling: parts of the output, and tables of their taps.
_RESAMPLING = 20 << 20
# Bytes of a pixel and channel that an encode holds: without iterations, and with them.
_CODED, _REFINED = 60, 190
# And with them besides, of a pixel of the block whose rate is differentiated.
_RATED, _BLOCK = 800, 1 << 18
# Forward passes that an iteration is worth, with its share of fitting deltas.
_ITERATION = 6


def _work_of_pixel(model: PretrainedModel, channels: int, filters: int) -> float:
    """Floating-point operations of a pixel: its latents' context networks, and filters."""
    kinds = [kind for kind in KINDS if kind.channel < channels]
    weights = sum(
        ODD * (kind.values + 1) + HIDDEN * (kind.magnitudes + ODD + CONSTANTS + HIDDEN + LOGITS)
        for kind in kinds
    )
    contexts = 2 * channels * weights / len(kinds)
    convolved = sum(a.size / 4**k for k, f in enumerate(model.filters[:filters]) for a in f)
    return float(contexts + 2 * convolved)


def decoding_cost(
    geometry: Geometry,
    model: PretrainedModel,
    filters: int,
    channels: tuple[int, int],
    raster: Raster,
    output: int,
) -> Cost:
    """Return the cost of a raster of a grid.

    Parameters
    ----------
    filters
        How many of the model's are used.
    channels
        Of the grid, and of the image, which may have alpha beside it.
    output
        Bytes of what comes out.
    """
    ranges, (color_channels, all_channels) = needed_blocks(geometry, filters, raster), channels
    height, width = (
        min(n, r.stop * geometry.block) - r.start * geometry.block
        for n, r in zip(geometry.shape, ranges, strict=True)
    )
    pixels = height * width
    plane = _FLOAT * pixels
    block = min(geometry.block, height) * min(geometry.block, width)
    reading = Cost(
        color_channels * plane + _OF_DECODED * block,
        pixels * _work_of_pixel(model, color_channels, filters),
    )
    strip = min(height, _ROWS) * width if filters and library() is None else 0
    synthesis = Cost(_FREE + _PLANES * color_channels * plane + _OF_FILTERED * strip)
    alpha = 6.0 * math.prod(geometry.shape) if all_channels > color_channels else 0.0
    resized = raster.size != raster.region.length
    output_cost = Cost(
        all_channels * plane + alpha + output + _RESAMPLING * resized,
        2.0 * all_channels * _taps(raster, width) * resized,
    )
    return reading.then(synthesis + Cost(alpha)).then(output_cost)


def _taps(raster: Raster, width: int) -> float:
    """Multiplications of a channel: rows first, then columns."""
    down, across = (
        2 * LOBES * max(1.0, length / size)
        for length, size in zip(raster.region.length, raster.size, strict=True)
    )
    return raster.size[0] * (down * width + across * raster.size[1])


def encoding_cost(domain: Domain, model: PretrainedModel, iterations: int | None) -> Cost:
    """Return the cost of an image, with so many iterations; None: as many as there is time for."""
    pixels, colors = math.prod(domain.shape), color_channels(domain.channels)
    each = _CODED if iterations == 0 else _REFINED
    block = 0 if iterations == 0 else min(pixels, _BLOCK)
    rounds = 2 + _ITERATION * (iterations or 0)
    work = rounds * pixels * _work_of_pixel(model, colors, len(model.filters))
    return Cost(float(pixels) * (each * colors + 8 * domain.channels) + _RATED * block, work)
