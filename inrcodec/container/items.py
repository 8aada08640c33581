"""Signals as items of a file: their `SIGN` sections, and files of one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from inrcodec.container.metadata import write_metadata
from inrcodec.container.sections import Container, Section, build, built_size
from inrcodec.errors import UnknownNumberError
from inrcodec.schema import Reader, pack, read_fields, uint_bytes
from inrcodec.signal import SIGNAL_KINDS, Metadata, SignalInfo

__all__ = ["item_file", "item_size", "read_info", "write_info"]

# Items of an album mostly have headers in common.
_KEPT = 1024


def write_info(info: SignalInfo) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(info.number) + pack(info)


@lru_cache(_KEPT)
def _parsed(payload: bytes) -> SignalInfo:
    reader = Reader(payload)
    number = reader.uint()
    if number not in SIGNAL_KINDS:
        raise UnknownNumberError(f"signal kind {number} is unknown to this release")
    info = read_fields(SIGNAL_KINDS[number], reader)
    reader.finish()
    return info


def read_info(container: Container, item: int) -> SignalInfo:
    """Read an item's `SIGN` section; `FormatError` where it is not valid."""
    return _parsed(container.read(b"SIGN", item))


def item_file(info: SignalInfo, metadata: Metadata, sections: Sequence[Section]) -> bytes:
    """The file of one signal, of a codec's sections, its header first."""
    return build(_all_sections(info, metadata, sections))


def item_size(info: SignalInfo, metadata: Metadata, sections: Sequence[Section]) -> int:
    """The bytes of that file, which is not made."""
    return built_size(_all_sections(info, metadata, sections))


def _all_sections(
    info: SignalInfo, metadata: Metadata, sections: Sequence[Section]
) -> list[Section]:
    header, *others = sections
    sign = Section(b"SIGN", 1, write_info(info))
    return [sign, header, *write_metadata(metadata), *others]
