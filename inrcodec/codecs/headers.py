"""The headers of an item: what its signal is (`SIGN`) and what its model is (`NETW`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from inrcodec.codecs.base import (
    AUTO,
    BINARY16,
    FP16,
    PRIOR,
    START_BITS,
    TAGS_OF_SCOPE,
    Domain,
    ModelSpec,
    Precision,
    Scope,
    Start,
    domain_of,
)
from inrcodec.container.crops import Crop, Indices, TileBox, boxed_count, boxed_numbers
from inrcodec.container.sections import Container, Section
from inrcodec.container.tiles import TileIndex, TileStreams
from inrcodec.errors import MalformedError, UnknownNumberError
from inrcodec.limits import Cost
from inrcodec.schema import Reader, pack, uint_bytes
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.views import View

__all__ = [
    "PRECISIONS",
    "Header",
    "check_header",
    "model_section",
    "open_streams",
    "precision_name",
    "read_precision",
    "sounding_chunks",
]

# How numbers are stored, by name.
PRECISIONS = {"fp16": FP16, "auto": AUTO}
# Whether there is a prior for weights, a fit tells, not who asks for it.
_NAMES = {number: name for name, number in PRECISIONS.items()} | {PRIOR: "auto"}

# Of an audio signal; neighbors overlap.
_OPEN_CHUNKS = 2
_OF_FILE = frozenset({(b"NAMS", 0)})
_OF_ALBUM = _OF_FILE | {(tag, 0) for tag in TAGS_OF_SCOPE[Scope.SHARED]}
# Of a tile: its checksum.
_LEAST_INDEX_BYTES = 4
# Items of an album mostly have headers in common.
_KEPT = 1024


def read_precision(reader: Reader, spec: ModelSpec) -> Precision:
    """Read the precision of a model's numbers; `UnknownNumberError` where it may not have that."""
    number = reader.uint()
    if number not in spec.precisions:
        raise UnknownNumberError(f"weight precision {number} is unknown to this release")
    if number == PRIOR:
        return Precision(number, _read_prior(reader, spec))
    seed = reader.uint() if number == AUTO else 0
    if seed >> START_BITS:
        raise MalformedError(f"start {seed} of a fit has more than {START_BITS} bits")
    return Precision(number, Start(seed))


def _read_prior(reader: Reader, spec: ModelSpec) -> Start:
    """Read the number of a prior; `UnknownNumberError` where a model has none of that number."""
    prior = reader.uint()
    if prior not in spec.priors:
        known = ", ".join(map(str, spec.priors)) or "none"
        raise UnknownNumberError(
            f"prior {prior} of {spec.name} is unknown to this release, which knows {known}"
        )
    return Start(prior=prior)


def model_section(spec: ModelSpec, precision: Precision = BINARY16, item: int = 1) -> Section:
    """The `NETW` section: a model and the precision of its numbers."""
    payload = uint_bytes(spec.number) + pack(spec) + uint_bytes(precision.number)
    if precision.number == AUTO:
        payload += uint_bytes(precision.start.seed)
    elif precision.number == PRIOR:
        payload += uint_bytes(precision.start.prior)
    return Section(b"NETW", item, payload)


@dataclass(frozen=True)
class Header:
    """An item's number, its two headers, which of its chunks have weights (the others, of audio
    signals alone, are silent), and what of it the file has, if that is not all."""

    item: int
    info: SignalInfo
    spec: ModelSpec
    precision: Precision = BINARY16
    sounding: tuple[int, ...] = (0,)
    crop: Crop | None = None

    @property
    def visible(self) -> Region:
        """The part of the signal that is to be seen or heard."""
        return Region.whole(self.info.shape) if self.crop is None else self.crop.visible

    @property
    def shown(self) -> SignalInfo:
        """Describe what is visible as a signal of its own."""
        return self.info if self.crop is None else self.info.part(self.crop.visible)

    def raster(self, view: View) -> Raster:
        """Return the output grid of a view of what is visible, over the whole signal; raises as
        `SignalInfo.raster`."""
        return self.shown.raster(view).from_origin(tuple(-start for start in self.visible.start))

    def boxes(self, chunk: int = 0) -> tuple[TileBox, ...] | None:
        """Return the tiles that a chunk has, a box of each tiling; None for all."""
        if self.crop is None:
            return None
        count = len(self.spec.tilings(self.domain(chunk)))
        first = count * self.sounding.index(chunk)
        return self.crop.boxes[first : first + count]

    def kept(self, chunk: int = 0) -> Indices | None:
        """Return the numbers of the streams that a chunk has, ascending; None for all. Raises
        `MalformedError` where a crop does not suit the signal."""
        boxes = self.boxes(chunk)
        return (
            None if boxes is None else boxed_numbers(self.spec.tilings(self.domain(chunk)), boxes)
        )

    def stream_count(self, chunk: int = 0) -> int:
        """Count the streams that a chunk has; raises as `kept`."""
        boxes, tilings = self.boxes(chunk), self.spec.tilings(self.domain(chunk))
        return sum(t.count for t in tilings) if boxes is None else boxed_count(tilings, boxes)

    @property
    def shares(self) -> bool:
        """Tell whether it has numbers in common with other items of a file."""
        return Scope.SHARED in self.spec.parameters(self.domain())

    def domain(self, chunk: int = 0) -> Domain:
        """Return the domain of a chunk's model."""
        return domain_of(self.info, chunk)

    def decoding_cost(self, raster: Raster, copies: float = 1.0) -> Cost:
        """Estimate what rendering a raster takes from headers alone; audio, part by part. The
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
        all_of_it = shared + sum(times * needs.own for needs, times in counts.items())
        return all_of_it - sum(map(self._left_out, self.sounding if self.crop else ()))

    def _left_out(self, chunk: int) -> int:
        """Count the weights of a chunk's tiles that a crop has left out."""
        domain, boxes = self.domain(chunk), self.boxes(chunk)
        assert boxes is not None
        whole = self.spec.parameters(domain).get(Scope.TILE, 0)
        return whole - self.spec.tile_parameters(domain, boxes)

    @cached_property
    def _by_chunk(self) -> tuple[tuple[int, _Needs], ...]:
        """The needs of each chunk that has weights."""
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
    """The needs of a model for a domain: shared weights and own ones, their sections, more
    sections, tiles; and what about it does not suit the domain."""

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
    shared, tiles = parameters.get(Scope.SHARED, 0), spec.streams(domain)
    extra = spec.extra_tags(domain)
    return _Needs(shared, sum(own.values()), own_tags, shared_tags, extra, tiles, None)


