"""COIN++: a base network that images share, shifted by a short latent vector of each image.

The shifts of hidden layers, an image's modulations, are a linear map of the vector (Dupont et al.
2022, section 2).

The original learns base and map beforehand on many images; here they are fitted with the images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.activations import SINE
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import MAX_WIDTH, WHOLE_EFFORTS, PerceptronSpec
from inrcodec.codecs.inr.networks.operations import operations
from inrcodec.errors import UsageError
from inrcodec.schema import UINT, coded

__all__ = ["CoinPlusSpec"]


@dataclass(frozen=True)
class CoinPlusSpec(PerceptronSpec):
    """Hyper-parameters; `latent` is the length of an image's latent vector, 1 to 4096."""

    number = 7
    name = "coin++"
    summary = "a network shared by several images, shifted by a short vector of each"
    activations = (SINE.number,)

    latent: int = coded(UINT, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.latent <= MAX_WIDTH:
            raise UsageError(f"latent {self.latent}; it must be 1 to {MAX_WIDTH}")

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        shifts = self.width * (self.depth + 1)
        bound = self.latent**-0.5 / self.omega
        return (
            *self.perceptron(domain, Scope.SHARED),
            # Met once for an image, not once for a sample.
            TensorSpec("map", Scope.SHARED, (shifts, self.latent), bound, uses=0),
            TensorSpec("latent", Scope.ITEM, (self.latent,), 1e-2),
        )

    def forward(self, weights: Mapping[str, Any], points: Any) -> Any:
        # The shifts of a layer are a bias more.
        shifts = (weights["map"] @ weights["latent"][..., None])[..., 0]
        moved = dict(weights)
        parts = shifts.reshape(-1, self.depth + 1, self.width)
        expand = operations(shifts).expand
        for k, layer in enumerate(self.layers()[:-1]):
            shift = parts[:, k]
            moved[f"bias{layer}"] = weights[f"bias{layer}"] + shift
            # As many rows as images, so that the kernels need not tell the two apart.
            moved[f"weight{layer}"] = expand(weights[f"weight{layer}"], shift.shape[0])
        return super().forward(moved, points)

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        return tuple(
            Effort(cls(w, d, 30.0, 30.0, latent=32), steps, 3e-3) for w, d, steps in WHOLE_EFFORTS
        )
