"""The weights that fits start from."""

from __future__ import annotations

import torch
from torch import Tensor

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network

__all__ = ["initialize"]


def initialize(spec: NetworkSpec, domain: Domain, seed: int, device: str = "cpu") -> Network:
    """Return a network before fitting.

    The weights depend on the seed alone, not on the device.
    """
    generator = torch.Generator().manual_seed(seed)
    tiles = spec.tiling(domain).count
    weights: dict[str, Tensor] = {}
    for tensor in spec.tensors(domain):
        copies = tiles if tensor.scope is Scope.TILE else 1
        size = (copies, *tensor.shape)
        if tensor.normal:
            unit = torch.randn(size, generator=generator)
        else:
            unit = 2 * torch.rand(size, generator=generator) - 1
        weights[tensor.name] = (unit * tensor.bound + tensor.center).to(device)
    return Network(spec, domain, weights)
