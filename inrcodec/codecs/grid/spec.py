"""`grid`: a grid of latents under the image, coded by a context network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntFlag
from itertools import chain
from typing import Self

from inrcodec.codecs.base import Domain, ModelSpec, Scope
from inrcodec.codecs.grid.color import TURN, color_channels
from inrcodec.codecs.grid.costs import decoding_cost
from inrcodec.codecs.grid.geometry import MOST_LEVELS, Box, Geometry, default_levels
from inrcodec.codecs.grid.pretrained import CURRENT, load_pretrained
from inrcodec.codecs.rate_control import MOST_STEP
from inrcodec.container.crops import TileBox
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.schema import UINT, UINTS, coded, named
from inrcodec.signal.geometry import Raster, Tiling

__all__ = [
    "MOST_COLORS",
    "MOST_OFFSET",
    "GridFlags",
    "GridSpec",
    "factors_of",
    "offset_at",
]

MOST_OFFSET = 64
MOST_COLORS = 3
_DEFAULT_BLOCK = 9
_MOST_BLOCK = 12


class GridFlags(IntFlag):
    """The networks of an image beside the pretrained model's context networks."""

    FILTERS = 1
    SHARED_DELTAS = 2
    OWN_DELTAS = 4


def factors_of(offsets: Sequence[int]) -> tuple[float, ...]:
    """Return the steps of levels of these offsets, in units of the step."""
    return tuple(2.0 ** (offset / 64) for offset in offsets)


def offset_at(offsets: Sequence[int], depth: int) -> int:
    """Return the offset of a level, the finest being 0."""
    return offsets[depth] if depth < len(offsets) else 0


# Deltas are of filters and of context networks together.
_FLAGS = {
    "none": 0,
    "filters": 1,
    "filters + shared deltas": 3,
    "filters + own deltas": 5,
    "filters + shared deltas + own deltas": 7,
}


