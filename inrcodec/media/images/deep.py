"""Image files of 16 bits per sample in several channels, which Pillow has no mode for.

Pillow reads the headers of such files, and everything beside the pixels. Pixels are read by
imagecodecs, that is by libpng and libtiff, an extra; those of PPM files lie there as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, TiffImagePlugin

from inrcodec.extras import load_extra
from inrcodec.limits import Limits
from inrcodec.media.images.chunks import TRANSPARENCY, bare
from inrcodec.signal import Color

__all__ = ["CUT", "Deep", "cuts", "deep_image", "tiff_colors"]

Samples = npt.NDArray[np.uint16]

# What is warned of where Pillow alone reads a file.
CUT = "samples of more than 8 bits are read as 8"

_CODECS = "imagecodecs"
_UNHEARD = logging.NullHandler()
_PEAK = 0xFFFF

# By what Pillow makes of the pixels of a PNG file.
_PNG_COLORS = {"LA;16B": Color.GRAY_ALPHA, "RGB;16B": Color.RGB, "RGBA;16B": Color.RGBA}

# Tags of TIFF files.
_WIDTH, _LENGTH, _BITS, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 262, 277
_PLANAR, _TILE_WIDTH, _TILE_LENGTH, _EXTRA_SAMPLES, _FORMAT = 284, 322, 323, 338, 339
_UNSIGNED, _SEPARATE = 1, 2
# By photometric interpretation, samples of a pixel and what the last of them is, as Pillow has it
# for 8 bits: the color, and whether alpha is premultiplied.
_TIFF_COLORS: dict[tuple[Any, ...], tuple[Color, bool]] = {
    (1, 2, (0,)): (Color.GRAY, False),
    (1, 2, (1,)): (Color.GRAY_ALPHA, True),
    (1, 2, (2,)): (Color.GRAY_ALPHA, False),
    (2, 3, ()): (Color.RGB, False),
    (2, 4, ()): (Color.RGBA, False),
    (2, 4, (0,)): (Color.RGB, False),
    (2, 4, (1,)): (Color.RGBA, True),
    (2, 4, (2,)): (Color.RGBA, False),
    (2, 4, (999,)): (Color.RGBA, False),
}


# Where files tell that samples have more than 8 bits: a byte so far behind a mark, of which some
# bits are more than so much. The first component's depth less 1 (JPEG 2000, SOC and SIZ), and
# high_bitdepth (AV1 in ISOBMFF, av1C).
_DEPTHS = {
    "JPEG2000": (b"\xff\x4f\xff\x51", 42, 0x7F, 7),
    "AVIF": (b"av1C", 6, 0x40, 0),
}
_NO_DEPTH = (b"", 0, 0, 0)
_HEAD = 1 << 16


@dataclass(frozen=True)
class Deep:
    """The samples that Pillow would cut, as a header describes them.

    Attributes
    ----------
    held
        Width and height of the most pixels, and bytes of each, that are held.
    needs_codecs
        Whether imagecodecs alone can read it.
    read
        Reads the samples (height, width, channels), as they are stored, from the bytes of the
        file; `UsageError` where that takes imagecodecs, which is not installed.
    """

    held: tuple[int, int, int]
    needs_codecs: bool
    read: Callable[[bytes], Samples]

    @property
    def is_readable(self) -> bool:
        """Tell whether what it takes is installed."""
        return not self.needs_codecs or find_spec(_CODECS) is not None

    def check(self, limits: Limits) -> None:
        """Raise `LimitError` where reading it would take too much memory."""
        limits.check_image(*self.held)


def deep_image(image: Image.Image) -> Deep | None:
    """Describe the samples of an open file by its header; None where they have 8 bits, or Pillow
    keeps all 16, or it is of another format."""
    find = _FORMATS.get(image.format or "")
    return None if find is None or not isinstance(image, ImageFile.ImageFile) else find(image)


def tiff_colors(tags: Mapping[int, Any]) -> tuple[Color, bool] | None:
    """Tell the color of a TIFF file with these tags that has 16 bits in several samples of a pixel,
    and whether its alpha is premultiplied; None of other files."""
    bits, kinds = tags.get(_BITS, ()), tags.get(_FORMAT, (_UNSIGNED,))
    if {*bits} != {16} or {*kinds} != {_UNSIGNED}:
        return None
    extra = tuple(tags.get(_EXTRA_SAMPLES, ()))
    return _TIFF_COLORS.get((tags.get(_PHOTOMETRIC), tags.get(_SAMPLES), extra))


def cuts(image: Image.Image, file: bytes) -> bool:
    """Tell whether Pillow would read samples of more than 8 bits as 8, of an open file whose mode
    has 8, and with these bytes, where they are known."""
    for codec, _, _, args in getattr(image, "tile", ()):
        of_ppm = codec in ("ppm", "ppm_plain") and isinstance(args, tuple)
        if ";16" in str(args) or (of_ppm and args[-1] > 255):
            return True
    mark, place, mask, most = _DEPTHS.get(image.format or "", _NO_DEPTH)
    found = file.find(mark, 0, _HEAD)
    return bool(mark) and 0 <= found < len(file) - place and file[found + place] & mask > most


def _codecs(what: str) -> Any:
    codecs = load_extra(_CODECS, "deep", what)
    # It logs what libpng remarks, of every interlaced file, say: Python would print that where a
    # program has set up no logging.
    logging.getLogger(_CODECS).addHandler(_UNHEARD)
    return codecs


def _named(image: ImageFile.ImageFile, color: Color) -> str:
    """Tell what is read, with what is possible without imagecodecs."""
    instead = " (8 with `encode --bits 8`)" if cuts(image, b"") else ""
    return f"reading 16 bits of {color} channels{instead}"


def _png(image: ImageFile.ImageFile) -> Deep | None:
    color = _PNG_COLORS.get(str(image.tile[0].args)) if image.tile else None
    if color is None:
        return None
    channels = Color.RGBA if "transparency" in image.info else color
    width, height = image.size
    read = partial(_read_png, _named(image, channels), (height, width, int(channels)))
    return Deep((width, height, 2 * channels), True, read)


def _read_png(what: str, shape: tuple[int, int, int], data: bytes) -> Samples:
    codecs = _codecs(what)
    # An array of ours: the decoder then has to keep to the header that limits were checked on.
    samples = np.zeros(shape, np.uint16)
    codecs.png_decode(bare(data, (TRANSPARENCY,)), out=samples)
    return samples


def _tiff(image: ImageFile.ImageFile) -> Deep | None:
    assert isinstance(image, TiffImagePlugin.TiffImageFile)
    tags = image.tag_v2
    found = tiff_colors(tags)
    if found is None:
        return None
    color, premultiplied = found
    stored = tags[_SAMPLES]
    width, height = tags[_WIDTH], tags[_LENGTH]
    # Tiles are held whole, however far they reach beyond the image.
    across = max(width, tags.get(_TILE_WIDTH, 1))
    down = max(height, tags.get(_TILE_LENGTH, 1))
    separate = tags.get(_PLANAR, 1) == _SEPARATE
    shape = (stored, height, width) if separate else (height, width, stored)
    read = partial(_read_tiff, _named(image, color), shape, separate, color, premultiplied)
    return Deep((across, down, 2 * stored), True, read)


def _read_tiff(
    what: str,
    shape: tuple[int, int, int],
    separate: bool,
    color: Color,
    premultiplied: bool,
    data: bytes,
) -> Samples:
    codecs = _codecs(what)
    # What a damaged file lacks is black, not what lay in memory.
    samples = np.zeros(shape, np.uint16)
    codecs.tiff_decode(data, out=samples)
    samples = (np.moveaxis(samples, 0, -1) if separate else samples)[..., :color]
    return _divided(samples) if premultiplied else samples


def _divided(samples: Samples) -> Samples:
    """Samples whose colors were multiplied with alpha, the last, without that."""
    colors, alpha = samples[..., :-1].astype(np.uint32), samples[..., -1:].astype(np.uint32)
    # What is transparent has no color to find.
    divided = (colors * _PEAK + alpha // 2) // np.maximum(alpha, 1)
    colors = np.where(alpha == 0, colors, np.minimum(divided, _PEAK))
    return np.concatenate([colors, alpha], axis=-1).astype(np.uint16)


def _ppm(image: ImageFile.ImageFile) -> Deep | None:
    tile = image.tile[0]
    args = tile.args
    if image.mode != "RGB" or tile.codec_name != "ppm" or not isinstance(args, tuple):
        return None
    most = int(args[-1])
    if most <= 0xFF:
        return None
    width, height = image.size
    read = partial(_read_ppm, (height, width, 3), most, tile.offset)
    return Deep((width, height, 6), False, read)


def _read_ppm(shape: tuple[int, int, int], most: int, offset: int, data: bytes) -> Samples:
    height, width, channels = shape
    flat = np.frombuffer(data, ">u2", height * width * channels, offset)
    samples = flat.reshape(shape).astype(np.uint16)
    if most == _PEAK:
        return samples
    scaled = (samples.astype(np.uint32) * _PEAK + most // 2) // most
    return np.minimum(scaled, _PEAK).astype(np.uint16)


_FORMATS: dict[str, Callable[[ImageFile.ImageFile], Deep | None]] = {
    "PNG": _png,
    "TIFF": _tiff,
    "PPM": _ppm,
}
