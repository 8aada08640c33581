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


@pytest.mark.parametrize(("target", "size"), [(100_000, 96_900), (1165, 1095), (200, 160)])
def test_a_size_is_missed_where_more_is_left(target: int, size: int) -> None:
    with pytest.raises(TargetError, match="cannot be reached"):
        found(target, target + 1, size, size // 2)


def test_any_price_of_a_bit_has_a_step() -> None:
    assert [step_of_lmbda(lmbda) for lmbda in (0.0, 1e-300, 1e300, 1e308)] == [0, 0, 1023, 1023]
    assert all(step_of_lmbda(lmbda_of_step(step)) == step for step in range(1024))


def test_a_size_is_never_exceeded() -> None:
    with pytest.raises(TargetError):
        found(1000, 1001, 900)
