"""Extending a coordinate network: a signal of which some tiles are fitted already."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from inrcodec.codecs.base import FP16, Scope, domain_of
from inrcodec.codecs.codec import EncodedItem, Part
from inrcodec.codecs.headers import model_section, open_streams, precision_name
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import fit_settings, make_item, rounder
from inrcodec.codecs.inr.fit import FitSettings, fit_tiles
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize, kept_starts
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.quantization import Table, Weights, quantized_by
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.rounding import Given
from inrcodec.codecs.inr.weights import read_tables, read_weights
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.devices import resolve_device
from inrcodec.entropy import encode_stream
from inrcodec.errors import UsageError
from inrcodec.progress import Report
from inrcodec.schema import Reader
from inrcodec.signal import Source
from inrcodec.signal.geometry import Frame, Region, Tiling

__all__ = ["extend_item", "mirrored"]

Indices = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]

# What new tiles may lose where weights are rounded to the tables of others, without a warning.
_MOST_LOSS_DB = 3.0


def extend_item(
    source: Source, plan: FitPlan, part: Part, report: Report | None = None
) -> EncodedItem:
    """Fit the tiles that a part lacks, or all of them from its weights; see `Codec.extend`.

    A new tile starts from scratch where coordinates are its own (ENRP), else as a copy of its
    mirror image across the part's border (Local-Global, paper 004, Figure 7).
    """
    info, header = plan.info, part.header
    plan = replace(plan, options=replace(plan.options, precision=precision_name(header)))
    if info.chunks.count > 1 or not header.sounding:
        raise UsageError("only what is one chunk, and not silent, can be extended")
    values = to_network(info, source.read(Region.whole(info.shape)))
    kept = header.kept()
    boxes = header.boxes()
    assert kept is not None
    assert boxes is not None
    known = read_weights(part.container, header, kept)
    start = _start(plan, boxes[0], kept, known)
    settings = fit_settings(plan)
    if not part.keeps:
        every = range(start.tiling.count)
        fit = fit_tiles(values, start, settings, every, report, True, rounder(plan))
        return make_item(plan, info, [Fitted(0, fit, values)])
    new = np.setdiff1d(np.arange(start.tiling.count), kept)
    if not len(new):
        return _joined(plan, part, new, {}, 0)
    tables = _tables(plan, part)
    starts = kept_starts(plan.spec, domain_of(info), header.precision.start, new)
    given = None if header.precision.number == FP16 else Given(tables, starts)
    fit = fit_tiles(values, start, settings, new.tolist(), report, rounder=given)
    of_tiles = {name: own for name, own in fit.network.arrays().items() if name in tables}
    weights = quantized_by(of_tiles, tables, starts).weights
    _warn_of_loss(values, start, new, weights, max(fit.curve), settings)
    return _joined(plan, part, new, weights, fit.steps)


def _warn_of_loss(
    values: Values,
    network: Network,
    new: Indices,
    weights: Weights,
    fitted_db: float,
    settings: FitSettings,
) -> None:
    """Warn where new tiles are far from what they were fitted to before they were rounded: a table
    has no weights beyond those of the tiles that it was measured of."""
    for name, own in weights.items():
        network.weights[name][torch.from_numpy(new)] = torch.from_numpy(own).to(network.device)
    as_stored = fit_tiles(values, network, replace(settings, steps=0, points=None), new.tolist())
    if as_stored.psnr_db < fitted_db - _MOST_LOSS_DB:
        warnings.warn(
            f"what is added has {as_stored.psnr_db:.1f} dB of the {fitted_db:.1f} that it was "
            "fitted to: the part's tables of weights do not suit it; extend it without keep",
            stacklevel=6,
        )


def _tables(plan: FitPlan, part: Part) -> dict[str, Table]:
    """Return the tables of a part's tiles."""
    header = part.header
    reader = Reader(part.container.read(b"TIDX", header.item))
    tensors, tables = read_tables(reader, plan.spec, header.domain(), header.precision)
    return {tensor.name: table for tensor, table in zip(tensors, tables, strict=True)}


def _start(plan: FitPlan, box: TileBox, kept: Indices, known: Weights) -> Network:
    """Return a network of all tiles that has a part's weights."""
    domain, seed = domain_of(plan.info), plan.settings.seed
    network = initialize(plan.spec, domain, seed, resolve_device(plan.settings.device))
    sources = None if plan.spec.frame is Frame.TILE else mirrored(network.tiling, box)
    for tensor in plan.spec.tensors(domain):
        weights, given = network.weights[tensor.name], torch.from_numpy(known[tensor.name])
        if tensor.scope is not Scope.TILE:
            weights.copy_(given)
            continue
        weights[torch.from_numpy(kept)] = given.to(weights.device)
        if sources is not None:
            weights.copy_(weights[torch.from_numpy(sources)])
    return network


def mirrored(tiling: Tiling, box: TileBox) -> Indices:
    """Return for each tile the number of that in a box which is its mirror image across the box's
    border, or the farthest there is; of those in the box their own."""
    ranges = []
    for places, count in zip(box, tiling.counts, strict=True):
        own = np.arange(count)
        across = np.where(own < places.start, 2 * places.start - 1 - own, own)
        across = np.where(own >= places.stop, 2 * places.stop - 1 - own, across)
        ranges.append(across.clip(places.start, places.stop - 1))
    grid = np.meshgrid(*ranges, indexing="ij")
    numbers: Indices = np.ravel_multi_index([*grid], tiling.counts).reshape(-1).astype(np.int64)
    return numbers


def _joined(plan: FitPlan, part: Part, new: Indices, weights: Weights, steps: int) -> EncodedItem:
    """Return the sections of a part with those of new tiles, coded under the part's tables."""
    container, header = part.container, part.header
    kept = header.kept()
    assert kept is not None
    payload = container.read(b"TIDX", header.item)
    reader = Reader(payload)
    tensors, tables = read_tables(reader, plan.spec, header.domain(), header.precision)
    coders = [table.coder(t.size) for table, t in zip(tables, tensors, strict=True)]
    streams = open_streams(container, header, payload[reader.position :])
    coded = {number: streams[number] for number in kept.tolist()}
    if weights:
        starts = kept_starts(plan.spec, header.domain(), header.precision.start, new)
        symbols = [
            table.quantize(weights[t.name], starts.get(t.name)).reshape(len(new), -1)
            for t, table in zip(tensors, tables, strict=True)
        ]
        for row, number in enumerate(new.tolist()):
            coded[number] = encode_stream(coders, [own[row] for own in symbols])
    every = [coded[number] for number in sorted(coded)]
    sections = [model_section(plan.spec, header.precision)]
    sections += [
        Section(entry.tag, entry.item, container.read(entry.tag, entry.item))
        for entry in container.entries
        if entry.tag in (b"SHAR", b"ITEM")
    ]
    index = payload[: reader.position] + TileIndex.of(every).to_bytes()
    sections += [Section(b"TIDX", 1, index), Section(b"TILE", 1, b"".join(every))]
    return EncodedItem(plan.info, sections, steps, device=resolve_device(plan.settings.device))
