"""Crops: files of a part of a signal, as the tiles that it depends on; nothing is decoded or coded
again.

    headers ──▶ region ──▶ tiles that are needed ──▶ their streams, a new index, `CROP`
"""

from __future__ import annotations

from collections.abc import Iterator

from inrcodec.codecs.codec import Codec
from inrcodec.codecs.headers import Header, open_streams
from inrcodec.codecs.registry import codec_of, read_header
from inrcodec.container import editing
from inrcodec.container.crops import Crop, TileBox, boxed_numbers
from inrcodec.container.names import find_items, read_names
from inrcodec.container.sections import Container, Section, build
from inrcodec.container.tiles import TileIndex
from inrcodec.locations import Openable, is_url, open_binary
from inrcodec.signal.views import View

__all__ = ["crop", "crop_item"]

# Sections of tiles, and where they lie.
_OF_TILES = (b"TIDX", b"TILE", b"CROP")
# The section of a chunk's other weights.
_OF_CHUNK = b"ITEM"


def crop(
    source: Openable,
    *,
    region: tuple[int, int, int, int] | None = None,
    time: tuple[float | None, float | None] | None = None,
    item: str | int = 1,
) -> bytes:
    """The file of a part of a signal, without decoding or coding it again.

    >>> photo = inrcodec.encode("photo.png").data
    >>> part = inrcodec.crop(photo, region=(8, 8, 16, 16))
    >>> inrcodec.open(part).render().shape
    (16, 16, 3)

    Parameters
    ----------
    source
        As of `open`.
    region
        Of an image: (x, y, width, height) in pixels.
    time
        Of an audio signal: (start, stop) in seconds; None for either end.
    item
        Of an album: the signal of that name, or at that place, from 1.

    Returns
    -------
    bytes
        An `.inr` file with the tiles that the part depends on. It renders to what the original's
        `render` gives for the region or time, at any resolution.

    Raises
    ------
    UsageError
        There is no such part, or the model is one network for all of a signal.
    FormatError
        The file is damaged.
    """
    view = View(region=region, time=time)
    with Container(open_binary(source) if is_url(str(source)) else source) as container:
        (number,) = find_items(read_names(container), [item])
        return crop_item(container, number, view)


def crop_item(container: Container, item: int, view: View) -> bytes:
    """The file of what an item of a container has of a view.

    Raises `UsageError` where the view has no place in the signal, changes its resolution, or the
    model has no tiles; `FormatError` where the file is damaged.
    """
    view.refuse("a crop", "scale", "size", "rate")
    header = read_header(container, item)
    region = header.raster(view).region
    alone = editing.extract(container, item, header.shares and bool(header.sounding))
    if region == header.visible:
        return alone
    with Container(alone) as single:
        header = read_header(single)
        codec = codec_of(header.spec)
        boxes = {
            chunk: _present(header, chunk, needed)
            for chunk, needed in codec.needed_tiles(single, header, region).items()
        }
        cut = Crop(region, tuple(box for own in boxes.values() for box in own))
        return build(_sections(single, header, codec, cut, boxes))


def _present(header: Header, chunk: int, needed: tuple[TileBox, ...]) -> tuple[TileBox, ...]:
    """Return what a chunk has of boxes, whose corners a crop of a crop may lack."""
    there = header.boxes(chunk)
    if there is None:
        return needed
    return tuple(
        tuple(range(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(*pair, strict=True))
        for pair in zip(needed, there, strict=True)
    )


def _sections(
    container: Container,
    header: Header,
    codec: Codec,
    cut: Crop,
    boxes: dict[int, tuple[TileBox, ...]],
) -> Iterator[Section]:
    """Iterate over the sections of a crop: those of the file without the tiles, then the tiles."""
    for entry in container.entries:
        # The first chunk has the number of the signal.
        is_of_chunk = entry.item > header.item or entry.tag == _OF_CHUNK
        gone = is_of_chunk and entry.item - header.item not in boxes
        if entry.tag not in _OF_TILES and not gone:
            yield Section(entry.tag, entry.item, container.read(entry.tag, entry.item))
        if entry.tag == b"NETW":
            yield Section(b"CROP", header.item, cut.to_bytes())
    for chunk, own in boxes.items():
        payload = container.read(b"TIDX", header.item + chunk)
        before = codec.before_index(payload, header, chunk)
        streams = open_streams(container, header, payload[len(before) :], chunk)
        tilings = header.spec.tilings(header.domain(chunk))
        kept = [streams[number] for number in boxed_numbers(tilings, own).tolist()]
        index = TileIndex.of(kept).to_bytes()
        yield Section(b"TIDX", header.item + chunk, before + index)
        yield Section(b"TILE", header.item + chunk, b"".join(kept))
