"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from inrcodec.container.sections import Container
from inrcodec.errors import MalformedError, UnknownNumberError
from inrcodec.fields import Reader, pack, read_fields, uint_bytes
from inrcodec.limits import MAX_PIXELS, check_pixels
from inrcodec.models import model_by_number
from inrcodec.networks import Domain, ModelSpec, Scope
from inrcodec.quantization import FP16, check_precision
from inrcodec.signals import SIGNAL_FORMATS, ImageFormat

__all__ = [
    "TAGS_OF_SCOPE",
    "Header",
    "NetworkHeader",
    "domain_of",
    "read_header",
    "read_network",
    "read_signal",
    "write_signal",
]

# The sections that hold the weights of a scope. Shared ones belong to the file, as item 0.
TAGS_OF_SCOPE = {
    Scope.SHARED: (b"SHAR",),
    Scope.ITEM: (b"ITEM",),
    Scope.TILE: (b"TIDX", b"TILE"),
}

# Of a tile: its checksum.
_LEAST_INDEX_BYTES = 4


def domain_of(signal: ImageFormat) -> Domain:
    """What a network for such a signal is defined over."""
    return Domain(signal.shape, signal.channels)


def write_signal(signal: ImageFormat) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(signal.number) + pack(signal)


def read_signal(payload: bytes) -> ImageFormat:
    """Read a `SIGN` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    number = reader.uint()
    if number not in SIGNAL_FORMATS:
        raise UnknownNumberError(f"signal kind {number} is unknown to this release")
    signal = read_fields(SIGNAL_FORMATS[number], reader)
    reader.finish()
    return signal


@dataclass(frozen=True)
class NetworkHeader:
    """An architecture and the precision of its weights."""

    spec: ModelSpec
    precision: int = FP16

    def to_bytes(self) -> bytes:
        """The payload of a `NETW` section."""
        return uint_bytes(self.spec.number) + pack(self.spec) + uint_bytes(self.precision)


def read_network(payload: bytes) -> NetworkHeader:
    """Read a `NETW` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    spec = read_fields(model_by_number(reader.uint()), reader)
    precision = reader.uint()
    check_precision(precision)
    reader.finish()
    return NetworkHeader(spec, precision)


@dataclass(frozen=True)
class Header:
    """An item's number and its two headers."""

    item: int
    format: ImageFormat
    network: NetworkHeader

    @property
    def spec(self) -> ModelSpec:
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


def read_header(container: Container, item: int = 1, max_pixels: int = MAX_PIXELS) -> Header:
    """Read an item's headers, and check that it has the sections that they call for, and that no
    section of the file belongs to nobody.

    After it, the sizes that the headers claim are bounded: pixels by `max_pixels`, tiles by the
    length of their index.

    Raises `FormatError` where they are not valid, `LimitError` where the picture is too large.
    """
    header = Header(
        item,
        read_signal(container.read(b"SIGN", item)),
        read_network(container.read(b"NETW", item)),
    )
    check_pixels(header.format.width, header.format.height, max_pixels)
    if mismatch := header.spec.mismatch(header.domain):
        raise MalformedError(mismatch)
    needed = {(b"SIGN", item), (b"NETW", item)}
    for scope in header.spec.parameters(header.domain):
        owner = 0 if scope is Scope.SHARED else item
        needed |= {(tag, owner) for tag in TAGS_OF_SCOPE[scope]}
    needed |= {(tag, item) for tag in header.spec.extra_tags(header.domain)}
    for tag, owner in sorted(needed):
        container.entry(tag, owner)
    _check_owners(container, needed, item)
    index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], item)
    if index and index.length < _LEAST_INDEX_BYTES * header.spec.grid(header.domain).count:
        raise MalformedError("the tile index is too short for its tiles")
    return header


def _check_owners(container: Container, needed: set[tuple[bytes, int]], item: int) -> None:
    """Raise `MalformedError` where a critical section is neither needed nor another item's."""
    others = set(container.items) - {item}
    # Which of them share weights, only their own headers tell.
    of_file = {b"NAMS", *(TAGS_OF_SCOPE[Scope.SHARED] if others else ())}
    for entry in container.entries:
        known = entry.item in others or (entry.item == 0 and entry.tag in of_file)
        if entry.critical and not known and (entry.tag, entry.item) not in needed:
            name = entry.tag.decode("ascii")
            raise MalformedError(f"section {name} of item {entry.item} has no place in this file")
