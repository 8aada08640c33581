"""Networks of an image's own: differences from the prior, how they are coded and chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st

import inrcodec
from inrcodec.codecs.grid.blocks import block_of
from inrcodec.codecs.grid.delta_coder import chosen_differences, read_differences, write_differences
from inrcodec.codecs.grid.deltas import (
    BIAS_UNIT,
    WEIGHT_UNIT,
    Tuning,
    possible_contexts,
    read_tuning,
)
from inrcodec.codecs.grid.encoder.context_adaptation import fit_contexts
from inrcodec.codecs.grid.encoder.filter_adaptation import Source, fit_filters
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.pretrained import KINDS, load_prior
from inrcodec.codecs.grid.spec import OWN, GridSpec
from inrcodec.codecs.grid.synthesis import pyramid_from, synthesised
from inrcodec.container.sections import Container
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError
from inrcodec.signal.metrics import psnr

Doubles = npt.NDArray[np.floating[Any]]
STEP = 480
PRIOR = load_prior(1)


@pytest.fixture(scope="module")
def photo() -> ImageCoder:
    return ImageCoder(crop_of_photo(128, 160), 255, GridSpec())


def _random_tuning(levels: int, channels: int) -> Tuning:
    random = np.random.default_rng(0)
    tuning = Tuning.none(PRIOR, levels, channels)
    for part in (tuning.filters, tuning.contexts):
        drawn = random.geometric(0.5, part.shape) * random.choice([-1, 0, 0, 1], part.shape)
        part[:] = drawn
        part[:, 0] = 0
    return replace(tuning, contexts=possible_contexts(PRIOR, tuning.contexts))


@given(st.lists(st.integers(-400, 400) | st.just(0), min_size=1, max_size=40))
def test_rows_come_back(numbers: list[int]) -> None:
    writer, row = DecisionWriter(), np.array(numbers, np.int32)
    write_differences(writer, row)
    reader = DecisionReader(writer.to_bytes())
    np.testing.assert_array_equal(read_differences(reader, len(row)), row)
    reader.finish()


def test_rows_are_these_bytes() -> None:
    writer = DecisionWriter()
    for row in ([0, 0, 0], [3, 0, -1, 0, 0, 0, 0, 2], [0, -25]):
        write_differences(writer, np.array(row, np.int32))
    assert writer.to_bytes().hex() == "0000e8b76b85501946"


@pytest.mark.parametrize(("levels", "channels"), [(0, 1), (2, 1), (7, 3)])
def test_tunings_come_back(levels: int, channels: int) -> None:
    tuning = _random_tuning(levels, channels)
    again = read_tuning(tuning.to_bytes(), PRIOR, levels, channels)
    np.testing.assert_array_equal(again.filters, tuning.filters)
    np.testing.assert_array_equal(again.contexts, tuning.contexts)


def test_differences_are_added_to_last_layers() -> None:
    tuning = _random_tuning(7, 3)
    own = tuning.of(PRIOR)
    for before, after, rows in zip(PRIOR.filters, own.filters, tuning.filters, strict=True):
        weights, biases = (after[4] - before[4]).reshape(3, -1), after[5] - before[5]
        moved = np.concatenate([weights, biases[:, None]], axis=1)
        np.testing.assert_array_equal(moved * 64, rows)
    for kind, rows in zip(KINDS, tuning.contexts, strict=True):
        third = own.layers[kind].third.astype(int) - PRIOR.layers[kind].third
        np.testing.assert_array_equal(third, WEIGHT_UNIT * rows[:, :-1])
        bias = own.layers[kind].third_bias - PRIOR.layers[kind].third_bias
        np.testing.assert_array_equal(bias, BIAS_UNIT * rows[:, -1])


def test_weights_beyond_8_bits_are_refused() -> None:
    tuning = Tuning.none(PRIOR, 0, 1)
    tuning.contexts[3, 1, 7] = 64
    with pytest.raises(MalformedError):
        tuning.of(PRIOR)
    possible = replace(tuning, contexts=possible_contexts(PRIOR, tuning.contexts))
    third = possible.of(PRIOR).layers[KINDS[3]].third[1, 7]
    assert 127 - WEIGHT_UNIT < third <= 127


@given(st.integers(0, 1000), st.floats(0, 20))
def test_chosen_rows_lower_the_parabola(seed: int, weight: float) -> None:
    """None is worse than zeros; where bits are free, no number is better changed by one."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(5, 12))
    gram, moment = factors @ factors.T, random.normal(size=5) * 20
    row = chosen_differences(gram, moment, weight)

    def gain(row: Doubles) -> float:
        return float(2 * row @ moment - row @ gram @ row)

    assert gain(row) >= 0
    if weight == 0:
        best = max(gain(row + step * unit) for unit in np.eye(5, dtype=int) for step in (-1, 1))
        assert gain(row) >= best - 1e-9
    assert not chosen_differences(gram, moment, 1e6).any()


