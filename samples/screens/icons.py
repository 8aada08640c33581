"""Small icons of a toolbar, drawn with smooth edges in one color."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

from PIL import Image, ImageDraw

from samples.screens.drawing import SMOOTH, Color, mask

__all__ = ["ICONS", "icon", "sheet"]

# Of the sheet.
COLORS: tuple[Color, ...] = ((55, 65, 81), (37, 99, 235), (220, 38, 38), (22, 163, 74))
# Draws in white, in a square of 24 units.
Paint = Callable[[ImageDraw.ImageDraw, float], None]


def _lines(*strokes: tuple[float, ...], width: float = 2.2) -> Paint:
    def paint(draw: ImageDraw.ImageDraw, unit: float) -> None:
        for stroke in strokes:
            points = [unit * x for x in stroke]
            draw.line(points, 255, round(width * unit), "curve")

    return paint


def _disc(x: float, y: float, r: float, value: int = 255) -> Paint:
    def paint(draw: ImageDraw.ImageDraw, unit: float) -> None:
        draw.ellipse([unit * v for v in (x - r, y - r, x + r, y + r)], value)

    return paint


def _shape(*points: float, value: int = 255) -> Paint:
    return lambda draw, unit: draw.polygon([unit * v for v in points], value)


def _all(*paints: Paint) -> Paint:
    def paint(draw: ImageDraw.ImageDraw, unit: float) -> None:
        for one in paints:
            one(draw, unit)

    return paint


ICONS: dict[str, Paint] = {
    "folder": _all(
        _shape(2, 5, 9, 5, 11, 8, 22, 8, 22, 20, 2, 20),
        _shape(4, 10, 20, 10, 20, 11, 4, 11, value=0),
    ),
    "save": _all(
        _shape(3, 3, 18, 3, 21, 6, 21, 21, 3, 21),
        _shape(7, 3, 16, 3, 16, 9, 7, 9, value=0),
        _shape(13, 4, 15, 4, 15, 8, 13, 8),
        _shape(6, 13, 18, 13, 18, 21, 6, 21, value=0),
    ),
    "search": _all(
        _disc(10, 10, 7.5), _disc(10, 10, 5.2, 0), _lines((15.5, 15.5, 22, 22), width=3)
    ),
    "mail": _all(_shape(2, 5, 22, 5, 22, 19, 2, 19), _shape(4, 7, 20, 7, 12, 13, value=0)),
    "trash": _all(
        _shape(5, 8, 19, 8, 18, 22, 6, 22),
        _lines((3, 6, 21, 6), (9, 3, 15, 3)),
        _shape(9, 11, 10, 11, 10, 19, 9, 19, value=0),
        _shape(14, 11, 15, 11, 15, 19, 14, 19, value=0),
    ),
    "reply": _all(_shape(2, 11, 10, 4, 10, 18), _lines((9, 11, 17, 12, 21, 20), width=3)),
    "check": _lines((4, 13, 10, 19, 21, 6), width=3.2),
    "star": _shape(
        *(12, 2, 15, 9, 22, 9.5, 16.6, 14, 18.4, 21.5, 12, 17.3),
        *(5.6, 21.5, 7.4, 14, 2, 9.5, 9, 9),
    ),
    "clock": _all(_disc(12, 12, 10), _disc(12, 12, 7.8, 0), _lines((12, 6.5, 12, 12, 16, 14))),
    "plus": _lines((12, 4, 12, 20), (4, 12, 20, 12), width=3),
    "menu": _lines((3, 6, 21, 6), (3, 12, 21, 12), (3, 18, 21, 18)),
    "download": _lines((12, 3, 12, 16), (6, 10.5, 12, 16, 18, 10.5), (4, 21, 20, 21), width=2.6),
    "person": _all(_disc(12, 8, 5), _shape(3, 22, 5, 16, 9, 14, 15, 14, 19, 16, 21, 22)),
    "play": _shape(6, 3, 21, 12, 6, 21),
}


def icon(image: Image.Image, name: str, at: tuple[int, int], size: int, color: Color) -> None:
    """Draw an icon in a square of so many pixels."""
    drawn = mask((size, size), partial(_paint, name, size))
    image.paste(color, at, drawn)


def _paint(name: str, size: int, draw: ImageDraw.ImageDraw) -> None:
    ICONS[name](draw, size * SMOOTH / 24)


def sheet() -> Image.Image:
    """All icons in four colors and two sizes on clear ground, 336 × 256, with alpha."""
    image = Image.new("RGBA", (24 * len(ICONS), 256))
    for (row, color), (column, name) in product(enumerate(COLORS), enumerate(ICONS)):
        for size, right, down in ((16, 4, 4), (24, 0, 32)):
            drawn = mask((size, size), partial(_paint, name, size))
            # Where nothing is seen there is no color either, as in most files.
            seen = drawn.point(lambda value: 255 * (value > 0))
            colored = Image.new("RGBA", (size, size))
            colored.paste(color, (0, 0), seen)
            colored.putalpha(drawn)
            image.paste(colored, (24 * column + right, 64 * row + down))
    return image
