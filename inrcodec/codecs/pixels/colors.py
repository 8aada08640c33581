"""Fewer colors for what was drawn, and pixels that have them as it costs least.

Rare colors become like frequent ones, and each pixel has one that its neighbors foretell, where the
bits that this saves are worth the error: a map of colors is optimized before it is coded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from inrcodec.native.color_map import ColorCosts, ColorMap, settle_colors, settle_regions
from inrcodec.native.color_types import MARGIN, NONE, OUTCOMES, PATTERNS, contexts

__all__ = ["MERGINGS", "simplified"]

Samples = npt.NDArray[np.uint16]
Labels = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.intp]

# Bits that a pixel saves, about, whose color was new where it is and is no more: where lines are
# many and thin, as of a map, they cost more than estimates tell. Which is better is tried.
MERGINGS = (1.0, 4.0)
# Of the bits by which another color is more frequent, the part that such a pixel saves, too.
_OF_FREQUENCY = 0.5
# Bits that any pixel saves whose color becomes a frequent one, and that a color does: from round to
# round more, since the first are to leave something to choose from.
_OF_PIXEL, _OF_COLOR = 0.05, (10.0, 20.0, 40.0, 80.0, 80.0)
# Of images of more colors nothing is simplified; and frequent ones that are compared with.
_MOST_COLORS, _COMPARED = 1 << 15, 1 << 12
# Pixels of a region that changes its color as a whole, at most.
_REGION = 1 << 16
# Colors that a pixel may have whatever is around it; those compared at a time.
_FAVORED, _AT_A_TIME = 1 << 10, 1 << 22
# Counts that outcomes and colors begin with.
_OUTCOME, _COLOR = 0.3, 0.1


def simplified(
    samples: Samples, kept: Mask | None, weight: float, merging: float = MERGINGS[0]
) -> Samples:
    """Return samples (height, width, channels) that cost less, by their error and their bits.

    Parameters
    ----------
    kept
        Which pixels are coded (height, width); None for all.
    weight
        Squared levels that a bit is worth.
    merging
        Bits that a pixel saves, about, whose color becomes one that is not new where it is.
    """
    coded = np.ones(samples.shape[:2], bool) if kept is None else kept
    pixels = samples[coded]
    own, wanted = _few(pixels, weight)
    if not 0 < len(own) <= _MOST_COLORS:
        return samples
    levels, labels = own, wanted
    for of_color in _OF_COLOR:
        into = _merged(_as_map(levels, labels, coded), weight, merging, of_color)
        levels, labels = _centered(pixels, into[labels])
        colors = _as_map(levels, labels, coded)
        for backward in (False, True):
            costs, favored = _costs(colors, weight), np.zeros(coded.shape, np.int32)
            favored[coded] = _favored(own, levels, costs)[wanted]
            settle_colors(colors, samples, favored, costs, backward)
        settle_regions(colors, samples, _costs(colors, weight), _REGION)
        levels, labels = _centered(pixels, colors.inner[coded])
    out = samples.copy()
    out[coded] = levels[labels]
    return out


def _few(pixels: Samples, weight: float) -> tuple[Samples, Labels]:
    """Return distinct pixels as `_distinct` does; of too many, those that are left without the last
    bits of samples, as far as these are worth nothing."""
    own, wanted = _distinct(pixels)
    mask = 1
    while len(own) > _MOST_COLORS and (2 * mask) ** 2 <= weight:
        mask *= 2
        own, wanted = _distinct(pixels // mask * mask + mask // 2)
    return own, wanted


def _distinct(pixels: Samples) -> tuple[Samples, Labels]:
    """Return the distinct pixels of a list, and which of them each is."""
    wide = np.zeros((len(pixels), 4), np.uint16)
    wide[:, : pixels.shape[1]] = pixels
    _, first, places = np.unique(
        wide.view(np.uint64).reshape(-1), return_index=True, return_inverse=True
    )
    return pixels[first], places.reshape(-1).astype(np.int32)


def _merged(colors: ColorMap, weight: float, merging: float, of_color: float) -> Labels:
    """Return which color each becomes: its own, or a frequent one's."""
    levels, (counts, news) = colors.levels, _counts(colors)
    bits = -_OF_FREQUENCY * np.log2(news + _COLOR)
    kept = np.empty((min(len(levels), _COMPARED), levels.shape[1]))
    into, numbers = np.arange(len(levels), dtype=np.int32), list[int]()
    for color in np.argsort(-counts, kind="stable").tolist():
        exact, count = levels[color].astype(np.float64), int(counts[color])
        if numbers:
            errors = np.square(kept[: len(numbers)] - exact).sum(1)
            nearest = int(errors.argmin())
            of_new = merging + max(0.0, bits[color] - bits[numbers[nearest]])
            saved = _OF_PIXEL * count + of_new * news[color] + of_color
            if errors[nearest] * count <= weight * saved:
                into[color] = numbers[nearest]
                continue
        if len(numbers) < len(kept):
            kept[len(numbers)] = exact
            numbers.append(color)
    return into


