"""Gradient descent on an image's latents: rate and distortion of all of them at once.

Real latents are moved; what is drawn and what contexts hold are always the whole numbers nearest
to them (a straight-through estimator), so that estimated and coded bits agree. Between whole
numbers the squared error is taken for a parabola, and the bits for a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from inrcodec.codecs.grid.wavelet import Pyramid, flattened, pyramid_of

__all__ = ["Descent"]

# Adam's, of latents: found on two Kodak images at 10 and 20 iterations.
_RATE, _LEAST_RATE = 0.3, 0.005
_BETAS = (0.7, 0.99)
_EPSILON = 1e-8

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
        self._means = [torch.zeros_like(band) for band in self._latents]
        self._squares = [torch.zeros_like(band) for band in self._latents]
        self._done = 0

    @property
    def latents(self) -> Pyramid:
        """The real latents as they are now."""
        return pyramid_of(self._latents)

    def advance(self, share: float) -> float:
        """An iteration, when this share of all is done; returns the squared error before it."""
        whole = [band.round() for band in self._latents]
        error, slopes = self._error(pyramid_of(whole))
        gradients = flattened(slopes), flattened(self._bit_slopes(self.latents))
        self._step(
            [
                slope + 2 * (real - nearest) + bits
                for real, nearest, slope, bits in zip(self._latents, whole, *gradients, strict=True)
            ],
            max(_RATE * (1 + math.cos(math.pi * share)) / 2, _LEAST_RATE),
        )
        return error

    def _step(self, gradients: list[Tensor], rate: float) -> None:
        """Adam's; torch's own would first load its compiler, for longer than an iteration."""
        self._done += 1
        of_mean, of_square = (1 - beta**self._done for beta in _BETAS)
        state = zip(self._latents, gradients, self._means, self._squares, strict=True)
        for real, gradient, mean, square in state:
            mean.lerp_(gradient, 1 - _BETAS[0])
            square.lerp_(gradient**2, 1 - _BETAS[1])
            spread = (square / of_square).sqrt_().add_(_EPSILON)
            real.addcdiv_(mean, spread, value=-rate / of_mean)
