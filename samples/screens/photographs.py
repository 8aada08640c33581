"""The photograph that stands in pages, and screens that are mostly a photograph."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from samples.screens.drawing import font, rounded, shadow, smooth_text, wrapped
from samples.screens.icons import icon
from samples.screens.words import PARAGRAPHS

__all__ = ["caption", "fitted", "page", "sample"]

INK, DIM, LINK, LINE = (33, 37, 41), (108, 117, 125), (11, 94, 215), (222, 226, 230)
PHOTO = Path(__file__).resolve().parent.parent / "photo.png"


@cache
def sample() -> Image.Image:
    """The sample photograph."""
    with Image.open(PHOTO) as image:
        return image.convert("RGB")


def fitted(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A photograph that fills a size; nothing is resampled where it is as large already."""
    if photo.width >= size[0] and photo.height >= size[1] and photo.width < 2 * size[0]:
        left, top = (photo.width - size[0]) // 2, (photo.height - size[1]) // 2
        return photo.crop((left, top, left + size[0], top + size[1]))
    return ImageOps.fit(photo, size, Image.Resampling.LANCZOS)


def caption(photo: Image.Image | None = None) -> Image.Image:
    """A photograph, 768 × 512, with a title upon it, a mark, and a bar with a caption below."""
    image = fitted(photo or sample(), (768, 512)).copy()
    draw = ImageDraw.Draw(image)
    draw.text(
        *((24, 20), "Above the lake", (255, 255, 255), font("bold", 38)),
        stroke_width=2,
        stroke_fill=(0, 0, 0),
    )
    draw.text((26, 68), "Chapter 7: the long way round", (255, 244, 200), font("serif italic", 20))
    mark = Image.new("L", image.size)
    ImageDraw.Draw(mark).text((748, 430), "© M. Calder 2026", 110, font("sans", 14), anchor="rm")
    image.paste((255, 255, 255), (0, 0), mark)
    draw.rectangle((0, 448, 767, 511), (20, 22, 26))
    draw.rectangle((0, 448, 767, 450), (229, 57, 53))
    rounded(image, (18, 464, 92, 496), 4, (229, 57, 53))
    draw.text((55, 480), "LIVE", (255, 255, 255), font("bold", 17), anchor="mm")
    draw.text(
        (108, 471),
        "Snow line at 2,140 m, lowest since 1998",
        (255, 255, 255),
        font("bold", 16),
        "lm",
    )
    detail = "Rangers ask walkers to keep to the marked paths until the weekend"
    draw.text((108, 494), detail, (189, 193, 199), font("sans", 13), "lm")
    draw.text((750, 480), "09:41", (255, 255, 255), font("mono bold", 20), "rm")
    return image


def page(photo: Image.Image | None = None) -> Image.Image:
    """A page of the web, 1024 × 1200: text in two columns, and a photograph large and small."""
    image, photo = Image.new("RGB", (1024, 1200), "white"), photo or sample()
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1023, 55), (20, 60, 90))
    draw.text((40, 28), "The Carrick Gazette", "white", font("serif bold", 22), anchor="lm")
    for k, name in enumerate(("News", "Tides", "Walks", "Letters", "Archive")):
        draw.text((520 + 82 * k, 28), name, (206, 222, 235), font("sans", 14), anchor="lm")
    icon(image, "search", (970, 18), 20, (206, 222, 235))
    draw.text((40, 84), "Home  ›  Walks  ›  Above the lake", DIM, font("sans", 12), anchor="lm")
    y = smooth_text(
        image, ["A winter's walk above the lake"], (40, 100), font("serif bold", 34), INK
    )
    draw.text(
        (40, y + 8), "By Mira Calder, 14 March 2026 · 6 minutes", DIM, font("sans", 13), anchor="lm"
    )
    hero = fitted(photo, (640, 360))
    image.paste(hero, (40, 190))
    draw.text(
        (40, 562),
        "The signpost below the ridge, in October.",
        DIM,
        font("oblique", 12),
        anchor="lm",
    )
    _column(image)
    _aside(image, photo)
    draw.rectangle((0, 1150, 1023, 1199), (241, 243, 245))
    draw.line((0, 1150, 1023, 1150), LINE)
    draw.text(
        (40, 1175), "© 2026 The Carrick Gazette · Imprint · Privacy", DIM, font("sans", 12), "lm"
    )
    return image