def _counts(colors: ColorMap) -> tuple[Counts, Counts]:
    """Count the coded pixels of each color, and those of them of which no neighbor has it."""
    inner = colors.inner[_coded(colors)]
    own = np.bincount(inner, minlength=len(colors.levels))
    return own, _news(colors, contexts(colors.labels)[1])


def _news(colors: ColorMap, outcomes: Counts) -> Counts:
    """Count the coded pixels of each color of which no neighbor has it, by their outcomes (height,
    width)."""
    new = _coded(colors) & (outcomes == NONE)
    return np.bincount(colors.inner[new], minlength=len(colors.levels))


def _coded(colors: ColorMap) -> Mask:
    """Return which pixels are coded (height, width)."""
    return colors.kept.astype(bool)[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _centered(pixels: Samples, labels: Labels) -> tuple[Samples, Labels]:
    """Return the mean of the pixels of each label, and of each pixel which of them it has."""
    counts = np.bincount(labels)
    there = counts > 0
    means = [np.bincount(labels, channel)[there] / counts[there] for channel in pixels.T]
    levels, places = _distinct(np.rint(np.stack(means, 1)).astype(np.uint16))
    # Of labels that are there, each by its number among them.
    return levels, places[np.cumsum(there) - 1][labels]


def _as_map(levels: Samples, labels: Labels, coded: Mask) -> ColorMap:
    """Return a map of coded pixels; one that is not coded has the color of the one before it."""
    flat = coded.reshape(-1)
    before = np.maximum(np.cumsum(flat) - 1, 0)
    inner = labels[before].reshape(coded.shape)
    return ColorMap(
        np.pad(inner, MARGIN, mode="edge"), np.pad(coded, MARGIN).astype(np.uint8), levels
    )


def _costs(colors: ColorMap, weight: float) -> ColorCosts:
    """Estimate what outcomes and colors cost, by how often they are there."""
    patterns, outcomes = contexts(colors.labels)
    both = (patterns * OUTCOMES + outcomes)[_coded(colors)]
    counts = np.bincount(both, minlength=PATTERNS * OUTCOMES)
    by_pattern = counts.reshape(PATTERNS, OUTCOMES) + _OUTCOME
    new = _news(colors, outcomes) + _COLOR
    return ColorCosts(
        -np.log2(by_pattern / by_pattern.sum(1, keepdims=True)), -np.log2(new / new.sum()), weight
    )


def _favored(own: Samples, levels: Samples, costs: ColorCosts) -> Labels:
    """Return for each color of an image that of a map that costs least where no neighbor helps."""
    frequent = np.argsort(costs.colors, kind="stable")[:_FAVORED]
    bits, among = costs.weight * costs.colors[frequent], levels[frequent].astype(np.float64)
    found = np.empty(len(own), np.int32)
    step = max(1, _AT_A_TIME // len(frequent))
    for start in range(0, len(own), step):
        part = own[start : start + step].astype(np.float64)
        errors = np.square(part).sum(1)[:, None] - 2 * part @ among.T + np.square(among).sum(1)
        found[start : start + step] = frequent[(errors + bits).argmin(1)]
    return found
