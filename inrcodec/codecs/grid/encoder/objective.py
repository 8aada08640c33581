"""What a descent on an image's latents lowers: squared error plus what bits are worth."""

from __future__ import annotations

import torch
from torch import Tensor

from inrcodec.codecs.grid.blocks import block_of
from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.rate import block_slopes
from inrcodec.codecs.grid.pretrained import Prior
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.synthesis import synthesised
from inrcodec.codecs.grid.wavelet import Pyramid, flattened, pyramid_of
from inrcodec.devices import total

__all__ = ["BIT_WEIGHT", "Objective"]

# What a bit is worth in squared steps: the least BD-rate of 0.06 to 0.17.
BIT_WEIGHT = 0.09


class Objective:
    """Error and bits of latents at a step, and their slopes.

    Parameters
    ----------
    channels
        The image's (channels, height, width), as samples from 0 to 1 give them.
    spec
        Its step, and whether there are filters.
    prior
        The networks that latents are coded and synthesised with.
    """

    def __init__(self, channels: Tensor, spec: GridSpec, prior: Prior, device: str) -> None:
        self._target = channels.to(device) / spec.step_size
        self._geometry = spec.geometry((channels.shape[1], channels.shape[2]))
        self._filters = prior.filters if spec.filtered else ()
        self._contexts = ContextNetwork(prior, spec.step)
        self._step = spec.step

    def error(self, latents: Pyramid) -> tuple[float, Pyramid]:
        """The squared error of what latents synthesise to and its slopes by them, in squared
        steps."""
        bands = [band.detach().requires_grad_() for band in flattened(latents)]
        with torch.enable_grad():
            on_device = pyramid_of([band.to(self._target.device) for band in bands])
            channels = synthesised(on_device, self._filters, self._step)
            error = total((channels - self._target) ** 2)
            slopes = torch.autograd.grad(error, bands, materialize_grads=True)
        return float(error.detach()), pyramid_of(slopes)

    def bit_slopes(self, latents: Pyramid) -> Pyramid:
        """What latents cost, in squared steps per unit."""
        slopes = pyramid_of([torch.zeros_like(band) for band in flattened(latents)])
        for number in range(self._geometry.tiling.count):
            block = block_slopes(self._contexts, block_of(latents, self._geometry, number)[1])
            parts = self._geometry.band_parts(number)
            for bands, places, by_channel in zip(slopes[1], parts, block, strict=True):
                for channel, planes in enumerate(by_channel):
                    for band, place, plane in zip(bands, places, planes, strict=True):
                        band[(channel, *place)] = torch.from_numpy(plane) * BIT_WEIGHT
        return slopes
