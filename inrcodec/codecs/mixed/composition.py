"""The samples of an image at its own resolution: of each cell those of the grid, or its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inrcodec.codecs.mixed.cells import Cells, Mask
from inrcodec.codecs.pixels.tile_reader import OnTile, Samples, TileReader
from inrcodec.progress import Report
from inrcodec.signal.geometry import Region

__all__ = ["ComposedReader", "bounds"]


@dataclass(frozen=True)
class ComposedReader:
    """Reads samples of both kinds, only of what a region touches; a `SampleReader`.

    Attributes
    ----------
    grid
        Renders a region of the grid.
    """

    cells: Cells
    tiles: TileReader
    grid: Callable[[Region], Samples]

    def read(
        self,
        region: Region,
        keeps: bool = False,
        report: Report | None = None,
        on_damage: OnTile | None = None,
    ) -> Samples:
        """Read the samples (*region.length, channels) of a region; see `TileReader.read`."""
        own = self.cells.over(region)
        if own.all():
            return self.tiles.read(region, keeps, report, on_damage)
        under = bounds(~own)
        if not own.any():
            return self.grid(region)
        over = bounds(own)
        read = self.tiles.read(over.moved(region.start), keeps, report, on_damage)
        out = np.empty((*region.length, read.shape[-1]), read.dtype)
        out[under.slices] = self.grid(under.moved(region.start))
        shown = own[over.slices]
        out[over.slices][shown] = read[shown]
        return out


def bounds(mask: Mask) -> Region:
    """Return the least region that has all that a mask has, which is something."""
    spans = [np.flatnonzero(mask.any(axis)) for axis in (1, 0)]
    start = tuple(int(span[0]) for span in spans)
    return Region(start, tuple(int(span[-1]) + 1 - a for span, a in zip(spans, start, strict=True)))
