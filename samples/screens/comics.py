"""A page of a comic: ink, flat colors, dots of print, hatching, and speech in bubbles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from samples.screens.drawing import SMOOTH, Color, font, wrapped

__all__ = ["comic"]

SIZE = (800, 600)
INK, PAPER = (16, 14, 18), (250, 246, 236)
SKY, SEA, SAND, ROCK = (134, 206, 235), (38, 110, 168), (240, 211, 141), (122, 112, 126)
SKIN, HAIR, COAT, RED, YELLOW = (
    *((244, 200, 160), (110, 60, 30), (46, 134, 98), (214, 48, 49), (255, 221, 51)),
)
PANELS = ((10, 10, 392, 296), (404, 10, 790, 296), (10, 308, 268, 590), (280, 308, 790, 590))


class Panel:
    """A panel, drawn at `SMOOTH` times its size; places are in its own pixels."""

    def __init__(self, box: tuple[int, int, int, int], back: Color) -> None:
        self.width, self.height = box[2] - box[0], box[3] - box[1]
        self.image = Image.new("RGB", (self.width * SMOOTH, self.height * SMOOTH), back)
        self.draw = ImageDraw.Draw(self.image)

    def area(self, points: Sequence[tuple[float, float]], fill: Color, ink: float = 2.5) -> None:
        """Draw a flat area with its outline."""
        scaled = [(x * SMOOTH, y * SMOOTH) for x, y in points]
        self.draw.polygon(scaled, fill)
        if ink:
            self.draw.line([*scaled, *scaled[:2]], INK, round(ink * SMOOTH), "curve")

    def oval(self, x: float, y: float, w: float, h: float, fill: Color, ink: float = 2.5) -> None:
        """Draw an oval about its middle."""
        box = [v * SMOOTH for v in (x - w, y - h, x + w, y + h)]
        self.draw.ellipse(box, fill, INK if ink else None, round(ink * SMOOTH))

    def stroke(self, points: Sequence[tuple[float, float]], ink: float = 2) -> None:
        """Draw a line of ink."""
        scaled = [(x * SMOOTH, y * SMOOTH) for x, y in points]
        self.draw.line(scaled, INK, round(ink * SMOOTH), "curve")

    def dots(
        self, color: Color, top: float, bottom: float, gap: float = 5, fade: bool = True
    ) -> None:
        """Print dots in turned rows; they grow towards the bottom."""
        for row, y in enumerate(np.arange(top, bottom, gap * 0.5)):
            part = (y - top) / (bottom - top) if fade else 0.7
            r = 0.62 * gap * np.sqrt(0.08 + 0.5 * part)
            for x in np.arange(gap / 2 * (row % 2), self.width, gap):
                self.oval(float(x), float(y), float(r), float(r), color, 0)

    def hatch(
        self, box: tuple[float, float, float, float], gap: float, cross: bool = False
    ) -> None:
        """Shade a box by slanted strokes."""
        left, top, right, bottom = box
        for k in np.arange(left, right, gap):
            self.stroke([(k, bottom), (k + (bottom - top) * 0.6, top)], 1.1)
            if cross:
                self.stroke([(k, top), (k + (bottom - top) * 0.6, bottom)], 1.1)

    def bubble(
        self, text: str, box: tuple[float, float, float, float], tail: tuple[float, float]
    ) -> None:
        """What somebody says."""
        left, top, right, bottom = box
        x, y = (left + right) / 2, (top + bottom) / 2
        self.area([(x - 12, y), (x + 12, y), tail], (255, 255, 255))
        self.oval(x, y, (right - left) / 2, (bottom - top) / 2, (255, 255, 255), 2.2)
        # The tail opens into the bubble.
        inner = [(x - 10, y), (x + 10, y), (x + (tail[0] - x) * 0.8, y + (tail[1] - y) * 0.8)]
        self.area(inner, (255, 255, 255), 0)
        self.letters(text, (x, y), 0.72 * (right - left), 12)

    def caption(self, text: str, width: float, at: tuple[float, float] = (8, 8)) -> None:
        """What the narrator says."""
        lines = len(wrapped(text, font("bold", 11), width - 16))
        x, y, high = *at, 12 + 15 * lines
        self.area([(x, y), (x + width, y), (x + width, y + high), (x, y + high)], YELLOW, 2)
        self.letters(text, (x + width / 2, y + high / 2), width - 16, 11)

    def letters(self, text: str, middle: tuple[float, float], width: float, size: int) -> None:
        """Write lines about a place."""
        face = font("bold", size * SMOOTH)
        lines = wrapped(text, face, width * SMOOTH)
        for k, line in enumerate(lines):
            y = middle[1] + (k - (len(lines) - 1) / 2) * 1.25 * size
            at = (middle[0] * SMOOTH, y * SMOOTH)
            self.draw.text(at, line, INK, face, anchor="mm")


def _sailor(panel: Panel, x: float, y: float, size: float, happy: bool) -> None:
    """Head and shoulders of a sailor."""

    def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
        return [(x + size * u, y + size * v) for u, v in points]

    panel.area(at((-1.5, 2.6), (-1.1, 1.2), (0, 0.9), (1.1, 1.2), (1.5, 2.6)), COAT, 3)
    panel.area(at((-0.5, 1.0), (0.5, 1.0), (0, 1.9)), (255, 255, 255))
    panel.oval(x, y, 0.85 * size, size, SKIN, 3)
    panel.area(
        at((-0.9, -0.1), (-0.95, -0.8), (-0.4, -1.15), (0.4, -1.15), (0.95, -0.8), (0.9, -0.1))
        + at((0.6, -0.5), (-0.6, -0.5)),
        HAIR,
    )
    panel.area(at((-0.9, -0.75), (-0.7, -1.35), (0.7, -1.35), (0.9, -0.75)), (255, 255, 255), 3)
    panel.area(at((-1, -0.72), (1, -0.72), (0.95, -0.52), (-0.95, -0.52)), (30, 40, 90))
    for side in (-0.35, 0.35):
        panel.oval(x + side * size, y - 0.08 * size, 0.13 * size, 0.18 * size, (255, 255, 255), 1.6)
        panel.oval(x + (side + 0.04) * size, y - 0.05 * size, 0.05 * size, 0.08 * size, INK, 0)
        panel.stroke(at((side - 0.2, -0.36), (side + 0.15, -0.3 if happy else -0.45)), 2.4)
    panel.stroke(at((0.0, 0.0), (0.14, 0.28), (-0.05, 0.32)), 2)
    bend = 0.14 if happy else -0.14
    panel.stroke(
        at(*((u, 0.58 + bend * (1 - (u / 0.35) ** 2)) for u in np.linspace(-0.35, 0.35, 9))), 2.6
    )
    panel.hatch((x + 0.45 * size, y + 1.5 * size, x + 1.1 * size, y + 2.5 * size), 5)


def _waves(panel: Panel, top: float, rows: int) -> None:
    for k in range(rows):
        y = top + 12 * k + k * k
        xs = np.linspace(-10, panel.width + 10, 120)
        crest = y + 5 * np.abs(np.sin(xs / (16 + 4 * k) + 1.3 * k)) * -1
        points = [*zip(xs.tolist(), crest.tolist(), strict=True)]
        shade = (max(SEA[0] - 7 * k, 0), SEA[1] - 9 * k, SEA[2] - 8 * k)
        panel.area(
            [*points, (panel.width + 10, panel.height + 10), (-10, panel.height + 10)], shade, 2
        )


def _lighthouse(panel: Panel, x: float, foot: float, tall: float) -> None:
    panel.area(
        *(
            [(x - 60, foot + 20), (x - 40, foot - 14), (x + 10, foot - 22), (x + 58, foot + 20)],
            ROCK,
        )
    )
    panel.hatch((x + 5, foot - 10, x + 40, foot + 18), 5, True)
    for k in range(5):
        a, b = foot - 15 - tall * k / 5, foot - 15 - tall * (k + 1) / 5
        wide, thin = 20 - 1.6 * k, 20 - 1.6 * (k + 1)
        color = RED if k % 2 == 0 else (255, 255, 255)
        panel.area([(x - wide, a), (x + wide, a), (x + thin, b), (x - thin, b)], color)
    top = foot - 15 - tall
    panel.area([(x - 9, top), (x + 9, top), (x + 9, top - 16), (x - 9, top - 16)], YELLOW)
    panel.area([(x - 14, top - 16), (x + 14, top - 16), (x, top - 30)], RED)


def _first(panel: Panel) -> None:
    panel.dots((70, 160, 214), 0, 200)
    panel.oval(300, 50, 26, 26, YELLOW)
    for x, y in ((90, 70), (230, 110)):
        for u, v, r in ((-24, 4, 16), (0, -4, 22), (26, 4, 15)):
            panel.oval(x + u, y + v, r, r * 0.8, (255, 255, 255), 2)
        panel.oval(x, y + 6, 36, 9, (255, 255, 255), 0)
    _lighthouse(panel, 300, 214, 110)
    _waves(panel, 205, 6)
    panel.area([(60, 225), (200, 225), (180, 255), (85, 255)], RED, 3)
    panel.area([(128, 222), (128, 130), (188, 215)], (255, 255, 255), 3)
    panel.area([(122, 222), (122, 140), (76, 215)], PAPER, 3)
    panel.caption("March 1874. The fog has lifted over Carrick bay...", 200)


def _second(panel: Panel) -> None:
    panel.dots((250, 170, 80), 0, 286, 6, False)
    _sailor(panel, 120, 170, 56, True)
    _sailor(panel, 300, 185, 48, False)
    panel.bubble(
        "Eleven miles, and I could see the light as plain as day!", (10, 8, 216, 92), (130, 118)
    )
    panel.bubble("Then who put it out?", (250, 40, 376, 100), (300, 128))


def _third(panel: Panel) -> None:
    panel.dots((60, 60, 110), 0, 282, 4, False)
    rays = []
    for k in range(32):
        r = (118 if k % 2 == 0 else 78) + 9 * (k * 7 % 5)
        rays.append((129 + r * np.cos(k * np.pi / 16), 140 + 0.85 * r * np.sin(k * np.pi / 16)))
    panel.area(rays, YELLOW, 4)
    panel.area([(129 + (x - 129) * 0.72, 140 + (y - 140) * 0.72) for x, y in rays], RED, 3)
    face = font("bold", 46 * SMOOTH)
    panel.draw.text(
        *((129 * SMOOTH, 140 * SMOOTH), "CRASH!", (255, 255, 255), face, "mm"),
        stroke_width=4 * SMOOTH,
        stroke_fill=INK,
    )
    panel.caption("From the tower:", 120, (8, 246))


def _fourth(panel: Panel) -> None:
    panel.dots((200, 150, 90), 0, 200, 7)
    for k in range(9):
        for row in range(12):
            x, y = 62 * k - 31 * (row % 2), 24 * row
            shade = 10 * ((k * 3 + row * 5) % 4)
            color = (ROCK[0] + shade, ROCK[1] + shade, ROCK[2] + shade)
            if (k + row) % 5:
                panel.area([(x, y), (x + 60, y), (x + 60, y + 22), (x, y + 22)], color, 1.6)
    panel.area([(330, 60), (440, 60), (440, 282), (330, 282)], (84, 52, 30), 4)
    for k in range(1, 4):
        panel.stroke([(330 + 27 * k, 62), (330 + 27 * k, 282)], 2)
    panel.oval(425, 180, 5, 5, YELLOW)
    panel.hatch((444, 70, 480, 280), 6, True)
    _sailor(panel, 110, 165, 60, False)
    panel.bubble(
        "The door is locked from the inside. Fetch the keeper's spare key, and run!",
        (150, 8, 380, 104),
        (160, 140),
    )
    panel.caption("To be continued", 130, (372, 248))


def comic() -> Image.Image:
    """Four panels, 800 × 600."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    backs = (SKY, (255, 214, 140), (96, 96, 150), SAND)
    for box, back, paint in zip(PANELS, backs, (_first, _second, _third, _fourth), strict=True):
        panel = Panel(box, back)
        paint(panel)
        image.paste(panel.image.reduce(SMOOTH), box[:2])
        draw.rectangle((box[0] - 1, box[1] - 1, box[2], box[3]), outline=INK, width=3)
    return image
