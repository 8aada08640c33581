"""A decoder of the `.inr` format, version 1, written to be read beside `inr-v1.md`.

It follows the specification section by section and prefers plain code to fast code; it needs
Python 3.11 and numpy. Anything that the specification does not allow ends in `Refused`.
`reference_container.py` has what all architectures share, `reference_networks.py` the coordinate
networks, `reference_grid.py` the latent grid.

    python reference_decoder.py photo.inr photo.ppm [WIDTHxHEIGHT]
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# For who loads this file by its path.
sys.path.insert(0, str(Path(__file__).parent))

import reference_grid
import reference_networks
from reference_container import (
    LIMIT,
    File,
    Reader,
    Refused,
    read_signal,
    require,
    unpack,
)

METADATA = ("iccp", "exif", "xmpm")

GRID = 8  # the architecture that is no network


# Section 2: the file


def metadata(data: bytes) -> dict[str, bytes]:
    """Unpack the sections `iccp`, `exif` and `xmpm`."""
    file = File(data)
    present = [tag for tag in METADATA if (tag, file.item) in file.sections]
    return {tag: unpack(file.payload(tag), 2**24, tag) for tag in present}


def decode(
    data: bytes,
    size: tuple[int, int] | None = None,
    region: tuple[int, int, int, int] | None = None,
    place: int = 1,
) -> npt.NDArray[Any]:
    """Render a picture, or a region (x, y, width, height) of it, in a size (width, height); of an
    album the picture at that place.

    The result has the shape (height, width, channels) and is of `uint8` or `uint16`.
    """
    file = File(data)
    file.choose(place)
    signal = read_signal(file)
    left, top, across, down = region or (0, 0, signal.width, signal.height)
    inside = 0 <= left < left + across <= signal.width and 0 <= top < top + down <= signal.height
    require(inside, "the region is not inside the picture")
    width, height = size or (across, down)
    require(width > 0 and height > 0, "the size is not positive")
    require(width * height <= LIMIT, f"{width} × {height} pixels are over this decoder's limit")
    network = Reader(file.payload("NETW"), "NETW")
    architecture = network.uint("the architecture", 1, GRID)
    rows, columns = (top, down, height), (left, across, width)
    if architecture == GRID:
        return reference_grid.decode(file, signal, network).render(rows, columns)
    return reference_networks.render(file, signal, network, architecture, rows, columns)


def save(pixels: npt.NDArray[Any], path: Path) -> None:
    height, width, channels = pixels.shape
    kind = {(".pgm", 1): "P5", (".ppm", 3): "P6"}.get((path.suffix, channels))
    fits = kind is not None or path.suffix == ".npy"
    require(fits, f"{channels} channels cannot be written as {path.suffix or path}")
    if kind:
        header = f"{kind} {width} {height} {np.iinfo(pixels.dtype).max}\n"
        big_endian = pixels.astype(pixels.dtype.newbyteorder(">"))
        path.write_bytes(header.encode() + big_endian.tobytes())
    else:
        np.save(path, pixels)


def main() -> int:
    parser = argparse.ArgumentParser(description="Decode an .inr file of version 1.")
    parser.add_argument("source", type=Path, help="the .inr file")
    parser.add_argument("target", type=Path, help="what to write: .pgm (gray), .ppm (RGB) or .npy")
    parser.add_argument("size", nargs="?", help="WIDTHxHEIGHT of the output")
    parser.add_argument("--place", type=int, default=1, help="of an album: which picture, from 1")
    arguments = parser.parse_args()
    try:
        size = None
        if arguments.size:
            match = re.fullmatch("([0-9]{1,8})x([0-9]{1,8})", arguments.size)
            if not match:
                parser.error("the size is not WIDTHxHEIGHT")
            size = int(match[1]), int(match[2])
        pixels = decode(arguments.source.read_bytes(), size, place=arguments.place)
        save(pixels, arguments.target)
    except Refused as error:
        print(f"{arguments.source}: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
