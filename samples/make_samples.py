"""Render the sample images and the sample sound that stand beside this script.

    python samples/make_samples.py

writes ``photo.png`` (RGB landscape), ``gray.png`` (gray dunes), ``rgba.png`` (glass marble with
real transparency) and ``melody.flac`` (plucked strings).  Every texture comes from seeded noise and
every scene is drawn at a multiple of its final size and averaged down, so a second run gives the
same samples.  Only numpy, Pillow and soundfile are needed.
"""

from __future__ import annotations

from pathlib import Path

import soundfile
from dunes import gray
from marble import rgba
from melody import RATE, melody
from photograph import photo


def main() -> None:
    folder = Path(__file__).resolve().parent
    for name, render in (("photo", photo), ("gray", gray), ("rgba", rgba)):
        render().save(folder / f"{name}.png", optimize=True)
    soundfile.write(folder / "melody.flac", melody(), RATE, "PCM_16")


if __name__ == "__main__":
    main()
