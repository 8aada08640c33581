"""`pixels`: the samples of an image themselves, coded one by one in tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from inrcodec.codecs.base import Domain, ModelSpec, Scope
from inrcodec.codecs.pixels.costs import decoding_cost
from inrcodec.codecs.pixels.magnification import MOST
from inrcodec.codecs.pixels.pretrained import CURRENT
from inrcodec.container.crops import TileBox
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import MANY_UINTS, UINT, coded
from inrcodec.signal.geometry import Raster, Tiling

__all__ = ["LEAST_SIDE", "MOST_SIDE", "MOST_STEP", "PixelsSpec"]

# Of a tile, in pixels.
LEAST_SIDE, MOST_SIDE = 16, 4096
# All levels of 16 bits.
MOST_STEP = (1 << 16) - 1


@dataclass(frozen=True)
class PixelsSpec(ModelSpec):
    """The header fields of coded samples.

    Attributes
    ----------
    pretrained
        The number of the pretrained model.
    tile_height, tile_width
        Of a tile, in pixels: 16 to 4096. Those at the image's end are cut.
    step
        The quantization step, in levels, of samples that repeat no others: odd, 1 for lossless.
    max_error
        The most levels that a sample is off by: 0 is lossless.
    magnification
        Pixels on a side of a square that is coded as one: 1 to 64, a divisor of a tile's sides.
    levels
        The levels that there are, as `Levels.read` reads them; none for all.
    """

    number = 10
    name = "pixels"
    summary = "samples coded one by one: lossless, or off by N levels at most"

    pretrained: int = coded(UINT, default=CURRENT)
    tile_height: int = coded(UINT, default=512)
    tile_width: int = coded(UINT, default=512)
    step: int = coded(UINT, default=1)
    max_error: int = coded(UINT, default=0)
    magnification: int = coded(UINT, default=1)
    levels: tuple[int, ...] = coded(MANY_UINTS, default=())

    def __post_init__(self) -> None:
        for side in (self.tile_height, self.tile_width):
            if not LEAST_SIDE <= side <= MOST_SIDE:
                raise UsageError(f"a tile of {side} pixels; {LEAST_SIDE} to {MOST_SIDE} a side")
        side = self.magnification
        if not 1 <= side <= MOST or self.tile_height % side or self.tile_width % side:
            raise UsageError(f"squares of {side} pixels; 1 to {MOST} a side, that fill a tile")
        if not 1 <= self.step <= MOST_STEP or self.step % 2 == 0:
            raise UsageError(f"step {self.step}; it must be odd, 1 to {MOST_STEP}")
        if not self.step // 2 <= self.max_error <= MOST_STEP:
            raise UsageError(f"an error of {self.max_error} levels, by a step of {self.step}")
        if self.levels and self.max_error:
            raise UsageError("samples of some levels alone are lossless")

    def described(self) -> dict[str, Any]:
        """The coded fields for people: of levels, how many numbers tell them."""
        return {**super().described(), "levels": len(self.levels)}

    def tiling(self, domain: Domain) -> Tiling:
        """Implement `ModelSpec`."""
        return Tiling(domain.shape, (self.tile_height, self.tile_width))

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count samples."""
        return {Scope.TILE: math.prod(domain.shape) * domain.channels}

    def tile_parameters(self, domain: Domain, boxes: Sequence[TileBox]) -> int:
        """Count the samples of tiles."""
        tiling = self.tiling(domain)
        return sum(
            math.prod(
                min(places.stop * tile, size) - places.start * tile
                for places, tile, size in zip(box, tiling.tile, tiling.shape, strict=True)
            )
            * domain.channels
            for box in boxes
        )

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """Implement `ModelSpec`."""
        return decoding_cost(self.tiling(domain), domain.channels, raster, output)

    def mismatch(self, domain: Domain) -> str | None:
        """Tell what does not suit: samples are of an image."""
        return None if len(domain.shape) == 2 else "model pixels is for images"