def _column(image: Image.Image) -> None:
    draw, body = ImageDraw.Draw(image), font("serif", 15)
    y = smooth_text(image, wrapped(PARAGRAPHS[1], body, 640), (40, 584), body, INK) + 12
    y = smooth_text(image, wrapped(PARAGRAPHS[2], body, 640), (40, y), body, INK) + 12
    y = smooth_text(image, ["Getting there"], (40, y), font("serif bold", 22), INK) + 4
    text = "Timetables are at the station and on the site of the"
    draw.text((40, y), text, INK, body)
    start = 40 + body.getlength(text + " ")
    link = "county's railways"
    draw.text((start, y), link, LINK, body)
    draw.line((start, y + 17, start + body.getlength(link), y + 17), LINK)
    y += 32
    for item in (
        "Stout boots, and a coat for rain",
        "Ordnance map 104, 1:25,000",
        "A torch after four o'clock",
    ):
        rounded(image, (52, y + 6, 58, y + 12), 3, INK)
        y = smooth_text(image, [item], (68, y), body, INK) + 2
    y += 10
    rows = -(-len(PARAGRAPHS[3]) // 86)
    draw.rectangle((40, y, 43, y + 22 * rows + 8), (13, 110, 253))
    italic = font("serif italic", 15)
    y = smooth_text(image, wrapped(PARAGRAPHS[3], italic, 600), (60, y + 4), italic, DIM) + 20
    smooth_text(image, wrapped(PARAGRAPHS[4], body, 640), (40, y), body, INK)


def _aside(image: Image.Image, photo: Image.Image) -> None:
    draw, small = ImageDraw.Draw(image), font("sans", 12)
    shadow(image, (716, 190, 984, 470), 6, 0.25)
    rounded(image, (716, 190, 984, 470), 8, (255, 255, 255), LINE)
    draw.text((732, 212), "The route", INK, font("bold", 15), anchor="lm")
    facts = (
        ("Length", "9.4 km"),
        ("Climb", "412 m"),
        ("Time", "3 h 20 min"),
        ("Difficulty", "moderate"),
    )
    for k, (name, value) in enumerate((*facts, ("Start", "Holmwood"), ("Bus", "4, 9, 17"))):
        y = 240 + 28 * k
        draw.text((732, y), name, DIM, small, anchor="lm")
        draw.text((968, y), value, INK, font("bold", 12), anchor="rm")
        draw.line((732, y + 14, 968, y + 14), LINE)
    rounded(image, (732, 420, 968, 454), 6, (13, 110, 253))
    draw.text((850, 437), "Download the track", "white", font("bold", 13), anchor="mm")
    draw.text((716, 500), "More walks", INK, font("serif bold", 18), anchor="lm")
    part = photo.crop((0, photo.height // 4, photo.width // 2, photo.height))
    image.paste(ImageOps.fit(part, (268, 150), Image.Resampling.LANCZOS), (716, 522))
    draw.text((716, 690), "Along the northern shore", LINK, font("bold", 14), anchor="lm")
    text = "Five kilometres without a hill, and a tea room at the end that is open on Sundays."
    end = smooth_text(image, wrapped(text, small, 268), (716, 704), small, INK) + 12
    for name in (
        "Castle Hill by night",
        "Whitesand and back",
        "Granite quarries",
        "The pilgrims' way",
    ):
        icon(image, "star", (716, round(end)), 14, (255, 193, 7))
        draw.text((738, end + 7), name, LINK, font("sans", 13), anchor="lm")
        end += 28
    rounded(image, (716, end + 12, 984, end + 72), 8, (255, 243, 205), (255, 218, 106))
    warning = "The path below the signal station is closed after the landslip of 2 March."
    smooth_text(
        image,
        wrapped(warning, font("sans", 13), 236),
        (732, end + 24),
        font("sans", 13),
        (102, 77, 3),
    )
