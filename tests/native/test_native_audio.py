"""Streams of audio are coded to the same blocks and bytes, compiled and by numpy."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from audio_models import FRAME, RATE, random_networks
from both_ways import needs_kernels, on_numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from inrcodec.codecs.audio_grid.blocks import Block, read_stream
from inrcodec.codecs.audio_grid.encoder.partition import choose_lengths
from inrcodec.codecs.audio_grid.encoder.quantizer import encode_stream, prepare
from inrcodec.codecs.audio_grid.lapped import analyze
from inrcodec.codecs.audio_grid.streams import Layout
from inrcodec.errors import MalformedError

pytestmark = needs_kernels
NETWORKS = random_networks()
WIDE = random_networks(1, 127)


def assert_alike(one: list[Block], other: list[Block]) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.start == b.start
        for name in ("latents", "exponents", "levels", "angles"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name), name)


# Each codes four times, twice by numpy.
@settings(max_examples=15)
@given(
    channels=st.integers(1, 5),
    masking=st.sampled_from([0, 1, 11, 16]),
    frame=st.sampled_from([256, FRAME, 1024]),
    loudness=st.floats(-6, 4),
    wide=st.booleans(),
    seed=st.integers(0, 1 << 20),
)
def test_random_signals(
    channels: int, masking: int, frame: int, loudness: float, wide: bool, seed: int
) -> None:
    generator, frames = np.random.default_rng(seed), 3
    networks = WIDE if wide else NETWORKS
    step, tilt = int(generator.integers(120, 260)), int(generator.integers(17))
    layout = Layout(frame, frames, channels, RATE, step, masking, tilt if masking else 0)
    samples = 10**loudness * generator.standard_cauchy((channels, frame * frames))
    samples[:, generator.integers(frame * frames) :] *= generator.choice([1e-3, 1e-9])
    lengths = choose_lengths(samples, layout)
    signal = prepare(layout, lengths, analyze(samples, [*chain.from_iterable(lengths)]))
    compiled, blocks = encode_stream(networks, layout, signal, 0.06)
    with on_numpy():
        plain, same = encode_stream(networks, layout, signal, 0.06)
    assert compiled == plain
    assert_alike(blocks, same)
    assert_alike(read_stream(networks, layout, compiled), blocks)
    with on_numpy():
        assert_alike(read_stream(networks, layout, compiled), blocks)


@settings(max_examples=30)
@given(seed=st.integers(0, 1 << 20), size=st.integers(0, 300), masking=st.sampled_from([0, 11]))
def test_random_streams_end_alike(seed: int, size: int, masking: int) -> None:
    stream = np.random.default_rng(seed).bytes(size).lstrip(b"\0")
    layout = Layout(FRAME, 2, 2, RATE, 200, masking, 9 if masking else 0)
    found = []
    for way in ("compiled", "numpy"):
        try:
            if way == "compiled":
                found.append(read_stream(NETWORKS, layout, stream))
            else:
                with on_numpy():
                    found.append(read_stream(NETWORKS, layout, stream))
        except MalformedError:
            found.append([])
    assert_alike(*found)


@pytest.mark.parametrize("masking", [0, 11])
def test_silence_takes_next_to_nothing(masking: int) -> None:
    layout = Layout(FRAME, 8, 2, RATE, 200, masking, 0)
    signal = prepare(layout, [[FRAME]] * 8, [np.zeros((2, FRAME))] * 8)
    _, blocks = encode_stream(NETWORKS, layout, signal, 0.06)
    assert not any(block.latents.any() for block in blocks)
