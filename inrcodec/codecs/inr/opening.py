"""Opening a file's networks, as far as a raster needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inrcodec.codecs.codec import Opening
from inrcodec.codecs.headers import Header
from inrcodec.codecs.inr.chunked_renderer import ChunkedRenderer
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.weights import OnTileDamage, read_weights
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.devices import check_device, resolve_device
from inrcodec.errors import FormatError, UsageError
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.renderer import Renderer

if TYPE_CHECKING:
    from inrcodec.codecs.inr.module import NetworkModule

__all__ = ["needed_tiles", "open_module", "open_network"]

# Audio from crops is exact down to such a part of its rate.
_MOST_LOWERED = 16


def open_network(
    container: Container, header: Header, raster: Raster, opening: Opening
) -> Renderer:
    """Open the networks of an item; only the tiles that a raster touches are read.

    Those of an audio signal are read when they are first rendered. Raises `FormatError` where any
    of their weights are damaged; if `opening.on_damage` is given, it is told of them instead, and
    they have values of 0.
    """
    if not header.info.has_silence:
        network = _read_network(container, header, 0, raster.region, opening)
        return NetworkRenderer(network, header.info)
    sounding = frozenset(header.sounding)

    def open_chunk(number: int) -> NetworkRenderer | None:
        covered = header.info.covered(number)
        part = raster.region.within(covered)
        if number not in sounding or part is None:
            return None
        try:
            network = _read_network(container, header, number, part, opening)
        except FormatError as error:
            if opening.on_damage is None:
                raise
            opening.on_damage(covered, error)
            return None
        return NetworkRenderer(network, header.info)

    return ChunkedRenderer(header.info, open_chunk)


def needed_tiles(header: Header, region: Region) -> dict[int, tuple[TileBox, ...]]:
    """Return the tiles that a region depends on at any scale, of audio down to a part of its rate:
    a box by chunk, of those that are not silent."""
    lowered = Raster(region, tuple(-(-length // _MOST_LOWERED) for length in region.length))
    needed, found = header.info.dependencies(lowered).region, dict[int, tuple[TileBox, ...]]()
    for chunk in header.sounding:
        part = needed.within(header.info.covered(chunk))
        if part is not None:
            found[chunk] = (_spec_of(header).tiling(header.domain(chunk)).touching(part),)
    return found


def _read_network(
    container: Container, header: Header, chunk: int, region: Region, opening: Opening
) -> Network:
    """Read the network of a chunk, with the tiles that a region of it touches."""
    spec, domain = _spec_of(header), header.domain(chunk)
    tiling = spec.tiling(domain)
    tiles = tiling.touching(region)
    weights = read_weights(
        container,
        header,
        tiling.numbers(tiles),
        chunk,
        _on_tile_damage(header, chunk, opening),
    )
    network = Network(spec, domain, weights, tiles)
    # Only a GPU that was asked for is worth loading torch.
    device = check_device(opening.device)
    return network.on(resolve_device(device)) if device == "cuda" else network


def _on_tile_damage(header: Header, chunk: int, opening: Opening) -> OnTileDamage | None:
    """Return what tells `opening.on_damage` of the samples that a damaged tile covers."""
    on_damage = opening.on_damage
    if on_damage is None:
        return None
    tiling, origin = _spec_of(header).tiling(header.domain(chunk)), header.info.covered(chunk).start

    def tell(tile: int, error: FormatError) -> None:
        position = np.unravel_index(tile, tiling.counts)
        covered = tiling.covered(tuple(int(k) for k in position))
        start = tuple(a + b for a, b in zip(origin, covered.start, strict=True))
        on_damage(Region(start, covered.length), error)

    return tell


def _spec_of(header: Header) -> NetworkSpec:
    """Return the architecture of an item that the registry says is a coordinate network."""
    assert isinstance(header.spec, NetworkSpec)
    return header.spec


def open_module(container: Container, header: Header, device: str) -> NetworkModule:
    """Open the network of an item, with all its tiles, as a torch module.

    Raises `UsageError` where it has several chunks, each with a network, or is silent.
    """
    info = header.info
    if info.chunks.count > 1:
        raise UsageError(f"it has {info.chunks.count} chunks, each with a network of its own")
    if not header.sounding:
        raise UsageError("it is silent, and has no network")
    from inrcodec.codecs.inr.module import NetworkModule

    whole = Region.whole(info.shape)
    network = _read_network(container, header, 0, whole, Opening("cpu")).on(resolve_device(device))
    return NetworkModule(network.spec, info, network.weights)
