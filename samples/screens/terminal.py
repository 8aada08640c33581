"""A terminal: cells of one size, few colors, the same letters over and over."""

from __future__ import annotations

import re

from PIL import Image, ImageDraw

from samples.screens.drawing import Color, font
from samples.screens.words import FILES, LOG

__all__ = ["terminal"]

CELL, SIZE = (8, 16), (800, 500)
BACK: Color = (24, 26, 31)
# Letters that stand before what is in a color.
COLORS: dict[str, Color] = {
    "w": (204, 207, 212),
    "g": (80, 200, 120),
    "b": (97, 153, 255),
    "y": (229, 192, 90),
    "r": (240, 96, 100),
    "m": (198, 120, 221),
    "c": (72, 187, 199),
    "d": (110, 116, 128),
}
LEVELS = {"INFO": "g", "DEBUG": "d", "WARN": "y", "ERROR": "r"}
PROMPT = "{g}mira@carrick{w}:{b}~/tides{w}$ "


def lines() -> list[str]:
    """What the terminal shows, with colors as `{r}` of the table."""
    listing = [
        f"{{d}}-rw-r--r-- {{w}}1 mira staff {{c}}{size:>7} {{d}}{date:>11} {{w}}{name}"
        for name, size, date in FILES[:5]
    ]
    log = [
        f"{{d}}2026-03-14 09:{41 + k // 5}:{(k * 11 + 7) % 60:02}.{k * 317 % 1000:03} "
        f"{{{LEVELS[level]}}}{level:<5} {{m}}{where:<7}{{w}}{text}"
        for k, (level, where, text) in enumerate(LOG)
    ]
    return [
        f"{PROMPT}ls -l",
        *listing,
        f"{PROMPT}pytest -q",
        "{g}" + "." * 64 + "{d} [ 62%]",
        "{g}" + "." * 21 + "{r}F{g}" + "." * 17 + "{d} [100%]",
        "{r}FAILED {w}tests/test_station.py::test_leap_second_is_kept - assert 59 == 60",
        "{r}1 failed{w}, {g}103 passed{w} in 2.41s",
        f"{PROMPT}tail -f server.log",
        *log,
        f"{PROMPT}",
    ]


def terminal() -> Image.Image:
    """A terminal of 100 × 31 cells, 800 × 500, with a line of state in reverse colors."""
    image = Image.new("RGB", SIZE, BACK)
    draw, (width, height) = ImageDraw.Draw(image), CELL
    regular, bold = font("mono", 13), font("mono bold", 13)
    row, end = 0, 0
    for row, line in enumerate(lines()):
        column = 0
        for color, text in re.findall(r"\{(\w)\}([^{]*)", line):
            for letter in text:
                face = bold if color in "rgb" else regular
                at = (column * width, row * height)
                draw.text(at, letter, COLORS[color], face)
                column += 1
        end = column
    at = (end * width, row * height)
    draw.rectangle((*at, at[0] + width - 1, at[1] + height - 1), COLORS["w"])
    top = 30 * height
    draw.rectangle((0, top, SIZE[0] - 1, SIZE[1] - 1), (42, 120, 80))
    state = "[0] 0:bash- 1:server* 2:vim".ljust(72) + '"carrick" 09:43 14-Mar-26'
    for column, letter in enumerate(state):
        draw.text((column * width, top + 2), letter, (225, 240, 230), regular)
    return image
