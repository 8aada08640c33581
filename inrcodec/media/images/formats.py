"""Image file formats: the ones that are read, and how Pillow opens them.

Pillow reads some forty formats. Read here are those that people keep images in; what Pillow has
besides them are icons and cursors, several images in one; textures of games; formats that only old
programs wrote; QOI, which it decodes pixel by pixel in Python; and EPS, for which it runs another
program. A parser that nobody needs is a way in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from inrcodec.errors import InrError, LimitError, SignalError
from inrcodec.limits import out_of_memory
from inrcodec.media.images.deep import tiff_colors

__all__ = ["IMAGE_EXTENSIONS", "damage_told", "one_line", "open_image"]

IMAGE_EXTENSIONS = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif", ".avifs"),
        *(".tif", ".tiff", ".gif", ".bmp", ".pbm", ".pgm", ".ppm", ".pnm"),
        *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx", ".tga"),
    )
)

# Bytes that tell formats apart.
_HEAD = 16

# A tag of TIFF files: bits of each sample.
_BITS, _TWO_DEEP = 258, (16, 16)


class _JpegFile(JpegImagePlugin.JpegImageFile):
    """A JPEG file, of several in one (MPO) the first, whose EXIF is not looked into: damage in it
    is no reason to refuse the image."""

    def _read_dpi_from_exif(self) -> None:
        pass


class _TiffFile(TiffImagePlugin.TiffImageFile):
    """A TIFF file of any size: limits are ours, and checked before this is loaded; and of gray and
    alpha of 16 bits, which Pillow does not open, and which is not loaded."""

    def _setup(self) -> None:
        bits = self.tag_v2.get(_BITS)
        if bits != _TWO_DEEP or tiff_colors(self.tag_v2) is None:
            super()._setup()
            return
        self.tag_v2[_BITS] = (8, 8)
        try:
            super()._setup()
        finally:
            self.tag_v2[_BITS] = bits

    def load_prepare(self) -> None:
        if self._im is None:
            self.im = Image.new(self.mode, self._tile_size, None).im
        super().load_prepare()


# In the order in which they are tried. TGA has no magic number, and comes last.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": _JpegFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "TIFF": _TiffFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "PPM": PpmImagePlugin.PpmImageFile,
    "JPEG2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "TGA": TgaImagePlugin.TgaImageFile,
}


def open_image(source: BinaryIO) -> ImageFile.ImageFile:
    """An image file with its header read and its pixels not yet; `source` is at its start.

    Pillow's `open` has a limit of its own on pixels, for the whole process; the formats' classes
    have none, save those of WebP and GIF, which refuse more than 179 million. Who loads the
    image checks its size before.

    Raises `SignalError` where it is of no format that is read, or is damaged; `LimitError` where
    Pillow refuses its size.
    """
    head = source.read(_HEAD)
    fault: Exception | None = None
    with damage_told():
        for name, reader in _READERS.items():
            accept = Image.OPEN[name][1]
            # A text says why Pillow cannot read a format here.
            if accept is not None and accept(head) is not True:
                continue
            source.seek(0)
            try:
                return reader(source, "")
            except (SyntaxError, struct.error) as error:
                fault = fault or (error if accept is not None else None)
        if fault is not None:
            raise fault
    raise SignalError("neither an image nor an audio signal")


@contextmanager
def damage_told() -> Iterator[None]:
    """Turn whatever Pillow raises within into a `SignalError` of one line, or a `LimitError` where
    memory or a limit does not suffice.

    Its decoders, and the libraries behind them, raise errors of many kinds on damaged files.
    """
    try:
        yield
    except (InrError, UserWarning):
        # Warnings are errors where the process has it so.
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise LimitError(
            f"more pixels than Pillow reads of such a file ({one_line(error)})"
        ) from error
    except Exception as error:
        if out_of_memory(error):
            raise LimitError("not enough memory") from error
        raise SignalError(f"a damaged image ({one_line(error)})") from error


def one_line(error: Exception) -> str:
    """The text of an error in one line, or its type where it has none."""
    return " ".join(str(error).split()) or type(error).__name__