def precision_name(header: Header) -> str:
    """Return the name of the precision of an item's numbers."""
    return _NAMES[header.precision.number]


def check_header(container: Container, header: Header) -> None:
    """Check that an item has the sections that its headers call for, and that no section of the
    file belongs to nobody.

    After it, tiles are bounded by the length of their index; what a view takes is for
    `Header.decoding_cost` to say.

    Raises `FormatError` where they are not valid.
    """
    if mismatch := _needs(header.spec, header.domain()).mismatch:
        raise MalformedError(mismatch)
    _check_prior(header)
    _check_crop(header)
    _check_sections(container, header)
    for chunk, needs in header._by_chunk:
        index = container.find(TAGS_OF_SCOPE[Scope.TILE][0], header.item + chunk)
        tiles = needs.tiles if header.crop is None else header.stream_count(chunk)
        if index and index.length < _LEAST_INDEX_BYTES * tiles:
            raise MalformedError("the tile index is too short for its tiles")


def _check_prior(header: Header) -> None:
    """Raise `MalformedError` where weights may be differences to those that a prior has not."""
    prior, spec, domain = header.precision.start.prior, header.spec, header.domain()
    if prior and not spec.has_prior(prior, domain):
        fields = ", ".join(f"{name} {value}" for name, value in spec.described().items())
        raise MalformedError(
            f"prior {prior} has no weights of {spec.name} with {fields} for "
            f"{domain.channels} channels on {len(domain.shape)} axes"
        )


def _check_crop(header: Header) -> None:
    """Raise `MalformedError` where what is visible does not lie within the signal, or its tiles
    are not there."""
    if header.crop is None:
        return
    region = header.crop.visible
    axes = zip(region.start, region.length, header.info.shape, strict=True)
    if any(start + length > size for start, length, size in axes):
        raise MalformedError("a crop does not lie within its signal")
    domains = map(header.domain, header.sounding)
    if len(header.crop.boxes) != sum(len(header.spec.tilings(domain)) for domain in domains):
        raise MalformedError("a crop has not one box for each kind of tile")
    for chunk in header.sounding:
        part = region.within(header.info.covered(chunk))
        tilings, boxes = header.spec.tilings(header.domain(chunk)), header.boxes(chunk)
        assert boxes is not None
        for tiling, box in zip(tilings, boxes, strict=True):
            needed = tiling.touching(part) if part else box
            if not all(
                a.start >= b.start and a.stop <= b.stop for a, b in zip(needed, box, strict=True)
            ):
                raise MalformedError("a crop lacks a tile of what is visible")


def open_streams(
    container: Container, header: Header, payload: bytes, chunk: int = 0
) -> TileStreams:
    """Open the streams of a chunk's tiles with an index, which is what its `TIDX` section ends
    with."""
    index = TileIndex.read(Reader(payload), header.stream_count(chunk))
    return TileStreams(container, index, header.item + chunk, header.kept(chunk))


def sounding_chunks(container: Container, info: SignalInfo, item: int) -> tuple[int, ...]:
    """The chunks that have weights of their own. Those of an audio signal have the numbers from its
    item on."""
    if not info.has_silence:
        return (0,)
    tags = {tag for scope in (Scope.ITEM, Scope.TILE) for tag in TAGS_OF_SCOPE[scope]}
    owned = {entry.item - item for entry in container.owned(item) if entry.tag in tags}
    count = info.chunks.count
    return tuple(sorted(chunk for chunk in owned if chunk < count))


def _check_sections(container: Container, header: Header) -> None:
    """Raise `FormatError` where a section is missing, or a critical one is neither needed nor
    another item's."""
    item = header.item
    needed = [(b"SIGN", item), (b"NETW", item), *[(b"CROP", item)] * bool(header.crop)]
    needed += [(b"PRED", item)] * (header.spec.may_follow and bool(container.find(b"PRED", item)))
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
