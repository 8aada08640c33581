"""Panels: images with a title each, in rows on a sheet; and colors for what is no image."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

__all__ = ["GAP", "INK", "PAPER", "Panel", "colored", "png", "sheet", "thumbnail", "write"]

Pixels = npt.NDArray[np.uint8]

GAP = 8
PAPER, INK = (255, 255, 255), (17, 17, 17)
_MARGIN, _LINE, _FONT_SIZE = 16, 18, 13
# From nothing to most, through colors whose lightness rises evenly: points of `inferno`, by
# Nathaniel Smith and Stéfan van der Walt (CC0).
_COLORS = np.array(
    [
        *((0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51)),
        *((249, 140, 10), (249, 201, 50), (252, 255, 164)),
    ],
    np.float32,
)


@dataclass(frozen=True)
class Panel:
    """An RGB image, and what stands above it."""

    image: Image.Image
    title: str = ""


def colored(shades: Pixels) -> Image.Image:
    """Show shades (height, width) as colors from black over red to light yellow."""
    places = np.linspace(0, 255, len(_COLORS))
    table = np.stack([np.interp(np.arange(256), places, part) for part in _COLORS.T], -1)
    return Image.fromarray(np.rint(table).astype(np.uint8)[shades])


def thumbnail(image: Image.Image, width: int, height: int) -> Image.Image:
    """Reduce an image to fit a size, if it is larger."""
    factor = min(1.0, width / image.width, height / image.height)
    size = max(1, round(factor * image.width)), max(1, round(factor * image.height))
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def sheet(heading: Sequence[str], rows: Sequence[Sequence[Panel]]) -> Image.Image:
    """Lay lines of text, then rows of panels, on a white sheet."""
    width = max([_text_width(line) for line in heading] + [_row_width(row) for row in rows])
    height = _LINE * len(heading) + GAP + sum(_row_height(row) + GAP for row in rows)
    paper = Image.new("RGB", (width + 2 * _MARGIN, height + 2 * _MARGIN), PAPER)
    top = _MARGIN
    for line in heading:
        write(paper, (_MARGIN, top), line)
        top += _LINE
    top += GAP
    for row in rows:
        left = _MARGIN
        head = _LINE * any(panel.title for panel in row)
        for panel in row:
            write(paper, (left, top), panel.title)
            paper.paste(panel.image, (left, top + head))
            left += _panel_width(panel) + GAP
        top += _row_height(row) + GAP
    return paper


def write(
    image: Image.Image, place: tuple[float, float], text: str, ink: tuple[int, int, int] = INK
) -> None:
    """Write a line of text onto an image, its upper left corner at (x, y)."""
    ImageDraw.Draw(image).text(place, text, fill=ink, font=_font())


def png(image: Image.Image) -> bytes:
    """Encode an image as a PNG file."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _panel_width(panel: Panel) -> int:
    return max(panel.image.width, _text_width(panel.title))


def _row_width(row: Sequence[Panel]) -> int:
    return sum(_panel_width(panel) + GAP for panel in row) - GAP


def _row_height(row: Sequence[Panel]) -> int:
    head = _LINE * any(panel.title for panel in row)
    return head + max(panel.image.height for panel in row)


def _text_width(text: str) -> int:
    return round(_font().getlength(text))


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(_FONT_SIZE)
