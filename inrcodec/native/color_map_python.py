"""Maps of colors by Python itself: to the bit what kernels do."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np

from inrcodec.native.color_types import MARGIN, NONE, ColorCosts, ColorMap, Labels, Levels

__all__ = ["settle_colors", "settle_regions"]

# See `color_regions.c`.
_BESIDE, _LARGE = 16, -1


@dataclass(frozen=True)
class _Region:
    """Pixels of a color beside each other, and colors beside them."""

    own: int
    members: list[int]
    beside: list[int]


@dataclass
class _Walk:
    """A map as flat lists, which Python reads quickly."""

    stride: int
    labels: list[int]
    kept: list[int]
    levels: list[list[int]]
    patterns: list[list[float]]
    colors: list[float]
    weight: float
    seeing: tuple[int, ...] = field(init=False)
    around: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        s = self.stride
        self.seeing = (0, 1, 2, s - 1, s, s + 1, 2 * s)
        self.around = (-1, 1, -s, s, -s - 1, -s + 1, s - 1, s + 1)

    def put(self, colors: ColorMap) -> None:
        """Put what the walk came to into a map."""
        colors.labels[:] = np.reshape(self.labels, colors.labels.shape)

    def bits(self, at: int) -> float:
        """Return the bits of a pixel beside those before it."""
        if not self.kept[at]:
            return 0.0
        labels, s = self.labels, self.stride
        own, west, north = labels[at], labels[at - 1], labels[at - s]
        north_west, north_east = labels[at - s - 1], labels[at - s + 1]
        pattern = (west == north) | (west == north_west) << 1 | (north == north_west) << 2
        pattern |= (north == north_east) << 3 | (west == north_east) << 4
        pattern |= (north_west == north_east) << 5 | (west == labels[at - 2]) << 6
        pattern |= (north == labels[at - 2 * s]) << 7
        for outcome, neighbor in enumerate((west, north, north_east, north_west)):
            if own == neighbor:
                return self.patterns[pattern][outcome]
        return self.patterns[pattern][NONE] + self.colors[own]

    def cost(self, at: int, samples: list[int], color: int, most: float) -> float:
        """Return what a color costs at a pixel; `most` if that is more."""
        error = 0.0
        for sample, level in zip(samples, self.levels[color], strict=True):
            difference = float(sample - level)
            error += difference * difference
        if error >= most:
            return most
        self.labels[at], bits = color, 0.0
        for step in self.seeing:
            bits += self.bits(at + step)
        return error + self.weight * bits

    def settle(self, at: int, samples: list[int], favored: int) -> bool:
        """Give a pixel the color of least cost; tell whether it is another."""
        own = self.labels[at]
        tried = dict.fromkeys((own, favored, *(self.labels[at + step] for step in self.around)))
        if len(tried) == 1:
            return False
        best, least = own, float("inf")
        for color in tried:
            cost = self.cost(at, samples, color, least)
            if cost < least:
                best, least = color, cost
        self.labels[at] = best
        return best != own

    def region(self, at: int, most: int, found: list[int], number: int) -> _Region | None:
        """Return the region of a pixel; None where it is larger than so many pixels."""
        own, members, beside = self.labels[at], [at], dict[int, None]()
        found[at] = number
        for member in members:
            for side in (1, -1, self.stride, -self.stride):
                there = member + side
                if not self.kept[there] or found[there] == number:
                    continue
                if self.labels[there] != own:
                    beside[self.labels[there]] = None
                elif found[there] == _LARGE or len(members) == most:
                    for other in members:
                        found[other] = _LARGE
                    return None
                else:
                    found[there] = number
                    members.append(there)
        return _Region(own, members, [*beside][:_BESIDE])

    def region_cost(
        self, region: _Region, affected: list[int], samples: list[list[int]], color: int
    ) -> float:
        """Return what a region costs in a color, with all pixels that see it; it has that then."""
        error = bits = 0.0
        for at in region.members:
            self.labels[at] = color
        for pixel in samples:
            of_pixel = 0.0
            for sample, level in zip(pixel, self.levels[color], strict=True):
                difference = float(sample - level)
                of_pixel += difference * difference
            error += of_pixel
        for at in affected:
            bits += self.bits(at)
        return error + self.weight * bits

    def settle_region(self, region: _Region, samples: list[list[int]]) -> bool:
        """Give a region the color of least cost; tell whether it is another."""
        seen = (at + step for at in region.members for step in self.seeing)
        affected, best = list(dict.fromkeys(seen)), region.own
        least = self.region_cost(region, affected, samples, region.own)
        for color in region.beside:
            cost = self.region_cost(region, affected, samples, color)
            if cost < least:
                best, least = color, cost
        for at in region.members:
            self.labels[at] = best
        return best != region.own


def settle_colors(
    colors: ColorMap, samples: Levels, favored: Labels, costs: ColorCosts, backward: bool = False
) -> int:
    """Do what `color_map.settle_colors` tells."""
    walk = _walk(colors, costs)
    originals, wanted, changed = samples.tolist(), favored.tolist(), 0
    places = list(product(*map(range, samples.shape[:2])))
    for row, column in reversed(places) if backward else places:
        at = (row + MARGIN) * walk.stride + MARGIN + column
        if walk.kept[at]:
            changed += walk.settle(at, originals[row][column], wanted[row][column])
    walk.put(colors)
    return changed


def settle_regions(colors: ColorMap, samples: Levels, costs: ColorCosts, most: int) -> int:
    """Do what `color_map.settle_regions` tells."""
    walk, changed = _walk(colors, costs), 0
    around = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
    originals = np.pad(samples, around).reshape(-1, samples.shape[2]).tolist()
    found = [0] * colors.labels.size
    for number, (row, column) in enumerate(product(*map(range, samples.shape[:2])), start=1):
        at = (row + MARGIN) * walk.stride + MARGIN + column
        if not walk.kept[at] or found[at]:
            continue
        region = walk.region(at, most, found, number)
        if region is not None:
            changed += walk.settle_region(region, [originals[one] for one in region.members])
    walk.put(colors)
    return changed


def _walk(colors: ColorMap, costs: ColorCosts) -> _Walk:
    return _Walk(
        colors.labels.shape[1],
        colors.labels.reshape(-1).tolist(),
        colors.kept.reshape(-1).tolist(),
        colors.levels.tolist(),
        costs.patterns.tolist(),
        costs.colors.tolist(),
        costs.weight,
    )
