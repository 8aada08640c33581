"""Picture files, through Pillow: to signals and back."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from inrcodec.errors import LimitError, SignalError, UsageError
from inrcodec.exif import PREFIX, descriptive_tags, set_upright, without_prefix
from inrcodec.signals import Color, ImageFormat, Metadata, Signal

__all__ = [
    "check_extension",
    "from_array",
    "from_pillow",
    "is_picture",
    "picture_bytes",
    "read_picture",
    "to_pillow",
]

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
_LOSSY_QUALITY = 95
_TIFF_XMP = 700
# A JPEG segment holds 65533 bytes, of which XMP's name takes 29.
_JPEG_EXIF_BYTES = 65533
_JPEG_XMP_BYTES = 65504

# What Pillow raises on damaged files and metadata, found by truncating and flipping.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError)


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
            if image.mode not in _SIXTEEN_BIT and any(";16" in str(t) for t in image.tile):
                warnings.warn("16 bits per sample are read as 8", stacklevel=2)
            image.load()
            return from_pillow(image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise LimitError(f"more than {max_pixels} pixels; see --max-pixels") from error
    except UnidentifiedImageError as error:
        raise SignalError("neither a picture nor a recording") from error
    except SignalError:
        raise
    except _DAMAGE as error:
        raise SignalError(f"a damaged picture ({error})") from error


def is_picture(source: BinaryIO) -> bool:
    """Whether a stream begins like a picture that Pillow reads; it is then at its start again."""
    try:
        with Image.open(source):
            return True
    except Exception:  # Pillow's readers raise errors of many kinds.
        return False
    finally:
        source.seek(0)


def from_pillow(image: Image.Image) -> Signal:
    """A Pillow image as a signal: EXIF orientation applied; palettes become colours; what says
    how to show it kept as metadata.

    Raises `SignalError` where its pixels cannot be represented; warns of what is left out.
    """
    if getattr(image, "n_frames", 1) > 1:
        warnings.warn("only the first frame of several is used", stacklevel=2)
    upright = _upright(image)
    metadata = _metadata(image, upright)
    if upright.mode in _SIXTEEN_BIT:
        if "transparency" in upright.info:
            warnings.warn("the transparent level of 16-bit gray is left out", stacklevel=2)
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


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Pillow parses EXIF with many modules, each with errors of its own.
        warnings.warn("damaged EXIF: its orientation is not applied", stacklevel=3)
        return image


def _metadata(image: Image.Image, upright: Image.Image) -> Metadata:
    icc = image.info.get("icc_profile") or b""
    if image.mode == "CMYK":
        # The profile describes inks, and the picture becomes RGB.
        icc = b""
    xmp = upright.info.get("xmp") or upright.info.get("XML:com.adobe.xmp") or b""
    return Metadata(
        icc=bytes(icc),
        exif=_exif(image),
        xmp=xmp.encode() if isinstance(xmp, str) else bytes(xmp),
    )


def _exif(image: Image.Image) -> bytes:
    if "exif" in image.info:
        return set_upright(without_prefix(image.info["exif"]))
    try:
        tags = descriptive_tags(image.getexif())
        return without_prefix(tags.tobytes()) if len(tags) else b""
    except Exception:  # As in `_upright`.
        warnings.warn("damaged EXIF is left out", stacklevel=4)
        return b""


def from_array(samples: np.ndarray[Any, Any], metadata: Metadata | None = None) -> Signal:
    """An array (height, width) or (height, width, channels), uint8 or uint16, as a signal.

    Raises `SignalError` where it is none.
    """
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


def to_pillow(signal: Signal) -> Image.Image:
    """A signal as a Pillow image of mode L, LA, RGB, RGBA or I;16.

    Raises `SignalError` for 16 bits in more than one channel, which Pillow has no mode for.
    """
    samples = signal.samples
    if signal.format.channels == 1:
        samples = samples[..., 0]
    elif signal.format.bits_per_sample == 16:
        raise SignalError("Pillow cannot hold 16 bits in several channels; use the library")
    return Image.fromarray(samples)


def check_extension(extension: str) -> str:
    """Pillow's name of the picture format of an extension (".png").

    Raises `UsageError` where there is none to write.
    """
    name = Image.registered_extensions().get(extension.lower())
    if name is None or name not in Image.SAVE:
        raise UsageError(f"no picture format has the extension {extension or '(none)'!r}")
    return name


def picture_bytes(signal: Signal, extension: str) -> bytes:
    """A signal as a picture file; warns of metadata that the format cannot hold.

    Raises `UsageError` where the extension (".png") is of no format that Pillow writes, and
    `SignalError` where the format cannot hold the samples.
    """
    name = check_extension(extension)
    if signal.format.bits_per_sample == 16 and name not in ("PNG", "TIFF"):
        raise SignalError(f"{name} cannot hold 16 bits per sample; use .png or .tiff")
    out = io.BytesIO()
    try:
        to_pillow(signal).save(out, name, **_save_options(signal.metadata, name))
    except (OSError, ValueError, KeyError) as error:
        raise SignalError(f"{name} cannot hold this picture ({error}); use .png") from error
    return out.getvalue()


def _save_options(metadata: Metadata, name: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if name in ("JPEG", "WEBP", "AVIF"):
        options["quality"] = _LOSSY_QUALITY
    if metadata.icc:
        options["icc_profile"] = metadata.icc
    if name == "TIFF":
        return options | {"exif": _tiff_tags(metadata)}
    exif, xmp = PREFIX + metadata.exif if metadata.exif else b"", metadata.xmp
    if name == "JPEG":
        exif = _within(exif, _JPEG_EXIF_BYTES, "EXIF")
        xmp = _within(xmp, _JPEG_XMP_BYTES, "XMP")
    if exif:
        options["exif"] = exif
    if xmp and name in ("JPEG", "WEBP", "AVIF"):
        options["xmp"] = xmp
    if xmp and name == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
        options["pnginfo"] = text
    return options


def _within(block: bytes, most: int, what: str) -> bytes:
    if len(block) <= most:
        return block
    warnings.warn(f"{what} of {len(block)} bytes is too long for JPEG and left out", stacklevel=5)
    return b""


def _tiff_tags(metadata: Metadata) -> Image.Exif:
    """EXIF and XMP as what they are to a TIFF file: tags of its one directory."""
    tags = Image.Exif()
    try:
        source = Image.Exif()
        source.load(PREFIX + metadata.exif)
        tags = descriptive_tags(source)
    except Exception:  # As in `_upright`.
        warnings.warn("damaged EXIF is left out", stacklevel=5)
    if metadata.xmp:
        tags[_TIFF_XMP] = metadata.xmp
    return tags
