"""The two headers of an item: what its signal is (`SIGN`) and what its network is (`NETW`).

Each is a number that selects a dataclass, followed by that dataclass's coded fields.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from inrcodec.codecs.inr.networks import Domain, ModelSpec, Scope
from inrcodec.codecs.inr.quantization import FP16, check_precision
from inrcodec.codecs.registry import model_by_number
from inrcodec.container.sections import Container
from inrcodec.errors import MalformedError, UnknownNumberError
from inrcodec.limits import Cost
from inrcodec.schema import Reader, pack, read_fields, uint_bytes
from inrcodec.signal import SIGNAL_KINDS, ImageInfo, SignalInfo
from inrcodec.signal.geometry import Raster, Region

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

# Of an audio signal; neighbours overlap.
_OPEN_CHUNKS = 2
_OF_FILE = frozenset({(b"NAMS", 0)})
_OF_ALBUM = _OF_FILE | {(tag, 0) for tag in TAGS_OF_SCOPE[Scope.SHARED]}

# Of a tile: its checksum.
_LEAST_INDEX_BYTES = 4


# Items of an album mostly have headers in common.
_KEPT = 1024


@lru_cache(_KEPT)
def domain_of(signal: SignalInfo, chunk: int = 0) -> Domain:
    """What a network for such a signal, or one of its chunks, is defined over."""
    return Domain(signal.covered(chunk).length, signal.channels, signal.chunks.overlap)


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
    """An item's number, its two headers, and which of its chunks have weights; the others, of
    audio signals alone, are silent."""

    item: int
    info: SignalInfo
    network: NetworkHeader
    sounding: tuple[int, ...] = (0,)

    @property
    def spec(self) -> ModelSpec:
        """The architecture."""
        return self.network.spec

    def domain(self, chunk: int = 0) -> Domain:
        """What the network of a chunk is defined over."""
        return domain_of(self.info, chunk)

    def decoding_cost(self, raster: Raster, copies: float = 1.0) -> Cost:
        """What rendering a raster takes, as far as headers tell; an audio signal's, part by part. The
        samples are there in so many copies."""
        chunks = self.info.chunks.count
        domain = self.domain(1 if chunks > _OPEN_CHUNKS else 0)
        if chunks > 1:
            # Those in use are whole at most.
            raster = replace(raster, region=Region.whole(domain.shape))
        points, held = self.info.points(raster), round(copies * self.info.held(raster))
        cost = self.spec.decoding_cost(domain, raster, points, held)
        return cost if chunks == 1 else Cost(cost.memory * _OPEN_CHUNKS, cost.work)

    @property
    def parameters(self) -> int:
        """Weights in all scopes; shared ones count once."""
        counts = Counter(needs for _, needs in self._by_chunk)
        shared = max((needs.shared for needs in counts), default=0)
        return shared + sum(times * needs.own for needs, times in counts.items())

    @cached_property
    def _by_chunk(self) -> tuple[tuple[int, _Needs], ...]:
        """What each chunk that has weights needs."""
        if isinstance(self.info, ImageInfo):
            return ((0, _needs(self.spec, self.domain())),)
        # All but the first and the last two are alike.
        ends = self.info.chunks.count - 2
        inner = _needs(self.spec, self.domain(1)) if ends > 1 else None
        return tuple(
            (
                chunk,
                inner if inner and 0 < chunk < ends else _needs(self.spec, self.domain(chunk)),
            )
            for chunk in self.sounding
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
    shared, tiles = parameters.get(Scope.SHARED, 0), spec.tiling(domain).count
    extra = spec.extra_tags(domain)
    return _Needs(shared, sum(own.values()), own_tags, shared_tags, extra, tiles, None)


def read_header(container: Container, item: int = 1) -> Header:
    """Read an item's headers, and check that it has the sections that they call for, and that no
    section of the file belongs to nobody.

    After it, tiles are bounded by the length of their index; what a view takes is for
    `Header.decoding_cost` to say.

    Raises `FormatError` where they are not valid.
    """
    info = read_signal(container.read(b"SIGN", item))
    network = read_network(container.read(b"NETW", item))
    if mismatch := _needs(network.spec, domain_of(info)).mismatch:
        raise MalformedError(mismatch)
    header = Header(item, info, network, _sounding(container, info, item))
    _check_sections(container, header)
    for chunk, needs in header._by_chunk:
        index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], item + chunk)
        if index and index.length < _LEAST_INDEX_BYTES * needs.tiles:
            raise MalformedError("the tile index is too short for its tiles")
    return header


def _sounding(container: Container, info: SignalInfo, item: int) -> tuple[int, ...]:
    """The chunks that have weights of their own. Those of an audio signal have the numbers from its
    item on."""
    if isinstance(info, ImageInfo):
        return (0,)
    tags = {tag for scope in (Scope.ITEM, Scope.TILE) for tag in TAGS_OF_SCOPE[scope]}
    owned = {entry.item - item for entry in container.owned(item) if entry.tag in tags}
    count = info.chunks.count
    return tuple(sorted(chunk for chunk in owned if chunk < count))


def _check_sections(container: Container, header: Header) -> None:
    """Raise `FormatError` where a section is missing, or a critical one is neither needed nor
    another item's."""
    item = header.item
    needed = [(b"SIGN", item), (b"NETW", item)]
    for chunk, needs in header._by_chunk:
        needed += [(tag, item + chunk) for tag in needs.own_tags]
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
