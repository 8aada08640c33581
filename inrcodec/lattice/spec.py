"""`grid`: a lattice of latents under the picture, coded by a context network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from inrcodec.coordinates import TileGrid
from inrcodec.errors import UsageError
from inrcodec.fields import UINT, UINTS, coded
from inrcodec.lattice.geometry import MOST_LEVELS, Geometry, default_levels
from inrcodec.networks.base import Domain, ModelSpec, Scope

__all__ = ["MOST_STEP", "OWN", "TURN", "LatticeSpec", "colours"]

# Angles are counted in parts of a full turn.
TURN = 1024
MOST_STEP = 1023
# Of `filtered`: networks of the picture's own.
OWN = 2
_DEFAULT_BLOCK = 9
_MOST_BLOCK = 12


@dataclass(frozen=True)
class LatticeSpec(ModelSpec):
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
        Of the colour rotation; none for a picture of one channel.
    filtered
        Whether there are synthesis filters: 0, those of the prior (1), or `OWN`: then all
        networks, also those of contexts, have differences from the prior in an `ITEM` section.
    """

    number = 8
    name = "grid"
    summary = "wavelet latents coded by a context network; smallest files"
    family = "lattice"

    prior: int = coded(UINT, default=1)
    step: int = coded(UINT, default=640)
    levels: int = coded(UINT, default=MOST_LEVELS)
    block: int = coded(UINT, default=_DEFAULT_BLOCK)
    angles: tuple[int, ...] = coded(UINTS, default=())
    filtered: int = coded(UINT, default=1)

    def __post_init__(self) -> None:
        if not 0 <= self.step <= MOST_STEP:
            raise UsageError(f"step {self.step}; it must be 0 to {MOST_STEP}")
        if not 0 <= self.levels <= MOST_LEVELS:
            raise UsageError(f"{self.levels} levels; 0 to {MOST_LEVELS} are possible")
        if not max(self.levels, 5) <= self.block <= _MOST_BLOCK:
            raise UsageError(f"blocks of 2^{self.block} pixels")
        if len(self.angles) not in (0, 3) or not all(0 <= a < TURN for a in self.angles):
            raise UsageError(f"colour angles {self.angles}")
        if self.filtered not in (0, 1, OWN):
            raise UsageError(f"filter {self.filtered}; it is 0, 1 or 2")

    @property
    def step_size(self) -> float:
        """The quantization step, for samples from 0 to 1."""
        return float(2.0 ** (self.step / 64 - 6) / 255)

    @property
    def tuned(self) -> bool:
        """Whether the picture has networks of its own."""
        return self.filtered == OWN

    def geometry(self, shape: tuple[int, ...]) -> Geometry:
        """The lattice under a picture (height, width)."""
        height, width = shape
        return Geometry((height, width), self.levels, 1 << self.block)

    def grid(self, domain: Domain) -> TileGrid:
        """The blocks of a picture."""
        return self.geometry(domain.shape).grid

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Latents; the networks are the prior's."""
        return {Scope.TILE: domain.shape[0] * domain.shape[1] * colours(domain.channels)}

    def mismatch(self, domain: Domain) -> str | None:
        """A picture in colours has a colour rotation, one in gray has none."""
        if len(self.angles) == 3 * (colours(domain.channels) == 3):
            return None
        return f"{len(self.angles)} colour angles for {domain.channels} channels"

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """Alpha and own networks have sections."""
        alpha = (b"ALPH",) if colours(domain.channels) != domain.channels else ()
        return (*alpha, b"ITEM") if self.tuned else alpha

    def for_shape(self, shape: tuple[int, ...]) -> Self:
        """The spec with as many levels as suit a picture of that shape."""
        return self.with_options({"levels": min(self.levels, default_levels(shape))})


def colours(channels: int) -> int:
    """How many of a picture's channels are on the lattice: all but alpha."""
    return channels - 1 + channels % 2
