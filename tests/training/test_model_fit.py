"""The fit of the grid's model: it starts at a model, and goes on from its state."""

from __future__ import annotations

import numpy as np
import pytest
from crop_encoding import Learned
from model_fit import ModelFit

from inrcodec.codecs.grid.pretrained import CURRENT, MODELS, read_model_file

MODEL_BYTES = MODELS[CURRENT].path.read_bytes()


def learned(fit: ModelFit, seed: int) -> tuple[Learned, int]:
    """Random gradients."""
    generator = np.random.default_rng(seed)
    networks = fit.networks(whole=False)
    contexts = generator.normal(size=networks.contexts.weights.shape).astype(np.float32)
    filters = [
        [generator.normal(size=tensor.shape).astype(np.float32) for tensor in tensors]
        for tensors in networks.filters
    ]
    return Learned(1000.0, 10.0, contexts, filters), 100


def test_a_fit_of_no_steps_is_the_model() -> None:
    arrays = ModelFit(read_model_file(MODEL_BYTES), 0.01).arrays()
    with np.load(MODELS[CURRENT].path.open("rb")) as stored:  # type: ignore[arg-type]
        assert sorted(arrays) == sorted(stored.files)
        for name in stored.files:
            assert (arrays[name] == stored[name]).all(), name


def test_a_fit_goes_on_from_its_state() -> None:
    one, other = (ModelFit(read_model_file(MODEL_BYTES), 0.01) for _ in range(2))
    for seed in range(3):
        one.learn([learned(one, seed)], 1.0)
    other.restore(one.state())
    for fit in (one, other):
        fit.learn([learned(fit, 3)], 0.5)
    assert other.steps == 4
    for name, array in one.arrays().items():
        assert (other.arrays()[name] == array).all()


def test_filters_do_not_see_brightness() -> None:
    fit = ModelFit(read_model_file(MODEL_BYTES), 0.01)
    fit.learn([learned(fit, 0)], 1.0)
    for whole in (False, True):
        for first, *_ in fit.networks(whole).filters:
            assert first.sum(axis=(2, 3)) == pytest.approx(0, abs=1e-5)
