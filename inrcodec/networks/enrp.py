"""ENRP: one small network for each tile, all of one shape (Kadarvish et al., section III)."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.coordinates import Frame
from inrcodec.errors import UsageError
from inrcodec.fields import UINT, coded
from inrcodec.networks.base import Domain, Effort, Scope, TensorSpec
from inrcodec.networks.mlp import PerceptronSpec

__all__ = ["EnrpSpec"]

MAX_TILE = 1 << 16

# (depth, steps) of efforts 1 to 5 and 6 to 9.
_SMALL = ((2, 100), (2, 250), (3, 400), (3, 800), (3, 1500))
_LARGE = ((3, 2000), (3, 4000), (4, 8000), (4, 20000))


@dataclass(frozen=True)
class EnrpSpec(PerceptronSpec):
    """An ensemble; all its weights are tile scope, its coordinates run over each tile.

    `tile` is the side of a tile in samples, 1 to 65536, but never longer than the signal's; a tile
    at the border may reach beyond it.
    """

    number = 2
    name = "enrp"
    summary = "one small sine network for each tile"
    frame = Frame.TILE

    tile: int = coded(UINT, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.tile <= MAX_TILE:
            raise UsageError(f"tile {self.tile}; it must be 1 to {MAX_TILE}")

    def tensors(self, domain: Domain) -> tuple[TensorSpec, ...]:
        return self.perceptron(domain, Scope.TILE)

    def tile_shape(self, domain: Domain) -> tuple[int, ...]:
        return tuple(min(self.tile, size) for size in domain.shape)

    @classmethod
    def efforts(cls) -> tuple[Effort, ...]:
        # Small tiles learn fastest; larger ones with a deeper network need fewer bytes in the end.
        small = [(64, 8, depth, 10.0, steps) for depth, steps in _SMALL]
        large = [(128, 16, depth, 15.0, steps) for depth, steps in _LARGE]
        return tuple(
            Effort(
                cls(width, depth, omega, omega, tile=tile), steps, 1.5e-2 if tile < 128 else 1e-2
            )
            for tile, width, depth, omega, steps in small + large
        )
