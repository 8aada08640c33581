"""Gradient descent on a picture's latents: rate and distortion of all of them at once.

Real latents are moved; what is drawn and what contexts hold are always the whole numbers nearest
to them (a straight-through estimator), so that estimated and coded bits agree. Between whole
numbers the squared error is taken for a parabola, and the bits for a line.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from inrcodec.lattice.wavelet import Pyramid, flattened, pyramid_of, synthesise

__all__ = ["Descent"]

# Adam's, of latents: found on two Kodak pictures at 10 and 20 iterations.
_RATE, _LEAST_RATE = 0.3, 0.005
_BETAS = (0.7, 0.99)

# Squared error (in squared steps) of channels (in units of the step), and its slopes by them.
Error = Callable[[Tensor], tuple[float, Tensor]]
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
    device
        Where pictures are drawn.
    """

    def __init__(
        self, latents: Pyramid, error: Error, bit_slopes: BitSlopes, device: str = "cpu"
    ) -> None:
        self._error, self._bit_slopes, self._device = error, bit_slopes, device
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
        whole = [band.round().requires_grad_() for band in self._latents]
        with torch.enable_grad():
            channels = synthesise(pyramid_of([band.to(self._device) for band in whole]))
        error, by_channels = self._error(channels.detach())
        slopes = torch.autograd.grad(channels, whole, by_channels, materialize_grads=True)
        bits = flattened(self._bit_slopes(self.latents))
        for real, nearest, slope, bit in zip(self._latents, whole, slopes, bits, strict=True):
            real.grad = slope + 2 * (real - nearest.detach()) + bit
        self._optimizer.step()
        return error
