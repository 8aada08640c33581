"""Histograms as SVG: how often values of a measure occur."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from statistics import median

import numpy as np

__all__ = ["histogram"]

_WIDTH, _HEIGHT, _LEFT, _BELOW, _ABOVE = 360, 170, 28, 34, 14
_MOST_BARS = 16


def histogram(values: Sequence[float], label: str) -> str:
    """Draw the histogram of finite values, at least one, as an SVG element.

    `label` is the measure with its unit. The element says in words what it shows; colors are the
    page's: class `bar`, and the color of its text.
    """
    edges = _edges(min(values), max(values))
    counts = np.histogram(values, edges)[0].tolist()
    base, high, wide = _HEIGHT - _BELOW, _HEIGHT - _BELOW - _ABOVE, _WIDTH - _LEFT - 12
    step = wide / len(counts)
    said = (
        f"Histogram of {label}: {len(values)} from {min(values):.4g} to {max(values):.4g}, "
        f"median {median(values):.4g}"
    )
    drawn = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(said)}">',
        f'<path class="axis" d="M{_LEFT} {base}h{wide}"/>',
        _text(_LEFT - 6, _ABOVE + 4, f"{max(counts)}", "end"),
        _text(_LEFT - 6, base + 4, "0", "end"),
    ]
    for number, ((start, stop), found) in enumerate(zip(pairwise(edges), counts, strict=True)):
        left, tall = _LEFT + number * step, high * found / max(counts)
        drawn.append(
            f'<rect class="bar" x="{left + 1:.1f}" y="{base - tall:.1f}" width="{step - 2:.1f}" '
            f'height="{tall:.1f}"><title>{start:g} to {stop:g}: {found}</title></rect>'
        )
    every = math.ceil(len(edges) / 6)
    for number, edge in [*enumerate(edges)][::every]:
        drawn.append(_text(_LEFT + number * step, base + 15, f"{edge:g}", "middle"))
    drawn.append(_text(_LEFT + wide / 2, _HEIGHT - 4, label, "middle"))
    return "\n".join([*drawn, "</svg>"])


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _edges(low: float, high: float) -> list[float]:
    """Round numbers that values from `low` to `high` fall between, for a few bars."""
    span = max(high - low, abs(high) * 0.05, 1e-3)
    step = 10.0 ** math.floor(math.log10(span / _MOST_BARS))
    step *= next(factor for factor in (1, 2, 5, 10, 20) if span / (factor * step) <= _MOST_BARS - 2)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return [round(number * step, 9) for number in range(first, last + 1)]
