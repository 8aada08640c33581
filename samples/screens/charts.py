"""Charts: bars and lines by Pillow, a scatter plot by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image, ImageDraw

from samples.screens.drawing import SMOOTH, Color, font, rounded

__all__ = ["lines", "scatter"]

INK, DIM, GRID = (38, 43, 51), (107, 114, 128), (229, 231, 235)
COLORS: tuple[Color, ...] = ((37, 99, 235), (220, 38, 38), (22, 163, 74))
BARS = (191, 219, 254)
PLOT = (64, 64, 612, 408)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TOP = 200


def lines() -> Image.Image:
    """Visitors by month as bars under three lines, 640 × 480, with a legend and a label."""
    image = Image.new("RGB", (640 * SMOOTH, 480 * SMOOTH), "white")
    left, top, right, bottom = PLOT
    draw, step = ImageDraw.Draw(image), (right - left) / len(MONTHS)
    rng = np.random.default_rng(7)
    season = 95 - 70 * np.cos(2 * np.pi * (np.arange(12) + 0.4) / 12)
    series = [np.clip(season * k + rng.normal(0, 8, 12), 6, 190) for k in (1.0, 0.7, 0.45)]
    rows = [bottom - (bottom - top) * k / 5 for k in range(6)]
    for y in rows:
        _line(draw, [(left, y), (right, y)], GRID, 1)
    for k in range(12):
        x, high = left + step * (k + 0.18), bottom - (bottom - top) * series[0][k] / TOP
        box = (x, high, x + 0.64 * step, bottom)
        draw.rectangle([round(v) * SMOOTH for v in box], BARS)
    for values, color in zip(series, COLORS, strict=True):
        points = [
            (left + step * (k + 0.5), bottom - (bottom - top) * v / TOP)
            for k, v in enumerate(values)
        ]
        _line(draw, points, color, 2.25)
        for x, y in points:
            _disc(draw, x, y, 4, color)
            _disc(draw, x, y, 2.2, (255, 255, 255))
    _line(draw, [(left, bottom), (right, bottom)], DIM, 1)
    image = image.reduce(SMOOTH)
    _letters(image, rows, step, round(max(series[0])))
    return image


def _line(
    draw: ImageDraw.ImageDraw, points: Sequence[tuple[float, float]], color: Color, width: float
) -> None:
    # Half a pixel on, a line of one pixel covers whole ones.
    scaled = [((x + 0.5) * SMOOTH, (y + 0.5) * SMOOTH) for x, y in points]
    draw.line(scaled, color, round(width * SMOOTH), "curve")


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, color: Color) -> None:
    box = [(v + 0.5) * SMOOTH for v in (x - r, y - r, x + r, y + r)]
    draw.ellipse(box, color)


def _letters(image: Image.Image, rows: Sequence[float], step: float, most: int) -> None:
    draw, (left, top, right, bottom) = ImageDraw.Draw(image), PLOT
    draw.text((left - 40, 14), "Visitors to the museum of tides", INK, font("bold", 17))
    draw.text((left - 40, 38), "Thousands a month, 2025", DIM, font("sans", 12))
    for k, y in enumerate(rows):
        draw.text((left - 8, y), str(TOP * k // 5), DIM, font("sans", 12), anchor="rm")
    for k, name in enumerate(MONTHS):
        draw.text((left + step * (k + 0.5), bottom + 8), name, DIM, font("sans", 12), anchor="ma")
    for k, name in enumerate(("All", "By train", "Under sixteen")):
        x = left + 90 * k
        draw.rectangle((x, bottom + 40, x + 14, bottom + 43), COLORS[k])
        draw.text((x + 20, bottom + 42), name, INK, font("sans", 12), anchor="lm")
    rounded(image, (right - 168, top - 4, right - 8, top + 34), 5, (255, 251, 235), (245, 158, 11))
    draw.text((right - 158, top + 4), f"Most: {most} thousand", INK, font("sans", 11))
    draw.text((right - 158, top + 17), "during the boat week", DIM, font("sans", 11))
    source = "Source: counts at the door. Rounded to whole thousands."
    draw.text((left - 40, 462), source, DIM, font("oblique", 10), anchor="lm")


def scatter() -> Image.Image:
    """Three groups of points with regression lines, 800 × 600, and marks that are seen through."""
    # Whatever the settings of matplotlib are on this machine.
    with style.context("default"):
        return _scatter()


def _scatter() -> Image.Image:
    rng = np.random.default_rng(11)
    figure = Figure(figsize=(8, 6), dpi=100)
    axes = figure.subplots()
    for name, marker, slope, middle, count in (
        ("Port Carrick", "o", 0.9, 3.0, 150),
        ("Holmwood", "s", 0.6, 4.2, 110),
        ("St Brannoc", "^", 1.2, 2.1, 90),
    ):
        x = rng.gamma(4.0, 0.7, count)
        y = middle + slope * (x - 2.8) + rng.normal(0, 0.55, count)
        axes.scatter(x, y, 34, marker=marker, alpha=0.55, edgecolors="white", label=name)
        slope, start = np.polyfit(x, y, 1)
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, start + slope * ends, "--", lw=1.4)
    axes.set_title("Height of surge against wind", fontsize=15)
    axes.set_xlabel(r"mean wind stress $\tau$ in N/m$^2$")
    axes.set_ylabel("residual in decimetres")
    axes.grid(alpha=0.35)
    axes.legend(loc="upper left", framealpha=0.9)
    axes.annotate(
        "storm of 4 January",
        xy=(6.2, 6.4),
        xytext=(6.0, 2.2),
        arrowprops={"arrowstyle": "->", "color": "0.3"},
    )
    out = io.BytesIO()
    figure.savefig(out, format="png")
    with Image.open(out) as drawn:
        return drawn.convert("RGB")
