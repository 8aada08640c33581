"""A scanned page of a book: text that is a little turned, blurred, and on paper."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples.noise import SEED, fbm
from samples.screens.drawing import font, wrapped
from samples.screens.words import PARAGRAPHS

__all__ = ["scan"]

SIZE = (800, 1000)
TURN, INK, PAPER = 0.6, 0.17, 0.90


def _print() -> Image.Image:
    """The page as it was printed, white on black, at twice the size."""
    image = Image.new("L", (2 * SIZE[0], 2 * SIZE[1]))
    draw = ImageDraw.Draw(image)
    draw.text((800, 150), "THE TIDES OF CARRICK BAY", 255, font("book", 34), anchor="mm")
    draw.text((1400, 150), "57", 255, font("book", 36), anchor="mm")
    draw.text((800, 290), "Chapter IV", 255, font("book bold", 64), anchor="mm")
    draw.line((700, 350, 900, 350), 255, 3)
    body, y = font("book", 38), 400
    for k in (0, 1, 3, 4, 2):
        for row, line in enumerate(wrapped("   " + PARAGRAPHS[k], body, 1190)):
            words, x = line.split(), 200.0 + (60 if row == 0 else 0)
            gap = body.getlength(" ")
            if not PARAGRAPHS[k].endswith(line):
                room = 1400 - x - sum(body.getlength(word) for word in words)
                gap = room / max(len(words) - 1, 1)
            for word in words:
                draw.text((x, y), word, 255, body)
                x += body.getlength(word) + gap
            y += 52
        y += 12
    draw.line((200, y + 20, 560, y + 20), 255, 2)
    note = "* Heights are above chart datum, which is 2.94 m below the mean level of the sea."
    draw.text((200, y + 30), note, 255, font("book", 30))
    return image


def scan() -> Image.Image:
    """A page in gray, 800 × 1000."""
    rng = np.random.default_rng(SEED)
    turned = _print().rotate(TURN, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.3))
    ink = np.asarray(turned.reduce(2), np.float64) / 255
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    fibers = 0.020 * (fbm(x / 7.0, y / 5.0, 3) - 0.5) + 0.03 * (fbm(x / 300.0, y / 260.0, 3) - 0.5)
    # The lamp is weaker at the fold, and ink lies unevenly.
    light = 1.0 - 0.16 * np.exp(-x / 45.0) - 0.03 * (y / SIZE[1])
    dark = INK + 0.10 * (fbm(x / 12.0 + 50, y / 12.0, 2) - 0.5)
    page = (PAPER + fibers) * (1 - ink) + dark * ink
    values = page * light + rng.normal(0, 0.007, page.shape)
    return Image.fromarray(np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))
