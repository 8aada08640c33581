"""A file's networks, as far as a raster needs them, ready to be drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inrcodec.codecs.headers import Header
from inrcodec.codecs.inr.chunked_renderer import ChunkedRenderer
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import dequantize
from inrcodec.codecs.inr.renderer import NetworkRenderer, Renderer
from inrcodec.codecs.inr.weights import read_weights
from inrcodec.container.sections import Container
from inrcodec.errors import FormatError
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["Lost", "open_network"]

# What is told of a part of the signal that cannot be read, and why.
Lost = Callable[[Region, FormatError], None]


def open_network(
    container: Container, header: Header, raster: Raster, device: str, lost: Lost | None = None
) -> Renderer:
    """The networks of an item, with the tiles that a raster touches; only those are read, those of
    an audio signal when they are drawn.

    Raises `FormatError` where any of their weights are damaged; if `lost` is given, those have
    values of 0 instead, and it is told.
    """
    if isinstance(header.info, ImageInfo):
        return _open_chunk(container, header, 0, raster.region, device, lost)
    chunks, sounding = header.info.chunks, frozenset(header.sounding)

    def opener(number: int) -> NetworkRenderer | None:
        if number not in sounding:
            return None
        covered = header.info.covered(number)
        try:
            part = _common(raster.region, covered)
            return _open_chunk(container, header, number, part, device, lost)
        except FormatError as error:
            if lost is None:
                raise
            lost(covered, error)
            return None

    return ChunkedRenderer(chunks, header.info.channels, device, opener)


def _common(region: Region, covered: Region) -> Region:
    """What a region has of what a chunk covers, counted from the chunk's start."""
    start = max(region.start[0], covered.start[0])
    stop = min(region.start[0] + region.length[0], covered.start[0] + covered.length[0])
    return Region((start - covered.start[0],), (stop - start,))


def _open_chunk(
    container: Container,
    header: Header,
    chunk: int,
    region: Region,
    device: str,
    lost: Lost | None,
) -> NetworkRenderer:
    """The network of a chunk, with the tiles that a region of it touches."""
    spec, domain = header.spec, header.domain(chunk)
    assert isinstance(spec, NetworkSpec)
    grid = spec.tiling(domain)
    tiles = grid.touching(region)
    first = header.info.covered(chunk).start

    def tile_lost(tile: int, error: FormatError) -> None:
        assert lost is not None
        place = np.unravel_index(tile, grid.counts)
        covered = grid.covered(tuple(int(k) for k in place))
        start = tuple(a + b for a, b in zip(first, covered.start, strict=True))
        lost(Region(start, covered.length), error)

    symbols = read_weights(
        container,
        spec,
        domain,
        grid.numbers(tiles),
        header.item + chunk,
        None if lost is None else tile_lost,
    )
    return NetworkRenderer(Network.from_arrays(spec, domain, dequantize(symbols), tiles, device))
