"""Layers of coordinate networks, compiled and by numpy."""

from __future__ import annotations

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.errors import InrError
from inrcodec.native.door import call
from inrcodec.native.layers import Dense, Kind, activate, dense_layers

pytestmark = needs_kernels

counts = st.integers(1, 3)
kinds = st.lists(st.sampled_from(Kind), min_size=1, max_size=4)


def normal(generator: np.random.Generator, *shape: int) -> np.ndarray:
    return generator.standard_normal(shape).astype(np.float32)


def layers_of(
    generator: np.random.Generator, kinds: list[Kind], rows: int, inputs: int, points: int
) -> list[Dense]:
    """Random layers, some with biases of each point, some with a gain and an offset."""
    layers = []
    for kind in kinds:
        outputs = int(generator.integers(1, 11))
        own = int(generator.choice([1, rows]))
        layers.append(
            Dense(
                normal(generator, own, outputs, inputs),
                normal(generator, own, outputs, int(generator.choice([1, points]))),
                kind,
                2.0,
                normal(generator, own, 2) if generator.integers(2) else None,
            )
        )
        inputs = outputs
    return layers


@given(kinds, st.integers(1, 5), st.integers(1, 9), st.integers(1, 300), st.integers(0, 1 << 30))
def test_they_are_the_same_by_numpy(
    kinds: list[Kind], rows: int, inputs: int, points: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    layers = layers_of(generator, kinds, rows, inputs, points)
    x = normal(generator, int(generator.choice([1, rows])), inputs, points)
    found = dense_layers(x, layers)
    with on_numpy():
        expected = dense_layers(x, layers)
    assert found.shape == expected.shape
    # Four layers take a rounding apart from one another.
    np.testing.assert_allclose(
        found, expected, rtol=1e-3, atol=1e-3 * max(1, np.abs(expected).max())
    )


def test_many_points_are_shared_out_among_threads() -> None:
    generator = np.random.default_rng(0)
    layers = layers_of(generator, [Kind.SINE, Kind.RELU, Kind.LINEAR], 1, 2, 1)
    x = normal(generator, 1, 2, 250_000)
    whole = dense_layers(x, layers)
    parts = [dense_layers(x[:, :, a : a + 50_000], layers) for a in range(0, 250_000, 50_000)]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=2))


def test_values_go_where_they_are_wanted() -> None:
    generator = np.random.default_rng(1)
    (layer,) = layers_of(generator, [Kind.GAUSSIAN], 1, 3, 1)
    x, out = normal(generator, 1, 3, 700), np.zeros((1, len(layer.weight[0]), 700), np.float32)
    dense_layers(x[:, :, 100:350], [layer], out[:, :, 100:350])
    np.testing.assert_array_equal(out[:, :, 100:350], dense_layers(x, [layer])[:, :, 100:350])
    assert not out[:, :, :100].any() and not out[:, :, 350:].any()


@pytest.mark.parametrize("largest", [1, 100, 8192, 1e6])
def test_sines_are_exact_to_a_float(largest: float) -> None:
    angles = np.random.default_rng(2).uniform(-largest, largest, 20_001).astype(np.float32)
    found = activate(angles.copy(), Kind.SINE)
    np.testing.assert_allclose(found, np.sin(angles.astype(float)), rtol=0, atol=2e-7)


def test_what_is_not_finite_harms_nothing_else() -> None:
    angles = np.float32([np.nan, np.inf, -np.inf, 1e30, 0.5])
    found = activate(np.tile(angles, 40), Kind.SINE).reshape(40, 5)
    assert np.isnan(found[:, :3]).all()
    assert (np.abs(found[:, 3:]) <= 1).all()
    np.testing.assert_allclose(found[:, 4], np.sin(0.5), atol=1e-7)
    tails = activate(np.float32([np.nan, 100, 0]), Kind.GAUSSIAN)
    assert np.isnan(tails[0]) and tails[1] < 1e-30 and tails[2] == 1


def test_the_door_refuses_a_kind_that_is_none() -> None:
    import ctypes

    values = np.zeros(8, np.float32)
    with pytest.raises(InrError, match="refuses"):
        call(
            "inr_layer_activation",
            ctypes.c_void_p(values.ctypes.data),
            ctypes.c_int64(8),
            ctypes.c_int32(99),
            ctypes.c_float(1),
        )
