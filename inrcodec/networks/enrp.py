"""ENRP: one small network for each tile, all of one shape (Kadarvish et al., section III)."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.container.fields import UINT, coded
from inrcodec.coordinates import Frame
from inrcodec.errors import UsageError
from inrcodec.networks.base import Domain, Effort, Scope, TensorSpec
from inrcodec.networks.mlp import PerceptronSpec

__all__ = ["EnrpSpec"]

MAX_TILE = 1 << 16


@dataclass(frozen=True)
class EnrpSpec(PerceptronSpec):
    """An ensemble; all its weights are tile scope, its coordinates run over each tile.

    `tile` is the side of a tile in samples, 1 to 65536; a tile at the border may reach beyond it.
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
        return (self.tile,) * len(domain.shape)

    @classmethod
    def efforts(cls) -> tuple[Effort, ...]:
        table = (
            (64, 8, 2, 100),
            (64, 8, 2, 200),
            (64, 8, 3, 400),
            (64, 8, 3, 700),
            (64, 8, 3, 1200),
            (128, 16, 3, 1200),
            (128, 16, 3, 2500),
            (128, 16, 4, 5000),
            (128, 16, 4, 20000),
        )
        return tuple(Effort(cls(w, d, 10.0, 10.0, tile=t), steps, 2e-2) for t, w, d, steps in table)
