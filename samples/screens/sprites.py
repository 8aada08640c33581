"""A scene of a game: tiles and figures of few colors, each of their pixels 4 × 4."""

from __future__ import annotations

import numpy as np
from PIL import Image

from samples.screens.drawing import Color

__all__ = ["game"]

TILE, SCALE = 16, 4
COLORS: dict[str, Color] = {
    ".": (0, 0, 0),
    "g": (86, 176, 72),
    "G": (62, 142, 56),
    "d": (44, 104, 48),
    "s": (226, 190, 126),
    "S": (200, 158, 98),
    "w": (64, 132, 216),
    "W": (108, 172, 240),
    "b": (168, 84, 62),
    "B": (128, 58, 46),
    "m": (206, 196, 184),
    "t": (104, 70, 44),
    "r": (214, 50, 56),
    "y": (250, 212, 70),
    "k": (34, 30, 44),
    "f": (246, 204, 164),
    "n": (60, 74, 160),
    "h": (255, 255, 255),
}
# G grass, P path, W water, B wall, T tree, F flowers, R roof.
LEVEL = (
    "TTGGGGTTTT",
    "TGGRRRGGFT",
    "GGGBBBGGGG",
    "GFGGPGGFGG",
    "PPPPPPPPPP",
    "GGGGPGGWWW",
    "TFGGPGWWWW",
    "TTGGPGWWWW",
)
HERO = (
    *("....kkkkkk....", "...krrrrrrk...", "..krrrrrrrrk..", "..kttfffffk...", "..ktfkffkfk..."),
    *("..kffffffffk..", "...kffrrffk...", "....kffffk....", "...knnnnnnk...", "..knnyyyynnk.."),
    *("..kfknnnnkfk..", "..kfknnnnkfk..", "...kknnnnkk...", "....knkknk....", "...kttkkttk..."),
    "...kkkkkkkk...",
)
SLIME = (
    *("..............", "..............", "....kkkkkk....", "..kkWWWWWWkk..", ".kWWhhWWWWWWk."),
    *(".kWhhWWWWWWWk.", "kWWWkkWWkkWWWk", "kWWWkhWWkhWWWk", "kWWWWWWWWWWWWk", "kWWWWkkkkWWWWk"),
    *("kwWWWWWWWWWWwk", ".kwwwwwwwwwwk.", "..kkkkkkkkkk.."),
)
COIN = (
    "..kkkk..",
    ".kyyyyk.",
    "kyyhyyyk",
    "kyhyyykk",
    "kyhyyyyk",
    "kyyyyyyk",
    ".kyyyyk.",
    "..kkkk..",
)


def _tile(kind: str) -> list[str]:
    """The letters of a tile, 16 × 16."""
    rng = np.random.default_rng(ord(kind))
    base, speck = {"P": ("s", "S"), "W": ("w", "W"), "B": ("b", "m")}.get(kind, ("g", "G"))
    cells = np.full((TILE, TILE), base)
    if kind == "B":
        for row in range(0, TILE, 4):
            cells[row] = "m"
            cells[row + 1 : row + 4, (row // 4 % 2) * 4 :: 8] = "m"
            cells[row + 3, cells[row + 3] == "b"] = "B"
    elif kind == "W":
        for row in range(2, TILE, 5):
            start = int(rng.integers(0, 8))
            cells[row, start : start + 5] = speck
            cells[row + 1, start + 4 : start + 7] = speck
    elif kind == "R":
        for row in range(TILE):
            cells[row] = [
                "B" if (column + row // 4 * 4) % 8 == 0 or row % 4 == 3 else "r"
                for column in range(TILE)
            ]
    else:
        for y, x in rng.integers(1, TILE - 2, (9, 2)):
            cells[y, x] = cells[y - 1, x + 1] = speck
    if kind == "T":
        y, x = np.mgrid[0:TILE, 0:TILE]
        cells[11:15, 7:9] = "t"
        crown = np.hypot(x - 7.5, (y - 6) * 1.1)
        cells[crown < 6.8] = "k"
        cells[crown < 6.0] = "d"
        cells[np.hypot(x - 6, y - 4.5) < 3.4] = "G"
        cells[np.hypot(x - 5.5, y - 4) < 1.6] = "g"
    elif kind == "F":
        for k, (y, x) in enumerate(((4, 4), (9, 11), (12, 5))):
            cells[y - 1, x] = cells[y + 1, x] = cells[y, x - 1] = cells[y, x + 1] = "yrh"[k]
            cells[y, x] = "S"
    return ["".join(row) for row in cells]


def _stamp(
    canvas: np.ndarray, rows: tuple[str, ...] | list[str], x: int, y: int, mirrored: bool = False
) -> None:
    """Put letters onto a canvas of colors, save for those that are clear."""
    for dy, row in enumerate(rows):
        for dx, letter in enumerate(row[::-1] if mirrored else row):
            if letter != ".":
                canvas[y + dy, x + dx] = COLORS[letter]


def game() -> Image.Image:
    """A scene, 640 × 512."""
    canvas = np.zeros((TILE * len(LEVEL), TILE * len(LEVEL[0]), 3), np.uint8)
    tiles = {kind: _tile(kind) for kind in "GPWBTFR"}
    for row, line in enumerate(LEVEL):
        for column, kind in enumerate(line):
            _stamp(canvas, tiles[kind], TILE * column, TILE * row)
    _stamp(canvas, ["kkkkkkkk", *["ktttttSk", "kttttttk"] * 4], 68, 38)
    _stamp(canvas, HERO, 52, 66)
    for x, y, mirrored in ((98, 66, False), (20, 82, True), (130, 50, True)):
        _stamp(canvas, SLIME, x, y, mirrored)
    for k in range(4):
        _stamp(canvas, COIN, 80 + 16 * k, 70 if k == 0 else 92 - 4 * (k % 2))
    canvas[:11] = COLORS["k"]
    for k in range(5):
        heart = (".rr.rr.", "rrhrrrr", "rrrrrrr", ".rrrrr.", "..rrr..", "...r...")
        _stamp(
            canvas,
            heart if k < 3 else [row.replace("r", "B").replace("h", "B") for row in heart],
            3 + 9 * k,
            3,
        )
    canvas[3:9, 100:156] = COLORS["h"]
    canvas[4:8, 101:155] = COLORS["k"]
    canvas[4:8, 101:137] = COLORS["g"]
    return Image.fromarray(canvas.repeat(SCALE, 0).repeat(SCALE, 1))
