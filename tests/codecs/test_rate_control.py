"""Rate control: where a result counts as near a target."""

from __future__ import annotations

import pytest

from inrcodec.codecs.rate_control import Measured, lmbda_of_step, search, step_of_lmbda
from inrcodec.errors import TargetError
from inrcodec.settings import Target

START = 500


def found(target: int, *sizes: int) -> int:
    """Search where steps from the start on have these sizes, and those beyond the nearest one."""

    def code(step: int) -> Measured[int]:
        size = sizes[min(max(step - START, 0), len(sizes) - 1)]
        return Measured(size, size, 30.0)

    return search(Target(bytes=target), START, code)[1]


@pytest.mark.parametrize(("target", "size"), [(100_000, 97_100), (1165, 1110), (200, 170)])
def test_a_size_is_near_where_little_is_left(target: int, size: int) -> None:
    """3 %, or 64 bytes, but no more than a fifth."""
    assert found(target, target + 1, size, size // 2) == size


@pytest.mark.parametrize("target", [Target(psnr_db=36), Target(snr_db=36), Target(ssimulacra2=36)])
def test_a_quality_that_steps_jump_over_is_met_by_the_nearest_above(target: Target) -> None:
    def code(step: int) -> Measured[float]:
        quality = 30.0 if step > 480 else 52.9 if step > 470 else 60.0
        return Measured(quality, 86, quality, quality, quality if target.snr_db else None)

    assert search(target, START, code)[1] == 52.9


def test_a_quality_is_met_where_the_coarsest_step_has_more() -> None:
    def code(step: int) -> Measured[int]:
        return Measured(step, 2000 - step, 150 - step / 100)

    assert search(Target(psnr_db=10), START, code) == (1023, 1023)


def test_a_size_that_steps_jump_over_is_met_by_the_best_below() -> None:
    sizes = {START: 100_001, START + 1: 96_900, START + 2: 50_000}

    def code(step: int) -> Measured[int]:
        size = sizes[min(max(step, START), START + 2)]
        return Measured(size, size, 30 + size / 1e5)

    assert search(Target(bytes=100_000), START, code)[1] == 96_900
    assert found(1000, 1001, 900) == 900


def test_a_size_that_no_step_has_is_met_by_the_best_and_of_those_as_good_the_smallest() -> None:
    def code(step: int) -> Measured[int]:
        return Measured(step, 20_000 - step, min(150.0, 200 - step / 5))

    step, _ = search(Target(bytes=200_000), START, code)
    assert code(step).psnr_db == 150


def test_what_no_step_meets_is_an_error_that_tells_the_nearest() -> None:
    def code(step: int) -> Measured[int]:
        return Measured(step, 2000 - step, 50 - step / 100)

    with pytest.raises(TargetError, match=r"60 dB cannot be reached; .* 2000 bytes at 50\.00 dB"):
        search(Target(psnr_db=60), START, code)
    with pytest.raises(TargetError, match=r"500 bytes cannot be reached; .* 977 bytes at"):
        search(Target(bytes=500), START, code)


def test_any_price_of_a_bit_has_a_step() -> None:
    assert [step_of_lmbda(lmbda) for lmbda in (0.0, 1e-300, 1e300, 1e308)] == [0, 0, 1023, 1023]
    assert all(step_of_lmbda(lmbda_of_step(step)) == step for step in range(1024))
