"""ENRP: one small network for each tile, all of one shape (Kadarvish et al., section III)."""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.inr.networks.base import Effort, TensorSpec
from inrcodec.codecs.inr.networks.mlp import MAX_TILE, PerceptronSpec
from inrcodec.errors import UsageError
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Frame

__all__ = ["PRESETS", "EnrpSpec"]

# The paper's networks for audio signals (Table II): equal segments, all of one shape.
PRESETS: dict[str, dict[str, float]] = {
    f"P{k}": {"segments": 2 << k, "width": 64, "depth": 5, "omega_0": 30.0, "omega": 30.0}
    for k in range(5)
}


# (depth, steps) of efforts 1 to 5 and 6 to 9.
_SMALL = ((2, 200), (2, 500), (3, 800), (3, 1600), (3, 3000))
_LARGE = ((3, 4000), (3, 6000), (4, 8000), (4, 20000))

# (width, steps) of efforts 1 to 9 for audio signals: about 55 kbit/s to 350 at 44.1 kHz.
_AUDIO = (
    *((12, 120), (12, 250), (16, 500), (16, 1000), (20, 2000)),
    *((24, 2500), (24, 4000), (32, 6000), (32, 15000)),
)


@dataclass(frozen=True)
class EnrpSpec(PerceptronSpec):
    """An ensemble; all its weights are tile scope, its coordinates run over each tile.

    `tile` is the side of a tile in samples, 1 to 2^24, but never longer than the signal's; a tile
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

    @property
    def stackable(self) -> bool:
        return not self.function.harmonized

    @classmethod
    def efforts(cls, domain: Domain) -> tuple[Effort, ...]:
        if len(domain.shape) == 1:
            # One layer between the first, which begins at the tile's frequencies, and the last:
            # deeper networks of as many weights are slower and no better.
            return tuple(
                Effort(cls(width, 1, 50.0, 25.0, tile=2048), steps, 1e-2) for width, steps in _AUDIO
            )
        # Small tiles learn fastest; larger ones with a deeper network need fewer bytes in the end.
        small = [(64, 8, depth, 10.0, steps) for depth, steps in _SMALL]
        large = [(128, 16, depth, 15.0, steps) for depth, steps in _LARGE]
        return tuple(
            Effort(
                cls(width, depth, omega, omega, tile=tile), steps, 1.5e-2 if tile < 128 else 1e-2
            )
            for tile, width, depth, omega, steps in small + large
        )
