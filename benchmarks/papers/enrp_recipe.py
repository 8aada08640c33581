"""The ENRP authors' own recipe of a fit, where the package's `fit` differs from it.

* Coordinates of a tile run from -1 to 1 with both ends on samples, not on the tile's borders.
* Biases of ensembles of 4 tiles along an axis and more start in U(±1/√(out·in)), not U(±1/√in).
* The loss is the mean squared error of all tiles, times the samples of one tile.
* Adam at a constant rate, betas 0.9 and 0.999, epsilon 1e-8; all samples in every update.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Domain
from inrcodec.codecs.inr.fit import Fit, FitSettings
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import initialize

__all__ = ["fit_by_recipe"]

# Tiles along an axis from which on biases start smaller.
_SMALL_BIASES_FROM = 4


def _start(spec: NetworkSpec, domain: Domain, settings: FitSettings) -> Network:
    network = initialize(spec, domain, settings.seed, settings.device)
    if max(network.tiling.counts) >= _SMALL_BIASES_FROM:
        for name, bias in network.weights.items():
            if name.startswith("bias"):
                bias /= math.sqrt(bias.shape[1])
    for weight in network.weights.values():
        weight.requires_grad_()
    return network


def _ends(sides: tuple[int, ...]) -> Tensor:
    """(1, axes, samples): coordinates with a sample on either end."""
    axes = torch.meshgrid(*(torch.linspace(-1, 1, side) for side in sides), indexing="ij")
    return torch.stack(axes).reshape(1, len(sides), -1)


def _at_centers(spec: NetworkSpec, weights: dict[str, Tensor], sides: tuple[int, ...]) -> None:
    """Change weights for coordinates of `_ends` to the same network for pixel centers.

    Of t samples, one at c by their centers is at c·t/(t - 1) by their ends.
    """
    stretch = torch.tensor([side / (side - 1) for side in sides])
    first = "mapping" if "mapping" in weights else "weight0"
    weights[first] *= stretch.to(weights[first].device)


def fit_by_recipe(values: npt.NDArray[np.float32], spec: NetworkSpec, settings: FitSettings) -> Fit:
    """Fit as the authors do; the network returned is the best, and takes pixel centers."""
    domain = Domain(values.shape[:-1], values.shape[-1])
    network = _start(spec, domain, settings)
    tiling, device = network.tiling, network.device
    target = torch.from_numpy(np.ascontiguousarray(tiling.stack(values))).to(device)
    scale = tiling.samples_per_tile / target.numel()
    ends = _ends(tiling.tile)
    # A clip at once would be gigabytes; through the caches it is faster, too.
    length = max(1, network.points_at_once // tiling.count)
    chunks = [
        (spec.prepare(points.to(device)), part.contiguous())
        for points, part in zip(ends.split(length, -1), target.split(length, -1), strict=True)
    ]
    trained = [w for name, w in network.weights.items() if name != "mapping"]
    optimizer = torch.optim.Adam(trained, settings.learning_rate, settings.betas, fused=True)
    least, best = math.inf, network.weights
    for step in range(settings.steps + 1):
        optimizer.zero_grad()
        error = 0.0
        for points, part in chunks:
            loss = (spec.forward(network.weights, points) - part).square().sum()
            if step < settings.steps:
                (loss * scale).backward()
            error += float(loss.detach()) / target.numel()
        if error < least:
            least = error
            best = {name: w.detach().clone() for name, w in network.weights.items()}
        if step < settings.steps:
            optimizer.step()
    _at_centers(spec, best, tiling.tile)
    quality = 10 * math.log10(4 / max(least, 1e-30))
    return Fit(Network(spec, domain, best), quality, settings.steps)
