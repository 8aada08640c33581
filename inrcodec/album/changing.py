"""Changes of an album's file, one process at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from inrcodec.album.editing import extract
from inrcodec.container.editing import join
from inrcodec.container.names import read_names
from inrcodec.container.sections import Container
from inrcodec.files import write_whole
from inrcodec.locks import alone

__all__ = ["as_album", "change"]


def change(
    album: Path, to: Callable[[Container], bytes], waiting: Callable[[], None] = lambda: None
) -> bytes:
    """Put another file in an album's place, which no other process changes meanwhile; `waiting` is
    called once where one does."""
    with alone(album, waiting):
        with Container(album) as container:
            data = to(container)
        write_whole(album, data, force=True)
    return data


def as_album(container: Container, name: str) -> Container:
    """An album; a file of one item that has no name becomes one, under `name`."""
    names = read_names(container)
    if all(names.values()):
        return container
    (item,) = names
    return Container(join(None, {name: extract(container, item)}))
