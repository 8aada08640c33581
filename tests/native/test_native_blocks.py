"""Blocks are coded to the same latents and bytes, compiled and by numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from grids import empty_block, read_latents
from hypothesis import given, settings
from hypothesis import strategies as st
from vectors import VECTORS

from inrcodec.codecs.grid.block_reader import decode_stream
from inrcodec.codecs.grid.blocks import Block, KeptLatents, code_blocks
from inrcodec.codecs.grid.coder import LatentReader, code_block, read_low
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.quantizer import encode_block
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import CURRENT, KINDS, Layers, PretrainedModel, load_pretrained
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.entropy import DecisionReader
from inrcodec.errors import TruncatedError
from inrcodec.native.blocks import Bands, decode_block

pytestmark = needs_kernels
GRIDS = sorted(p for p in VECTORS.glob("valid/grid-*.inr") if "-crop" not in p.stem)


@pytest.mark.parametrize("path", GRIDS, ids=lambda path: path.stem)
def test_vectors_have_the_same_latents(path: Path) -> None:
    compiled = read_latents(path.read_bytes())
    with on_numpy():
        plain = read_latents(path.read_bytes())
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_array_equal(one, other)


# Each codes four times, twice by numpy.
@settings(max_examples=25)
@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.tuples(st.integers(2, 4), st.integers(1, 3)),
    st.sampled_from([1, 3]),
    st.integers(0, 1 << 20),
)
def test_tiers_of_random_latents(
    shape: tuple[int, int], levels_and_split: tuple[int, int], channels: int, seed: int
) -> None:
    levels, split = levels_and_split
    geometry = Geometry(shape, levels, 32, min(split, levels - 1))
    network = ContextNetwork(random_model(seed % 8) if seed % 2 else load_pretrained(CURRENT), 700)

    def coded() -> tuple[list[bytes], Subbands[np.ndarray]]:
        kept = KeptLatents(geometry.whole, channels)

        def code(block: Block) -> bytes:
            generator = np.random.default_rng([seed, block.stream])
            scale = generator.choice([0.3, 3.0, 900.0])
            wanted = block.latents.map(
                lambda band: (
                    (scale * generator.standard_cauchy(band.shape))
                    .astype(np.float32)
                    .clip(-1e6, 1e6)
                )
            )
            stream = encode_block(network, block.latents, wanted, 0.1, block.coarser)
            again = block.latents.map(np.zeros_like)
            decode_stream(stream, network, replace(block, latents=again))
            for one, other in zip(block.latents, again, strict=True):
                np.testing.assert_array_equal(one, other)
            return stream

        streams = [stream for _, stream in code_blocks(kept, network, code)]
        return streams, kept.latents

    compiled, latents = coded()
    with on_numpy():
        plain, same = coded()
    assert compiled == plain
    for one, other in zip(latents, same, strict=True):
        np.testing.assert_array_equal(one, other)


def random_model(seed: int) -> PretrainedModel:
    """A model of random weights, as large as the format allows, whose sums are exact."""
    generator, model = np.random.default_rng(seed), load_pretrained(CURRENT)

    def layers(kind: object) -> Layers:
        tensors = {
            name: generator.integers(-(1 << 20), 1 << 20, shape).astype(np.int32)
            if name.endswith("bias")
            else generator.integers(-127, 128, shape).astype(np.int8)
            for name, shape in Layers.shapes(kind).items()
        }
        return Layers(**tensors)

    return replace(model, layers={kind: layers(kind) for kind in KINDS})


@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.integers(0, 4),
    st.sampled_from([1, 3]),
    st.integers(0, 1 << 20),
)
def test_random_weights_and_latents(
    shape: tuple[int, int], levels: int, channels: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    model = random_model(seed % 8) if seed % 2 else load_pretrained(CURRENT)
    network = ContextNetwork(model, int(generator.integers(300, 1200)))
    empty = empty_block(Geometry(shape, levels, 512), channels)
    wanted = empty.map(
        lambda band: (
            (generator.choice([0.0, 0.3, 3.0, 900.0]) * generator.standard_cauchy(band.shape))
            .astype(np.float32)
            .clip(-1e6, 1e6)
        )
    )

    def coded() -> tuple[bytes, Subbands[np.ndarray]]:
        block = empty.map(np.copy)
        return encode_block(network, block, wanted, 0.1), block

    stream, latents = coded()
    with on_numpy():
        plain_stream, plain = coded()
    assert stream == plain_stream
    read = empty.map(np.copy)
    decode_block(stream, network.kernel, Bands([*read]))
    with on_numpy():
        reader, walked = DecisionReader(stream), empty.map(np.copy)
        for plane in walked.low:
            plane[...] = read_low(reader, plane.shape)
        code_block(network, walked, LatentReader(reader))
        reader.finish()
    for bands in zip(latents, plain, read, walked, strict=True):
        for band in bands[1:]:
            np.testing.assert_array_equal(bands[0], band)


@given(st.integers(0, 1 << 20))
def test_a_stream_that_is_cut_gives_the_passes_before(seed: int) -> None:
    generator = np.random.default_rng(seed)
    network = ContextNetwork(load_pretrained(CURRENT), 640)
    empty = empty_block(Geometry((33, 46), 3, 512), 3)
    wanted = empty.map(lambda band: generator.laplace(0, 4, band.shape).astype(np.float32))
    latents = empty.map(np.copy)
    stream = encode_block(network, latents, wanted, 0.1)
    there = int(generator.integers(len(stream)))
    read, walked = empty.map(np.copy), empty.map(np.copy)
    lost = len(stream) - there
    with pytest.raises(TruncatedError):
        decode_block(stream[:there], network.kernel, Bands([*read]), lost=lost)
    with on_numpy(), pytest.raises(TruncatedError):
        reader = DecisionReader(stream[:there], lost)
        walked.low[...] = [read_low(reader, plane.shape) for plane in walked.low]
        code_block(network, walked, LatentReader(reader))
    for band, ours, theirs in zip(latents, read, walked, strict=True):
        np.testing.assert_array_equal(ours, theirs)
        assert (ours == band)[ours != 0].all()
    # Eight bytes and the rest of a pass are of no use.
    filled = sum(np.abs(band).sum() for band in read) / sum(np.abs(band).sum() for band in latents)
    assert filled > 0.9 * there / len(stream) - 0.25
