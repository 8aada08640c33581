"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

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
_OF_FILE = frozenset({(b"NAMS", 0)})
_OF_ALBUM = _OF_FILE | {(tag, 0) for tag in TAGS_OF_SCOPE[Scope.SHARED]}

# Of a tile: its checksum.
_LEAST_INDEX_BYTES = 4


# Items of an album mostly have headers in common.
_KEPT = 1024


@lru_cache(_KEPT)
def domain_of(signal: AnyFormat, group: int = 0) -> Domain:
    """What a network for such a signal, or one of its groups, is defined over."""
    return Domain(signal.covered(group).length, signal.channels, signal.groups.overlap)


def write_signal(signal: AnyFormat) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(signal.number) + pack(signal)


@lru_cache(_KEPT)
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


@lru_cache(_KEPT)
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
        counts = [_needs(self.spec, self.domain(group)).parameters for group in self.sounding]
        shared = max((count.get(Scope.SHARED, 0) for count in counts), default=0)
        return shared + sum(
            n for count in counts for scope, n in count.items() if scope is not Scope.SHARED
        )


@dataclass(frozen=True)
class _Needs:
    """What a model needs for a domain: weights by scope, their sections, more sections, tiles; and
    what about it does not suit the domain."""

    parameters: Mapping[Scope, int]
    own_tags: tuple[bytes, ...]
    shared_tags: tuple[bytes, ...]
    extra_tags: tuple[bytes, ...]
    tiles: int
    mismatch: str | None


@lru_cache(_KEPT)
def _needs(spec: ModelSpec, domain: Domain) -> _Needs:
    if mismatch := spec.mismatch(domain):
        return _Needs({}, (), (), (), 0, mismatch)
    parameters = spec.parameters(domain)
    shared = TAGS_OF_SCOPE[Scope.SHARED] if Scope.SHARED in parameters else ()
    own = tuple(
        tag for scope in parameters if scope is not Scope.SHARED for tag in TAGS_OF_SCOPE[scope]
    )
    tiles = spec.grid(domain).count
    return _Needs(parameters, own, shared, spec.extra_tags(domain), tiles, None)


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers, and check that it has the sections that they call for, and that no
    section of the file belongs to nobody.

    After it, tiles are bounded by the length of their index; what a view takes is for
    `Header.decoding_cost` to say.

    Raises `FormatError` where they are not valid.
    """
    format = read_signal(container.read(b"SIGN", item))
    network = read_network(container.read(b"NETW", item))
    if mismatch := _needs(network.spec, domain_of(format)).mismatch:
        raise MalformedError(mismatch)
    header = Header(item, format, network, _sounding(container, format, item))
    _check_sections(container, header)
    for group in header.sounding:
        index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], item + group)
        tiles = _needs(header.spec, header.domain(group)).tiles
        if index and index.length < _LEAST_INDEX_BYTES * tiles:
            raise MalformedError("the tile index is too short for its tiles")
    return header


def _sounding(container: Container, format: AnyFormat, item: int) -> tuple[int, ...]:
    """The groups that have weights of their own. Those of a recording have the numbers from its
    item on."""
    if isinstance(format, ImageFormat):
        return (0,)
    tags = {tag for scope in (Scope.ITEM, Scope.TILE) for tag in TAGS_OF_SCOPE[scope]}
    owned = {entry.item - item for entry in container.owned(item) if entry.tag in tags}
    return tuple(sorted(group for group in owned if group < format.groups.count))


def _check_sections(container: Container, header: Header) -> None:
    """Raise `FormatError` where a section is missing, or a critical one is neither needed nor
    another item's."""
    needed = {(b"SIGN", header.item), (b"NETW", header.item)}
    for group in header.sounding:
        needs = _needs(header.spec, header.domain(group))
        needed |= {(tag, header.item + group) for tag in needs.own_tags}
        needed |= {(tag, 0) for tag in needs.shared_tags}
    needed |= {(tag, header.item) for tag in _needs(header.spec, header.domain()).extra_tags}
    for tag, item in sorted(needed):
        container.entry(tag, item)
    # Which of several items share weights, only their own headers tell.
    of_file = _OF_ALBUM if len(container.items) > 1 else _OF_FILE
    possible = needed | of_file
    for entry in (*container.owned(header.item), *container.critical_of_file):
        if (entry.tag, entry.item) not in possible and entry.critical:
            name = entry.tag.decode("ascii")
            raise MalformedError(f"section {name} of item {entry.item} has no place in this file")
