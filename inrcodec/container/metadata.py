"""Blocks that describe a signal, as optional sections holding a zlib stream each."""

from __future__ import annotations

import zlib

from inrcodec.container.sections import Container, Section
from inrcodec.errors import LimitError, MalformedError
from inrcodec.signal import Metadata
from inrcodec.signal.source import MAX_METADATA_BYTES

__all__ = ["METADATA_TAGS", "read_metadata", "write_metadata"]

METADATA_TAGS = {
    "icc": b"iccp",
    "exif": b"exif",
    "xmp": b"xmpm",
    "iptc": b"iptc",
    "resolution": b"reso",
    "tags": b"tags",
    "cicp": b"cicp",
    "mdcv": b"mdcv",
    "clli": b"clli",
}


def write_metadata(metadata: Metadata, item: int = 1) -> list[Section]:
    """The sections of the blocks that are not empty; `LimitError` where one is over 16 MiB."""
    blocks = [(tag, getattr(metadata, name)) for name, tag in METADATA_TAGS.items()]
    if max(len(block) for _, block in blocks) > MAX_METADATA_BYTES:
        raise LimitError(f"metadata of more than {MAX_METADATA_BYTES} bytes; see --strip")
    return [Section(tag, item, zlib.compress(block, 9)) for tag, block in blocks if block]


def read_metadata(container: Container, item: int = 1) -> Metadata:
    """Read them back; `LimitError` where one unpacks to more than 16 MiB."""
    blocks = {
        name: _unpack(container.read(tag, item))
        for name, tag in METADATA_TAGS.items()
        if container.find(tag, item)
    }
    return Metadata(**blocks)


def _unpack(payload: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        block = stream.decompress(payload, MAX_METADATA_BYTES)
    except zlib.error as error:
        raise MalformedError(f"a metadata section does not unpack ({error})") from error
    if stream.unconsumed_tail:
        raise LimitError(f"a metadata section unpacks to more than {MAX_METADATA_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise MalformedError("a metadata section is not one whole zlib stream")
    return block
