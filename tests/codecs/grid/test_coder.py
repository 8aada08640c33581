"""Blocks of latents: exact words, round trips of any values, and the cost of what is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from grids import empty_block
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.coder import (
    LatentReader,
    Probabilities,
    code_block,
    read_low,
    write_latents,
    write_low,
)
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.quantizer import RdoQuantizer, code_lengths, quantize
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.passes import Place
from inrcodec.codecs.grid.pretrained import CURRENT, KINDS, ODD, load_pretrained
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError

NETWORK = ContextNetwork(load_pretrained(CURRENT), 640)


def test_decisions_have_golden_words() -> None:
    writer = DecisionWriter()
    writer.put(np.array([1, 0, 0, 1, 1]), np.array([60000, 3, 32768, 20000, 65535]))
    writer.put_even(np.array([5, 1023]), 10)
    data = writer.to_bytes()
    assert data.hex() == "1c9c55d300"
    reader = DecisionReader(data)
    assert reader.take(np.array([60000, 3, 32768, 20000, 65535])).tolist() == [1, 0, 0, 1, 1]
    assert reader.take_even(2, 10).tolist() == [5, 1023]
    reader.finish()


def test_streams_that_are_padded_or_left_over_are_refused() -> None:
    with pytest.raises(MalformedError, match="padded"):
        DecisionReader(b"\0\1")
    reader = DecisionReader(b"\5\4\3\2\1")
    with pytest.raises(MalformedError, match="more"):
        reader.finish()


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1, max_size=40), st.integers(0, 99))
def test_latents_of_a_pass_come_back(values: list[int], seed: int) -> None:
    latents = np.array(values, np.int32)
    probabilities = Probabilities(*np.random.default_rng(seed).integers(1, 65536, (5, len(values))))
    writer = DecisionWriter()
    write_latents(writer, latents, probabilities)
    reader = DecisionReader(writer.to_bytes())
    np.testing.assert_array_equal(LatentReader(reader).read(probabilities), latents)
    reader.finish()


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 24), st.integers(0, 99))
def test_the_lowest_band_comes_back(height: int, width: int, bits: int, seed: int) -> None:
    most = 1 << bits
    low = np.random.default_rng(seed).integers(-most, most + 1, (height, width)).astype(np.int32)
    writer = DecisionWriter()
    write_low(writer, low)
    reader = DecisionReader(writer.to_bytes())
    np.testing.assert_array_equal(read_low(reader, (height, width)), low)
    reader.finish()


def test_code_lengths_are_those_of_the_coder() -> None:
    generator = np.random.default_rng(0)
    sizes = generator.choice([0, 1, 2, 3, 7, 18, 19, 40], 4000)
    probabilities = Probabilities(*generator.integers(6000, 60000, (5, 4000)))
    writer = DecisionWriter()
    write_latents(writer, sizes.astype(np.int32), probabilities)
    signs = -np.log2(probabilities.positive[sizes > 0] / 65536).sum()
    assert 8 * len(writer.to_bytes()) == pytest.approx(
        float(code_lengths(sizes, probabilities).sum() + signs), rel=0.001, abs=64
    )


def test_a_block_comes_back_from_its_stream() -> None:
    geometry = Geometry((45, 39), 4, 64)
    generator = np.random.default_rng(2)
    coded = empty_block(geometry, 3)
    wanted = coded.map(
        lambda band: np.stack(
            [generator.laplace(0, 1 + c, plane.shape) for c, plane in enumerate(band)]
        )
    ).map(lambda band: band.astype(np.float32))
    writer = DecisionWriter()
    code_block(NETWORK, coded, RdoQuantizer(writer, wanted, 0.1))
    reader = DecisionReader(writer.to_bytes())
    decoded = empty_block(geometry, 3)
    code_block(NETWORK, decoded, LatentReader(reader))
    reader.finish()
    for ours, theirs in zip(coded, decoded, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert any(band.any() for band in decoded)


def test_dear_bits_choose_smaller_latents() -> None:
    exact = np.linspace(-4, 4, 81).astype(np.float32)
    probabilities = Probabilities(*np.full((5, 81), 20000))
    free, cheap, dear = (quantize(exact, probabilities, weight) for weight in (0.0, 0.1, 1.0))
    assert np.abs(free - exact).max() <= 0.5 + 1e-6
    assert np.abs(dear).sum() < np.abs(cheap).sum() < np.abs(free).sum()


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_networks_are_whole_numbers_that_any_order_of_sums_gives(kind: object) -> None:
    """The layers in 64-bit integers, in numpy, against the network as it runs."""
    layers = load_pretrained(CURRENT).layers[kind]
    generator = np.random.default_rng(3)
    magnitudes = generator.integers(0, 161, (kind.magnitudes + ODD, 50)).astype(np.float32)
    values = generator.integers(-160, 161, (kind.values, 50)).astype(np.float32)
    constants = NETWORK.constants(Place(6, 0, 0, 1))
    logits = NETWORK.logits(kind, magnitudes.copy(), values, constants)

    def rounded(sums: np.ndarray, divisor: int, low: int, high: int) -> np.ndarray:
        return np.clip(np.rint(sums / divisor), low, high).astype(np.int64)

    wide = {name: getattr(layers, name).astype(np.int64) for name in layers.shapes(kind)}
    odd = rounded(wide["odd"] @ values.astype(np.int64), 16, -511, 511)
    inputs = np.concatenate([magnitudes[:-ODD].astype(np.int64), np.abs(odd) // 4])
    bias = rounded(wide["constant"] @ constants.astype(np.int64), 4, -(2**40), 2**40)
    hidden = rounded(wide["first"] @ inputs + bias[:, None], 16, 0, 2047)
    hidden = rounded(wide["second"] @ hidden + wide["second_bias"][:, None], 64, 0, 2047)
    sizes = rounded(wide["third"] @ hidden + wide["third_bias"][:, None], 64, -1023, 1023)
    gate = rounded(wide["gate"] @ hidden, 64, -1023, 1023)
    sign = rounded((odd * (8 * wide["sign"][:, None] + gate)).sum(0), 512, -1023, 1023)
    np.testing.assert_array_equal(logits, np.concatenate([sizes, sign[None]]))


def test_probabilities_have_golden_values() -> None:
    assert NETWORK.probabilities(np.array([-1023, -64, 0, 64, 1023])).tolist() == [
        1, 17625, 32768, 47911, 65535,
    ]  # fmt: skip
    assert NETWORK.compress(np.array([0, 1, -2, 5, -5000])).tolist() == [0, 16, -25, 41, -160]
