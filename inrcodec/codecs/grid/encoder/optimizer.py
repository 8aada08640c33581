"""The optimizer of an image's latents: rate and distortion of all of them at once.

Real latents are moved; what is rendered and what contexts hold are always the whole numbers nearest
to them (a straight-through estimator), so that estimated and coded bits agree. Between whole
numbers the squared error is taken for a parabola, and the bits for a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.subbands import Subbands

__all__ = ["LatentOptimizer"]

Floats = npt.NDArray[np.float32]

# Adam's, of latents: found on two Kodak images at 10 and 20 iterations.
_RATE, _LEAST_RATE = 0.3, 0.005
_BETAS = (0.7, 0.99)
_EPSILON = 1e-8

# Squared error (in squared steps) of what latents synthesize to, and its gradients by them.
Error = Callable[[Subbands[Floats]], tuple[float, Subbands[Floats]]]
# Gradients by latents of what their bits are worth (in squared steps).
RateGradients = Callable[[Subbands[Floats]], Subbands[Floats]]


class LatentOptimizer:
    """Latents under optimization.

    Parameters
    ----------
    latents
        Real latents to start from.
    error, rate_gradients
        Squared error and bits, the sum of which is to fall.
    """

    def __init__(
        self, latents: Subbands[Floats], error: Error, rate_gradients: RateGradients
    ) -> None:
        self._error, self._rate_gradients = error, rate_gradients
        self._latents = [band.copy() for band in latents]
        self._means = [np.zeros_like(band) for band in self._latents]
        self._squares = [np.zeros_like(band) for band in self._latents]
        self._done = 0

    @property
    def latents(self) -> Subbands[Floats]:
        """The real latents as they are now."""
        return Subbands.from_bands(self._latents)

    def advance(self, share: float) -> float:
        """Do an iteration, when this share of all is done; return the squared error before it."""
        whole = [np.rint(band) for band in self._latents]
        error, of_error = self._error(Subbands.from_bands(whole))
        of_rate = self._rate_gradients(self.latents)
        bands = zip(self._latents, whole, of_error, of_rate, strict=True)
        self._step(
            [error + 2 * (real - nearest) + rate for real, nearest, error, rate in bands],
            max(_RATE * (1 + math.cos(math.pi * share)) / 2, _LEAST_RATE),
        )
        return error

    def _step(self, gradients: list[Floats], rate: float) -> None:
        """Do a step of Adam."""
        self._done += 1
        of_mean, of_square = (1 - beta**self._done for beta in _BETAS)
        state = zip(self._latents, gradients, self._means, self._squares, strict=True)
        for real, gradient, mean, square in state:
            mean += np.float32(1 - _BETAS[0]) * (gradient - mean)
            square += np.float32(1 - _BETAS[1]) * (gradient * gradient - square)
            spread = np.sqrt(square / np.float32(of_square))
            spread += np.float32(_EPSILON)
            real -= np.float32(rate / of_mean) * mean / spread
