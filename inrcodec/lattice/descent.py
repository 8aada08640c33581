"""Gradient descent on a picture's latents: rate and distortion of all of them at once.

Real latents are moved; what is drawn and what contexts hold are always the whole numbers nearest
to them (a straight-through estimator), so that estimated and coded bits agree. Between whole
numbers the squared error is taken for a parabola, and the bits for a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from inrcodec.lattice.wavelet import Pyramid, flattened, pyramid_of

__all__ = ["Descent"]

# Adam's, of latents: found on two Kodak pictures at 10 and 20 iterations.
_RATE, _LEAST_RATE = 0.3, 0.005
_BETAS = (0.7, 0.99)

# Squared error (in squared steps) of what latents synthesise to, and its slopes by them.
Error = Callable[[Pyramid], tuple[float, Pyramid]]
# Slopes by latents of what their bits are worth (in squared steps).
BitSlopes = Callable[[Pyramid], Pyramid]


class Descent:
    """Latents on their way down.

    Parameters
    ----------
    latents
        Real latents to start from.
    error, bit_slopes
        Squared error and bits, the sum of which is to fall.
    """

    def __init__(self, latents: Pyramid, error: Error, bit_slopes: BitSlopes) -> None:
        self._error, self._bit_slopes = error, bit_slopes
        self._latents = [band.clone() for band in flattened(latents)]
        self._optimizer = torch.optim.Adam(self._latents, _RATE, betas=_BETAS)

    @property
    def latents(self) -> Pyramid:
        """The real latents as they are now."""
        return pyramid_of(self._latents)

    def advance(self, share: float) -> float:
        """An iteration, when this share of all is done; returns the squared error before it."""
        rate = _RATE * (1 + math.cos(math.pi * share)) / 2
        self._optimizer.param_groups[0]["lr"] = max(rate, _LEAST_RATE)
        whole = [band.round() for band in self._latents]
        error, slopes = self._error(pyramid_of(whole))
        gradients = flattened(slopes), flattened(self._bit_slopes(self.latents))
        for real, nearest, slope, bits in zip(self._latents, whole, *gradients, strict=True):
            real.grad = slope + 2 * (real - nearest) + bits
        self._optimizer.step()
        return error
