"""The cost of decoding and encoding a latent grid, from its headers alone."""

from __future__ import annotations

import math

from inrcodec.codecs.base import Domain
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import CONSTANTS, HIDDEN, KINDS, LOGITS, ODD, PretrainedModel
from inrcodec.codecs.grid.reach import LOBES, STRIP_MARGIN, doublings_of, needed_box
from inrcodec.limits import Cost
from inrcodec.native.door import library
from inrcodec.signal.geometry import Raster

__all__ = ["decoding_cost", "encoding_cost"]

# Bytes of a sample of the window: of its latents with the low band that blocks see, and of what all
# levels but the finest come to.
_LATENT, _COARSER = 3, 1
# And while these are synthesized.
_SYNTHESIZED = 3
# Of a sample of a strip of an image, and samples of a channel in it; and of one that is resampled.
_OF_STRIP, _STRIP, _OF_RESAMPLED = 20, 1 << 20, 8
# Of a pixel whose latents are decoded at the moment; and without the compiled kernels of one that
# is filtered, in so many rows at once.
_OF_DECODED, _OF_FILTERED, _ROWS = 105, 500, 64
# Of resampling: parts of the output, and tables of their taps.
_RESAMPLING = 20 << 20
# Bytes of a pixel and channel that an encode holds: without iterations, and with them.
_CODED, _REFINED = 9, 80
# And with them besides, of a pixel of the block whose rate is differentiated.
_RATED, _BLOCK = 860, 1 << 18
# Of a pixel that is compared as the eye sees it, bytes and operations.
_VISUAL_BYTES, _VISUAL_WORK = 230, 6000
# Forward passes that an iteration is worth, with its share of fitting deltas.
_ITERATION = 6


def _work_of_pixel(model: PretrainedModel, channels: int, filters: int) -> float:
    """Floating-point operations of a pixel: its latents' context networks, and filters."""
    kinds = [kind for kind in KINDS if kind.channel < channels]
    weights = sum(
        ODD * (kind.values + 1) + HIDDEN * (kind.magnitudes + 2 * ODD + CONSTANTS + HIDDEN + LOGITS)
        for kind in kinds
    )
    contexts = 2 * channels * weights / len(kinds)
    convolved = sum(a.size / 4**k for k, f in enumerate(model.filters[:filters]) for a in f)
    return float(contexts + 2 * convolved)


def _work_of_enlargement(model: PretrainedModel) -> float:
    """Multiplications of a pixel that becomes four."""
    return 4.0 * sum(tensor.size for tensor in model.enlargement)


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
    box, (color_channels, all_channels) = needed_box(geometry, filters, raster), channels
    height, width = (part.stop - part.start for part in box.window())
    # A level has a quarter of the samples of the next finer one: all of a tier as if of its finest.
    areas = [tier.area >> 2 * tier.levels.stop for tier in box.tiers]
    pixels = max(areas)
    samples = color_channels * pixels
    block = max(tier.largest_block >> 2 * tier.levels.stop for tier in box.tiers)
    reading = Cost(
        _LATENT * samples + _OF_DECODED * block,
        sum(areas) * _work_of_pixel(model, color_channels, filters),
    )
    coarser = Cost((_LATENT + _SYNTHESIZED) * samples)
    filtered = min(height, _ROWS) * width if filters and library() is None else 0
    strip = min(pixels, _STRIP + 2 * STRIP_MARGIN * width)
    held = (_LATENT + _COARSER) * samples + color_channels * _OF_STRIP * strip
    alpha = 6.0 * math.prod(geometry.shape) if all_channels > color_channels else 0.0
    if raster.size == raster.region.length:
        drawing = Cost(held + output + _OF_FILTERED * filtered)
    else:
        seen = min(pixels, strip + _rows_seen(raster) * width)
        resampled = _OF_RESAMPLED * all_channels * seen + _RESAMPLING
        work = 2.0 * all_channels * _taps(raster, width)
        work += 2.0 * pixels * (4 ** doublings_of(raster) - 1) / 3 * _work_of_enlargement(model)
        drawing = Cost(held + output + _OF_FILTERED * filtered + resampled, work)
    return reading.then(coarser).then(drawing + Cost(alpha))


def _rows_seen(raster: Raster) -> int:
    """Rows that a row of a raster depends on."""
    return math.ceil(2 * LOBES * max(1.0, raster.region.length[0] / raster.size[0]))


def _taps(raster: Raster, width: int) -> float:
    """Multiplications of a channel: rows first, then columns."""
    down, across = (
        2 * LOBES * max(1.0, length / size)
        for length, size in zip(raster.region.length, raster.size, strict=True)
    )
    return raster.size[0] * (down * width + across * raster.size[1])


def encoding_cost(
    domain: Domain, model: PretrainedModel, iterations: int | None, compared: int | None = 0
) -> Cost:
    """Return the cost of an image, with so many iterations, and so many comparisons as the eye sees
    it; None: as many as there is time for."""
    pixels, colors = math.prod(domain.shape), color_channels(domain.channels)
    each = _CODED if iterations == 0 else _REFINED
    block = 0 if iterations == 0 else min(pixels, _BLOCK)
    rounds = 2 + _ITERATION * (iterations or 0)
    work = rounds * pixels * _work_of_pixel(model, colors, len(model.filters))
    strip = colors * _OF_STRIP * min(pixels, _STRIP)
    memory = float(pixels) * (each * colors + 8 * domain.channels) + _RATED * block + strip
    if compared != 0:
        memory += float(_VISUAL_BYTES) * pixels
        work += float(_VISUAL_WORK) * pixels * (compared or 0)
    return Cost(memory, work)
