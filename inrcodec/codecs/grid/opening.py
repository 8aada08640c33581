"""A file's latent grid, as far as a raster needs it, ready to be rendered."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import Opening
from inrcodec.codecs.grid.alpha import read_alpha
from inrcodec.codecs.grid.block_reader import BlockReader
from inrcodec.codecs.grid.blocks import Latents
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.deltas import WeightDeltas, read_weight_deltas
from inrcodec.codecs.grid.following import added, chain_of
from inrcodec.codecs.grid.geometry import MOST_LEVELS, Box
from inrcodec.codecs.grid.interpolation import Axis, resampled
from inrcodec.codecs.grid.pretrained import PretrainedModel, load_pretrained
from inrcodec.codecs.grid.reach import doublings_of, needed_blocks, needed_box
from inrcodec.codecs.grid.renderer import GridRenderer
from inrcodec.codecs.grid.spec import MOST_COLORS, GridSpec
from inrcodec.codecs.grid.strips import (
    ColorRows,
    EnlargedRows,
    HeldRows,
    Rows,
    SynthesizedRows,
)
from inrcodec.codecs.grid.synthesis import Synthesis, filter_at, samples_matrix
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.container.tiles import TileStreams
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["needed_tiles", "open_grid", "read_model", "read_shared"]


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
    container: Container,
    header: Header,
    raster: Raster,
    opening: Opening,
    streams: TileStreams | None = None,
) -> GridRenderer:
    """Open and synthesize the grid of an item under a raster; only blocks that the raster depends
    on are read, and a report is told of each. Streams, if given, are those that its index has.

    Raises `FormatError` where any of them is damaged; if `opening.on_damage` is given, it is told
    instead, and their details are left out.
    """
    spec, info = header.spec, header.info
    assert isinstance(spec, GridSpec)
    assert isinstance(info, ImageInfo)
    channels, geometry = color_channels(info.channels), spec.geometry(info.shape)
    model, _ = _kept_reader(container, header, opening, streams)
    filters = model.filters if spec.filtered else ()
    box = needed_box(geometry, len(filters), raster).within(header.boxes())
    latents = _latents(container, header, box, opening)
    colors: Rows = SynthesizedRows(
        Synthesis(filters, spec.step, spec.offsets), latents, box.crops()
    )
    alpha = _read_alpha(container, header.item, info, box) if channels < info.channels else None
    doublings = doublings_of(raster)
    enlargement = filter_at(model.enlargement, spec.step, *spec.offsets[:1])
    for _ in range(doublings):
        colors = EnlargedRows(colors, enlargement)
        alpha = alpha and EnlargedRows(alpha, None)
    # The low band of a scale is brighter by a factor of 2 a level.
    rows = ColorRows(colors, samples_matrix(spec) / 2**box.scale, alpha)
    start = tuple(part.start << doublings for part in box.window())
    window = Region(start, rows.shape[1:])
    return GridRenderer(rows, window, info, 2.0 ** (box.scale - doublings))


def _latents(container: Container, header: Header, box: Box, opening: Opening) -> Latents:
    """Read the latents of a box; of an image that follows others, with what it adds to."""
    item, place = header.item, None
    found: Latents | None = None
    if "before" in opening.kept:
        place, found = opening.kept["before"]
    rest = chain_of(container, header, opening)
    for number, (one, _) in enumerate(rest):
        # Views of one image after another go on from the last.
        if place == (one.item, box):
            rest = rest[number + 1 :]
            break
    channels = color_channels(header.info.channels)
    for one, prediction in rest:
        _, reader = _kept_reader(container, one, opening)
        own = reader.read(box, channels, opening.report, opening.on_damage).latents
        if prediction is None:
            found = own
        else:
            assert found is not None
            found = added(own, found, prediction.blocks, box)
    assert found is not None
    if container.find(b"PRED", item) or container.find(b"PRED", item + 1):
        opening.kept["before"] = (item, box), found
    return found


def needed_tiles(container: Container, header: Header, region: Region) -> tuple[TileBox, ...]:
    """Return the blocks of each tier that a region depends on at any scale."""
    spec = header.spec
    assert isinstance(spec, GridSpec)
    filters = read_model(container, header).filters if spec.filtered else ()
    return needed_blocks(spec.geometry(header.info.shape), len(filters), region)


def _kept_reader(
    container: Container, header: Header, opening: Opening, streams: TileStreams | None = None
) -> tuple[PretrainedModel, BlockReader]:
    """Return the networks of an item and what reads its blocks, of which views have one."""
    # One entry, so that threads never see the reader of one item as that of another.
    item, known = opening.kept.get("grid", (None, None))
    if item == header.item:
        kept: tuple[PretrainedModel, BlockReader] = known
        return kept
    spec = header.spec
    assert isinstance(spec, GridSpec)
    model = read_model(container, header)
    network = ContextNetwork(model, spec.step, spec.offsets)
    if streams is None:
        streams = open_streams(container, header, container.read(b"TIDX", header.item))
    found = model, BlockReader(streams, network)
    opening.kept["grid"] = header.item, found
    return found


def _read_alpha(container: Container, item: int, info: ImageInfo, box: Box) -> Rows:
    """Read the alpha of a box, from 0 to 1, at its scale."""
    payload, shape = container.read(b"ALPH", item), (info.height, info.width)
    alpha = read_alpha(payload, shape, info.bits_per_sample)
    if box.scale:
        return HeldRows(_reduced(alpha.astype(np.float32) / np.float32(info.peak), box))
    part = alpha[None, *box.window()].astype(np.float32)
    return HeldRows(part / np.float32(info.peak))


def _reduced(alpha: npt.NDArray[np.float32], box: Box) -> npt.NDArray[np.float32]:
    """Low-pass the alpha (height, width) of an image to the places of a box's samples (1, rows,
    columns)."""
    planes = alpha[None]
    for axis, (size, part) in enumerate(zip(alpha.shape, box.window(), strict=True)):
        count = box.geometry.size_at(box.scale)[axis]
        samples = Axis(0.5 - (1 << box.scale) / 2, count << box.scale, count, 0, size)
        planes = resampled(planes, axis + 1, samples, range(part.start, part.stop))
    return planes
