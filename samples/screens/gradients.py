"""Controls with gradients, gloss and soft shadows, on a gradient."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from samples.screens.drawing import SMOOTH, Color, font, mask, rounded, shadow
from samples.screens.icons import icon

__all__ = ["controls"]

SIZE = (640, 400)
INK, DIM = (40, 44, 60), (110, 116, 136)
BUTTONS: tuple[tuple[str, str, Color, Color], ...] = (
    ("Save", "save", (96, 190, 120), (40, 140, 84)),
    ("Send", "mail", (104, 160, 246), (44, 98, 214)),
    ("Delete", "trash", (246, 118, 108), (204, 52, 60)),
    ("Later", "clock", (250, 196, 88), (228, 146, 34)),
)


def gradient(size: tuple[int, int], ends: tuple[Color, Color], slant: float = 0.0) -> Image.Image:
    """From one color at the top to another; a slant tilts it."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]]
    part = (y / max(size[1] - 1, 1) + slant * x / max(size[0] - 1, 1)) / (1 + slant)
    first, last = (np.array(color, np.float64) for color in ends)
    return Image.fromarray(np.rint(first + (last - first) * part[..., None]).astype(np.uint8))


def _filled(
    image: Image.Image, box: tuple[int, int, int, int], radius: int, ends: tuple[Color, Color]
) -> None:
    """A rounded box with a gradient."""
    size = (box[2] - box[0], box[3] - box[1])
    corners = (0, 0, size[0] * SMOOTH - 1, size[1] * SMOOTH - 1)
    shape = mask(size, lambda draw: draw.rounded_rectangle(corners, radius * SMOOTH, 255))
    image.paste(gradient(size, ends), box[:2], shape)


def controls() -> Image.Image:
    """Buttons, sliders, a dial and cards, 640 × 400."""
    image = gradient(SIZE, ((238, 242, 252), (196, 206, 232)), 0.4)
    draw = ImageDraw.Draw(image)
    draw.text((28, 34), "Controls", INK, font("bold", 22), anchor="lm")
    for k, (name, drawn, light, dark) in enumerate(BUTTONS):
        left = 28 + 148 * k
        box = (left, 60, left + 132, 104)
        shadow(image, box, 5, 0.35, 3)
        _filled(image, box, 9, (light, dark))
        rim = tuple(min(255, c + 60) for c in light)
        draw.line((left + 9, 61, left + 122, 61), rim)
        icon(image, drawn, (left + 20, 73), 18, (255, 255, 255))
        draw.text((left + 50, 83), name, tuple(c // 2 for c in dark), font("bold", 15), anchor="lm")
        draw.text((left + 50, 82), name, (255, 255, 255), font("bold", 15), anchor="lm")
    _sliders(image)
    _dial(image)
    return image


def _sliders(image: Image.Image) -> None:
    draw, box = ImageDraw.Draw(image), (28, 136, 380, 372)
    shadow(image, box, 12, 0.3, 6)
    _filled(image, box, 14, ((255, 255, 255), (240, 243, 250)))
    for k, (name, part) in enumerate(
        (("Volume", 0.72), ("Bass", 0.35), ("Treble", 0.5), ("Balance", 0.61))
    ):
        y = 168 + 44 * k
        draw.text((48, y), name, INK, font("sans", 13), anchor="lm")
        _filled(image, (130, y - 4, 330, y + 4), 4, ((198, 204, 218), (224, 228, 238)))
        end = round(130 + 200 * part)
        _filled(image, (130, y - 4, end, y + 4), 4, ((104, 160, 246), (44, 98, 214)))
        knob = (end - 10, y - 10, end + 10, y + 10)
        shadow(image, knob, 3, 0.5, 2)
        _filled(image, knob, 10, ((255, 255, 255), (214, 219, 232)))
        draw.text((366, y), f"{100 * part:.0f}", DIM, font("sans", 12), anchor="rm")
    for k in range(4):
        left, on = 48 + 80 * k, k % 2 == 0
        ends = ((70, 180, 100), (110, 214, 140)) if on else ((176, 182, 196), (204, 209, 220))
        _filled(image, (left, 334, left + 46, 358), 12, ends)
        x = left + (24 if on else 2)
        _filled(image, (x, 336, x + 20, 356), 10, ((255, 255, 255), (226, 230, 240)))


def _dial(image: Image.Image) -> None:
    draw, box = ImageDraw.Draw(image), (404, 136, 612, 372)
    shadow(image, box, 12, 0.3, 6)
    _filled(image, box, 14, ((52, 58, 84), (28, 31, 48)))
    size, width = 150, 14
    edge = (width * SMOOTH, width * SMOOTH, (size - width) * SMOOTH, (size - width) * SMOOTH)
    ring = mask((size, size), lambda d: d.arc(edge, 135, 405, 255, width * SMOOTH))
    filled = mask((size, size), lambda d: d.arc(edge, 135, 330, 255, width * SMOOTH))
    image.paste((70, 76, 104), (433, 158), ring)
    image.paste(gradient((size, size), ((120, 230, 255), (150, 90, 250)), 0.8), (433, 158), filled)
    draw.text((508, 226), "72", (255, 255, 255), font("bold", 38), anchor="mm")
    draw.text((508, 258), "percent", (170, 178, 204), font("sans", 12), anchor="mm")
    for k in range(24):
        high = 6 + round(26 * abs(np.sin(k * 1.7)) * (0.5 + k / 48))
        rounded(
            image, (424 + 7 * k, 352 - high, 429 + 7 * k, 352), 2, (90 + 5 * k, 200 - 4 * k, 240)
        )
