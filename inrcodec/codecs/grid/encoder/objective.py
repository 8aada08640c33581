"""The objective of an image's latents: squared error plus what bits are worth."""

from __future__ import annotations

import torch
from torch import Tensor

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.encoder.rate import rate_gradients
from inrcodec.codecs.grid.pretrained import PretrainedModel
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.codecs.grid.synthesis import synthesized
from inrcodec.devices import total

__all__ = ["BIT_WEIGHT", "Objective"]

# What a bit is worth in squared steps: the least BD-rate of 0.06 to 0.17.
BIT_WEIGHT = 0.09


class Objective:
    """Error and bits of latents at a quantization step, and their gradients.

    Parameters
    ----------
    channels
        The image's (channels, height, width), as samples from 0 to 1 give them.
    spec
        Its step, and whether there are filters.
    model
        The networks that latents are coded and synthesized with.
    """

    def __init__(
        self, channels: Tensor, spec: GridSpec, model: PretrainedModel, device: str
    ) -> None:
        self._target = channels.to(device) / spec.step_size
        self._geometry = spec.geometry((channels.shape[1], channels.shape[2]))
        self._filters = model.filters if spec.filtered else ()
        self._contexts = ContextNetwork(model, spec.step)
        self._step = spec.step

    def error(self, latents: Subbands[Tensor]) -> tuple[float, Subbands[Tensor]]:
        """Return the squared error of what latents synthesize to and its gradients by them, in
        squared steps."""
        bands = latents.map(lambda band: band.detach().requires_grad_())
        with torch.enable_grad():
            on_device = bands.map(lambda band: band.to(self._target.device))
            channels = synthesized(on_device, self._filters, self._step)
            error = total((channels - self._target) ** 2)
            gradients = torch.autograd.grad(error, [*bands], materialize_grads=True)
        return float(error.detach()), Subbands.from_bands(gradients)

    def rate_gradients(self, latents: Subbands[Tensor]) -> Subbands[Tensor]:
        """Return what latents cost, in squared steps per unit."""
        real, gradients = latents.map(Tensor.numpy), latents.map(torch.zeros_like)
        for number in range(self._geometry.tiling.count):
            parts = self._geometry.parts(number)
            block = rate_gradients(self._contexts, real.part(parts))
            for band, of_block in zip(gradients.part(parts), block, strict=True):
                band[...] = torch.from_numpy(of_block) * BIT_WEIGHT
        return gradients
