"""What all screens are drawn with: fonts, text as displays show it, shapes with smooth edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

__all__ = [
    "SMOOTH",
    "Box",
    "Color",
    "Font",
    "font",
    "mask",
    "rounded",
    "shadow",
    "smooth_text",
    "subpixel_text",
    "wrapped",
]

Color = tuple[int, int, int]
Box = tuple[float, float, float, float]
Font = ImageFont.FreeTypeFont
Cover = npt.NDArray[np.float64]

# How many times larger shapes are drawn that are then averaged down.
SMOOTH = 4

# Of matplotlib's package, so that every machine draws the same letters.
_FILES = {
    "sans": "DejaVuSans",
    "bold": "DejaVuSans-Bold",
    "oblique": "DejaVuSans-Oblique",
    "serif": "DejaVuSerif",
    "serif bold": "DejaVuSerif-Bold",
    "serif italic": "DejaVuSerif-Italic",
    "book": "STIXGeneral",
    "book bold": "STIXGeneralBol",
    "mono": "DejaVuSansMono",
    "mono bold": "DejaVuSansMono-Bold",
}
# What FreeType's filter for liquid crystals gives each third of a pixel.
_THIRDS = np.array([8, 77, 86, 77, 8]) / 256


@cache
def font(name: str, size: float) -> Font:
    """A font of so many pixels; `plain` is the one within Pillow."""
    if name == "plain":
        found = ImageFont.load_default(size)
        assert isinstance(found, ImageFont.FreeTypeFont)
        return found
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{_FILES[name]}.ttf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def wrapped(text: str, face: Font, width: float) -> list[str]:
    """Lines of words that are no wider than a column."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".lstrip()
        if line and face.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def mask(size: tuple[int, int], paint: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """What is painted in white at `SMOOTH` times a size, averaged down."""
    large = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    paint(ImageDraw.Draw(large))
    return large.reduce(SMOOTH)


def rounded(
    image: Image.Image, box: Box, radius: float, fill: Color, outline: Color | None = None
) -> None:
    """Draw a rectangle with round corners, whose sides are sharp; an outline is a pixel wide."""
    left, top, right, bottom = (round(x) for x in box)

    def inside(by: int) -> Image.Image:
        corners = (by * SMOOTH, by * SMOOTH, (right - left - by) * SMOOTH - 1)
        last = (bottom - top - by) * SMOOTH - 1
        bent = max(radius - by, 0) * SMOOTH
        return mask(
            (right - left, bottom - top),
            lambda draw: draw.rounded_rectangle((*corners, last), bent, 255),
        )

    if outline is not None:
        image.paste(outline, (left, top), inside(0))
    image.paste(fill, (left, top), inside(outline is not None))


def shadow(image: Image.Image, box: Box, blur: float, dark: float, down: int = 2) -> None:
    """Darken what is around and below a box, as if it floated."""
    margin = round(3 * blur)
    left, top, right, bottom = (round(x) for x in box)
    size = (right - left + 2 * margin, bottom - top + 2 * margin)
    shape = Image.new("L", size)
    inner = (margin, margin, size[0] - margin - 1, size[1] - margin - 1)
    ImageDraw.Draw(shape).rounded_rectangle(inner, 4, round(255 * dark))
    soft = shape.filter(ImageFilter.GaussianBlur(blur))
    image.paste((0, 0, 0), (left - margin, top - margin + down), soft)


def smooth_text(
    image: Image.Image, lines: Iterable[str], at: tuple[float, float], face: Font, fill: Color
) -> float:
    """Write lines of a paragraph from their left upper corner, and return where the next begins."""
    draw, (x, y) = ImageDraw.Draw(image), at
    for line in lines:
        draw.text((x, y), line, fill, face)
        y += round(1.45 * face.size)
    return y


def subpixel_text(
    image: Image.Image,
    parts: Sequence[tuple[str, Color]],
    at: tuple[int, int],
    name: str,
    size: int,
) -> int:
    """Write parts of a line, each in its color, with thirds of pixels as a liquid crystal has them;
    return where the line ends. Letters start at whole pixels."""
    x, y = at
    for text, color in parts:
        for letter in text:
            cover, width = _thirds_of(letter, name, size)
            place = (x - 1, y, x - 1 + cover.shape[1], y + cover.shape[0])
            under = np.asarray(image.crop(place), np.float64)
            mixed = np.rint(under + (np.array(color) - under) * cover)
            image.paste(Image.fromarray(mixed.astype(np.uint8)), place[:2])
            x += width
    return x


@cache
def _thirds_of(letter: str, name: str, size: int) -> tuple[Cover, int]:
    """How much of each third of each pixel a letter covers, from a pixel left of where it starts,
    and by how many pixels it moves on."""
    face = font(name, 3 * size)
    width, height = round(face.getlength(letter) / 3), round(1.4 * size)
    large = Image.new("L", (3 * (width + 3), 3 * height))
    ImageDraw.Draw(large).text((3, 0), letter, 255, face)
    rows = np.asarray(large, np.float64).reshape(height, 3, -1).mean(1) / 255
    thirds = np.apply_along_axis(np.convolve, 1, rows, _THIRDS, "same")
    return np.clip(thirds.reshape(height, -1, 3), 0, 1), width
