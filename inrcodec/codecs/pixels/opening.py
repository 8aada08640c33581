"""A file's coded samples, as far as a raster needs them, ready to be rendered."""

from __future__ import annotations

from inrcodec.codecs.codec import Opening
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.codecs.pixels.reach import reached
from inrcodec.codecs.pixels.renderer import PixelsRenderer
from inrcodec.codecs.pixels.spec import PixelsSpec
from inrcodec.codecs.pixels.tile_reader import TileReader
from inrcodec.container.crops import TileBox
from inrcodec.container.sections import Container
from inrcodec.errors import MalformedError
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region, Tiling

__all__ = ["needed_tiles", "open_pixels"]


def open_pixels(
    container: Container, header: Header, raster: Raster, opening: Opening
) -> PixelsRenderer:
    """Open the samples of an item under a raster; tiles are read when they are rendered, those
    alone that a region touches.

    Raises `FormatError` where the index of tiles is damaged, or the step is none of such samples.
    """
    info, spec = header.info, header.spec
    assert isinstance(info, ImageInfo)
    assert isinstance(spec, PixelsSpec)
    if spec.step > info.peak:
        raise MalformedError(f"a step of {spec.step} levels, where {info.peak} are the most")
    window = reached(raster.region, raster.size, info.shape)
    boxes = header.boxes()
    if boxes is not None:
        window = window.common(_covered(spec.tiling(header.domain()), *boxes))
    reader = _kept_reader(container, header, opening)
    return PixelsRenderer(reader, window, info, opening.report, opening.on_damage)


def needed_tiles(header: Header, region: Region) -> tuple[TileBox, ...]:
    """Return the tiles that a region depends on at the image's own resolution and any finer
    one."""
    tiling = header.spec.tiling(header.domain())
    seen = reached(region, region.length, header.info.shape)
    return (tiling.touching(seen),)


def _covered(tiling: Tiling, box: TileBox) -> Region:
    """Return what a box of tiles covers."""
    start = tuple(places.start * tile for places, tile in zip(box, tiling.tile, strict=True))
    stop = tuple(
        min(places.stop * tile, size)
        for places, tile, size in zip(box, tiling.tile, tiling.shape, strict=True)
    )
    return Region(start, tuple(b - a for a, b in zip(start, stop, strict=True)))


def _kept_reader(container: Container, header: Header, opening: Opening) -> TileReader:
    """Return what reads an item's tiles, of which views have one."""
    # One entry, so that threads never see the reader of one item as that of another.
    item, known = opening.kept.get("pixels", (None, None))
    if item == header.item:
        reader: TileReader = known
        return reader
    info, spec = header.info, header.spec
    assert isinstance(info, ImageInfo)
    assert isinstance(spec, PixelsSpec)
    streams = open_streams(container, header, container.read(b"TIDX", header.item))
    found = TileReader(streams, spec.tiling(header.domain()), spec, info)
    opening.kept["pixels"] = header.item, found
    return found
