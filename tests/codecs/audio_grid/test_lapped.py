"""The lapped transform: orthonormal, inverted by its synthesis, the same function at any rate."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.audio_grid.lapped import (
    analyze,
    analyze_evenly,
    cosines_held,
    dct4,
    reaches,
    render_block,
    synthesize,
)

Doubles = npt.NDArray[np.float64]

LENGTHS = st.lists(st.sampled_from([16, 32, 64, 128]), min_size=1, max_size=8)


def noise(*shape: int) -> Doubles:
    return np.random.default_rng(0).normal(size=shape)


def rendered(blocks: list[Doubles], rate: float, count: int) -> Doubles:
    """All blocks at so many times as long a rate."""
    lengths = [block.shape[1] for block in blocks]
    joints = [*accumulate(lengths, initial=0)]
    sums = np.zeros((len(blocks[0]), count))
    for block, start, (before, after) in zip(
        blocks, joints, pairwise([0, *reaches(lengths), 0]), strict=False
    ):
        held = cosines_held(block.shape[1], round(rate * 1000), 1000)
        sums += render_block(block, before, after, 0.5 / rate - start, 1 / rate, count, held)
    return sums


def test_dct_is_the_one_of_its_definition() -> None:
    places = np.arange(24) + 0.5
    matrix = np.sqrt(2 / 24) * np.cos(np.pi / 24 * np.outer(places, places))
    values = noise(3, 24)
    np.testing.assert_allclose(dct4(values), values @ matrix, atol=1e-12)


@given(lengths=LENGTHS)
def test_synthesis_inverts_analysis_of_any_sequence(lengths: list[int]) -> None:
    samples = noise(2, sum(lengths))
    blocks = analyze(samples, lengths)
    np.testing.assert_allclose(synthesize(blocks), samples, atol=1e-12)
    energy = sum(np.sum(block**2) for block in blocks)
    np.testing.assert_allclose(energy, np.sum(samples**2))


def test_blocks_of_one_length_are_analyzed_at_once() -> None:
    samples = noise(2, 640)
    whole = np.stack(analyze(samples, [64] * 10), axis=1)
    np.testing.assert_allclose(analyze_evenly(samples, 64), whole, atol=1e-12)


def test_parts_of_a_signal_are_analyzed_as_the_whole_is() -> None:
    lengths = [64, 16, 16, 32, 128]
    samples = noise(1, sum(lengths))
    whole = analyze(samples, lengths)
    part = analyze(samples[:, 64 - 8 : 128 + 16], lengths[1:4], 8, 16)
    for a, b in zip(whole[1:4], part, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)
    np.testing.assert_allclose(synthesize(whole[1:4], 8, 16), samples[:, 72:112], atol=1e-12)


@given(lengths=LENGTHS)
def test_rendering_at_the_same_rate_is_synthesis(lengths: list[int]) -> None:
    blocks = analyze(noise(2, sum(lengths)), lengths)
    np.testing.assert_allclose(rendered(blocks, 1, sum(lengths)), synthesize(blocks), atol=1e-9)


def test_cosines_at_half_of_a_rate_are_left_out() -> None:
    assert cosines_held(64, 49, 128) == 24
    assert cosines_held(64, 1, 2) == 32
    assert cosines_held(64, 3, 2) == 64
    assert cosines_held(64, 1, 10**9) == 1


@pytest.mark.parametrize("rate", [0.5, 0.75, 1.5, 147 / 160, 2.0])
def test_a_tone_is_the_same_at_any_rate(rate: float) -> None:
    lengths = [256, 256, 64, 64, 128, 256, 256]
    total = sum(lengths)
    tone = np.cos(0.3 * (np.arange(total) + 0.5))[None]
    count = int(total * rate)
    found = rendered(analyze(tone, lengths), rate, count)
    wanted = np.cos(0.3 * (np.arange(count) + 0.5) / rate)
    middle = slice(int(300 * rate), int((total - 300) * rate))
    np.testing.assert_allclose(found[0, middle], wanted[middle], atol=2e-3)


def test_a_lower_rate_has_nothing_of_what_it_cannot_hold() -> None:
    lengths = [256] * 8
    tone = np.cos(0.8 * np.pi * (np.arange(sum(lengths)) + 0.5))[None]
    found = rendered(analyze(tone, lengths), 0.5, sum(lengths) // 2)
    assert np.abs(found[:, 128:-128]).max() < 1e-3
