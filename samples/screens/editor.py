"""An editor of code with a dark theme, its text in thirds of pixels."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator

from PIL import Image, ImageDraw

from samples.screens.drawing import Color, rounded, subpixel_text
from samples.screens.icons import icon
from samples.screens.words import CODE

__all__ = ["colored", "editor"]

BACK, SIDE, BAR, EDGE = (30, 30, 30), (37, 37, 38), (51, 51, 51), (69, 69, 69)
TEXT, DIM, STATUS = (212, 212, 212), (133, 133, 133), (0, 122, 204)
STRING, NUMBER, COMMENT = (206, 145, 120), (181, 206, 168), (106, 153, 85)
WORD, NAME, TYPE = (197, 134, 192), (220, 220, 170), (78, 201, 176)
KINDS = {
    tokenize.STRING: STRING,
    tokenize.NUMBER: NUMBER,
    tokenize.COMMENT: COMMENT,
}
TREE = (
    *((0, "tides"), (1, ".github"), (1, "docs"), (2, "index.md"), (2, "stations.md"), (1, "src")),
    *((2, "__init__.py"), (2, "components.py"), (2, "datum.py"), (2, "station.py"), (1, "tests")),
    *((2, "test_datum.py"), (2, "test_station.py"), (1, "LICENSE")),
    *((1, "Makefile"), (1, "pyproject.toml"), (1, "README.md")),
)


def colored(source: str) -> list[list[tuple[str, Color]]]:
    """Lines of Python as parts, each with the color of its kind."""
    lines = source.splitlines()
    colors = [[TEXT] * len(line) for line in lines]
    for (row, column), (last, end), color in _tokens(source):
        for k in range(row, last + 1):
            first = column if k == row else 0
            stop = end if k == last else len(lines[k])
            colors[k][first:stop] = [color] * (stop - first)
    return [_runs(line, shades) for line, shades in zip(lines, colors, strict=True)]


def _tokens(source: str) -> Iterator[tuple[tuple[int, int], tuple[int, int], Color]]:
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        color = KINDS.get(token.type)
        if token.type == tokenize.NAME:
            if keyword.iskeyword(token.string):
                color = WORD
            elif before in ("def", "class"):
                color = NAME if before == "def" else TYPE
            elif token.string[0].isupper() or token.string in ("float", "str", "list", "int"):
                color = TYPE
        before = token.string
        if color is not None:
            (row, column), (last, end) = token.start, token.end
            yield (row - 1, column), (last - 1, end), color


def _runs(line: str, colors: list[Color]) -> list[tuple[str, Color]]:
    runs: list[tuple[str, Color]] = []
    for letter, color in zip(line, colors, strict=True):
        if runs and runs[-1][1] == color:
            runs[-1] = (runs[-1][0] + letter, color)
        else:
            runs.append((letter, color))
    return runs


def editor() -> Image.Image:
    """An editor, 1280 × 800: files, tabs, code, a map of it, and a line of state."""
    image = Image.new("RGB", (1280, 800), BACK)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1279, 29), (60, 60, 60))
    subpixel_text(image, [("station.py — tides — Editor", (204, 204, 204))], (540, 7), "sans", 12)
    draw.rectangle((0, 30, 47, 777), BAR)
    for k, name in enumerate(("folder", "search", "reply", "play", "menu", "person")):
        icon(image, name, (12, 44 + 48 * k), 24, TEXT if k == 0 else DIM)
    draw.rectangle((0, 34, 1, 77), TEXT)
    _tree(image)
    _tabs(image)
    lines = colored(CODE)
    for k, parts in enumerate(lines):
        y = 68 + 16 * k
        if y > 760:
            break
        if k == 20:
            draw.rectangle((330, y - 1, 1160, y + 15), (40, 40, 40), (52, 52, 52))
        number = str(k + 1).rjust(4)
        subpixel_text(image, [(number, TEXT if k == 20 else DIM)], (290, y), "mono", 12)
        subpixel_text(image, parts, (338, y), "mono", 12)
        for column in range(0, len(parts and parts[0][0]) - len(parts and parts[0][0].lstrip()), 4):
            draw.line((338 + 7 * column, y - 1, 338 + 7 * column, y + 14), (56, 56, 56))
    _map(image, lines)
    draw.rectangle((0, 778, 1279, 799), STATUS)
    state = (
        "main*   0 errors, 2 warnings          Ln 21, Col 17   Spaces: 4   UTF-8   LF   Python 3.12"
    )
    subpixel_text(image, [(state, (255, 255, 255))], (12, 781), "sans", 12)
    return image


def _tree(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    draw.rectangle((48, 30, 279, 777), SIDE)
    subpixel_text(image, [("EXPLORER", (187, 187, 187))], (68, 42), "sans", 11)
    for k, (depth, name) in enumerate(TREE):
        y = 66 + 22 * k
        if name == "station.py":
            draw.rectangle((48, y - 3, 279, y + 18), (9, 71, 113))
        folder = "." not in name.lstrip(".") and name not in ("LICENSE", "Makefile")
        color = (220, 182, 122) if folder else TYPE if name.endswith("py") else (81, 154, 186)
        icon(image, "folder" if folder else "save", (62 + 14 * depth, y + 1), 12, color)
        subpixel_text(image, [(name, (204, 204, 204))], (80 + 14 * depth, y), "sans", 12)


def _tabs(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    draw.rectangle((280, 30, 1279, 64), SIDE)
    for k, name in enumerate(("station.py", "datum.py", "test_station.py")):
        left = 280 + 160 * k
        draw.rectangle((left, 30, left + 158, 64), BACK if k == 0 else (45, 45, 45))
        icon(image, "save", (left + 12, 41), 12, TYPE)
        color = (255, 255, 255) if k == 0 else DIM
        subpixel_text(image, [(name, color), ("   ×", DIM)], (left + 30, 39), "sans", 12)


def _map(image: Image.Image, lines: list[list[tuple[str, Color]]]) -> None:
    """The code as a column of dots, two rows of pixels for a line."""
    draw = ImageDraw.Draw(image)
    draw.line((1160, 65, 1160, 777), (43, 43, 43))
    draw.rectangle((1161, 66, 1279, 160), (45, 45, 46))
    for k, parts in enumerate(lines * 3):
        x = 1168
        for text, color in parts:
            shade = (color[0] // 2 + 15, color[1] // 2 + 15, color[2] // 2 + 15)
            for letter in text:
                if not letter.isspace():
                    draw.point((x, 68 + 3 * k), shade)
                    if letter.isalpha():
                        draw.point((x, 69 + 3 * k), shade)
                x += 1
    rounded(image, (1272, 70, 1278, 230), 3, EDGE)
