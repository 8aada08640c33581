"""A coordinate network as a `torch.nn.Module`, to be studied, trained and written back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from inrcodec.codecs.base import Domain
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import FP16, model_section
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.ranges import from_network
from inrcodec.codecs.inr.renderer import sample
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.signal import SignalInfo

__all__ = ["NetworkModule"]


class NetworkModule(nn.Module):
    """A coordinate network; its parameters are named `weight0`, `bias0`, and so on.

    Parameters
    ----------
    weights
        By name, float32: (tiles, *shape) in tile scope, (1, *shape) in the others.
    spec, info
        The architecture, and the signal.
    """

    def __init__(self, spec: NetworkSpec, info: SignalInfo, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.spec = spec
        self.info = info
        trained = {t.name: t.trained for t in spec.tensors(self.domain)}
        for name, weight in weights.items():
            value = weight.detach().clone()
            self.register_parameter(name, nn.Parameter(value, requires_grad=trained[name]))

    @property
    def domain(self) -> Domain:
        """What the network is defined over."""
        return Domain(self.info.shape, self.info.channels, self.info.chunks.overlap)

    @property
    def network(self) -> Network:
        """The network with the parameters as they are."""
        return Network(self.spec, self.domain, dict(self.named_parameters()))

    def forward(self, coordinates: Tensor) -> Tensor:
        """Values (..., channels) at coordinates (..., axes) in [-1, 1], not clamped: of an image
        0 for black and 1 for the peak, of audio about -1 to 1; see `Representation.__call__`."""
        flat = coordinates.reshape(-1, coordinates.shape[-1]).to(torch.float64)
        values = from_network(self.info, sample(self.network, flat)).float()
        return values.reshape(*coordinates.shape[:-1], self.info.channels)

    def item(self) -> EncodedItem:
        """The sections of a file with the parameters, quantized.

        Raises `UsageError` where a weight is not finite or above 65504.
        """
        symbols = quantize(self.network.arrays())
        sections = write_weights(self.spec, self.domain, symbols)
        return EncodedItem(self.info, [model_section(self.spec, FP16), *sections], 0)
