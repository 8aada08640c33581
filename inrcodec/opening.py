"""A file's network, as far as a raster needs it, ready to be drawn."""

from __future__ import annotations

from inrcodec.container.headers import Header
from inrcodec.container.sections import Container
from inrcodec.container.weights import read_weights
from inrcodec.networks import NetworkSpec
from inrcodec.networks.network import Network
from inrcodec.quantization import dequantize
from inrcodec.rendering import NetworkDrawing, Raster

__all__ = ["open_network"]


def open_network(
    container: Container, header: Header, raster: Raster, device: str
) -> NetworkDrawing:
    """The network of an item, with the tiles that a raster touches; only those are read.

    Raises `FormatError` where any of its weights are damaged.
    """
    spec, domain = header.spec, header.domain
    assert isinstance(spec, NetworkSpec)
    grid = spec.grid(domain)
    tiles = grid.touching(raster.region)
    symbols = read_weights(container, spec, domain, grid.numbers(tiles), header.item)
    return NetworkDrawing(Network.from_arrays(spec, domain, dequantize(symbols), tiles, device))
