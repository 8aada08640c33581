"""Streams: what is written is read, whatever the blocks, channels and steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
import pytest
from audio_models import FRAME, RATE, layout, random_networks

from inrcodec.codecs.audio_grid.bands import EAR_BANDS, bands_of
from inrcodec.codecs.audio_grid.coder import code_stream
from inrcodec.codecs.audio_grid.encoder.partition import choose_lengths
from inrcodec.codecs.audio_grid.encoder.quantizer import encode_stream, prepare
from inrcodec.codecs.audio_grid.lapped import analyze, synthesize
from inrcodec.codecs.audio_grid.rows import Role
from inrcodec.codecs.audio_grid.steps import step_sizes
from inrcodec.codecs.audio_grid.streams import Block, Row, StreamReader
from inrcodec.codecs.audio_grid.synthesis import coefficients_of
from inrcodec.codecs.grid.coder import Probabilities
from inrcodec.entropy import DecisionReader
from inrcodec.errors import MalformedError

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NETWORKS = random_networks()
FRAMES = 4


def music(channels: int) -> Doubles:
    """Tones that stop for a click after half of the time."""
    generator = np.random.default_rng(1)
    times = np.arange(FRAMES * FRAME)
    tone = 0.3 * np.sin(0.2 * times) + 0.1 * np.sin(1.1 * times)
    tone[FRAMES * FRAME // 2 :] *= 0.05
    tone[1300] += 0.9
    mixed = generator.uniform(0.3, 1, (channels, 1)) * tone
    return mixed + 0.003 * generator.normal(size=mixed.shape)


def coded(channels: int, masking: int) -> tuple[bytes, list[Block]]:
    samples, plan = music(channels), layout(FRAMES, channels, masking)
    lengths = choose_lengths(samples, plan)
    coefficients = analyze(samples, [*chain.from_iterable(lengths)])
    return encode_stream(NETWORKS, plan, prepare(plan, lengths, coefficients), 0.06)


@pytest.mark.parametrize("masking", [0, 11])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_a_stream_says_what_was_written(channels: int, masking: int) -> None:
    stream, blocks = coded(channels, masking)
    reader = DecisionReader(stream)
    found = [*code_stream(NETWORKS, layout(FRAMES, channels, masking), StreamReader(reader))]
    reader.finish()
    assert len(found) == len(blocks)
    for a, b in zip(found, blocks, strict=True):
        assert a.start == b.start
        assert (a.latents == b.latents).all()
        assert (a.exponents == b.exponents).all()
        assert (a.levels == b.levels).all()
        assert (a.angles == b.angles).all()


def test_blocks_get_short_where_there_is_a_click() -> None:
    samples = np.sin(0.2 * np.arange(6 * FRAME))[None]
    samples[0, 4 * FRAME + 100] += 0.9
    lengths = choose_lengths(samples, layout(6, 1, 0))
    assert lengths[2] == [FRAME]
    assert min(lengths[4]) < FRAME // 4


def test_what_is_decoded_is_near_the_signal() -> None:
    samples, (_, blocks) = music(2), coded(2, 0)
    found = synthesize([coefficients_of(block, RATE, 0, 0) for block in blocks])
    step = float(step_sizes(np.array(200)))
    assert np.abs(found - samples).std() < 0.4 * step


def test_noise_has_some_of_what_a_band_lacks() -> None:
    _, blocks = coded(1, 11)
    for block in blocks:
        plain, noisy = (coefficients_of(block, RATE, noise, 0) for noise in (0, 16))
        added = noisy - plain
        assert not added[block.latents != 0].any()
        bands = bands_of(block.length, RATE)
        wanted = 2.0 ** (block.levels - 40.0) * bands.widths
        energy = np.add.reduceat(noisy**2, bands.edges[:-1], axis=1)
        plain_energy = np.add.reduceat(plain**2, bands.edges[:-1], axis=1)
        assert (energy <= np.maximum(3 * wanted, plain_energy) + 1e-12).all()
    assert sum(np.abs(coefficients_of(b, RATE, 16, 0)).sum() for b in blocks) > sum(
        np.abs(coefficients_of(b, RATE, 0, 0)).sum() for b in blocks
    )


def test_the_same_places_have_the_same_noise_wherever_a_stream_begins() -> None:
    block = replace(coded(1, 11)[1][0], start=0)
    moved = replace(block, start=FRAME)
    noisy = coefficients_of(moved, RATE, 10, 0)
    assert (coefficients_of(block, RATE, 10, FRAME) == noisy).all()
    assert (coefficients_of(block, RATE, 10, 0) != noisy).any()


def test_a_coefficient_beyond_all_latents_is_written_as_the_largest() -> None:
    samples, plan = np.full((1, FRAME), 1e30), layout(1, 1, 0, step=0)
    signal = prepare(plan, [[FRAME]], analyze(samples, [FRAME]))
    stream, blocks = encode_stream(NETWORKS, plan, signal, 0.06)
    reader = StreamReader(DecisionReader(stream))
    (found,) = code_stream(NETWORKS, plan, reader)
    assert (found.latents == blocks[0].latents).all()


@dataclass
class Fixed:
    """Supplies uncut frames, and the same number everywhere."""

    number: int
    asked: int = 0

    def angles(self, pair: int) -> Ints:
        return np.zeros(EAR_BANDS, np.int64)

    def is_cut(self, probability: int) -> bool:
        assert 0 < probability < 1 << 16
        self.asked += 1
        return False

    def numbers(self, row: Row, places: Ints, probabilities: Probabilities) -> Ints:
        return np.full(len(places), self.number if row.role is not Role.COEFFICIENT else 0)


@pytest.mark.parametrize("masking", [0, 11])
@pytest.mark.parametrize("number", [-40, 64])
def test_levels_and_extents_out_of_range_are_refused(number: int, masking: int) -> None:
    with pytest.raises(MalformedError, match="out of range"):
        list(code_stream(NETWORKS, layout(1, 1, masking), Fixed(number)))


def test_what_never_happens_stays_possible() -> None:
    source = Fixed(0)
    for _ in code_stream(NETWORKS, layout(3000, 1, 0), source):
        pass
    assert source.asked == 3000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("frame", 128), ("frame", 768), ("frames", 0), ("channels", 9)],
        *[("rate", 0), ("step", 512), ("masking", 17), ("tilt", -1)],
    ],
)
def test_impossible_layouts_are_refused(name: str, value: int) -> None:
    with pytest.raises(MalformedError, match=name):
        replace(layout(1, 1, 11), **{name: value})


def test_hostile_streams_are_refused_or_read_in_bounds() -> None:
    stream, _ = coded(2, 11)
    generator = np.random.default_rng(0)
    for _ in range(30):
        hostile = bytearray(stream)
        for place in generator.integers(len(hostile), size=5):
            hostile[place] = generator.integers(256)
        reader = DecisionReader(bytes(hostile).lstrip(b"\0"))
        try:
            blocks = [*code_stream(NETWORKS, layout(FRAMES, 2, 11), StreamReader(reader))]
        except MalformedError:
            continue
        assert sum(block.length for block in blocks) == FRAMES * FRAME
        assert all(0 <= block.levels.min() <= block.levels.max() <= 63 for block in blocks)
