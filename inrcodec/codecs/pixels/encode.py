"""An image to the sections of coded samples, as a plan has it, tile by tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from threading import Lock

import numpy as np

from inrcodec.codecs.base import domain_of
from inrcodec.codecs.codec import EncodedItem, Part
from inrcodec.codecs.headers import model_section, open_streams
from inrcodec.codecs.pixels.planning import PixelsPlan
from inrcodec.codecs.pixels.tile_reader import Samples, decode_tile
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.devices import check_device
from inrcodec.errors import InrError
from inrcodec.native.scan import encode_scan
from inrcodec.progress import Report, Told
from inrcodec.signal import Source
from inrcodec.signal.metrics import Comparison
from inrcodec.threads import in_parallel

__all__ = ["encode_item", "extend_item"]


def encode_item(source: Source, plan: PixelsPlan, report: Report | None = None) -> EncodedItem:
    """Code an image; see `Codec.encode`."""
    return _encode(source, plan, {}, report)


def extend_item(
    source: Source, plan: PixelsPlan, part: Part, report: Report | None = None
) -> EncodedItem:
    """Code the tiles of an image that a part of it lacks; see `Codec.extend`."""
    known, kept = dict[int, bytes](), part.header.kept()
    if part.keeps and kept is not None:
        payload = part.container.read(b"TIDX", part.header.item)
        streams = open_streams(part.container, part.header, payload)
        known = {number: streams[number] for number in kept.tolist()}
    return _encode(source, plan, known, report)


@dataclass(frozen=True)
class _Tile:
    """A coded tile: its stream, and what it decodes to compared."""

    stream: bytes
    comparison: Comparison


def _encode(
    source: Source, plan: PixelsPlan, known: Mapping[int, bytes], report: Report | None
) -> EncodedItem:
    """Code the tiles of an image, several at a time, but those that are known."""
    check_device(plan.settings.device)
    tiling = plan.spec.tiling(domain_of(plan.info))
    regions = [tiling.covered(at) for at in product(*map(range, tiling.counts))]
    told, lock = Told("coding", len(regions), report), Lock()

    def code(number: int) -> _Tile:
        # Sources are read by one thread at a time.
        with lock:
            samples = source.read(regions[number])
        tile = _tile(samples, plan, known.get(number))
        with lock:
            told.advance()
        return tile

    tiles = in_parallel(code, range(len(regions)))
    streams, comparison = [tile.stream for tile in tiles], Comparison()
    for tile in tiles:
        comparison.include(tile.comparison)
    index = Section(b"TIDX", 1, TileIndex.of(streams).to_bytes())
    sections = [model_section(plan.spec), index, Section(b"TILE", 1, b"".join(streams))]
    return EncodedItem(plan.info, sections, 0, comparison)


def _tile(samples: Samples, plan: PixelsPlan, known: bytes | None) -> _Tile:
    """Code a tile, or decode what is known of it; compare what comes out."""
    info, comparison = plan.info, Comparison()
    if known is not None:
        comparison.add(samples, decode_tile(known, samples.shape[:2], plan.spec, info))
        return _Tile(known, comparison)
    wide = np.ascontiguousarray(samples, np.uint16)
    words, decoded = encode_scan(wide, info.bits_per_sample, plan.spec.step, plan.loss)
    _check_error(wide, decoded, plan.loss.max_error)
    comparison.add(wide, decoded)
    return _Tile(words.astype("<u4").tobytes(), comparison)


def _check_error(samples: Samples, decoded: Samples, most: int) -> None:
    """Raise `InrError` where a decoded sample is off by more levels than it may be."""
    error = int((np.maximum(samples, decoded) - np.minimum(samples, decoded)).max())
    if error > most:
        raise InrError(f"internal error: a sample is off by {error} levels, not {most} at most")
