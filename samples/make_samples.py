"""Render the sample pictures that stand beside this script.

    python samples/make_samples.py

writes ``photo.png`` (RGB landscape), ``gray.png`` (grey dunes) and ``rgba.png`` (glass marble with
real transparency).  Every texture comes from seeded noise and every scene is drawn at a multiple of
its final size and averaged down, so a second run gives the same pixels.  Only numpy and Pillow are
needed.
"""

from __future__ import annotations

from pathlib import Path

from dunes import gray
from marble import rgba
from photograph import photo


def main() -> None:
    folder = Path(__file__).resolve().parent
    for name, render in (("photo", photo), ("gray", gray), ("rgba", rgba)):
        render().save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
