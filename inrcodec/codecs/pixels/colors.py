"""Fewer colors for what was drawn: rare ones become like frequent ones, where that pays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["merged_colors"]

Samples = npt.NDArray[np.uint16]

# Bits that a pixel saves, about, whose color is a frequent one, and that a color does.
_OF_PIXEL, _OF_COLOR = 8.0, 80.0
# Of images of more colors none are merged; and frequent ones that are compared with.
_MOST_COLORS, _COMPARED = 1 << 15, 1 << 12


def merged_colors(samples: Samples, weight: float) -> Samples:
    """Return samples (height, width, channels) with fewer colors.

    Parameters
    ----------
    weight
        Squared levels that a bit is worth.
    """
    pixels = samples.reshape(-1, samples.shape[-1])
    colors, at, counts = _distinct(pixels)
    if len(colors) > _MOST_COLORS:
        return samples
    order = np.argsort(-counts, kind="stable")
    kept = np.empty((min(len(colors), _COMPARED), colors.shape[1]))
    into, count = colors.copy(), 0
    for color in order:
        exact = colors[color].astype(np.float64)
        if count:
            errors = np.square(kept[:count] - exact).sum(1)
            nearest = int(errors.argmin())
            saved = _OF_PIXEL * counts[color] + _OF_COLOR
            if errors[nearest] * counts[color] <= weight * saved:
                into[color] = kept[nearest]
                continue
        if count < len(kept):
            kept[count] = exact
            count += 1
    return into[at].reshape(samples.shape)


def _distinct(
    pixels: Samples,
) -> tuple[Samples, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return distinct pixels, which of them each is, and how often they are there."""
    wide = np.zeros((len(pixels), 4), np.uint16)
    wide[:, : pixels.shape[1]] = pixels
    packed, first, at, counts = np.unique(
        wide.view(np.uint64).reshape(-1), return_index=True, return_inverse=True, return_counts=True
    )
    del packed
    return pixels[first], at.reshape(-1), counts
