"""What fits start from: numbers that follow from a seed in integers."""

from __future__ import annotations

import math

import numpy as np

from inrcodec.codecs.base import Domain, Scope, Start
from inrcodec.codecs.inr.networks import EnrpSpec, MinrSpec, SirenSpec, TensorSpec
from inrcodec.codecs.inr.networks.start import kept_starts, start_of, start_weights

RGB = Domain((40, 50), 3)
GOLDEN = [
    "-0x1.c3ea300000000p-4",
    "0x1.b191300000000p-3",
    "0x1.f1fd280000000p-3",
    "-0x1.c307c40000000p-2",
    "-0x1.d5fbf00000000p-4",
    "-0x1.3687000000000p-6",
]


def test_golden_start() -> None:
    tensor = TensorSpec("weight0", Scope.ITEM, (2, 3), 0.5)
    found = start_of(tensor, place=1, seed=7)
    assert [float(x).hex() for x in found.reshape(-1)] == GOLDEN
    again = start_of(tensor, place=1, seed=7 + 2**32)
    np.testing.assert_array_equal(again, found)


def test_tiles_start_alone_as_among_all() -> None:
    spec = EnrpSpec(4, 1, 10.0, 10.0, tile=16)
    whole = start_weights(spec, RGB, 3)
    some = kept_starts(spec, RGB, Start(3), np.array([7, 2]))
    for name, values in some.items():
        np.testing.assert_array_equal(values, whole[name][[7, 2]])


def test_what_may_be_told_by_its_start() -> None:
    assert set(kept_starts(SirenSpec(4, 1, 30.0, 30.0), RGB, Start())) == {
        "weight0",
        *(f"bias{k}" for k in range(3)),
    }
    # What images share starts from none of theirs.
    kept = kept_starts(MinrSpec(4, 2, 30.0, 30.0), RGB, Start())
    assert set(kept) == {"weight_first", "bias_first", "bias_projection", "bias_last"}


def test_starts_are_spread_evenly() -> None:
    wide = TensorSpec("weight1", Scope.ITEM, (300, 300), 0.25)
    values = start_of(wide, place=2, seed=0).astype(np.float64)
    assert np.abs(values).max() <= 0.25
    assert abs(values.mean()) < 0.002
    assert abs(values.std() - 0.25 / math.sqrt(3)) < 1e-3
    counts, _ = np.histogram(values, 16, (-0.25, 0.25))
    assert np.abs(counts / counts.mean() - 1).max() < 0.06


def test_normal_starts_have_their_deviation() -> None:
    mapping = TensorSpec("mapping", Scope.ITEM, (65, 200), 3.0, normal=True)
    values = start_of(mapping, place=0, seed=1)
    assert abs(float(values.std()) / 3 - 1) < 0.02
    assert 9 < float(np.abs(values).max()) <= 18
