"""Windows of applications: a dialog of files, and a mail program that fills the screen."""

from __future__ import annotations

from PIL import Image, ImageDraw

from samples.screens.drawing import Color, font, mask, rounded, smooth_text, wrapped
from samples.screens.icons import icon
from samples.screens.words import FILES, MESSAGES, PARAGRAPHS

__all__ = ["dialog", "mail"]

WHITE, INK, DIM, LINE = (255, 255, 255), (32, 33, 36), (104, 109, 116), (218, 220, 224)
BLUE, PALE, PANEL = (26, 115, 232), (232, 240, 254), (246, 248, 252)
AVATARS: tuple[Color, ...] = (
    *((217, 48, 37), (24, 128, 56), (123, 31, 162), (227, 116, 0)),
    *((0, 121, 137), (85, 99, 222)),
)


def button(image: Image.Image, box: tuple[int, int, int, int], text: str, main: bool) -> None:
    """A button with its text in the middle."""
    rounded(image, box, 4, BLUE if main else WHITE, BLUE if main else (160, 165, 171))
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    color = WHITE if main else INK
    ImageDraw.Draw(image).text(middle, text, color, font("plain", 11), anchor="mm")


def dialog() -> Image.Image:
    """A dialog that opens a file, 400 × 240: small text, a list, icons and buttons."""
    image = Image.new("RGB", (400, 240), (240, 240, 240))
    draw, small = ImageDraw.Draw(image), font("plain", 11)
    draw.rectangle((0, 0, 399, 23), (62, 68, 81))
    draw.text((200, 12), "Open a file", WHITE, font("bold", 11), anchor="mm")
    for k, color in enumerate(((255, 95, 87), (254, 188, 46), (40, 200, 64))):
        rounded(image, (8 + 18 * k, 6, 20 + 18 * k, 18), 6, color)
    for k, name in enumerate(("folder", "plus", "trash", "download", "star", "clock", "menu")):
        icon(image, name, (8 + 24 * k, 29), 16, (70, 78, 92) if name != "star" else (227, 160, 8))
    rounded(image, (268, 27, 392, 47), 10, WHITE, (176, 180, 186))
    icon(image, "search", (274, 31), 12, DIM)
    draw.text((291, 37), "Search", (150, 154, 160), small, anchor="lm")
    draw.rectangle((0, 52, 95, 199), (228, 230, 235))
    for k, name in enumerate(("Recent", "Desktop", "Documents", "Pictures", "Music", "Network")):
        if name == "Documents":
            draw.rectangle((0, 56 + 20 * k, 95, 75 + 20 * k), BLUE)
        color = WHITE if name == "Documents" else INK
        icon(image, "clock" if k == 0 else "folder", (8, 60 + 20 * k), 12, color)
        draw.text((26, 66 + 20 * k), name, color, small, anchor="lm")
    draw.rectangle((96, 52, 399, 199), WHITE)
    for x, name in ((104, "Name"), (254, "Size"), (318, "Changed")):
        draw.text((x, 60), name, DIM, small, anchor="lm")
    draw.line((96, 68, 399, 68), LINE)
    for k, (name, size, date) in enumerate(FILES[:8]):
        y = 69 + 16 * k
        if k == 3:
            draw.rectangle((96, y, 399, y + 15), PALE)
        elif k % 2:
            draw.rectangle((96, y, 399, y + 15), (249, 249, 251))
        rounded(image, (104, y + 3, 113, y + 13), 2, AVATARS[len(name) % len(AVATARS)])
        draw.text((119, y + 8), name, INK, small, anchor="lm")
        draw.text((302, y + 8), size, DIM, small, anchor="rm")
        draw.text((318, y + 8), date, DIM, small, anchor="lm")
    draw.line((0, 200, 399, 200), (200, 203, 208))
    rounded(image, (8, 212, 20, 224), 3, BLUE)
    icon(image, "check", (9, 213), 10, WHITE)
    draw.text((26, 218), "Show hidden files", INK, small, anchor="lm")
    button(image, (242, 207, 312, 229), "Cancel", False)
    button(image, (320, 207, 390, 229), "Open", True)
    return image


def mail() -> Image.Image:
    """A mail program, 1280 × 800: folders, messages, and one of them with a table."""
    image = Image.new("RGB", (1280, 800), PANEL)
    draw = ImageDraw.Draw(image)
    icon(image, "menu", (22, 20), 22, DIM)
    draw.text((60, 31), "Postbox", INK, font("sans", 22), anchor="lm")
    rounded(image, (256, 10, 900, 54), 22, (234, 241, 251))
    icon(image, "search", (272, 22), 20, DIM)
    draw.text((306, 32), "Search all messages", DIM, font("sans", 15), anchor="lm")
    for k, name in enumerate(("download", "clock", "person")):
        icon(image, name, (1110 + 50 * k, 21), 22, DIM)
    _folders(image)
    _messages(image)
    _message(image)
    draw.line((0, 775, 1279, 775), LINE)
    state = "Connected · 4.2 GB of 15 GB used · last checked at 09:41"
    draw.text((16, 787), state, DIM, font("sans", 11), anchor="lm")
    return image