def test_filters_find_what_spoils_a_image(photo: ImageCoder) -> None:
    """With last layers that are off, most of what they spoil is mended."""
    latents = pyramid_from(photo.coded(STEP).lattice)
    levels, random = len(latents[1]), np.random.default_rng(1)
    off = Tuning.none(PRIOR, levels, 3)
    off.filters[:, :, ::7] = random.integers(-6, 7, off.filters[:, :, ::7].shape)
    spoilt = off.of(PRIOR)
    with torch.no_grad():
        target = synthesised(latents, PRIOR.filters, STEP)

        def error(prior_filters: tuple) -> float:
            return float(((synthesised(latents, prior_filters, STEP) - target) ** 2).sum())

        sources = [Source(latents, target, STEP)]
        found = fit_filters(sources, spoilt.filters, off.filters.shape, 0.09)
        mended = Tuning(found, off.contexts).of(spoilt)
    assert error(mended.filters) < 0.15 * error(spoilt.filters)


def test_contexts_find_what_makes_bits(photo: ImageCoder) -> None:
    """With biases that are off, most of the bits that this costs are saved."""
    coded = photo.coded(STEP)
    latents = pyramid_from(coded.lattice)
    geometry = photo.spec.geometry((128, 160))
    blocks = [block_of(latents, geometry, number)[1] for number in range(geometry.tiling.count)]

    def size(tuning: Tuning) -> int:
        streams, _ = photo._streams(coded.spec, tuning.of(PRIOR), latents, 0.0)
        return sum(map(len, streams))

    off = Tuning.none(PRIOR, photo.spec.levels, 3)
    off.contexts[:, :2, -1] = 8
    found = fit_contexts(off.of(PRIOR), ((STEP, block) for block in blocks), 3)
    mended = replace(off, contexts=off.contexts + found)
    before, without, after = size(off), size(Tuning.none(PRIOR, 7, 3)), size(mended)
    assert after - without < 0.35 * (before - without)


def test_own_networks_pay(photo: ImageCoder) -> None:
    coded = photo.coded(STEP)
    tuned = photo.tuned(coded)
    assert tuned.spec.networks == OWN
    assert tuned.cost < 0.998 * coded.cost
    np.testing.assert_array_equal(tuned.lattice[0], coded.lattice[0])


def test_images_with_own_networks_come_back() -> None:
    samples = crop_of_photo(128, 160)
    encoded = inrcodec.encode(samples, quality=95, effort=2, options={"block": 6, "levels": 4})
    assert Container(encoded.data).find(b"ITEM", 1) is not None
    opened = inrcodec.open(encoded.data)
    whole = opened.render()
    assert psnr(samples, whole) == pytest.approx(encoded.psnr_db)
    part = opened.render(region=(70, 40, 50, 60))
    np.testing.assert_array_equal(part, whole[40:100, 70:120])
