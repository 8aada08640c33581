"""Picture files, through Pillow: to signals and back."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from inrcodec.errors import LimitError, SignalError
from inrcodec.signals import Color, ImageFormat, Metadata, Signal

__all__ = ["from_array", "from_pillow", "picture_bytes", "read_picture", "to_pillow"]

_SIXTEEN_BIT = {"I;16", "I;16L", "I;16B", "I;16N", "I"}
_CONVERSIONS = {
    "1": "L",
    "L": "L",
    "LA": "LA",
    "La": "LA",
    "P": "RGB",
    "PA": "RGBA",
    "RGB": "RGB",
    "RGBX": "RGB",
    "RGBA": "RGBA",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
    "CMYK": "RGB",
}
_WITH_ALPHA = {"L": "LA", "RGB": "RGBA"}
_COLORS = {"L": Color.GRAY, "LA": Color.GRAY_ALPHA, "RGB": Color.RGB, "RGBA": Color.RGBA}
_LOSSY_QUALITY = 95

# What describes a picture; a TIFF file's other tags describe how the file stores it.
_DESCRIPTIVE_TAGS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)
_DESCRIPTIVE_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_TIFF_XMP = 700


@contextmanager
def _pillow_limit(pixels: int) -> Iterator[None]:
    """Have Pillow refuse pictures of more pixels than this, instead of its own limit."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def read_picture(source: Path | BinaryIO, max_pixels: int) -> Signal:
    """Read a picture file as a signal, upright.

    Raises
    ------
    SignalError
        It is no picture that Pillow reads, is damaged, or its pixels cannot be represented.
    LimitError
        It has more than `max_pixels` pixels.
    OSError
        The file cannot be opened.
    """
    data = source.read_bytes() if isinstance(source, Path) else source.read()
    try:
        with _pillow_limit(max_pixels), Image.open(io.BytesIO(data)) as image:
            image.load()
            return from_pillow(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LimitError(f"more than {max_pixels} pixels; see --max-pixels") from error
    except UnidentifiedImageError as error:
        raise SignalError("not a picture in a format that Pillow reads") from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        raise SignalError(f"a damaged picture ({error})") from error


def from_pillow(image: Image.Image) -> Signal:
    """A Pillow image as a signal: EXIF orientation applied; palettes become colours; what says
    how to show it kept as metadata."""
    if getattr(image, "n_frames", 1) > 1:
        warnings.warn("only the first frame of several is used", stacklevel=2)
    upright = ImageOps.exif_transpose(image)
    metadata = _metadata(image, upright)
    if upright.mode in _SIXTEEN_BIT:
        samples = np.asarray(upright).astype(np.int64)
        if samples.min() < 0 or samples.max() > 0xFFFF:
            raise SignalError("samples of more than 16 bits")
        return from_array(samples.astype(np.uint16), metadata)
    if upright.mode not in _CONVERSIONS:
        raise SignalError(f"pictures of Pillow's mode {upright.mode} are not supported")
    mode = _CONVERSIONS[upright.mode]
    if "transparency" in upright.info:
        mode = _WITH_ALPHA.get(mode, mode)
    return from_array(np.asarray(upright.convert(mode)), metadata)


def from_array(samples: np.ndarray[Any, Any], metadata: Metadata | None = None) -> Signal:
    """An array (height, width) or (height, width, channels), uint8 or uint16, as a signal."""
    if samples.dtype not in (np.uint8, np.uint16):
        raise SignalError(f"samples of type {samples.dtype}; uint8 and uint16 are possible")
    if samples.ndim == 2:
        samples = samples[..., None]
    if samples.ndim != 3 or samples.shape[2] not in tuple(Color) or 0 in samples.shape:
        raise SignalError(f"an array of shape {samples.shape} is no picture")
    height, width, channels = samples.shape
    bits = 8 * samples.dtype.itemsize
    return Signal(
        np.ascontiguousarray(samples),
        ImageFormat(height, width, Color(channels), bits),
        metadata or Metadata(),
    )


def _metadata(image: Image.Image, upright: Image.Image) -> Metadata:
    icc = image.info.get("icc_profile") or b""
    if image.mode == "CMYK":
        # The profile describes inks, and the picture becomes RGB.
        icc = b""
    xmp = upright.info.get("xmp") or upright.info.get("XML:com.adobe.xmp") or b""
    return Metadata(
        icc=bytes(icc),
        exif=_exif(image, upright),
        xmp=xmp.encode() if isinstance(xmp, str) else bytes(xmp),
    )


def _exif(image: Image.Image, upright: Image.Image) -> bytes:
    """The EXIF block without the orientation, which has been applied."""
    source, kept = image.getexif(), Image.Exif()
    if "exif" in image.info:
        kept = upright.getexif()
    else:
        for tag in _DESCRIPTIVE_TAGS:
            if tag in source:
                kept[tag] = source[tag]
        for ifd in _DESCRIPTIVE_IFDS:
            if entries := source.get_ifd(ifd):
                kept[ifd] = dict(entries)
    return kept.tobytes() if len(kept) else b""


def to_pillow(signal: Signal) -> Image.Image:
    """A signal as a Pillow image of mode L, LA, RGB, RGBA or I;16."""
    samples = signal.samples
    if signal.format.channels == 1:
        samples = samples[..., 0]
    return Image.fromarray(samples)


def picture_bytes(signal: Signal, extension: str) -> bytes:
    """A signal as a picture file.

    Raises `SignalError` where the format of that extension (".png") is unknown to Pillow or
    cannot hold the signal.
    """
    name = Image.registered_extensions().get(extension.lower())
    if name is None or name not in Image.SAVE:
        raise SignalError(f"no picture format has the extension {extension or '(none)'!r}")
    if signal.format.bits_per_sample == 16 and name not in ("PNG", "TIFF"):
        raise SignalError(f"{name} cannot hold 16 bits per sample; use .png or .tiff")
    out = io.BytesIO()
    try:
        to_pillow(signal).save(out, name, **_save_options(signal.metadata, name))
    except (OSError, ValueError, KeyError) as error:
        raise SignalError(f"{name} cannot hold this picture ({error})") from error
    return out.getvalue()


def _save_options(metadata: Metadata, name: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if name in ("JPEG", "WEBP", "AVIF"):
        options["quality"] = _LOSSY_QUALITY
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if metadata.exif and name != "TIFF":
        options["exif"] = metadata.exif
    if name == "TIFF":
        # To Pillow both are tags of the one directory that a TIFF file has.
        options["exif"] = Image.Exif()
        options["exif"].load(metadata.exif)
        if metadata.xmp:
            options["exif"][_TIFF_XMP] = metadata.xmp
    if metadata.xmp and name in ("JPEG", "WEBP", "AVIF"):
        options["xmp"] = metadata.xmp
    if metadata.xmp and name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", metadata.xmp.decode("utf-8", "replace"))
        options["pnginfo"] = text
    return options
