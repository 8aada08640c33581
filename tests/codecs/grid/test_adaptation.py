"""Adaptation: weight deltas, how they are coded and found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import crop_of_photo
from hypothesis import given
from hypothesis import strategies as st

import inrcodec
from inrcodec.codecs.grid.delta_coder import read_deltas, write_deltas
from inrcodec.codecs.grid.deltas import (
    BIAS_UNIT,
    WEIGHT_UNIT,
    WeightDeltas,
    read_weight_deltas,
)
from inrcodec.codecs.grid.encoder.context_adaptation import fit_context_deltas, possible_deltas
from inrcodec.codecs.grid.encoder.delta_search import search_deltas
from inrcodec.codecs.grid.encoder.filter_adaptation import Target, fit_filter_deltas
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.encoder.objective import rate_blocks
from inrcodec.codecs.grid.pretrained import CURRENT, KINDS, load_pretrained
from inrcodec.codecs.grid.spec import GridFlags, GridSpec
from inrcodec.codecs.grid.synthesis import Synthesis, as_floats
from inrcodec.container.sections import Container
from inrcodec.entropy import DecisionReader, DecisionWriter
from inrcodec.errors import MalformedError
from inrcodec.signal import ImageInfo
from inrcodec.signal.metrics import psnr

Doubles = npt.NDArray[np.floating[Any]]
STEP = 480
MODEL = load_pretrained(CURRENT)


@pytest.fixture(scope="module")
def photo() -> ImageCoder:
    return ImageCoder(crop_of_photo(128, 160), ImageInfo(128, 160, 3, 8), GridSpec())


def _random_deltas(levels: int, channels: int) -> WeightDeltas:
    random = np.random.default_rng(0)
    deltas = WeightDeltas.none(MODEL, levels, channels)
    for part in (deltas.filters, deltas.contexts):
        numbers = random.geometric(0.5, part.shape) * random.choice([-1, 0, 0, 1], part.shape)
        part[:] = numbers
        part[:, 0] = 0
    return replace(deltas, contexts=possible_deltas(MODEL, deltas.contexts))


@given(st.lists(st.integers(-400, 400) | st.just(0), min_size=1, max_size=40))
def test_rows_come_back(numbers: list[int]) -> None:
    writer, row = DecisionWriter(), np.array(numbers, np.int32)
    write_deltas(writer, row)
    reader = DecisionReader(writer.to_bytes())
    np.testing.assert_array_equal(read_deltas(reader, len(row)), row)
    reader.finish()


def test_rows_are_these_bytes() -> None:
    writer = DecisionWriter()
    for row in ([0, 0, 0], [3, 0, -1, 0, 0, 0, 0, 2], [0, -25]):
        write_deltas(writer, np.array(row, np.int32))
    assert writer.to_bytes().hex() == "461950856bb7e80000"


@pytest.mark.parametrize(("levels", "channels"), [(0, 1), (2, 1), (7, 3)])
def test_deltas_come_back(levels: int, channels: int) -> None:
    deltas = _random_deltas(levels, channels)
    again = read_weight_deltas(deltas.to_bytes(), MODEL, levels, channels)
    np.testing.assert_array_equal(again.filters, deltas.filters)
    np.testing.assert_array_equal(again.contexts, deltas.contexts)


def test_deltas_are_added_to_last_layers() -> None:
    deltas = _random_deltas(7, 3)
    own = deltas.applied_to(MODEL)
    for before, after, rows in zip(MODEL.filters, own.filters, deltas.filters, strict=True):
        weights, biases = (after[4] - before[4]).reshape(3, -1), after[5] - before[5]
        moved = np.concatenate([weights, biases[:, None]], axis=1)
        np.testing.assert_array_equal(moved * 64, rows)
    for kind, rows in zip(KINDS, deltas.contexts, strict=True):
        third = own.layers[kind].third.astype(int) - MODEL.layers[kind].third
        np.testing.assert_array_equal(third, WEIGHT_UNIT * rows[:, :-1])
        bias = own.layers[kind].third_bias - MODEL.layers[kind].third_bias
        np.testing.assert_array_equal(bias, BIAS_UNIT * rows[:, -1])


def test_weights_beyond_8_bits_are_refused() -> None:
    deltas = WeightDeltas.none(MODEL, 0, 1)
    deltas.contexts[3, 1, 7] = 64
    with pytest.raises(MalformedError):
        deltas.applied_to(MODEL)
    possible = replace(deltas, contexts=possible_deltas(MODEL, deltas.contexts))
    third = possible.applied_to(MODEL).layers[KINDS[3]].third[1, 7]
    assert 127 - WEIGHT_UNIT < third <= 127


@given(st.integers(0, 1000), st.floats(0, 20))
def test_chosen_rows_lower_the_parabola(seed: int, weight: float) -> None:
    """None is worse than zeros; where bits are free, no number is better changed by one."""
    random = np.random.default_rng(seed)
    factors = random.normal(size=(5, 12))
    gram, moment = factors @ factors.T, random.normal(size=5) * 20
    row = search_deltas(gram, moment, weight)

    def gain(row: Doubles) -> float:
        return float(2 * row @ moment - row @ gram @ row)

    assert gain(row) >= 0
    if weight == 0:
        best = max(gain(row + step * unit) for unit in np.eye(5, dtype=int) for step in (-1, 1))
        assert gain(row) >= best - 1e-9
    assert not search_deltas(gram, moment, 1e6).any()


def test_filters_find_what_spoils_an_image(photo: ImageCoder) -> None:
    """With last layers that are off, most of what they spoil is mended."""
    latents = as_floats(photo.coded(STEP).latents)
    levels, random = len(latents.levels), np.random.default_rng(1)
    off = WeightDeltas.none(MODEL, levels, 3)
    off.filters[:, :, ::7] = random.integers(-6, 7, off.filters[:, :, ::7].shape)
    spoilt = off.applied_to(MODEL)
    target = Synthesis(MODEL.filters, STEP).channels(latents)

    def error(own_filters: tuple) -> float:
        return float(((Synthesis(own_filters, STEP).channels(latents) - target) ** 2).sum())

    sources = [Target(latents, target, STEP)]
    found = fit_filter_deltas(sources, spoilt.filters, off.filters.shape, 0.09)
    mended = WeightDeltas(found, off.contexts).applied_to(spoilt)
    assert error(mended.filters) < 0.15 * error(spoilt.filters)


def test_contexts_find_what_makes_bits(photo: ImageCoder) -> None:
    """With biases that are off, most of the bits that this costs are saved."""
    coded = photo.coded(STEP)
    latents = as_floats(coded.latents)
    geometry = photo.spec.geometry((128, 160))
    blocks = [latents.part(parts) for parts in rate_blocks(geometry)]

    def size(deltas: WeightDeltas) -> int:
        streams, _ = photo._streams(coded.spec, deltas.applied_to(MODEL), latents, 0.0)
        return sum(map(len, streams))

    off = WeightDeltas.none(MODEL, photo.spec.levels, 3)
    off.contexts[:, :2, -1] = 8
    found = fit_context_deltas(off.applied_to(MODEL), (((STEP, ()), block) for block in blocks), 3)
    mended = replace(off, contexts=off.contexts + found)
    before, without, after = size(off), size(WeightDeltas.none(MODEL, 7, 3)), size(mended)
    assert after - without < 0.35 * (before - without)


def test_own_networks_pay() -> None:
    photo = ImageCoder(crop_of_photo(256, 256), ImageInfo(256, 256, 3, 8), GridSpec())
    spec = photo.spec_at(560)
    optimizer = photo.optimizer(spec, photo.start(spec))
    for done in range(6):
        optimizer.advance(done / 6)
    plain = photo.rounded(560, optimizer.latents)
    adapted = photo.rounded(560, optimizer.latents, photo.fit_deltas(spec, optimizer.latents))
    assert adapted.spec.flags == GridFlags.FILTERS | GridFlags.OWN_DELTAS
    assert adapted.cost < 0.998 * plain.cost
    np.testing.assert_array_equal(adapted.latents.low, plain.latents.low)


def test_images_with_own_networks_come_back() -> None:
    samples = crop_of_photo(128, 160)
    encoded = inrcodec.encode(samples, quality=95, effort=3, fields={"block": 6, "levels": 4})
    assert Container(encoded.data).find(b"ITEM", 1) is not None
    opened = inrcodec.open(encoded.data)
    whole = opened.render()
    assert psnr(samples, whole) == pytest.approx(encoded.psnr_db)
    part = opened.render(region=(70, 40, 50, 60))
    np.testing.assert_array_equal(part, whole[40:100, 70:120])
