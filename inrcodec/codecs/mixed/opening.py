"""A file's grid and samples, as far as a raster needs them, ready to be rendered."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inrcodec.codecs.codec import OnDamage, Opening
from inrcodec.codecs.grid.opening import needed_tiles as needed_blocks
from inrcodec.codecs.grid.opening import open_grid
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.codecs.mixed.cells import Cells, Mask, read_cells
from inrcodec.codecs.mixed.composition import ComposedReader
from inrcodec.codecs.mixed.spec import CELLS, MixedSpec
from inrcodec.codecs.pixels.reach import reached
from inrcodec.codecs.pixels.renderer import PixelsRenderer
from inrcodec.codecs.pixels.tile_reader import Samples, TileReader
from inrcodec.container.crops import Crop, TileBox
from inrcodec.container.sections import Container
from inrcodec.container.tiles import TileStreams
from inrcodec.errors import FormatError, MalformedError
from inrcodec.signal import ImageInfo
from inrcodec.signal.geometry import Raster, Region

__all__ = ["needed_tiles", "open_mixed"]


@dataclass(frozen=True)
class _Parts:
    """All that is read of an item: its map, all streams, and the tiles of samples."""

    cells: Cells
    streams: TileStreams
    tiles: TileReader


def open_mixed(
    container: Container, header: Header, raster: Raster, opening: Opening
) -> PixelsRenderer:
    """Open an item under a raster; tiles and blocks are read when they are rendered, those alone
    that a region touches.

    Raises `FormatError` where the map or the index of streams is damaged.
    """
    info, spec = header.info, header.spec
    assert isinstance(info, ImageInfo)
    assert isinstance(spec, MixedSpec)
    if spec.sample_step > info.peak:
        raise MalformedError(f"a step of {spec.sample_step} levels, where {info.peak} are the most")
    parts, of_grid = _kept_parts(container, header, opening), _of_grid(header)
    window = reached(raster.region, raster.size, info.shape)
    if header.crop is not None:
        window = window.common(_beside(header.visible, info.shape))
    on_damage = None if opening.on_damage is None else _told_once(opening.on_damage)
    own = replace(opening, on_damage=on_damage)

    def render(region: Region) -> Samples:
        at_own_size = Raster(region, region.length)
        grid = open_grid(container, of_grid, at_own_size, own, parts.streams)
        return grid.render(at_own_size)

    reader = ComposedReader(parts.cells, parts.tiles, render)
    return PixelsRenderer(reader, window, info, opening.report, on_damage)


def needed_tiles(container: Container, header: Header, region: Region) -> tuple[TileBox, ...]:
    """Return the blocks and tiles that a region, and the pixels beside it that interpolation sees,
    depend on at the image's own resolution and any finer one."""
    spec, seen = header.spec, _beside(region, header.info.shape)
    assert isinstance(spec, MixedSpec)
    blocks = needed_blocks(container, _of_grid(header), seen)
    return (*blocks, spec.pixels.tiling(header.domain()).touching(seen))


def _beside(region: Region, shape: tuple[int, ...]) -> Region:
    """Return a region with the pixels beside it that enlargements see."""
    return reached(region, region.length, shape)


def _of_grid(header: Header) -> Header:
    """Return the header of an item's grid alone."""
    spec, crop = header.spec, header.crop
    assert isinstance(spec, MixedSpec)
    if crop is not None:
        crop = Crop(crop.visible, crop.boxes[:-1])
    return replace(header, spec=spec.grid, crop=crop)


def _told_once(on_damage: OnDamage) -> OnDamage:
    """Return what tells of a region that is damaged once, however often it is read."""
    told = set[Region]()

    def tell(region: Region, error: FormatError) -> None:
        if region not in told:
            told.add(region)
            on_damage(region, error)

    return tell


def _kept_parts(container: Container, header: Header, opening: Opening) -> _Parts:
    """Return what is read of an item, of which views have one."""
    # One entry, so that threads never see the parts of one item as those of another.
    item, known = opening.kept.get("mixed", (None, None))
    if item == header.item:
        parts: _Parts = known
        return parts
    info, spec = header.info, header.spec
    assert isinstance(info, ImageInfo)
    assert isinstance(spec, MixedSpec)
    of_samples = read_cells(container.read(CELLS, header.item), spec.cells(info.shape).counts)
    cells = Cells(of_samples, spec.side)
    streams = open_streams(container, header, container.read(b"TIDX", header.item))
    first = spec.grid.streams(header.domain())
    tiling = spec.pixels.tiling(header.domain())

    def kept(region: Region) -> Mask:
        return cells.over(region)

    tiles = TileReader(streams.after(first), tiling, spec.pixels, info, kept)
    found = _Parts(cells, streams, tiles)
    opening.kept["mixed"] = header.item, found
    return found
