"""Files of 16 bits per sample in several channels, from files that Pillow writes.

Pillow has no mode for such samples. It writes all that is beside them: around one pixel in a PNG
file, whose place those of libpng take; of a TIFF file, rows of gray that are then told to be
colors, as the bytes are the same.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.extras import load_extra
from inrcodec.media.images.chunks import with_pixels
from inrcodec.media.images.exif import Tag, with_tags
from inrcodec.signal import Color

__all__ = ["DEEP_WRITERS", "DeepWriter"]

Samples = npt.NDArray[np.uint16]

# Of zlib, 0 to 9: files are some 4 % longer than with 6, in a fifth of the time.
_LEVEL = 1

_WIDTH, _BITS, _PHOTOMETRIC, _SAMPLES, _EXTRA_SAMPLES = 256, 258, 262, 277, 338
_BLACK_IS_ZERO, _RGB, _NOT_PREMULTIPLIED = 1, 2, 2
_SHORT, _LONG = 3, 4


@dataclass(frozen=True)
class DeepWriter:
    """The way of a format: the image that Pillow is to write for samples (height, width,
    channels), and what makes their file of that."""

    image: Callable[[Samples], Image.Image]
    finish: Callable[[bytes, Samples], bytes]


def _one_pixel(samples: Samples) -> Image.Image:
    return Image.new("L", (1, 1))


def _with_colors(png: bytes, samples: Samples) -> bytes:
    what = f"writing 16 bits of {samples.shape[2]} channels as PNG (8 with --bits 8, all as .tiff)"
    codecs = load_extra("imagecodecs", "deep", what)
    return with_pixels(png, bytes(codecs.png_encode(np.ascontiguousarray(samples), level=_LEVEL)))


def _rows(samples: Samples) -> Image.Image:
    return Image.fromarray(samples.reshape(len(samples), -1))


def _as_colors(tiff: bytes, samples: Samples) -> bytes:
    _, width, channels = samples.shape
    photometric = _RGB if channels >= Color.RGB else _BLACK_IS_ZERO
    tags = [
        Tag(_WIDTH, _LONG, struct.pack("<I", width)),
        Tag(_BITS, _SHORT, struct.pack(f"<{channels}H", *[16] * channels)),
        Tag(_PHOTOMETRIC, _SHORT, struct.pack("<H", photometric)),
        Tag(_SAMPLES, _SHORT, struct.pack("<H", channels)),
    ]
    if channels in (Color.GRAY_ALPHA, Color.RGBA):
        tags.append(Tag(_EXTRA_SAMPLES, _SHORT, struct.pack("<H", _NOT_PREMULTIPLIED)))
    return with_tags(tiff, tags)


# Of the formats that hold such samples.
DEEP_WRITERS = {
    "PNG": DeepWriter(_one_pixel, _with_colors),
    "TIFF": DeepWriter(_rows, _as_colors),
}