@dataclass(frozen=True)
class GridSpec(ModelSpec):
    """The header fields of a latent grid.

    Attributes
    ----------
    pretrained
        Number of the pretrained model.
    step
        The quantization step is 2^(step/64 - 6) levels of 255.
    levels
        Of the wavelet.
    block
        Blocks of a tier of one level have 2^block samples on a side, of what that level comes to.
    split
        So many of the finest levels are tiers of their own, less than all of them.
    angles
        Of the color rotation; none for an image of one channel.
    offsets
        Of the finest levels, from the finest on: what their details' steps are above `step`, 0 to
        64, in its unit of 1/64 of an octave.
    flags
        A sum of 1 for synthesis filters, 2 for weight deltas that the file's items share, and 4
        for weight deltas of the item's own. Deltas need filters.
    """

    number = 8
    may_follow = True
    name = "grid"
    summary = "wavelet latents coded by a context network; smallest files"

    pretrained: int = coded(UINT, default=CURRENT)
    step: int = coded(UINT, default=640)
    levels: int = coded(UINT, default=MOST_LEVELS)
    block: int = coded(UINT, default=_DEFAULT_BLOCK)
    split: int = coded(UINT, default=0)
    angles: tuple[int, ...] = coded(UINTS, default=())
    offsets: tuple[int, ...] = coded(UINTS, default=())
    flags: int = coded(named(_FLAGS), default=GridFlags.FILTERS.value)

    def __post_init__(self) -> None:
        if not 0 <= self.step <= MOST_STEP:
            raise UsageError(f"step {self.step}; it must be 0 to {MOST_STEP}")
        if not 0 <= self.levels <= MOST_LEVELS:
            raise UsageError(f"{self.levels} levels; 0 to {MOST_LEVELS} are possible")
        if not 0 <= self.split <= max(0, self.levels - 1):
            raise UsageError(f"a split of {self.split} of {self.levels} levels")
        if not max(self.levels - self.split, 5) <= self.block <= _MOST_BLOCK:
            raise UsageError(f"blocks of 2^{self.block} samples")
        if len(self.angles) not in (0, 3) or not all(0 <= a < TURN for a in self.angles):
            raise UsageError(f"color angles {self.angles}")
        if len(self.offsets) > self.levels or not all(0 <= o <= MOST_OFFSET for o in self.offsets):
            raise UsageError(f"offsets {self.offsets} of {self.levels} levels")
        if self.flags not in _FLAGS.values():
            possible = ", ".join(map(str, _FLAGS.values()))
            raise UsageError(f"flags {self.flags}; they must be one of {possible}")

    @property
    def step_size(self) -> float:
        """The quantization step, for samples from 0 to 1."""
        return float(2.0 ** (self.step / 64 - 6) / 255)

    @property
    def factors(self) -> tuple[float, ...]:
        """The steps of the finest levels' details, in units of the step."""
        return factors_of(self.offsets)

    @property
    def filtered(self) -> bool:
        """Tell whether there are synthesis filters."""
        return bool(self.flags & GridFlags.FILTERS)

    @property
    def adapted(self) -> dict[Scope, bool]:
        """The scopes, and whether there are weight deltas in them."""
        return {
            Scope.SHARED: bool(self.flags & GridFlags.SHARED_DELTAS),
            Scope.ITEM: bool(self.flags & GridFlags.OWN_DELTAS),
        }

    def with_deltas(self, of: GridFlags) -> Self:
        """Return the spec with weight deltas, which come with filters, of the file or its own."""
        return replace(self, flags=self.flags | GridFlags.FILTERS | of)

    def without_filters(self) -> Self:
        """Return the spec of an image without synthesis filters."""
        return replace(self, flags=0)

    def geometry(self, shape: tuple[int, ...]) -> Geometry:
        """Return the geometry of the grid under an image (height, width)."""
        height, width = shape
        return Geometry((height, width), self.levels, 1 << self.block, self.split)

    def tilings(self, domain: Domain) -> tuple[Tiling, ...]:
        """The blocks of each tier."""
        return tuple(tier.tiling for tier in self.geometry(domain.shape).tiers)

    def tile_parameters(self, domain: Domain, boxes: Sequence[TileBox]) -> int:
        """Count latents."""
        geometry = self.geometry(domain.shape)
        tiers = [
            replace(tier, rows=rows, columns=columns)
            for tier, (rows, columns) in zip(geometry.tiers, boxes, strict=True)
        ]
        box = Box(geometry, tiers)
        sizes = [box.low_size(), *chain.from_iterable(box.level_sizes())]
        return color_channels(domain.channels) * sum(math.prod(size) for size in sizes)

    def parameters(self, domain: Domain) -> dict[Scope, int]:
        """Count latents and weight deltas."""
        model, count = load_pretrained(self.pretrained), color_channels(domain.channels)
        shapes = {
            Scope.SHARED: model.delta_shapes(MOST_LEVELS, MOST_COLORS),
            Scope.ITEM: model.delta_shapes(self.levels, count),
        }
        deltas = {s: sum(map(math.prod, shapes[s])) for s, there in self.adapted.items() if there}
        return deltas | {Scope.TILE: domain.shape[0] * domain.shape[1] * count}

    def decoding_cost(self, domain: Domain, raster: Raster, points: int, output: int) -> Cost:
        """Implement `ModelSpec`."""
        model = load_pretrained(self.pretrained)
        return decoding_cost(
            self.geometry(domain.shape),
            model,
            len(model.filters) if self.filtered else 0,
            (color_channels(domain.channels), domain.channels),
            raster,
            output,
        )

    def mismatch(self, domain: Domain) -> str | None:
        """Tell what does not suit: a grid is of an image, and only one in colors has a color
        rotation."""
        if len(domain.shape) != 2:
            return "a grid is for images"
        if len(self.angles) == 3 * (color_channels(domain.channels) == 3):
            return None
        return f"{len(self.angles)} color angles for {domain.channels} channels"

    def extra_tags(self, domain: Domain) -> tuple[bytes, ...]:
        """Alpha has a section of its own."""
        return (b"ALPH",) if color_channels(domain.channels) != domain.channels else ()

    def for_shape(self, shape: tuple[int, ...]) -> Self:
        """Return the spec with as many levels as suit an image of that shape."""
        levels = min(self.levels, default_levels(shape))
        split = min(self.split, max(0, levels - 1))
        offsets = self.offsets[:levels]
        return self.with_options({"levels": levels, "split": split, "offsets": offsets})
