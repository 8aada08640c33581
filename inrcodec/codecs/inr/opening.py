"""A file's networks, as far as a raster needs them, ready to be rendered."""

from __future__ import annotations

import numpy as np

from inrcodec.codecs.codec import Opening
from inrcodec.codecs.headers import Header
from inrcodec.codecs.inr.chunked_renderer import ChunkedRenderer
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import dequantize
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.weights import read_weights
from inrcodec.container.sections import Container
from inrcodec.errors import FormatError, UsageError
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

__all__ = ["open_module", "open_network"]


def open_network(
    container: Container, header: Header, raster: Raster, opening: Opening
) -> Renderer:
    """The networks of an item, with the tiles that a raster touches; only those are read, those of
    an audio signal when they are rendered.

    Raises `FormatError` where any of their weights are damaged; if `on_damage` is given, those
    have values of 0 instead, and it is told.
    """
    if not header.info.has_silence:
        return _open_chunk(container, header, 0, raster.region, opening)
    sounding = frozenset(header.sounding)

    def opener(number: int) -> NetworkRenderer | None:
        if number not in sounding:
            return None
        covered = header.info.covered(number)
        try:
            part = _common(raster.region, covered)
            return _open_chunk(container, header, number, part, opening)
        except FormatError as error:
            if opening.on_damage is None:
                raise
            opening.on_damage(covered, error)
            return None

    return ChunkedRenderer(header.info, opening.device, opener)


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
    opening: Opening,
) -> NetworkRenderer:
    """The network of a chunk, with the tiles that a region of it touches."""
    spec, domain = header.spec, header.domain(chunk)
    assert isinstance(spec, NetworkSpec)
    tiling, on_damage = spec.tiling(domain), opening.on_damage
    tiles = tiling.touching(region)
    first = header.info.covered(chunk).start

    def tile_damaged(tile: int, error: FormatError) -> None:
        assert on_damage is not None
        place = np.unravel_index(tile, tiling.counts)
        covered = tiling.covered(tuple(int(k) for k in place))
        start = tuple(a + b for a, b in zip(first, covered.start, strict=True))
        on_damage(Region(start, covered.length), error)

    symbols = read_weights(
        container,
        spec,
        domain,
        tiling.numbers(tiles),
        header.item + chunk,
        None if on_damage is None else tile_damaged,
    )
    network = Network.from_arrays(spec, domain, dequantize(symbols), tiles, opening.device)
    return NetworkRenderer(network, header.info)


def open_module(container: Container, header: Header, device: str) -> NetworkModule:
    """The network of an item of one chunk, with all its tiles, as a torch module."""
    if header.info.chunks.count > 1:
        raise UsageError(
            f"it has {header.info.chunks.count} chunks, each with a network of its own"
        )
    if not header.sounding:
        raise UsageError("it is silent, and has no network")
    assert isinstance(header.spec, NetworkSpec)
    opened = _open_chunk(container, header, 0, Region.whole(header.info.shape), Opening(device))
    return NetworkModule(header.spec, header.info, opened.network.weights)
