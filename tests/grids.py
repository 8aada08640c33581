"""Grids as they lie in files."""

from __future__ import annotations

from typing import Any

import numpy as np

from inrcodec.codecs.grid.block_reader import BlockReader
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.geometry import Box, Geometry
from inrcodec.codecs.grid.opening import read_model
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands, zeros
from inrcodec.codecs.headers import open_streams
from inrcodec.codecs.registry import read_header
from inrcodec.container.sections import Container


def spec_of(data: bytes) -> tuple[GridSpec, Geometry]:
    """The header and the geometry of a file's grid."""
    header = read_header(Container(data))
    assert isinstance(header.spec, GridSpec)
    return header.spec, header.spec.geometry(header.info.shape)


def read_latents(data: bytes, box: Box | None = None) -> Subbands[np.ndarray[Any, Any]]:
    """All latents of a file's grid, or those of a box."""
    container = Container(data)
    header = read_header(container)
    spec, geometry = spec_of(data)
    network = ContextNetwork(read_model(container, header), spec.step, spec.offsets)
    streams = open_streams(container, header, container.read(b"TIDX", header.item))
    reader = BlockReader(streams, network)
    return reader.read(box or geometry.whole, color_channels(header.info.channels)).latents


def empty_block(geometry: Geometry, channels: int) -> Subbands[np.ndarray[Any, Any]]:
    """All latents of an image that is one block."""
    (tier,) = geometry.tiers
    assert tier.tiling.count == 1
    box = geometry.whole
    return zeros(channels, box.low_size(), box.level_sizes())
