"""The Gaussian process on its own."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inrcodec.codecs.inr.prediction.gaussian_process import GaussianProcess


def process(count: int = 40, noise: float = 1e-6) -> GaussianProcess:
    """Of points in a square, at which a smooth function was measured."""
    points = np.random.default_rng(count).uniform(-1, 1, (count, 2))
    return GaussianProcess(
        points=points,
        values=np.sin(2 * points[:, 0]) + points[:, 1],
        scales=np.array([0.7, 1.5]),
        slopes=np.array([0.1, 1.0, 0.2]),
        variance=1.0,
        noise=noise,
    )


def test_what_was_measured_is_told() -> None:
    known = process()
    mean, deviation = known.predict(known.points)
    np.testing.assert_allclose(mean, known.values, atol=1e-2)
    assert (deviation < 0.01).all()


def test_near_it_a_smooth_function_is_found() -> None:
    points = np.random.default_rng(1).uniform(-0.8, 0.8, (50, 2))
    mean, deviation = process(200).predict(points)
    np.testing.assert_allclose(mean, np.sin(2 * points[:, 0]) + points[:, 1], atol=0.01)
    assert (deviation < 0.05).all()


def test_far_from_it_the_linear_mean_goes_on() -> None:
    known = process(noise=0.01)
    mean, deviation = known.predict(np.array([[100.0, -50.0]]))
    assert mean == pytest.approx([0.1 * 100 - 50 + 0.2])
    rest = known.values - known.points @ known.slopes[:2] - 0.2
    assert deviation == pytest.approx([np.sqrt(np.mean(rest**2))])


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(1e-4, 1))
def test_a_deviation_is_between_noise_and_that_of_knowing_nothing(
    x: float, y: float, noise: float
) -> None:
    _, (deviation,) = process(noise=noise).predict(np.array([[x, y]]))
    assert math.sqrt(noise) <= deviation <= math.sqrt(1 + noise) + 1e-6


def test_it_is_that_of_scikit_learn() -> None:
    gaussian_process = pytest.importorskip("sklearn.gaussian_process")
    kernels = pytest.importorskip("sklearn.gaussian_process.kernels")
    known, points = process(noise=0.05), np.random.default_rng(2).uniform(-2, 2, (9, 2))
    kernel = kernels.ConstantKernel(1.0) * kernels.RBF([0.7, 1.5]) + kernels.WhiteKernel(0.05)
    other = gaussian_process.GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None)
    linear = known.points @ known.slopes[:2] + known.slopes[2]
    other.fit(known.points, known.values - linear)
    mean, deviation = other.predict(points, return_std=True)
    found, found_deviation = known.predict(points)
    np.testing.assert_allclose(found, mean + points @ known.slopes[:2] + 0.2, atol=1e-6)
    near = np.abs(points).max(1) < 1
    np.testing.assert_allclose(found_deviation[near], deviation[near], atol=1e-6)
