"""Colors settle on the same, compiled and by Python; and the door is shut to what is not a map."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.errors import InrError
from inrcodec.native.color_map import ColorCosts, ColorMap, settle_colors, settle_regions
from inrcodec.native.color_types import MARGIN, NONE, OUTCOMES, PATTERNS, contexts

pytestmark = needs_kernels

Case = tuple[ColorMap, np.ndarray[Any, np.dtype[np.uint16]], ColorCosts]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A map of few colors, the samples under it, and costs."""
    height, width, channels = (draw(st.integers(1, most)) for most in (12, 12, 4))
    random, count = np.random.default_rng(draw(st.integers(0, 1 << 20))), draw(st.integers(1, 6))
    labels = random.integers(0, count, (height, width), np.int32)
    kept = random.random((height, width)) < draw(st.sampled_from([0.5, 1.0]))
    levels = random.integers(0, 256, (count, channels), np.uint16)
    noise = random.integers(0, 30, (height, width, channels), np.uint16)
    costs = ColorCosts(
        8 * random.random((PATTERNS, OUTCOMES)),
        16 * random.random(count),
        draw(st.sampled_from([0.0, 10.0, 3000.0])),
    )
    margins = ColorMap(
        np.pad(labels, MARGIN, mode="edge"), np.pad(kept, MARGIN).astype(np.uint8), levels
    )
    return margins, levels[labels] + noise, costs


@given(cases(), st.booleans())
def test_pixels_settle_on_the_same(case: Case, backward: bool) -> None:
    colors, samples, costs = case
    favored = np.full(samples.shape[:2], len(colors.levels) - 1, np.int32)
    other = deepcopy(colors)
    changed = settle_colors(colors, samples, favored, costs, backward)
    with on_numpy():
        assert settle_colors(other, samples, favored, costs, backward) == changed
    np.testing.assert_array_equal(colors.labels, other.labels)


@given(cases(), st.sampled_from([1, 3, 200]))
def test_regions_settle_on_the_same(case: Case, most: int) -> None:
    colors, samples, costs = case
    other = deepcopy(colors)
    changed = settle_regions(colors, samples, costs, most)
    with on_numpy():
        assert settle_regions(other, samples, costs, most) == changed
    np.testing.assert_array_equal(colors.labels, other.labels)


def whole_cost(case: Case) -> float:
    """What all coded pixels cost, by their errors and contexts."""
    colors, samples, costs = case
    patterns, outcomes = contexts(colors.labels)
    bits = costs.patterns[patterns, outcomes]
    bits += np.where(outcomes == NONE, costs.colors[colors.inner], 0)
    errors = np.square(samples.astype(np.float64) - colors.levels[colors.inner]).sum(-1)
    kept = colors.kept[MARGIN:-MARGIN, MARGIN:-MARGIN]
    return float(((errors + costs.weight * bits) * kept).sum())


@given(cases(), st.booleans())
def test_settling_costs_no_more_than_what_was_there(case: Case, backward: bool) -> None:
    colors, samples, costs = case
    favored, before = np.zeros(samples.shape[:2], np.int32), whole_cost(case)
    settle_colors(colors, samples, favored, costs, backward)
    between = whole_cost(case)
    settle_regions(colors, samples, costs, 200)
    assert before >= between * (1 - 1e-9)
    assert between >= whole_cost(case) * (1 - 1e-9)


def drawn(labels: list[list[int]]) -> Case:
    """A map of two colors that the samples have."""
    inner, levels = np.array(labels, np.int32), np.array([[100], [104]], np.uint16)
    kept = np.pad(np.ones(inner.shape, np.uint8), MARGIN)
    # A pixel as the one to its left is free; all else takes bits.
    patterns = np.full((PATTERNS, OUTCOMES), 4.0)
    patterns[:, 0] = 0.0
    costs = ColorCosts(patterns, np.full(2, 4.0), 100.0)
    return ColorMap(np.pad(inner, MARGIN, mode="edge"), kept, levels), levels[inner], costs


def test_a_pixel_that_costs_more_than_its_error_goes() -> None:
    colors, samples, costs = drawn([[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
    favored = np.zeros(samples.shape[:2], np.int32)
    assert settle_colors(colors, samples, favored, costs) == 1
    assert not colors.inner.any()


def test_a_region_goes_as_a_whole_unless_it_is_too_large() -> None:
    bar = [[0] * 6, [0, 1, 1, 1, 1, 0], [0, 1, 1, 1, 1, 0], [0] * 6]
    colors, samples, costs = drawn(bar)
    assert settle_regions(colors, samples, replace(costs, weight=1.0), 100) == 0
    assert settle_regions(colors, samples, costs, 7) == 0
    assert settle_regions(colors, samples, costs, 8) == 1
    assert not colors.inner.any()


@pytest.mark.parametrize("what", ["margin", "color", "favored", "room"])
def test_the_door_is_shut_to_what_is_no_map(what: str) -> None:
    colors, samples, costs = drawn([[0, 1], [1, 0]])
    favored = np.zeros((2, 2), np.int32)
    if what == "margin":
        colors.kept[0, 3] = 1
    elif what == "color":
        colors.labels[0, 0] = 2
    elif what == "favored":
        favored[1, 1] = -1
    with pytest.raises(InrError, match="refuses its arguments"):
        if what == "room":
            settle_regions(colors, samples, costs, 0)
        settle_colors(colors, samples, favored, costs)


@pytest.mark.parametrize("what", ["labels", "kept", "levels", "patterns", "costs", "favored"])
def test_the_door_is_shut_to_other_shapes(what: str) -> None:
    colors, samples, costs = drawn([[0, 1], [1, 0]])
    favored = np.zeros((2, 2), np.int32)
    match what:
        case "labels":
            colors = replace(colors, labels=colors.labels[1:].copy())
        case "kept":
            colors = replace(colors, kept=colors.kept[1:])
        case "levels":
            colors = replace(colors, levels=np.zeros((2, 3), np.uint16))
        case "patterns":
            costs = replace(costs, patterns=costs.patterns[1:])
        case "costs":
            costs = replace(costs, colors=costs.colors[1:])
        case _:
            favored = favored[1:]
    with pytest.raises(InrError, match="of a map have the shape"):
        settle_colors(colors, samples, favored, costs)
