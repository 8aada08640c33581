"""A coordinate network as a `torch.nn.Module`, to be studied, trained and written back."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from inrcodec.codecs.base import Domain, domain_of
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import model_section
from inrcodec.codecs.inr.differentiable import sample_tensor
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.quantization import quantize
from inrcodec.codecs.inr.ranges import from_network
from inrcodec.codecs.inr.weights import write_weights
from inrcodec.errors import UsageError
from inrcodec.signal import SignalInfo

__all__ = ["NetworkModule"]


class NetworkModule(nn.Module):
    """The coordinate network of one image or audio signal, as its function of coordinates.

    Its parameters are the weights by name (`weight0`, `bias0`, and so on), float32: of each tile,
    (tiles, *shape), where weights are of tiles, else (1, *shape). Random frequencies of Fourier
    features do not require gradients. Gradients of any order flow to parameters and coordinates.

    Parameters
    ----------
    spec, info
        The architecture, and the signal, which has one chunk.
    weights
        Values of the parameters, which are copied.
    """

    def __init__(self, spec: NetworkSpec, info: SignalInfo, weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.spec = spec
        self.info = info
        for tensor in spec.tensors(self.domain):
            value = weights[tensor.name].detach().clone()
            self.register_parameter(tensor.name, nn.Parameter(value, requires_grad=tensor.trained))

    @property
    def domain(self) -> Domain:
        """The domain of the network: all of the signal."""
        return domain_of(self.info)

    @property
    def network(self) -> Network:
        """The network with the parameters as they are."""
        return Network(self.spec, self.domain, dict(self.named_parameters()))

    def forward(self, coordinates: Tensor) -> Tensor:
        """Return the values at coordinates, as `Representation.__call__` does.

        Parameters
        ----------
        coordinates
            (..., axes), each in [-1, 1]: of an image (row, column), of an audio signal (time,); the
            center of sample i of n is at (2i + 1)/n - 1.

        Returns
        -------
        float32 values (..., channels), not clamped: of an image 0 for black and 1 for the peak, of
        audio about -1 to 1.

        Raises `UsageError` where coordinates have another number of axes.
        """
        axes = len(self.info.shape)
        if coordinates.ndim == 0 or coordinates.shape[-1] != axes:
            raise UsageError(f"coordinates of shape {tuple(coordinates.shape)}, not (..., {axes})")
        # Of a long audio signal, binary32 does not tell one sample from the next.
        flat = coordinates.reshape(-1, axes).to(torch.float64)
        values = from_network(self.info, sample_tensor(self.network, flat)).float()
        return values.reshape(*coordinates.shape[:-1], self.info.channels)

    def extra_repr(self) -> str:
        """Return the model and the signal in words."""
        return f"{self.spec.name}, {self.info}"

    def item(self) -> EncodedItem:
        """Return the sections of a file with the parameters, as binary16.

        Raises `UsageError` where a weight is not finite or above 65504.
        """
        symbols = quantize(self.network.arrays())
        sections = write_weights(self.spec, self.domain, symbols)
        return EncodedItem(self.info, [model_section(self.spec), *sections], 0)
