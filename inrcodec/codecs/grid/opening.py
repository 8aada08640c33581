"""A file's latent grid, as far as a raster needs it, ready to be rendered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import Opening
from inrcodec.codecs.grid.alpha import read_alpha
from inrcodec.codecs.grid.blocks import read_blocks
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import WeightDeltas, read_weight_deltas
from inrcodec.codecs.grid.geometry import MOST_LEVELS
from inrcodec.codecs.grid.pretrained import PretrainedModel, load_pretrained
from inrcodec.codecs.grid.reach import needed_blocks
from inrcodec.codecs.grid.renderer import GridRenderer
from inrcodec.codecs.grid.spec import MOST_COLORS, GridSpec
from inrcodec.codecs.grid.strips import SynthesizedRows
from inrcodec.codecs.grid.synthesis import Synthesis
from inrcodec.codecs.headers import Header
from inrcodec.container.sections import Container
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["open_grid", "read_model", "read_shared"]


def read_model(container: Container, header: Header) -> PretrainedModel:
    """Read the networks of an item: the pretrained ones with the deltas of the file and its own."""
    spec = header.spec
    assert isinstance(spec, GridSpec)
    model = load_pretrained(spec.pretrained)
    if spec.adapted[Scope.SHARED]:
        model = read_shared(container.read(b"SHAR", 0), model).applied_to(model)
    if spec.adapted[Scope.ITEM]:
        data, channels = container.read(b"ITEM", header.item), color_channels(header.info.channels)
        deltas = read_weight_deltas(data, model, spec.levels, channels)
        model = deltas.applied_to(model)
    return model


def read_shared(payload: bytes, model: PretrainedModel) -> WeightDeltas:
    """Read the deltas that the items of a file share."""
    return read_weight_deltas(payload, model, MOST_LEVELS, MOST_COLORS)


def open_grid(
    container: Container, header: Header, raster: Raster, opening: Opening
) -> GridRenderer:
    """Open and synthesize the grid of an item under a raster; only blocks that the raster depends
    on are read, and a report is told of each.

    Raises `FormatError` where any of them is damaged.
    """
    spec, info = header.spec, header.info
    assert isinstance(spec, GridSpec)
    assert isinstance(info, ImageInfo)
    channels, geometry = color_channels(info.channels), spec.geometry(info.shape)
    model = read_model(container, header)
    network, filters = (
        ContextNetwork(model, spec.step, spec.offsets),
        model.filters if spec.filtered else (),
    )
    ranges = needed_blocks(geometry, len(filters), raster)
    latents = read_blocks(
        container, network, geometry, channels, ranges, header.item, opening.report
    )
    start = tuple(r.start * geometry.block for r in ranges)
    stop = (min(n, r.stop * geometry.block) for n, r in zip(info.shape, ranges, strict=True))
    window = Region(start, tuple(b - a for a, b in zip(start, stop, strict=True)))
    alpha = _read_alpha(container, header.item, info, window) if channels < info.channels else None
    synthesis = Synthesis(filters, spec.step, spec.factors)
    rows = SynthesizedRows(synthesis, latents, spec, alpha, int(info.peak))
    return GridRenderer(rows, window, info)


def _read_alpha(
    container: Container, item: int, info: ImageInfo, window: Region
) -> npt.NDArray[np.unsignedinteger]:
    """Read the alpha of a part of an image."""
    payload = container.read(b"ALPH", item)
    alpha = read_alpha(payload, (info.height, info.width), info.bits_per_sample)
    rows, columns = (slice(s, s + n) for s, n in zip(window.start, window.length, strict=True))
    return alpha[rows, columns]
