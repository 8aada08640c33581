"""ENRP's algorithm 1, on functions that are known, and on an image."""

from __future__ import annotations

import math

import pytest
from conftest import crop_of_photo, values_of

from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.image_search import Wanted, search_image, with_grid
from inrcodec.codecs.inr.networks import EnrpSpec, SirenSpec
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.search import Rules, Shape, Trainer, Trial, search
from inrcodec.codecs.registry import make_settings, plan_encode
from inrcodec.errors import UsageError
from inrcodec.media.images import from_array

WIDTHS = (16, 32, 64, 128, 256)


def cost(shape: Shape) -> float:
    return shape.depth * shape.width**2


def better_by_size(shape: Shape, share: float) -> float:
    """A PSNR that grows with a network, a little more with depth, and with the steps."""
    return 5 * math.log2(shape.width) + 4 * math.log2(shape.depth + 1) + 3 * share


def test_without_a_price_the_largest_within_the_limit() -> None:
    """From depth 3, width 32 is the widest; to depth 4 more is allowed, and then no other width."""
    rules = Rules(cost, 4096, 0.0, WIDTHS)
    best, rounds = search(rules, better_by_size)
    assert best.shape == Shape(32, 4) and rounds == 2


def test_a_price_chooses_smaller_networks() -> None:
    free, _ = search(Rules(cost, 1e6, 0.0, WIDTHS), better_by_size)
    priced, _ = search(Rules(cost, 1e6, 12.0, WIDTHS), better_by_size)
    assert priced.cost < free.cost


def test_it_is_the_best_of_each_turn_that_is_kept() -> None:
    """Every shape is trained once; the worse half of a turn is dropped after a quarter."""
    asked: list[tuple[Shape, float]] = []
    told: list[Trial] = []

    def train(shape: Shape, share: float) -> float:
        asked.append((shape, share))
        return better_by_size(shape, share)

    best, rounds = search(Rules(cost, 1e6, 0.0, WIDTHS), train, told.append)
    whole = [shape for shape, share in asked if share == 1]
    assert len(whole) == len(set(whole))
    first = [trial for trial in told if trial.number == 1 and trial.shape.depth == 3]
    assert len(first) == len(WIDTHS) and sum(trial.is_whole for trial in first) == 3
    assert best.psnr_db == max(trial.psnr_db for trial in told)
    assert rounds <= 5


def test_the_limit_holds() -> None:
    told: list[Trial] = []
    search(Rules(cost, 5000, 7.0, WIDTHS), better_by_size, told.append)
    assert told and all(trial.cost <= 5000 for trial in told)


def test_where_no_network_is_small_enough() -> None:
    with pytest.raises(UsageError, match="no network"):
        search(Rules(cost, 100, 7.0, WIDTHS), better_by_size)


def test_a_trainer_takes_several_seeds() -> None:
    values = values_of(crop_of_photo(16, 16))
    settings = FitSettings(20, 1e-2, seed=5)

    def spec(shape: Shape) -> SirenSpec:
        return SirenSpec(shape.width, shape.depth, 10.0, 10.0)

    mean = Trainer(values, spec, settings, 2)(Shape(6, 1), 1.0)
    alone = [
        Trainer(values, spec, FitSettings(20, 1e-2, seed=seed), 1)(Shape(6, 1), 1.0)
        for seed in (5, 6)
    ]
    assert alone[0] != alone[1]
    assert mean == pytest.approx(sum(alone) / 2, abs=1e-3)
    assert Trainer(values, spec, settings, 1)(Shape(6, 1), 0.25) < alone[0]


def plan_of(**keywords: object) -> FitPlan:
    settings = make_settings(model="enrp", **keywords)
    _, plan = plan_encode(settings, from_array(crop_of_photo(32, 48)).info)
    assert isinstance(plan, FitPlan)
    return plan


def test_an_image_within_bytes() -> None:
    told: list[Trial] = []
    plan = with_grid(plan_of(steps=12), 2)
    assert isinstance(plan.spec, EnrpSpec) and plan.spec.tile == 24
    source = from_array(crop_of_photo(32, 48))
    best, _ = search_image(source, plan, Wanted(bytes=700, repeats=1), told.append)
    assert all(trial.cost <= 700 for trial in told)
    assert best.psnr_db == max(t.psnr_db for t in told if t.is_whole and t.shape.width in (4, 6, 8))


def test_an_image_within_operations() -> None:
    """Of rendering 32×48 pixels: two for each product."""
    plan = plan_of(steps=3)
    source = from_array(crop_of_photo(32, 48))
    told: list[Trial] = []
    search_image(source, plan, Wanted(operations=5e6, repeats=1), told.append)
    shape, found = told[0].shape, told[0].cost
    per_pixel = 2 * shape.width + shape.depth * shape.width**2 + 3 * shape.width
    assert found == pytest.approx(2 * 32 * 48 * per_pixel, rel=0.01)
    products: list[Trial] = []
    wanted = Wanted(operations=5e6, are_products=True, repeats=1)
    search_image(source, plan, wanted, products.append)
    assert max(t.cost for t in products) <= 5e6 and len(products) >= len(told)


@pytest.mark.parametrize("wrong", [{}, {"bytes": 9, "operations": 1e9}, {"bytes": 9, "repeats": 0}])
def test_one_limit_is_needed(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Wanted(**wrong)
