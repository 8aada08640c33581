"""Models: the header fields that each is, and what follows from them.

A model is a frozen dataclass of a few coded fields (they go into a file's header). From it and a
`Domain` follows everything else: which numbers there are, in which scope, what they cost. Nothing
here needs torch, so a file's headers can be read without it.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, ClassVar, Self

from inrcodec.container.crops import TileBox
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import codes
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Raster, Tiling

__all__ = [
    "AUTO",
    "BINARY16",
    "FP16",
    "PRIOR",
    "START_BITS",
    "TAGS_OF_SCOPE",
    "Domain",
    "ModelSpec",
    "Precision",
    "Scope",
    "Start",
    "domain_of",
]

# How numbers are stored, as files have it: as binary16, or as whole numbers of steps, which may be
# differences to a start that follows from a seed, or to a prior.
FP16, AUTO, PRIOR = 1, 2, 3
# Of a seed, that tell one start of a fit from another.
START_BITS = 32


@dataclass(frozen=True)
class Start:
    """The weights that a fit starts from: those of a prior, which has a number from 1 on, or, where
    that is 0, those that follow from a seed."""

    seed: int = 0
    prior: int = 0


@dataclass(frozen=True)
class Precision:
    """A way to store numbers: its own number, and the start which some are differences to, whose
    seed is 0 to 2^32 - 1."""

    number: int
    start: Start = Start()

    @classmethod
    def of_start(cls, start: Start) -> Precision:
        """Return that of whole numbers of steps, which may be differences to a start."""
        if start.prior:
            return cls(PRIOR, start)
        return cls(AUTO, Start(start.seed % (1 << START_BITS)))


BINARY16 = Precision(FP16)


class Scope(IntEnum):
    """The owner of a number."""

    SHARED = 0
    ITEM = 1
    TILE = 2


# The sections that hold the numbers of a scope. Shared ones belong to the file, as item 0.
TAGS_OF_SCOPE = {
    Scope.SHARED: (b"SHAR",),
    Scope.ITEM: (b"ITEM",),
    Scope.TILE: (b"TIDX", b"TILE"),
}

# Items of an album mostly have headers in common.
_KEPT = 1024


@dataclass(frozen=True)
class Domain:
    """The domain of a model: samples along each axis, values per sample, by how many samples its
    tiles overlap, and how many chunks the signal has."""

    shape: tuple[int, ...]
    channels: int
    overlap: int = 0
    chunks: int = 1


@lru_cache(_KEPT)
def domain_of(info: SignalInfo, chunk: int = 0) -> Domain:
    """Return the domain of a model of a signal, or of one of its chunks."""
    chunks = info.chunks
    return Domain(info.covered(chunk).length, info.channels, chunks.overlap, chunks.count)


class ModelSpec(ABC):
    """A model that represents a signal: the fields of a `NETW` section.

    Attributes
    ----------
    number
        Of the model, as files have it: it never changes its meaning and is never used again.
    name, summary
        For people.
    precisions
        The numbers of those that it may be stored in.
    priors
        The numbers of those that its numbers may be differences to.
    may_follow
        Whether a signal may be what changes from one before it.
    """

    number: ClassVar[int]
    name: ClassVar[str]
    summary: ClassVar[str]
    precisions: ClassVar[tuple[int, ...]] = (FP16,)
    priors: ClassVar[tuple[int, ...]] = ()
    may_follow: ClassVar[bool] = False

    @property
    def max_error(self) -> int | None:
        """The most levels that a decoded sample is off by; None where nothing is promised."""
        return None

    def tiling(self, domain: Domain) -> Tiling:
        """The tiles of a domain; one, unless a model says otherwise."""
        return Tiling(domain.shape, domain.shape)

    def tilings(self, domain: Domain) -> tuple[Tiling, ...]:
        """The tilings whose tiles have streams, in their order; one, unless a model says
        otherwise."""
        return (self.tiling(domain),)

    def streams(self, domain: Domain) -> int:
        """Count the streams of a domain."""
        return sum(tiling.count for tiling in self.tilings(domain))

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count the numbers in each scope that has any."""
        return {}

    def tile_parameters(self, domain: Domain, boxes: Sequence[TileBox]) -> int:
        """Count the numbers of the tiles in a box of each tiling."""
        tiles = sum(math.prod(map(len, box)) for box in boxes)
        return self.parameters(domain).get(Scope.TILE, 0) * tiles // self.streams(domain)

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """Estimate what opening a domain for a raster and rendering it takes: so many points,
        and so many bytes of output at a time."""
        return Cost(float(output), float(points))

    def mismatch(self, domain: Domain) -> str | None:
        """Tell what about the fields does not suit a signal; None for nothing."""
        return None

    def has_prior(self, number: int, domain: Domain) -> bool:
        """Tell whether one of its priors is of such a model of such a signal."""
        return False

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """Sections that a signal needs beside those of its scopes."""
        return ()

    def fields(self) -> dict[str, Any]:
        """The coded fields and their values."""
        return {name: getattr(self, name) for name in codes(self)}

    def described(self) -> dict[str, Any]:
        """The coded fields for people: names in place of numbers."""
        known = codes(self)
        return {name: known[name].show(value) for name, value in self.fields().items()}

    def with_options(self, options: Mapping[str, Any]) -> Self:
        """The spec with some fields changed, given as values or as their text.

        Raises `UsageError` where there is no such field or it cannot have that value.
        """
        known = codes(self)
        if unknown := sorted(set(options) - set(known)):
            raise UsageError(f"model {self.name} has no {unknown[0]}; it has {', '.join(known)}")
        values = {name: known[name].parse(value) for name, value in options.items()}
        return dataclasses.replace(self, **values)  # type: ignore[type-var]
