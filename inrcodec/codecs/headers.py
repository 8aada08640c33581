"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from inrcodec.container.sections import Container
from inrcodec.signal.geometry import Raster, Region
from inrcodec.errors import MalformedError, UnknownNumberError
from inrcodec.schema import Reader, pack, read_fields, uint_bytes
from inrcodec.limits import Cost
from inrcodec.codecs.registry import model_by_number
from inrcodec.codecs.inr.networks import Domain, ModelSpec, Scope
from inrcodec.codecs.inr.quantization import FP16, check_precision
from inrcodec.signal import SIGNAL_KINDS, SignalInfo, ImageInfo

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
def domain_of(signal: SignalInfo, group: int = 0) -> Domain:
    """What a network for such a signal, or one of its groups, is defined over."""
    return Domain(signal.covered(group).length, signal.channels, signal.groups.overlap)


def write_signal(signal: SignalInfo) -> bytes:
    """The payload of a `SIGN` section."""
    return uint_bytes(signal.number) + pack(signal)


@lru_cache(_KEPT)
def read_signal(payload: bytes) -> SignalInfo:
    """Read a `SIGN` section; `FormatError` where it is not valid."""
    reader = Reader(payload)
    number = reader.uint()
    if number not in SIGNAL_KINDS:
        raise UnknownNumberError(f"signal kind {number} is unknown to this release")
    signal: SignalInfo = read_fields(SIGNAL_KINDS[number], reader)
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
    format: SignalInfo
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
        counts = Counter(needs for _, needs in self._by_group)
        shared = max((needs.shared for needs in counts), default=0)
        return shared + sum(times * needs.own for needs, times in counts.items())

    @cached_property
    def _by_group(self) -> tuple[tuple[int, _Needs], ...]:
        """What each group that has weights needs."""
        if isinstance(self.format, ImageInfo):
            return ((0, _needs(self.spec, self.domain())),)
        # All but the first and the last two are alike.
        ends = self.format.groups.count - 2
        inner = _needs(self.spec, self.domain(1)) if ends > 1 else None
        return tuple(
            (
                group,
                inner if inner and 0 < group < ends else _needs(self.spec, self.domain(group)),
            )
            for group in self.sounding
        )


@dataclass(frozen=True)
class _Needs:
    """What a model needs for a domain: shared weights and own ones, their sections, more sections,
    tiles; and what about it does not suit the domain."""

    shared: int
    own: int
    own_tags: tuple[bytes, ...]
    shared_tags: tuple[bytes, ...]
    extra_tags: tuple[bytes, ...]
    tiles: int
    mismatch: str | None


@lru_cache(_KEPT)
def _needs(spec: ModelSpec, domain: Domain) -> _Needs:
    if mismatch := spec.mismatch(domain):
        return _Needs(0, 0, (), (), (), 0, mismatch)
    parameters = spec.parameters(domain)
    shared_tags = TAGS_OF_SCOPE[Scope.SHARED] if Scope.SHARED in parameters else ()
    own = {scope: count for scope, count in parameters.items() if scope is not Scope.SHARED}
    own_tags = tuple(tag for scope in own for tag in TAGS_OF_SCOPE[scope])
    shared, tiles = parameters.get(Scope.SHARED, 0), spec.grid(domain).count
    extra = spec.extra_tags(domain)
    return _Needs(shared, sum(own.values()), own_tags, shared_tags, extra, tiles, None)


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
    for group, needs in header._by_group:
        index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], item + group)
        if index and index.length < _LEAST_INDEX_BYTES * needs.tiles:
            raise MalformedError("the tile index is too short for its tiles")
    return header


def _sounding(container: Container, format: SignalInfo, item: int) -> tuple[int, ...]:
    """The groups that have weights of their own. Those of a recording have the numbers from its
    item on."""
    if isinstance(format, ImageInfo):
        return (0,)
    tags = {tag for scope in (Scope.ITEM, Scope.TILE) for tag in TAGS_OF_SCOPE[scope]}
    owned = {entry.item - item for entry in container.owned(item) if entry.tag in tags}
    count = format.groups.count
    return tuple(sorted(group for group in owned if group < count))


def _check_sections(container: Container, header: Header) -> None:
    """Raise `FormatError` where a section is missing, or a critical one is neither needed nor
    another item's."""
    item = header.item
    needed = [(b"SIGN", item), (b"NETW", item)]
    for group, needs in header._by_group:
        needed += [(tag, item + group) for tag in needs.own_tags]
        needed += [(tag, 0) for tag in needs.shared_tags]
    needed += [(tag, item) for tag in _needs(header.spec, header.domain()).extra_tags]
    for place in needed:
        container.entry(*place)
    # Which of several items share weights, only their own headers tell.
    known = {*needed, *(_OF_ALBUM if len(container.items) > 1 else _OF_FILE)}
    for entries in (container.owned(item), container.critical_of_file):
        for entry in entries:
            if entry[:2] not in known and entry.critical:
                name = entry.tag.decode("ascii")
                raise MalformedError(
                    f"section {name} of item {entry.item} has no place in this file"
                )
