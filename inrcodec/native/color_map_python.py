"""Maps of colors by Python itself: to the bit what kernels do."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from inrcodec.native.color_map import MARGIN, NONE, ColorCosts, ColorMap, Labels, Levels

__all__ = ["settle_colors"]


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


def settle_colors(
    colors: ColorMap, samples: Levels, favored: Labels, costs: ColorCosts, backward: bool = False
) -> int:
    """See `color_map.settle_colors`."""
    height, width, _ = samples.shape
    stride = width + 2 * MARGIN
    walk = _Walk(
        stride,
        colors.labels.reshape(-1).tolist(),
        colors.kept.reshape(-1).tolist(),
        colors.levels.tolist(),
        costs.patterns.tolist(),
        costs.colors.tolist(),
        costs.weight,
    )
    originals, wanted, changed = samples.tolist(), favored.tolist(), 0
    places = list(product(range(height), range(width)))
    for row, column in reversed(places) if backward else places:
        at = (row + MARGIN) * stride + MARGIN + column
        if walk.kept[at]:
            changed += walk.settle(at, originals[row][column], wanted[row][column])
    colors.labels[:] = [
        walk.labels[start : start + stride] for start in range(0, len(walk.labels), stride)
    ]
    return changed
