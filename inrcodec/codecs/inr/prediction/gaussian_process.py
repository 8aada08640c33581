"""A Gaussian process: a mean and a deviation for any point, from those that were measured.

Rasmussen and Williams, "Gaussian Processes for Machine Learning", algorithm 2.1, with the kernel
c·exp(-|x - y|²/2) + noise of "Predicting the Encoding Error of SIRENs", A.1, over coordinates in
units of their length scales; and a linear function as its mean, so that it goes on sensibly where
nothing was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["GaussianProcess"]

Floats = npt.NDArray[np.floating]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GaussianProcess:
    """A Gaussian process, with what it was fitted to.

    Attributes
    ----------
    points
        (points, coordinates): where values were measured.
    values
        (points,).
    scales
        (coordinates,): length scales, infinite where a coordinate does not matter.
    slopes
        (coordinates + 1,): the linear mean, its constant last.
    variance, noise
        Of the function around its mean, and of measurements around it.
    """

    points: Floats
    values: Floats
    scales: Floats
    slopes: Floats
    variance: float
    noise: float

    def predict(self, points: Floats) -> tuple[Doubles, Doubles]:
        """Return the mean (points,) and the deviation of measurements at some points
        (points, coordinates)."""
        covariance = self._kernel(points)
        factor, weights = self._solved
        mean = self._linear(points) + covariance @ weights
        # Half of the inverse, so that no variance comes out below 0 but for rounding.
        half = covariance @ factor.T
        variance = self.variance + self.noise - np.square(half).sum(1)
        # Far from all measurements the process knows no more than its linear mean, and misses by no
        # more than that has missed those.
        most = max(self.noise, float(np.square(self._rest).mean()))
        return mean, np.sqrt(np.clip(variance, self.noise, most))

    @cached_property
    def _solved(self) -> tuple[Doubles, Doubles]:
        """The inverse of the Cholesky factor of the measurements' covariance; and weights."""
        covariance = self._kernel(self.points)
        covariance[np.diag_indices_from(covariance)] += self.noise
        factor = np.linalg.inv(np.linalg.cholesky(covariance))
        return factor, factor.T @ (factor @ self._rest)

    @cached_property
    def _rest(self) -> Doubles:
        """The measurements less the linear mean."""
        rest: Doubles = self.values - self._linear(self.points)
        return rest

    def _kernel(self, points: Floats) -> Doubles:
        """Return the covariance (points, own points)."""
        one, other = (x.astype(np.float64) / self.scales for x in (points, self.points))
        distances = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T
        covariance: Doubles = self.variance * np.exp(-np.maximum(distances, 0) / 2)
        return covariance

    def _linear(self, points: Floats) -> Doubles:
        mean: Doubles = points.astype(np.float64) @ self.slopes[:-1] + self.slopes[-1]
        return mean
