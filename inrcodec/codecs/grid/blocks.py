"""Latents block by block, tier by tier, and their streams as sections of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.geometry import Box, Geometry, Tier
from inrcodec.codecs.grid.low_band import refined
from inrcodec.codecs.grid.subbands import BANDS, Subbands, zeros
from inrcodec.container.sections import Section
from inrcodec.container.tiles import TileIndex
from inrcodec.native.blocks import Coarser
from inrcodec.threads import each_in_parallel

__all__ = ["Block", "KeptLatents", "Latents", "code_blocks", "levels_of", "write_blocks"]

# Latents as whole numbers.
Latents = Subbands[npt.NDArray[Any]]


@dataclass(frozen=True)
class Block:
    """A block while it is coded.

    Attributes
    ----------
    tier, number
        Its number among the tier's.
    latents
        Of its tier, int32 and 0 before; without the lowest band if there is something coarser.
    coarser
        What is known before it.
    """

    tier: Tier
    number: int
    latents: Latents
    coarser: Coarser | None

    def part_of(self, subbands: Subbands[Any], geometry: Geometry) -> Subbands[Any]:
        """Return the block's part of the subbands of a whole image."""
        return levels_of(self.tier, subbands).part(geometry.parts(self.tier, self.number))

    @property
    def stream(self) -> int:
        """The number of its stream."""
        return self.tier.first + self.number


def write_blocks(streams: Sequence[bytes], item: int = 1) -> list[Section]:
    """Write the sections of all blocks' streams: an index (`TIDX`), and the streams end to end
    (`TILE`)."""
    index = TileIndex.of(streams)
    return [
        Section(b"TIDX", item, index.to_bytes()),
        Section(b"TILE", item, b"".join(streams)),
    ]


def levels_of(tier: Tier, subbands: Subbands[Any]) -> Subbands[Any]:
    """Return the levels of a tier among those of subbands, and their lowest band."""
    first = len(subbands.levels) + subbands.finer - tier.levels.start
    levels = subbands.levels[first : first + len(tier.levels)]
    return Subbands(subbands.low, levels, tier.levels.stop)


class KeptLatents:
    """The latents of a box of blocks, kept in as many bytes as they need.

    Attributes
    ----------
    box
        Whose latents they are.
    latents
        int16, a band that needs more int32.
    """

    def __init__(self, box: Box, channels: int) -> None:
        self.box = box
        sizes = box.low_size(), box.level_sizes()
        self.latents: Latents = zeros(channels, *sizes, np.int16, box.scale)

    def empty(self, tier: Tier, number: int) -> Latents:
        """Build a block of latents, int32 and all zero."""
        part = levels_of(tier, self.latents).part(self.box.parts(tier, number))
        return part.map(lambda band: np.zeros(band.shape, np.int32))

    def put(self, tier: Tier, number: int, block: Latents) -> None:
        """Put a block in its place."""
        bands, first = [*self.latents], self.box.geometry.levels - tier.levels.start
        for place, band in enumerate(block):
            least, most = (int(band.min()), int(band.max())) if band.size else (0, 0)
            kept = place and place + BANDS * first
            if bands[kept].dtype == np.int16 and not -(1 << 15) <= least <= most < 1 << 15:
                bands[kept] = bands[kept].astype(np.int32)
                self.latents = Subbands.from_bands(bands, self.latents.finer)
        place_of = levels_of(tier, self.latents).part(self.box.parts(tier, number))
        for kept_band, band in zip(place_of, block, strict=True):
            kept_band[...] = band

    def coarser(self, before: Tier, tier: Tier, number: int, low: npt.NDArray[np.int32]) -> Coarser:
        """Return what is known before a block of a tier: part of the low band (channels, rows,
        columns) that the tier before comes to, and its parents."""
        place, parts = self.box.coarser_parts(before, tier, number)
        parents = levels_of(before, self.latents).levels[-1]
        return Coarser(
            np.ascontiguousarray(low[(slice(None), *place)]),
            [
                band[(slice(None), *part)].astype(np.int32)
                for band, part in zip(parents, parts, strict=True)
            ],
        )


def code_blocks(
    kept: KeptLatents, network: ContextNetwork, code: Callable[[Block], Any]
) -> Iterator[tuple[Block, Any]]:
    """Have all blocks of a box coded in the order of their streams, several of a tier at a time;
    iterate over them, with what `code`, which fills in their latents, returns."""
    before: Tier | None = None
    low = np.zeros((0, 0, 0), np.int32)
    for tier in kept.box.tiers:
        is_last = tier is kept.box.tiers[-1]
        one = partial(_coded, kept, network, code, (before, tier, low), not is_last)
        size = (0, 0) if is_last else kept.box.size_after(tier)
        low = np.zeros((kept.latents.channels, *size), np.int32)
        for block, result, after in each_in_parallel(one, tier.numbers):
            kept.put(tier, block.number, block.latents)
            if after is not None:
                low[(slice(None), *kept.box.place_after(tier, block.number))] = after
            yield block, result
        before = tier


def _coded(
    kept: KeptLatents,
    network: ContextNetwork,
    code: Callable[[Block], Any],
    tiers: tuple[Tier | None, Tier, npt.NDArray[np.int32]],
    refines: bool,
    number: int,
) -> tuple[Block, Any, npt.NDArray[np.int32] | None]:
    """Code a block of a tier; return with it the low band that the next tier refines."""
    before, tier, low = tiers
    coarser = None if before is None else kept.coarser(before, tier, number, low)
    block = Block(tier, number, kept.empty(tier, number), coarser)
    result = code(block)
    return block, result, refined(block.latents, network, coarser) if refines else None
