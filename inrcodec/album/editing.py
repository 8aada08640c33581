"""Albums taken apart: nothing is decoded or coded again."""

from __future__ import annotations

from inrcodec.codecs.registry import read_header
from inrcodec.container import editing
from inrcodec.container.sections import Container

__all__ = ["extract"]


def extract(album: Container, item: int) -> bytes:
    """A file of one item, with what it needs of the numbers that the album shares."""
    header = read_header(album, item)
    # What is silent throughout shares nothing.
    return editing.extract(album, item, header.shares and bool(header.sounding))
