"""Image files, through Pillow: to signals and back."""

from __future__ import annotations

import io
import struct
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from inrcodec.errors import InrError, LimitError, SignalError, UsageError
from inrcodec.limits import Limits, out_of_memory
from inrcodec.media.images.exif import is_exif, orientation, with_tags, without_prefix
from inrcodec.media.images.formats import damage_told, one_line, open_image
from inrcodec.media.images.metadata import metadata_of, xmp_orientation
from inrcodec.media.images.options import save_options, tiff_tags
from inrcodec.media.images.salvage import without_metadata
from inrcodec.signal import Color, ImageInfo, Metadata, Signal

__all__ = [
    "bytes_per_pixel",
    "check_extension",
    "from_array",
    "from_pillow",
    "is_image",
    "image_bytes",
    "read_image",
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
# Formats whose writers take a quality of 1 to 100.
_LOSSY = ("JPEG", "MPO", "WEBP", "AVIF")
_LOSSY_QUALITY = 95
_TRIAL_SIZE = (16, 16)

# What makes an image upright, by EXIF's orientation.
_ORIENTATION = 0x0112
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
# Formats that Pillow writes without alpha, and without a word.
_NO_ALPHA = {"PPM"}
# Formats that Pillow has a name for, and no way to write without a program to help it; or that hold
# a few sizes alone, to which Pillow would scale.
_NO_WRITERS = {"BUFR", "GRIB", "HDF5", "ICNS", "WMF"}
# Pixels that a side has at most, where Pillow does not say so itself.
_MOST_SIDE = {"ICO": 256}


def read_image(source: Path | BinaryIO, limits: Limits) -> Signal:
    """Read an image file as a signal, upright.

    Raises
    ------
    SignalError
        It is of no format that is read (see `image_formats`), is damaged, or its pixels cannot be
        represented.
    LimitError
        It would take more memory than is allowed, or than there is.
    OSError
        The file cannot be read.
    """
    data = source.read_bytes() if isinstance(source, Path) else source.read()
    try:
        return _read(data, limits)
    except SignalError:
        bare = without_metadata(data)
        with suppress(SignalError):
            if bare is not None:
                signal = _read(bare, limits)
                warnings.warn("damaged metadata is left out", stacklevel=2)
                return signal
        raise


def _read(data: bytes, limits: Limits) -> Signal:
    with open_image(io.BytesIO(data)) as image:
        # Pixels are decoded further on.
        limits.check_image(*image.size, bytes_per_pixel(image.mode))
        if image.mode not in _SIXTEEN_BIT and _is_deep(image):
            warnings.warn("16 bits per sample are read as 8", stacklevel=2)
        is_tiff = image.format == "TIFF" and is_exif(data)
        return _signal(image, data if is_tiff else None)


def bytes_per_pixel(mode: str) -> int:
    """Of a Pillow mode, as Pillow holds it; it has four bytes of what is not gray or a palette."""
    return {"1": 1, "L": 1, "P": 1}.get(mode, 2 if mode.startswith("I;16") else 4)


def is_image(source: BinaryIO) -> bool:
    """Whether a stream begins like an image that is read; it is then at its start again."""
    try:
        with open_image(source):
            return True
    except InrError:
        return False
    finally:
        source.seek(0)


def from_pillow(image: Image.Image) -> Signal:
    """A Pillow image as a signal: EXIF orientation applied; palettes become colors; what says
    how to show it kept as metadata.

    Raises `SignalError` where its pixels cannot be read or represented, `LimitError` where memory
    does not suffice; warns of what is left out.
    """
    return _signal(image, None)


def _signal(image: Image.Image, tiff: bytes | None) -> Signal:
    """See `from_pillow`; `tiff` is the image's file, if that is one."""
    with damage_told():
        image.load()
        if _has_more(image):
            warnings.warn("only the first frame of several is used", stacklevel=3)
        turn = _turn(image)
        upright = image if turn is None else image.transpose(turn)
        metadata = metadata_of(image, turn is not None, tiff)
        return from_array(_samples(upright), metadata)


def _is_deep(image: Image.Image) -> bool:
    """Whether samples of 16 bits are about to be read as 8."""
    for tile in getattr(image, "tile", ()):
        of_ppm = tile.codec_name in ("ppm", "ppm_plain") and isinstance(tile.args, tuple)
        if ";16" in str(tile) or (of_ppm and tile.args[-1] > 255):
            return True
    return False


def _has_more(image: Image.Image) -> bool:
    """Whether a file has more frames than the one that is loaded, or images beside it (MPO)."""
    try:
        return bool(getattr(image, "is_animated", False)) or "mp" in image.info
    except Exception as error:  # Damage in frames that are not used.
        if out_of_memory(error):
            raise
        return True


def _turn(image: Image.Image) -> Transpose | None:
    """What makes an image upright, by its EXIF or else its XMP."""
    block = image.info.get("exif")
    if isinstance(block, bytes):
        number = orientation(without_prefix(block)) or xmp_orientation(image)
        return _TURNS.get(number or 1)
    try:
        # Pillow finds EXIF elsewhere, too, and looks into XMP.
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception as error:  # It parses with many modules, each with errors of its own.
        if out_of_memory(error):
            raise
        return None


def _samples(image: Image.Image) -> np.ndarray[Any, Any]:
    """Pixels as uint8 or uint16."""
    if image.mode in _SIXTEEN_BIT:
        if "transparency" in image.info:
            warnings.warn("the transparent level of 16-bit gray is left out", stacklevel=4)
        samples = np.asarray(image).astype(np.int64)
        if samples.min() < 0 or samples.max() > 0xFFFF:
            raise SignalError("samples of more than 16 bits")
        return samples.astype(np.uint16)
    if image.mode not in _CONVERSIONS:
        raise SignalError(f"images of Pillow's mode {image.mode} are not supported")
    mode = _CONVERSIONS[image.mode]
    if image.has_transparency_data:
        mode = _WITH_ALPHA.get(mode, mode)
    return np.asarray(image.convert(mode))


def from_array(samples: np.ndarray[Any, Any], metadata: Metadata | None = None) -> Signal:
    """An array (height, width) or (height, width, channels), uint8 or uint16, as a signal.

    Raises `SignalError` where it is none.
    """
    if samples.dtype not in (np.uint8, np.uint16):
        raise SignalError(f"samples of type {samples.dtype}; uint8 and uint16 are possible")
    if samples.ndim == 2:
        samples = samples[..., None]
    if samples.ndim != 3 or samples.shape[2] not in tuple(Color) or 0 in samples.shape:
        raise SignalError(f"an array of shape {samples.shape} is no image")
    height, width, channels = samples.shape
    bits = 8 * samples.dtype.itemsize
    return Signal(
        np.ascontiguousarray(samples),
        ImageInfo(height, width, Color(channels), bits),
        metadata or Metadata(),
    )


def to_pillow(signal: Signal) -> Image.Image:
    """A signal as a Pillow image of mode L, LA, RGB, RGBA or I;16.

    Raises `SignalError` for 16 bits in more than one channel, which Pillow has no mode for.
    """
    samples = signal.samples
    if signal.info.channels == 1:
        samples = samples[..., 0]
    elif signal.info.bits_per_sample == 16:
        raise SignalError("Pillow cannot hold 16 bits in several channels; use the library")
    return Image.fromarray(samples)


def check_extension(extension: str, quality: int | None = None) -> str:
    """Pillow's name of the image format of an extension (".png").

    Raises `UsageError` where there is none to write, or none with a quality where one is given.
    """
    name = Image.registered_extensions().get(extension.lower())
    if name is None or name not in Image.SAVE or name in _NO_WRITERS:
        raise UsageError(f"no image format has the extension {extension or '(none)'!r}")
    if quality is not None and name not in _LOSSY:
        raise UsageError(f"{name} has no output quality; JPEG, WebP and AVIF have one")
    return name


def image_bytes(signal: Signal, extension: str, quality: int | None = None) -> bytes:
    """A signal as an image file, of a quality of 1 to 100 (95 by default) where its format has
    one; warns of metadata that the format cannot hold.

    Raises `UsageError` where the extension (".png") is of no format that Pillow writes, or of none
    with a quality where one is given, `SignalError` where the format cannot hold the samples, and
    `LimitError` where memory does not suffice.
    """
    name = check_extension(extension, quality)
    if signal.info.bits_per_sample == 16 and name not in ("PNG", "TIFF"):
        raise SignalError(f"{name} cannot hold 16 bits per sample; use .png or .tiff")
    if signal.info.channels in (Color.GRAY_ALPHA, Color.RGBA) and name in _NO_ALPHA:
        raise SignalError(f"{name} cannot hold alpha; use .png")
    if name in _MOST_SIDE and max(signal.info.shape) > _MOST_SIDE[name]:
        raise SignalError(
            f"{name} cannot hold more than {_MOST_SIDE[name]} pixels a side; use .png"
        )
    image, options = to_pillow(signal), save_options(signal.metadata, name)
    try:
        data = _saved(image, name, options, quality)
    except SignalError:
        if not options:
            raise
        data = _saved(image, name, _accepted(image.mode, name, options), quality)
    return _with_tags(data, signal.metadata) if name == "TIFF" else data


def _saved(
    image: Image.Image, name: str, options: dict[str, Any], quality: int | None = None
) -> bytes:
    if name in _LOSSY:
        options = {**options, "quality": _LOSSY_QUALITY if quality is None else quality}
    if name == "ICO":
        # Else Pillow writes copies of usual sizes, without the image itself.
        options = {**options, "sizes": [image.size]}
    out = io.BytesIO()
    try:
        image.save(out, name, **options)
    except Exception as error:  # Writers, like readers, raise errors of many kinds.
        if out_of_memory(error):
            raise LimitError("not enough memory") from error
        raise SignalError(f"{name} cannot hold this image ({one_line(error)}); use .png") from error
    return out.getvalue()


def _accepted(mode: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Those options that a format's writer does not refuse, tried one by one on a small image;
    warns of the others."""
    small = Image.new(mode, _TRIAL_SIZE)
    _saved(small, name, {})
    accepted = {}
    for option, value in options.items():
        try:
            _saved(small, name, {option: value})
            accepted[option] = value
        except SignalError:
            warnings.warn(f"{name} refuses its {option}: left out", stacklevel=4)
    return accepted


def _with_tags(tiff: bytes, metadata: Metadata) -> bytes:
    try:
        return with_tags(tiff, tiff_tags(metadata))
    except (ValueError, struct.error):  # A file of 4 GiB.
        warnings.warn("TIFF cannot hold its EXIF, XMP and IPTC: left out", stacklevel=3)
        return tiff
