"""The ENRP authors' own recipe of a fit, where the package's `fit` differs from it.

* Coordinates of a tile run from -1 to 1 with both ends on samples, not on the tile's borders.
* Biases of ensembles of 4×4 tiles and more start in U(±1/√(out·in)), not U(±1/√in).
* The loss is the mean squared error of all tiles, times the samples of one tile.
* Adam at a constant rate, betas 0.9 and 0.999, epsilon 1e-8; all samples in every update.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.fitting import Fit, FitSettings
from inrcodec.networks import Domain, NetworkSpec
from inrcodec.networks.network import Network, initialise

__all__ = ["fit_by_recipe"]

# Tiles from which on biases start smaller: 4×4.
_SMALL_BIASES_FROM = 16


def _start(spec: NetworkSpec, domain: Domain, settings: FitSettings) -> Network:
    network = initialise(spec, domain, settings.seed, settings.device)
    if network.grid.count >= _SMALL_BIASES_FROM:
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


def _at_centres(spec: NetworkSpec, weights: dict[str, Tensor], sides: tuple[int, ...]) -> None:
    """Change weights for coordinates of `_ends` to the same network for pixel centres.

    Of t samples, one at c by their centres is at c·t/(t - 1) by their ends.
    """
    stretch = torch.tensor([side / (side - 1) for side in sides])
    first = "mapping" if "mapping" in weights else "weight0"
    weights[first] *= stretch.to(weights[first].device)


def fit_by_recipe(samples: npt.NDArray[np.uint8], spec: NetworkSpec, settings: FitSettings) -> Fit:
    """Fit as the authors do; the network returned is the best, and takes pixel centres."""
    domain = Domain(samples.shape[:-1], samples.shape[-1])
    network = _start(spec, domain, settings)
    grid, device = network.grid, network.device
    scaled = (samples / 127.5 - 1).astype(np.float32)
    target = torch.from_numpy(np.ascontiguousarray(grid.stack(scaled))).to(device)
    points = spec.prepare(_ends(grid.tile).to(device))
    trained = [w for name, w in network.weights.items() if name != "mapping"]
    optimizer = torch.optim.Adam(trained, settings.learning_rate, settings.betas, fused=True)
    least, best = math.inf, network.weights
    for step in range(settings.steps + 1):
        error = (spec.forward(network.weights, points) - target).square().mean()
        if float(error.detach()) < least:
            least = float(error.detach())
            best = {name: w.detach().clone() for name, w in network.weights.items()}
        if step < settings.steps:
            optimizer.zero_grad()
            (error * grid.samples_per_tile).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    _at_centres(spec, best, grid.tile)
    quality = 10 * math.log10(4 / max(least, 1e-30))
    return Fit(Network(spec, domain, best), quality, settings.steps)
