"""The README's image: the sample photograph decoded from its file, and a detail at 4× beside the
same pixels enlarged.

    python benchmarks/image.py [--effort E]
"""

from __future__ import annotations

import argparse

from PIL import Image, ImageDraw, ImageFont

import inrcodec
from benchmarks.common import RESULTS, ROOT

PHOTO = ROOT.parent / "samples" / "photo.png"
DETAIL = (500, 320, 96, 72)
SCALE = 4
MARGIN = 24


def captioned(image: Image.Image, text: str) -> Image.Image:
    """An image with a line of text below it."""
    sheet = Image.new("RGB", (image.width, image.height + MARGIN), "white")
    sheet.paste(image)
    font = ImageFont.load_default(14)
    ImageDraw.Draw(sheet).text((2, image.height + 4), text, "black", font)
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--effort", type=int, default=5)
    effort = parser.parse_args().effort
    encoded = inrcodec.encode(PHOTO, model="enrp", effort=effort, device="cpu")
    image = inrcodec.open(encoded.data)
    x, y, width, height = DETAIL
    with Image.open(PHOTO) as photo:
        detail = photo.crop((x, y, x + width, y + height))
    enlarged = detail.resize((width * SCALE, height * SCALE), Image.Resampling.NEAREST)
    rendered = Image.fromarray(image.render(scale=SCALE, region=DETAIL))
    whole = Image.fromarray(image.render())
    panels = [
        captioned(whole, f"decoded from {len(encoded.data)} bytes, {encoded.psnr_db:.1f} dB"),
        captioned(enlarged, "original, pixels enlarged 4x"),
        captioned(rendered, "decoded at 4x: every pixel computed"),
    ]
    sheet = Image.new("RGB", (whole.width, panels[0].height + panels[1].height), "white")
    sheet.paste(panels[0])
    sheet.paste(panels[1], (0, panels[0].height))
    sheet.paste(panels[2], (width * SCALE, panels[0].height))
    RESULTS.mkdir(parents=True, exist_ok=True)
    sheet.save(RESULTS / "image.png", optimize=True)
    print(RESULTS / "image.png")


if __name__ == "__main__":
    main()
