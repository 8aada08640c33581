"""Wavelet and filters, compiled and by numpy; and strips of an image beside the whole of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from grids import empty_block
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.strips import ColorRows, SynthesizedRows, strips
from inrcodec.codecs.grid.synthesis import Synthesis, filter_at, samples_matrix
from inrcodec.codecs.grid.wavelet import analyze, analyze_strips
from inrcodec.native.filters import Filter
from inrcodec.native.wavelet import join, join_adjoint, split

sides = st.integers(1, 45)
MODEL = load_pretrained(CURRENT)


def planes(height: int, width: int, channels: int = 3) -> np.ndarray:
    generator = np.random.default_rng(height * 100 + width)
    return 5 * generator.standard_normal((channels, height, width)).astype(np.float32)


@needs_kernels
@given(sides, sides)
def test_the_wavelet_is_the_same_to_the_bit(height: int, width: int) -> None:
    whole = planes(height, width)
    bands, gradients = split(whole), join_adjoint(whole)
    joined = join(bands[0], bands[1:])
    with on_numpy():
        pairs = [*zip(bands, split(whole), strict=True), (joined, join(bands[0], bands[1:]))]
        plain = join_adjoint(whole)
    for one, other in pairs:
        np.testing.assert_array_equal(one, other)
    for one, other in zip(gradients, plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@given(sides, sides)
def test_the_adjoint_of_joining(height: int, width: int) -> None:
    """<join(b), g> = <b, adjoint(g)>."""
    bands, gradients = split(planes(height, width)), planes(height, width)[:, ::-1].copy()
    forward = float((join(bands[0], bands[1:]) * gradients).sum())
    back = sum(float((b * g).sum()) for b, g in zip(bands, join_adjoint(gradients), strict=True))
    assert forward == pytest.approx(back, rel=1e-3, abs=0.05)


@needs_kernels
@given(sides, sides, st.sampled_from([1, 3]), st.integers(0, 3))
def test_filters(height: int, width: int, channels: int, scale: int) -> None:
    network, x = filter_at(MODEL.filters[scale], 900), planes(height, width, channels)
    kept, active = network.apply_kept(x)
    back = network.back(x, active)
    np.testing.assert_array_equal(kept, network.apply(x))
    with on_numpy():
        plain, plain_active = network.apply_kept(x)
        plain_back = network.back(x, active)
    np.testing.assert_allclose(kept, plain, atol=1e-3)
    np.testing.assert_allclose(back, plain_back, atol=1e-3)
    # A sum next to 0 may pass in one and not in the other.
    for one, other in zip(active, plain_active, strict=True):
        assert np.mean(np.unpackbits(one ^ other)) < 1e-3


@given(sides, sides)
def test_gradients_by_the_weights_of_filters(height: int, width: int) -> None:
    """Of a sum of corrected channels, compiled and by numpy; and by differences."""
    network, x = filter_at(MODEL.filters[0], 900), planes(height, width)
    wanted = planes(width, height).swapaxes(1, 2).copy()

    def computed() -> tuple[list[np.ndarray], np.ndarray]:
        corrected, hidden = network.apply_hidden(x)
        by_channels, weights, biases = network.back_by_weights(x, hidden, wanted)
        return [*weights, *biases, by_channels], corrected

    found, corrected = computed()
    np.testing.assert_array_equal(corrected, network.apply(x))
    with on_numpy():
        plain, _ = computed()
        for layer in range(3):
            _compare_with_difference(network, layer, x, wanted, plain[layer])
    # A sum next to 0 may pass in one and not in the other.
    for one, other in zip(found, plain, strict=True):
        assert np.linalg.norm(one - other) <= 0.01 * np.linalg.norm(other)


def _compare_with_difference(
    network: Filter, layer: int, x: np.ndarray, wanted: np.ndarray, found: np.ndarray
) -> None:
    """In the direction of the gradient itself, in which the loss grows by its squared length; of
    few pixels on one side alone, as on the other a unit may turn on."""
    step = 1e-3 / np.linalg.norm(found)

    def loss(sign: int) -> float:
        weights = [w.astype(np.float32) for w in network.weights]
        weights[layer] = weights[layer] + np.float32(sign * step) * found
        moved = replace(network, weights=tuple(weights))
        return float((moved.apply(x).astype(float) * wanted).sum())

    expected = pytest.approx(float((found.astype(float) ** 2).sum()), rel=0.05)
    after, before = ((loss(1) - loss(0)) / step, (loss(0) - loss(-1)) / step)
    assert expected in [after, before, (after + before) / 2]


def test_filters_of_wide_images() -> None:
    """Tiles of columns meet without a trace."""
    network, x = filter_at(MODEL.filters[0], 900), planes(20, 900)
    parts = [network.apply(np.ascontiguousarray(x[:, :, a:b])) for a, b in ((0, 500), (400, 900))]
    whole = network.apply(x)
    np.testing.assert_allclose(whole[:, :, :450], parts[0][:, :, :450], atol=1e-4)
    np.testing.assert_allclose(whole[:, :, 450:], parts[1][:, :, 50:], atol=1e-4)


@given(st.integers(1, 120), sides, st.integers(0, 4), st.integers(1, 3))
def test_strips_make_up_the_whole(height: int, width: int, levels: int, half: int) -> None:
    whole = planes(height, width)
    cut = [range(a, min(a + 2 * half + 14, height)) for a in range(0, height, 2 * half + 14)]

    def rows(part: range) -> np.ndarray:
        return whole[:, part.start : part.stop]

    expected = analyze(whole, levels)
    found = analyze_strips(rows, whole.shape, levels, cut)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    spec = replace(GridSpec(step=900).for_shape((height, width)), angles=(100, 200, 300))
    latents = empty_block(Geometry((height, width), levels, 512), 3)
    generator = np.random.default_rng(width)
    latents = latents.map(lambda b: generator.integers(-4, 5, b.shape).astype(np.int16))
    synthesis = Synthesis(MODEL.filters, 900)
    drawn = ColorRows(SynthesizedRows(synthesis, latents), samples_matrix(spec))
    assert drawn.shape == whole.shape
    image = np.concatenate([drawn.rows(part) for part in cut], axis=1)
    expected = np.tensordot(samples_matrix(spec), synthesis.channels(latents), 1)
    np.testing.assert_allclose(image, expected, atol=1e-5)


@given(st.integers(1, 4000), st.integers(1, 1 << 21))
def test_strips_begin_at_even_rows(height: int, width: int) -> None:
    found = [*strips((height, width))]
    assert [k for part in found for k in part] == [*range(height)]
    assert not any(part.start % 2 for part in found)
