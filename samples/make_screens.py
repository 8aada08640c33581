"""Draw images as screens show them into a folder, as PNG.

    python -m samples.make_screens FOLDER [--photo PHOTO]

They are not kept beside this script: with the same versions of numpy, Pillow and matplotlib every
run gives the same pixels.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from samples.screens import screens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photo", type=Path, help="an RGB image for the pages that show one")
    arguments = parser.parse_args()
    photo = arguments.photo and Image.open(arguments.photo).convert("RGB")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, image in screens(photo):
        image.save(arguments.folder / f"{name}.png", optimize=True)
        print(f"{name}: {image.width} × {image.height}, {image.mode}")


if __name__ == "__main__":
    main()
