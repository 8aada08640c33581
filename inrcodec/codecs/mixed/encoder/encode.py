"""An image to the sections of a grid, of samples, or of both: whichever costs less.

look ──▶ photograph ──────────────────────────────────────────────▶ grid
  │
  └────▶ else ──▶ grid, samples, both: coded quickly ──▶ least D + λR ──▶ coded in full
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.grid.encoder.encode import encode_item as encode_grid
from inrcodec.codecs.mixed.encoder.choice import Choice
from inrcodec.codecs.mixed.encoder.content import look_at_cells
from inrcodec.codecs.mixed.encoder.modes import SamplesMode
from inrcodec.codecs.mixed.planning import MixedPlan
from inrcodec.codecs.pixels.content import Content, look_at
from inrcodec.codecs.pixels.costs import encoding_cost
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.container.items import item_size
from inrcodec.devices import check_device
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.signal import Metadata, Source
from inrcodec.signal.geometry import Region

Samples = npt.NDArray[np.unsignedinteger]

__all__ = ["encode_item"]

# Share of repeats below which an image is a photograph, and of cells with lines or text.
_PHOTOGRAPH, _DRAWN = 0.02, 0.006
# From which share of repeats on an image is drawn without them.
_FLAT = 0.75
# Sides of cells, of images up to so many pixels and beyond.
_FINE, _COARSE, _FEW_PIXELS = 8, 16, 1 << 22
# Bytes of a sample beside those of either coder.
_HELD = 24


def encode_item(
    source: Source, plan: MixedPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Code an image; see `Codec.encode`."""
    began, grid = time.monotonic(), plan.of_grid
    if shared is not None or not plan.chooses or not _may_be_tried(source, plan):
        return encode_grid(source, grid, shared, report)
    check_device(plan.settings.device)
    content, info = look_at(source), plan.info
    if content.repeats < _PHOTOGRAPH:
        return encode_grid(source, grid, None, report)
    samples = source.read(Region.whole(info.shape))
    if info.channels % 2 == 0:
        return _with_alpha(source, samples, plan, content, report)
    side = _FINE if info.height * info.width <= _FEW_PIXELS else _COARSE
    cells = look_at_cells(samples, side, info.peak)
    if cells.drawn < _DRAWN and content.repeats < _FLAT:
        return encode_grid(source, grid, None, report)
    chosen = Choice(source, samples, grid, (content, cells), began, report).item()
    if chosen is not None:
        return chosen
    left = max(0.0, grid.seconds - (time.monotonic() - began))
    return encode_grid(source, replace(grid, seconds=left), None, report)


def _with_alpha(
    source: Source, samples: Samples, plan: MixedPlan, content: Content, report: Report | None
) -> EncodedItem:
    """Code an image as a grid, which keeps alpha as it is; or without loss, if that is smaller."""
    grid = encode_grid(source, plan.of_grid, None, report)
    if not content.is_drawn or plan.grid.options.alpha_quality is not None:
        return grid
    limits = plan.settings.limits
    lossless = SamplesMode(samples, plan.info, limits, content, report).lossless().item
    sizes = [item_size(plan.info, Metadata(), item.sections) for item in (lossless, grid)]
    return lossless if sizes[0] <= sizes[1] else grid


def _may_be_tried(source: Source, plan: MixedPlan) -> bool:
    """Tell whether limits allow more than a grid."""
    info = plan.info
    samples = encoding_cost(
        PixelsSpec().tiling(domain_of(info)), info.channels, info.dtype.itemsize
    )
    held = float(_HELD * info.height * info.width * info.channels)
    cost = Cost(plan.cost.memory + samples.memory + held, plan.cost.work + samples.work)
    return plan.settings.limits.allows(cost)
