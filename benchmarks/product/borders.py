"""The borders of a photograph in a page: the original, `auto`, and a grid of as many bytes.

    python -m benchmarks.product.borders docs/images/borders.png

All three are a part of the page of `samples/screens`, encoded at quality 60; what is shown is
enlarged three times. The figures are printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

import inrcodec
from samples.screens.photographs import page

# Of the page, what is encoded, and of that what is shown, as corners.
PART, SHOWN, SCALE, GAP = (0, 400, 420, 700), (16, 96, 136, 186), 3, 6
QUALITY = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    original = page().crop(PART)
    auto = inrcodec.encode(original, quality=QUALITY)
    grid = inrcodec.encode(original, model="grid", target_size=len(auto.data))
    panels = [original]
    for encoded in (auto, grid):
        print(f"{encoded.model}: {len(encoded.data)} bytes, {encoded.psnr_db:.2f} dB")
        panels.append(Image.fromarray(np.asarray(inrcodec.decode(encoded.data))))
    width, height = (SCALE * (SHOWN[axis + 2] - SHOWN[axis]) for axis in (0, 1))
    sheet = Image.new("RGB", (3 * width + 2 * GAP, height), (255, 0, 128))
    for place, panel in enumerate(panels):
        shown = panel.crop(SHOWN).resize((width, height), Image.Resampling.NEAREST)
        sheet.paste(shown, (place * (width + GAP), 0))
    sheet.save(parser.parse_args().output, optimize=True)


if __name__ == "__main__":
    main()
