"""The blocks of a stream, read by the compiled kernels or by numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from inrcodec.codecs.audio_grid.bands import bands_of
from inrcodec.codecs.audio_grid.coder import code_stream
from inrcodec.codecs.audio_grid.frames import DEPTHS
from inrcodec.codecs.audio_grid.networks import RowNetworks
from inrcodec.codecs.audio_grid.streams import Block, Layout, StreamReader
from inrcodec.entropy import DecisionReader
from inrcodec.native import audio as kernels
from inrcodec.native.door import library

__all__ = ["Block", "blocks_of", "kernel_layout", "read_stream"]


def read_stream(networks: RowNetworks, layout: Layout, stream: bytes) -> list[Block]:
    """Read the blocks of a stream; `MalformedError` where it is none."""
    reader = DecisionReader(stream)
    if library() is not None:
        found = kernels.decode_audio(stream, networks.kernel, kernel_layout(layout))
        return blocks_of(found, layout)
    blocks = [*code_stream(networks, layout, StreamReader(reader))]
    reader.finish()
    return blocks


@lru_cache(16)
def kernel_layout(layout: Layout) -> kernels.Layout:
    """Return a layout as kernels take it."""
    bands = [bands_of(layout.frame >> depth, layout.rate) for depth in range(DEPTHS + 1)]
    return kernels.Layout(
        layout.frame,
        layout.frames,
        layout.channels,
        layout.rate,
        (layout.step, layout.masking, layout.tilt),
        [(own.edges.tolist(), own.places.tolist()) for own in bands],
    )


def blocks_of(found: kernels.Blocks, layout: Layout) -> list[Block]:
    """Return blocks as kernels have left them one by one."""
    blocks, start, angles = [], 0, found.angles.astype(np.int64)
    for number, length in enumerate(found.lengths[found.lengths > 0].tolist()):
        count = bands_of(length, layout.rate).count if layout.masking else 0
        own = slice(start, start + length)
        blocks.append(
            Block(
                start,
                found.latents[:, own],
                found.exponents[:, own],
                found.levels[number, :, :count],
                angles,
            )
        )
        start += length
    return blocks
