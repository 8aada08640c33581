"""What a file says of itself before anything is decoded: reads its headers only, without torch."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from inrcodec.container.headers import NetworkHeader, domain_of, read_network, read_signal
from inrcodec.container.sections import VERSION, Container
from inrcodec.errors import LimitError, MalformedError
from inrcodec.networks import Domain, NetworkSpec, Scope
from inrcodec.signals import ImageFormat

__all__ = ["MAX_PIXELS", "Header", "check_pixels", "inform", "read_header"]

MAX_PIXELS = 1 << 28

# Which sections hold the weights of a scope.
SECTIONS_OF_SCOPE = {Scope.ITEM: {b"ITEM"}, Scope.TILE: {b"TIDX", b"TILE"}}


@dataclass(frozen=True)
class Header:
    """An item's two headers."""

    format: ImageFormat
    network: NetworkHeader

    @property
    def spec(self) -> NetworkSpec:
        """The architecture."""
        return self.network.spec

    @property
    def domain(self) -> Domain:
        """What the network is defined over."""
        return domain_of(self.format)

    @property
    def parameters(self) -> int:
        """Weights in all scopes."""
        return sum(self.spec.parameters(self.domain).values())


def check_pixels(width: int, height: int, limit: int) -> None:
    """Raise `LimitError` where a picture has more than `limit` pixels."""
    if width * height > limit:
        raise LimitError(f"{width}×{height} is more than {limit} pixels; see --max-pixels")


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers, and check that the file has the sections that they call for.

    Raises `FormatError` where they are not valid.
    """
    header = Header(
        read_signal(container.read(b"SIGN", item)), read_network(container.read(b"NETW", item))
    )
    needed = {b"SIGN", b"NETW"}
    for scope in header.spec.parameters(header.domain):
        needed |= SECTIONS_OF_SCOPE[scope]
    for tag in sorted(needed):
        container.entry(tag, item)
    for entry in container.entries:
        if entry.critical and (entry.tag not in needed or entry.item != item):
            name = entry.tag.decode("ascii")
            raise MalformedError(f"section {name} of item {entry.item} has no place in this file")
    return header


def inform(source: str | os.PathLike[str] | bytes | BinaryIO) -> dict[str, Any]:
    """A file's header as plain values, fit for JSON. Raises `FormatError` or `OSError`."""
    with Container(source) as container:
        header = read_header(container)
        pixels = header.format.width * header.format.height
        sections = [
            {
                "tag": entry.tag.decode("ascii"),
                "item": entry.item,
                "bytes": entry.length,
                "critical": entry.critical,
            }
            for entry in container.entries
        ]
        return {
            "format": f"inr {VERSION}",
            "kind": header.format.name,
            "model": header.spec.name,
            "width": header.format.width,
            "height": header.format.height,
            "channels": header.format.channels,
            "bits_per_sample": header.format.bits_per_sample,
            "items": len(container.items),
            "parameters": header.parameters,
            "bytes": container.size,
            "bits_per_pixel": 8 * container.size / pixels,
            "network": asdict(header.spec),  # type: ignore[call-overload]
            "sections": sections,
        }
