"""`mixed`: a latent grid under some cells of an image, and the samples of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

from inrcodec.codecs.base import Domain, Scope
from inrcodec.codecs.grid.color import color_channels
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.pixels.pretrained import CURRENT
from inrcodec.codecs.pixels.reach import needed_region
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.container.crops import TileBox
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import UINT, coded
from inrcodec.signal.geometry import Raster, Tiling

__all__ = ["CELLS", "MixedSpec"]

# The section of the map of cells.
CELLS = b"CELL"
_LEAST_CELL, _MOST_CELL = 3, 8
# Work of a cell of the map.
_OF_CELL = 2000.0


@dataclass(frozen=True)
class MixedSpec(GridSpec):
    """The header fields of a grid, and beside them those of samples.

    Attributes
    ----------
    scan
        The number of the samples' pretrained model.
    tile_height, tile_width, sample_step, sample_error
        Of samples: see `PixelsSpec`, which calls the last two `step` and `max_error`.
    cell
        Cells of the map have 2^cell pixels on a side: 8 to 256. Those at the end are cut.
    """

    number = 11
    may_follow = False
    name = "mixed"
    summary = "grid where an image is a photograph, pixels elsewhere; or one of them"

    scan: int = coded(UINT, default=CURRENT)
    tile_height: int = coded(UINT, default=512)
    tile_width: int = coded(UINT, default=512)
    sample_step: int = coded(UINT, default=1)
    sample_error: int = coded(UINT, default=0)
    cell: int = coded(UINT, default=3)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _LEAST_CELL <= self.cell <= _MOST_CELL:
            raise UsageError(f"cells of 2^{self.cell} pixels")
        _ = self.pixels

    @classmethod
    def of(cls, grid: GridSpec, pixels: PixelsSpec, cell: int) -> Self:
        """Return the spec of both together."""
        return cls(
            **grid.fields(),
            scan=pixels.pretrained,
            tile_height=pixels.tile_height,
            tile_width=pixels.tile_width,
            sample_step=pixels.step,
            sample_error=pixels.max_error,
            cell=cell,
        )

    @property
    def grid(self) -> GridSpec:
        """The fields of the grid."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(GridSpec)}
        return GridSpec(**values)

    @property
    def pixels(self) -> PixelsSpec:
        """The fields of samples."""
        return PixelsSpec(
            self.scan, self.tile_height, self.tile_width, self.sample_step, self.sample_error
        )

    @property
    def side(self) -> int:
        """Pixels of a cell on a side."""
        return 1 << self.cell

    def cells(self, shape: Sequence[int]) -> Tiling:
        """Return the cells of an image (height, width)."""
        return Tiling(tuple(shape), (self.side, self.side))

    def tilings(self, domain: Domain) -> tuple[Tiling, ...]:
        """Those of the grid, then the tiles of samples."""
        return (*self.grid.tilings(domain), *self.pixels.tilings(domain))

    def tile_parameters(self, domain: Domain, boxes: Sequence[TileBox]) -> int:
        """Count latents and samples, though many of either are not seen."""
        *of_grid, of_pixels = boxes
        latents = self.grid.tile_parameters(domain, of_grid)
        return latents + self.pixels.tile_parameters(domain, [of_pixels])

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count latents, weight deltas and samples."""
        counts = self.grid.parameters(domain)
        samples = self.pixels.parameters(domain)[Scope.TILE]
        return counts | {Scope.TILE: counts[Scope.TILE] + samples}

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """Implement `ModelSpec`: what samples take, and under them the grid at its own size."""
        seen = needed_region(raster, domain.shape)
        own = Raster(seen, seen.length)
        under = self.grid.decoding_cost(domain, own, math.prod(seen.length), 0)
        over = self.pixels.decoding_cost(domain, raster, points, output)
        cells = _OF_CELL * self.cells(domain.shape).count
        held = float(math.prod(domain.shape))
        return Cost(under.memory + over.memory + held, under.work + over.work + cells)

    def mismatch(self, domain: Domain) -> str | None:
        """Tell what does not suit: as of a grid, and alpha."""
        if len(domain.shape) == 2 and color_channels(domain.channels) != domain.channels:
            return "model mixed is for images without alpha"
        return super().mismatch(domain)

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """The map of cells."""
        return (CELLS,)
