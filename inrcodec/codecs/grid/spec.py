"""`grid`: a lattice of latents under the image, coded by a context network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from inrcodec.codecs.base import Domain, ModelSpec, Scope
from inrcodec.codecs.grid.color import TURN, color_channels
from inrcodec.codecs.grid.costs import decoding_cost
from inrcodec.codecs.grid.geometry import MOST_LEVELS, Geometry, default_levels
from inrcodec.codecs.grid.pretrained import load_prior
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import UINT, UINTS, coded
from inrcodec.signal.geometry import Raster, Tiling

__all__ = [
    "MOST_COLORS",
    "MOST_STEP",
    "NO_FILTERS",
    "OWN",
    "PRIOR",
    "SHARED",
    "SHARED_AND_OWN",
    "GridSpec",
]

MOST_STEP = 1023
# Of a lattice.
MOST_COLORS = 3
# Whose networks an image has.
NO_FILTERS, PRIOR, OWN, SHARED, SHARED_AND_OWN = range(5)
_DEFAULT_BLOCK = 9
_MOST_BLOCK = 12


@dataclass(frozen=True)
class GridSpec(ModelSpec):
    """The header fields of a latent grid.

    Attributes
    ----------
    prior
        Number of the prior.
    step
        The quantization step is 2^(step/64 - 6) levels of 255.
    levels
        Of the wavelet.
    block
        Blocks have a side of 2^block pixels.
    angles
        Of the color rotation; none for an image of one channel.
    networks
        The prior's without synthesis filters (`NO_FILTERS`), the prior's (`PRIOR`), or these with
        differences in the file (`SHARED`), of the image (`OWN`), or both.
    """

    number = 8
    name = "grid"
    summary = "wavelet latents coded by a context network; smallest files"

    prior: int = coded(UINT, default=1)
    step: int = coded(UINT, default=640)
    levels: int = coded(UINT, default=MOST_LEVELS)
    block: int = coded(UINT, default=_DEFAULT_BLOCK)
    angles: tuple[int, ...] = coded(UINTS, default=())
    networks: int = coded(UINT, default=1)

    def __post_init__(self) -> None:
        if not 0 <= self.step <= MOST_STEP:
            raise UsageError(f"step {self.step}; it must be 0 to {MOST_STEP}")
        if not 0 <= self.levels <= MOST_LEVELS:
            raise UsageError(f"{self.levels} levels; 0 to {MOST_LEVELS} are possible")
        if not max(self.levels, 5) <= self.block <= _MOST_BLOCK:
            raise UsageError(f"blocks of 2^{self.block} pixels")
        if len(self.angles) not in (0, 3) or not all(0 <= a < TURN for a in self.angles):
            raise UsageError(f"color angles {self.angles}")
        if not NO_FILTERS <= self.networks <= SHARED_AND_OWN:
            raise UsageError(f"networks {self.networks}; 0 to {SHARED_AND_OWN} are possible")

    @property
    def step_size(self) -> float:
        """The quantization step, for samples from 0 to 1."""
        return float(2.0 ** (self.step / 64 - 6) / 255)

    @property
    def filtered(self) -> bool:
        """Whether there are synthesis filters."""
        return self.networks != NO_FILTERS

    @property
    def tuned(self) -> dict[Scope, bool]:
        """In which scopes networks have differences."""
        return {
            Scope.SHARED: self.networks in (SHARED, SHARED_AND_OWN),
            Scope.ITEM: self.networks in (OWN, SHARED_AND_OWN),
        }

    def with_own_networks(self) -> Self:
        """The spec of an image that has networks of its own."""
        shared = self.tuned[Scope.SHARED]
        return self.with_options({"networks": SHARED_AND_OWN if shared else OWN})

    def geometry(self, shape: tuple[int, ...]) -> Geometry:
        """The lattice under an image (height, width)."""
        height, width = shape
        return Geometry((height, width), self.levels, 1 << self.block)

    def tiling(self, domain: Domain) -> Tiling:
        """The blocks of an image."""
        return self.geometry(domain.shape).tiling

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Latents, and what networks may differ by from the prior's."""
        prior, count = load_prior(self.prior), color_channels(domain.channels)
        shapes = {
            Scope.SHARED: prior.tuning_shapes(MOST_LEVELS, MOST_COLORS),
            Scope.ITEM: prior.tuning_shapes(self.levels, count),
        }
        tuned = {s: sum(map(math.prod, shapes[s])) for s, there in self.tuned.items() if there}
        return tuned | {Scope.TILE: domain.shape[0] * domain.shape[1] * count}

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """See `ModelSpec`."""
        prior = load_prior(self.prior)
        return decoding_cost(
            self.geometry(domain.shape),
            prior,
            len(prior.filters) if self.filtered else 0,
            (color_channels(domain.channels), domain.channels),
            raster,
            output,
        )

    def mismatch(self, domain: Domain) -> str | None:
        """A grid is of an image; one in colors has a color rotation, one in gray has none."""
        if len(domain.shape) != 2:
            return "a grid is for images"
        if len(self.angles) == 3 * (color_channels(domain.channels) == 3):
            return None
        return f"{len(self.angles)} color angles for {domain.channels} channels"

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """Alpha has a section of its own."""
        return (b"ALPH",) if color_channels(domain.channels) != domain.channels else ()

    def for_shape(self, shape: tuple[int, ...]) -> Self:
        """The spec with as many levels as suit an image of that shape."""
        return self.with_options({"levels": min(self.levels, default_levels(shape))})
