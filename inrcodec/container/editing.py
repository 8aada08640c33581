"""Files taken apart and put together, section by section: nothing is decoded or coded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from inrcodec.container.items import read_info
from inrcodec.container.names import read_names, write_names
from inrcodec.container.portable import check_portable
from inrcodec.container.sections import Container, Section, build
from inrcodec.errors import UsageError
from inrcodec.schema import Reader

__all__ = ["extract", "join", "remove"]

_SHARED = b"SHAR"


def join(album: Container | None, parts: Mapping[str, bytes]) -> bytes:
    """An album with more items.

    Parameters
    ----------
    album
        What it begins with; None for nothing.
    parts
        Files of one item each by their names; those that have shared weights have the album's.

    Raises `UsageError` where names are not possible or weights are not shared.
    """
    names = {} if album is None else read_names(album)
    shared = [] if album is None else _sections(album, {0: 0}, {_SHARED})
    sections: list[Section] = []
    end = 1
    for item in names:
        assert album is not None
        sections += _sections(album, {item: item})
        end = item + _numbers(album, item)
    for name, data in parts.items():
        check_portable(name)
        item = end
        part = Container(data)
        mine = _sections(part, {0: 0}, {_SHARED})
        if mine and shared and mine != shared:
            raise UsageError(f"{name} does not share the album's weights")
        shared = shared or mine
        names[item] = name
        end = item + _numbers(part, 1)
        sections += _sections(part, {1: item})
    return build([write_names(names), *shared, *sections])


def extract(album: Container, item: int, with_shared: bool) -> bytes:
    """A file of one item, with the numbers that the album shares if it needs them.

    Raises `UsageError` where it is what changes from another.
    """
    if album.find(b"PRED", item):
        raise UsageError("it is what changes from the frame before, and not a file by itself")
    shared = _sections(album, {0: 0}, {_SHARED}) if with_shared else []
    return build([*_sections(album, {item: 1}), *shared])


def remove(album: Container, items: Iterable[int]) -> bytes:
    """The album without some items; `UsageError` where none would be left, or one that is left
    follows one that is not."""
    gone = set(items)
    for item in album.items:
        if item not in gone and album.find(b"PRED", item) and item - _back(album, item) in gone:
            raise UsageError("a frame that stays is what changes from one that would not")
    names = {item: name for item, name in read_names(album).items() if item not in gone}
    if not names:
        raise UsageError("nothing would be left")
    shared = _sections(album, {0: 0}, {_SHARED})
    kept = _sections(album, {item: item for item in names})
    return build([write_names(names), *shared, *kept])


def _back(container: Container, item: int) -> int:
    """Return how many items before one that is which it follows."""
    return Reader(container.read(b"PRED", item)).uint()


def _sections(
    container: Container, items: Mapping[int, int], tags: set[bytes] | None = None
) -> list[Section]:
    """Sections of some items and their chunks, and of some tags where they are given, as new
    items; each checksum is verified."""
    found: list[Section] = []
    for owner, new in items.items():
        for entry in container.owned(owner):
            if tags is None or entry.tag in tags:
                payload = container.read(entry.tag, entry.item)
                found.append(Section(entry.tag, new + entry.item - owner, payload))
    return found


def _numbers(container: Container, item: int) -> int:
    """Count the numbers that an item takes: one for each chunk."""
    return read_info(container, item).chunks.count
