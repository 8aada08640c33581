"""Coded samples as a function of coordinates: any region of them at any resolution.

At the image's own resolution samples are those of the file. Between pixel centers they are the
Lanczos interpolation of these; output coarser than the image is low-passed by the same kernel,
widened.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.codec import OnDamage
from inrcodec.codecs.grid.renderer import GridRenderer
from inrcodec.codecs.pixels.tile_reader import OnTile, Samples
from inrcodec.errors import FormatError
from inrcodec.progress import Report
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["PixelsRenderer", "SampleReader"]

Floats = npt.NDArray[np.float32]


class SampleReader(Protocol):
    """Reads the samples of an image at its own resolution, such as a `TileReader`."""

    def read(
        self,
        region: Region,
        keeps: bool = False,
        report: Report | None = None,
        on_damage: OnTile | None = None,
    ) -> Samples:
        """Read the samples (*region.length, channels) of a region."""


class PixelsRenderer:
    """Samples of a part of an image, as a function; tiles are read when they are needed.

    Parameters
    ----------
    window
        The part of the image that may be read.
    info
        Of the whole image.
    """

    band_limited = True

    def __init__(
        self,
        reader: SampleReader,
        window: Region,
        info: ImageInfo,
        report: Report | None = None,
        on_damage: OnDamage | None = None,
    ) -> None:
        self._reader, self._window, self._info = reader, window, info
        self._report, self._on_damage = report, on_damage
        self._told = set[int]()
        self._resampler = GridRenderer(_Rows(self), window, info)

    def read(self, region: Region, keeps: bool = False, report: Report | None = None) -> Samples:
        """Read samples (*region.length, channels)."""
        tell = None if self._on_damage is None else self._tell
        return self._reader.read(region, keeps, report, tell)

    def _tell(self, tile: int, covered: Region, error: FormatError) -> None:
        """Tell of a tile that is damaged, once."""
        assert self._on_damage is not None
        if tile not in self._told:
            self._told.add(tile)
            self._on_damage(covered, error)

    @property
    def window(self) -> Region:
        """The part of the image that may be read."""
        return self._window

    @property
    def info(self) -> ImageInfo:
        """Describe the whole image."""
        return self._info

    @property
    def points_at_once(self) -> int:
        """Points to ask for in one call."""
        return self._resampler.points_at_once

    def render(
        self, raster: Raster, report: Report | None = None
    ) -> npt.NDArray[np.unsignedinteger]:
        """Implement `Renderer`: exact where the raster is of the image's own pixels."""
        if raster.size == raster.region.length:
            return self.read(raster.region, report=report or self._report)
        return self._resampler.render(raster, report)

    def values(self, raster: Raster) -> Floats:
        """Implement `Renderer`."""
        return self._resampler.values(raster)

    def sample(self, coordinates: npt.NDArray[Any]) -> Floats:
        """Implement `Renderer`; beyond the window samples are as at its border."""
        return self._resampler.sample(coordinates)

    def differentiable(self, coordinates: Any) -> Any:
        """Implement `Renderer`."""
        return self._resampler.differentiable(coordinates)

    def read_all(self) -> None:
        """Read every tile of the window that is visible."""
        self.read(self._window)


class _Rows:
    """The `Rows` of a renderer's window, from 0 to 1."""

    def __init__(self, renderer: PixelsRenderer) -> None:
        self._renderer = renderer

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        height, width = self._renderer.window.length
        return self._renderer.info.channels, height, width

    def rows(self, rows: range) -> Floats:
        """Return some rows."""
        window, info = self._renderer.window, self._renderer.info
        start = (window.start[0] + rows.start, window.start[1])
        samples = self._renderer.read(Region(start, (len(rows), window.length[1])), keeps=True)
        planes = np.ascontiguousarray(samples.transpose(2, 0, 1), np.float32)
        planes /= np.float32(info.peak)
        return planes