def _folders(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    rounded(image, (16, 76, 156, 124), 15, (194, 231, 255))
    icon(image, "plus", (34, 91), 18, (0, 29, 53))
    draw.text((64, 100), "Write", (0, 29, 53), font("bold", 14), anchor="lm")
    names = ("Inbox", "Starred", "Later", "Sent", "Drafts", "Archive", "Harbour", "Museum", "Bin")
    icons = ("mail", "star", "clock", "reply", "save", "folder", "folder", "folder", "trash")
    for k, (name, drawn) in enumerate(zip(names, icons, strict=True)):
        y, face = 144 + 34 * k, font("bold" if k == 0 else "sans", 14)
        if k == 0:
            rounded(image, (8, y, 228, y + 32), 16, (211, 227, 253))
        icon(image, drawn, (24, y + 8), 16, INK if k == 0 else DIM)
        draw.text((54, y + 16), name, INK, face, anchor="lm")
        if k in (0, 4, 6):
            draw.text((216, y + 16), str(3 + 5 * k), INK, font("sans", 12), anchor="rm")


def _messages(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    rounded(image, (244, 68, 652, 764), 12, WHITE)
    for k, (sender, subject, text) in enumerate(MESSAGES):
        y, unread = 72 + 57 * k, k in (0, 3, 5)
        if k == 1:
            draw.rectangle((244, y, 651, y + 56), PALE)
            draw.rectangle((244, y, 247, y + 56), BLUE)
        color = AVATARS[len(sender) % len(AVATARS)]
        disc = mask((36, 36), lambda d: d.ellipse((0, 0, 143, 143), 255))
        image.paste(color, (258, y + 10), disc)
        draw.text((276, y + 28), sender[0], WHITE, font("sans", 17), anchor="mm")
        draw.text((306, y + 14), sender, INK, font("bold" if unread else "sans", 13), anchor="lm")
        time = f"{9 + k}:{7 * k % 60:02}" if k < 4 else f"{14 - k} Mar"
        draw.text((640, y + 14), time, DIM, font("sans", 11), anchor="rm")
        draw.text((306, y + 30), subject, INK, font("bold" if unread else "sans", 12), anchor="lm")
        draw.text((306, y + 45), text, DIM, font("sans", 11), anchor="lm")
        if k in (2, 5, 8):
            icon(image, "star", (624, y + 24), 14, (244, 180, 0))
        draw.line((306, y + 56, 651, y + 56), (238, 240, 243))


def _message(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    rounded(image, (664, 68, 1268, 764), 12, WHITE)
    for k, name in enumerate(("reply", "folder", "trash", "clock", "download")):
        icon(image, name, (684 + 42 * k, 84), 18, DIM)
    draw.text((684, 132), "Berth 14 from 3 April", INK, font("sans", 22), anchor="lm")
    draw.text((684, 168), "Harbour Office <office@harbour.example>", DIM, font("sans", 12))
    body = font("sans", 13)
    text = wrapped("Dear Ms Calder, your reservation is confirmed. " + PARAGRAPHS[0], body, 560)
    y = smooth_text(image, text, (684, 204), body, INK) + 16
    rows = (
        *(("Item", "Days", "Rate", "Amount"), ("Berth, 9 to 11 m", "7", "£28.50", "£199.50")),
        *(("Shore power", "7", "£4.20", "£29.40"), ("Water", "7", "£1.10", "£7.70")),
        *(("Deposit", "", "", "£85.40"), ("Total", "", "", "£322.00")),
    )
    for k, row in enumerate(rows):
        top = y + 28 * k
        shade = (235, 238, 243) if k in (0, len(rows) - 1) else WHITE if k % 2 else (250, 251, 253)
        draw.rectangle((684, top, 1244, top + 28), shade, LINE)
        face = font("bold" if k in (0, len(rows) - 1) else "sans", 13)
        draw.text((694, top + 14), row[0], INK, face, anchor="lm")
        for x, cell in zip((1000, 1110, 1234), row[1:], strict=True):
            draw.text((x, top + 14), cell, INK, face, anchor="rm")
    y += 28 * len(rows) + 22
    y = smooth_text(image, wrapped(PARAGRAPHS[4], body, 560), (684, y), body, INK) + 18
    button(image, (684, round(y), 774, round(y) + 34), "Reply", True)
    button(image, (784, round(y), 874, round(y) + 34), "Forward", False)
