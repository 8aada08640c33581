"""The optimizer's kernels give what numpy gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from both_ways import needs_kernels, on_numpy
from grids import empty_block
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.optimizer import LatentOptimizer
from inrcodec.codecs.grid.encoder.rate import rate_gradients
from inrcodec.codecs.grid.geometry import Geometry
from inrcodec.codecs.grid.pretrained import CURRENT, SCALES, load_pretrained, unpack_gradients
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native import optimizer as kernels

pytestmark = needs_kernels


def real_latents(
    shape: tuple[int, int], levels: int, channels: int, seed: int
) -> Subbands[np.ndarray]:
    """Real latents of an image of a shape, of which some bands are empty and some sparse."""
    geometry = Geometry(shape, levels, 512)
    latents = empty_block(geometry, channels)
    generator = np.random.default_rng(seed)
    bands = []
    for band in latents:
        spread = generator.choice([0.0, 0.2, 1.0, 6.0])
        bands.append((spread * generator.laplace(size=band.shape)).astype(np.float32))
    return Subbands.from_bands(bands)


@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.integers(0, 4),
    st.sampled_from([1, 3]),
    st.integers(0, 1 << 20),
)
def test_rate_gradients(shape: tuple[int, int], levels: int, channels: int, seed: int) -> None:
    wanted = real_latents(shape, levels, channels, seed)
    network = ContextNetwork(load_pretrained(CURRENT), 700 + seed % 200)
    compiled, plain = wanted.map(np.zeros_like), wanted.map(np.zeros_like)
    rate_gradients(network, wanted, compiled, 0.5)
    with on_numpy():
        rate_gradients(network, wanted, plain, 0.5)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_steps_of_adam() -> None:
    wanted = real_latents((50, 70), 3, 3, 5)

    def moved() -> Subbands[np.ndarray]:
        optimizer = LatentOptimizer(
            wanted, lambda whole: (0.0, whole.map(np.sin)), lambda real: real.map(np.cos)
        )
        for share in (0.0, 0.3, 0.8):
            optimizer.advance(share)
        return optimizer.latents

    compiled = moved()
    with on_numpy():
        plain = moved()
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_gradients_by_weights_say_what_changes_in_bits() -> None:
    network, latents = (
        ContextNetwork(load_pretrained(CURRENT), 800),
        real_latents((80, 90), 3, 3, 3),
    )
    whole = latents.map(lambda band: np.rint(band).astype(np.int32))
    kernel, generator = network.kernel, np.random.default_rng(0)

    def bits(weights: np.ndarray, by_weights: np.ndarray | None) -> float:
        exact = whole.map(lambda band: band.astype(np.float32))
        spare = [*exact.map(np.zeros_like)]
        contexts = replace(kernel, weights=weights)
        return kernels.rate_gradients(contexts, [*whole], [*exact], spare, 1.0, by_weights)

    gradients = np.zeros_like(kernel.weights)
    counted = bits(kernel.weights, gradients)
    # Chunks of nothing but zeros take a short way where no weights are asked for.
    assert bits(kernel.weights, None) == pytest.approx(counted, rel=1e-5)
    assert {kind: set(t) for kind, t in unpack_gradients(gradients).items()}
    for name in ("odd", "sign", "gate", "first", "constant", "second", "second_bias", "third"):
        tensors = unpack_gradients(np.arange(gradients.size, dtype=np.float32))
        scale = np.float32(SCALES[name])
        places = np.concatenate([(scale * t[name]).reshape(-1) for t in tensors.values()])
        direction = np.zeros_like(gradients)
        some = np.rint(places).astype(int)
        sizes = np.maximum(np.abs(kernel.weights[some]), 1 / scale)
        direction[some] = generator.standard_normal(len(some)) * sizes
        # What constants come to is rounded.
        direction *= 3e-2 if name == "constant" else 1e-3
        spare = np.zeros_like(gradients)
        found = bits(kernel.weights + direction, spare) - bits(kernel.weights - direction, spare)
        assert found == pytest.approx(2 * float(direction @ gradients), rel=0.1, abs=0.05), name
