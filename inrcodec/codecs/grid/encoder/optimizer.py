"""The optimizer of an image's latents: rate and distortion of all of them at once.

Real latents are moved; what is rendered and what contexts hold are always the whole numbers nearest
to them (a straight-through estimator), so that estimated and coded bits agree. Between whole
numbers the squared error is taken for a parabola, and the bits for a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native.optimizer import adam_step
from inrcodec.threads import both

__all__ = ["RATE", "LatentOptimizer"]

Floats = npt.NDArray[np.float32]

# Adam's, of latents: found on two Kodak images at 10 and 20 iterations.
RATE, _LEAST_RATE = 0.3, 0.005
_BETAS = (0.7, 0.99)

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
    rate
        Of the first step.
    """

    def __init__(
        self,
        latents: Subbands[Floats],
        error: Error,
        rate_gradients: RateGradients,
        rate: float = RATE,
    ) -> None:
        self._error, self._rate_gradients = error, rate_gradients
        self._latents = [band.copy() for band in latents]
        self._means = [np.zeros_like(band) for band in self._latents]
        self._squares = [np.zeros_like(band) for band in self._latents]
        self._done, self._rate = 0, rate

    @property
    def latents(self) -> Subbands[Floats]:
        """The real latents as they are now."""
        return Subbands.from_bands(self._latents)

    def advance(self, share: float) -> float:
        """Do an iteration, when this share of all is done; return the squared error before it."""
        now, whole = self.latents, self.latents.map(np.rint)
        # Neither keeps all cores busy by itself.
        (error, of_error), of_rate = both(
            partial(self._error, whole), partial(self._rate_gradients, now)
        )
        self._done += 1
        rate = max(self._rate * (1 + math.cos(math.pi * share)) / 2, _LEAST_RATE)
        state = zip(self._latents, self._means, self._squares, of_error, of_rate, strict=True)
        for latents, means, squares, *gradients in state:
            adam_step(
                latents, means, squares, (gradients[0], gradients[1]), _BETAS, rate, self._done
            )
        return error
