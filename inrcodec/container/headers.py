"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inrcodec.container.sections import Container
from inrcodec.coordinates import Raster, Region
from inrcodec.errors import MalformedError, UnknownNumberError
from inrcodec.fields import Reader, pack, read_fields, uint_bytes
from inrcodec.limits import Cost
from inrcodec.models import model_by_number
from inrcodec.networks import Domain, ModelSpec, Scope
from inrcodec.quantization import FP16, check_precision
from inrcodec.signals import SIGNAL_FORMATS, AnyFormat, ImageFormat

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

# Of a recording; neighbours overlap.
_OPEN_GROUPS = 2
# Of a tile: its checksum.
_LEAST_INDEX_BYTES = 4


def domain_of(signal: AnyFormat, group: int = 0) -> Domain:
    """What a network for such a signal, or one of its groups, is defined over."""
    return Domain(signal.covered(group).length, signal.channels, signal.groups.overlap)


def write_signal(signal: AnyFormat) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(signal.number) + pack(signal)


def read_signal(payload: bytes) -> AnyFormat:
    """Read a `SIGN` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    number = reader.uint()
    if number not in SIGNAL_FORMATS:
        raise UnknownNumberError(f"signal kind {number} is unknown to this release")
    signal: AnyFormat = read_fields(SIGNAL_FORMATS[number], reader)
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
    """An item's number, its two headers, and which of its groups have weights; the others, of
    recordings alone, are silent."""

    item: int
    format: AnyFormat
    network: NetworkHeader
    sounding: tuple[int, ...] = (0,)

    @property
    def spec(self) -> ModelSpec:
        """The architecture."""
        return self.network.spec

    def domain(self, group: int = 0) -> Domain:
        """What the network of a group is defined over."""
        return domain_of(self.format, group)

    def decoding_cost(self, raster: Raster, copies: float = 1.0) -> Cost:
        """What rendering a raster takes, as far as headers tell; a recording's, part by part. The
        samples are there in so many copies."""
        groups = self.format.groups.count
        domain = self.domain(1 if groups > _OPEN_GROUPS else 0)
        if groups > 1:
            # Those in use are whole at most.
            raster = replace(raster, region=Region.whole(domain.shape))
        points, held = self.format.points(raster), round(copies * self.format.held(raster))
        cost = self.spec.decoding_cost(domain, raster, points, held)
        return cost if groups == 1 else Cost(cost.memory * _OPEN_GROUPS, cost.work)

    @property
    def parameters(self) -> int:
        """Weights in all scopes; shared ones count once."""
        counts = [self.spec.parameters(self.domain(group)) for group in self.sounding]
        shared = max((count.get(Scope.SHARED, 0) for count in counts), default=0)
        return shared + sum(
            n for count in counts for scope, n in count.items() if scope is not Scope.SHARED
        )


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers, and check that it has the sections that they call for, and that no
    section of the file belongs to nobody.

    After it, tiles are bounded by the length of their index; what a view takes is for
    `Header.decoding_cost` to say.

    Raises `FormatError` where they are not valid.
    """
    format = read_signal(container.read(b"SIGN", item))
    network = read_network(container.read(b"NETW", item))
    if mismatch := network.spec.mismatch(domain_of(format)):
        raise MalformedError(mismatch)
    header = Header(item, format, network, _sounding(container, format, item))
    _check_sections(container, header)
    for group in header.sounding:
        index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], item + group)
        tiles = header.spec.grid(header.domain(group)).count
        if index and index.length < _LEAST_INDEX_BYTES * tiles:
            raise MalformedError("the tile index is too short for its tiles")
    return header


def _sounding(container: Container, format: AnyFormat, item: int) -> tuple[int, ...]:
    """The groups that have weights of their own. Those of a recording have the numbers from its
    item on."""
    if isinstance(format, ImageFormat):
        return (0,)
    tags = {tag for scope in (Scope.ITEM, Scope.TILE) for tag in TAGS_OF_SCOPE[scope]}
    owned = {
        entry.item - item
        for entry in container.entries
        if entry.tag in tags and container.owner(entry.item) == item
    }
    return tuple(sorted(group for group in owned if group < format.groups.count))


def _check_sections(container: Container, header: Header) -> None:
    """Raise `FormatError` where a section is missing, or a critical one is neither needed nor
    another item's."""
    needed = {(b"SIGN", header.item), (b"NETW", header.item)}
    for group in header.sounding:
        for scope in header.spec.parameters(header.domain(group)):
            owner = 0 if scope is Scope.SHARED else header.item + group
            needed |= {(tag, owner) for tag in TAGS_OF_SCOPE[scope]}
    needed |= {(tag, header.item) for tag in header.spec.extra_tags(header.domain())}
    for tag, item in sorted(needed):
        container.entry(tag, item)
    others = len(container.items) > 1
    # Which of them share weights, only their own headers tell.
    of_file = {b"NAMS", *(TAGS_OF_SCOPE[Scope.SHARED] if others else ())}
    for entry in container.entries:
        signal = container.owner(entry.item)
        known = signal not in (header.item, 0, None) or (entry.item == 0 and entry.tag in of_file)
        if entry.critical and not known and (entry.tag, entry.item) not in needed:
            name = entry.tag.decode("ascii")
            raise MalformedError(f"section {name} of item {entry.item} has no place in this file")
