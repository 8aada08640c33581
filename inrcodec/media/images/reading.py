"""Image files, Pillow images and arrays as signals."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from PIL.Image import Transpose

from inrcodec.errors import InrError, SignalError
from inrcodec.limits import Limits, out_of_memory
from inrcodec.media.images.chunks import SIGNATURE, frame_of
from inrcodec.media.images.deep import CUT, Deep, cuts, deep_image
from inrcodec.media.images.exif import is_exif, orientation, without_prefix
from inrcodec.media.images.formats import damage_told, open_image
from inrcodec.media.images.metadata import color_chunks, metadata_of, xmp_orientation
from inrcodec.media.images.salvage import without_metadata
from inrcodec.media.images.writing import with_8_bits
from inrcodec.signal import Color, ImageInfo, Metadata, Signal

__all__ = [
    "bytes_per_pixel",
    "from_array",
    "from_pillow",
    "is_image",
    "read_image",
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


def read_image(source: Path | BinaryIO, limits: Limits, bits: int | None = None) -> Signal:
    """Read an image file as a signal, upright; with `bits` 8, of samples of 16 bits the upper 8.

    Raises
    ------
    SignalError
        It is of no format that is read (see `image_formats`), is damaged, or its pixels cannot be
        represented.
    LimitError
        It would take more memory than is allowed, or than there is.
    UsageError
        Its samples of 16 bits need imagecodecs, which is not installed.
    OSError
        The file cannot be read.
    """
    data = source.read_bytes() if isinstance(source, Path) else source.read()
    try:
        return _read(data, limits, bits)
    except SignalError:
        bare = without_metadata(data)
        with suppress(SignalError):
            if bare is not None:
                signal = _read(bare, limits, bits)
                warnings.warn("damaged metadata is left out", stacklevel=2)
                return signal
        raise


def _read(data: bytes, limits: Limits, bits: int | None) -> Signal:
    with open_image(io.BytesIO(data)) as image:
        # Pixels are decoded further on.
        limits.check_image(*image.size, bytes_per_pixel(image.mode))
        with damage_told():
            deep = deep_image(image)
            is_cut = image.mode not in _SIXTEEN_BIT and cuts(image, data)
        # Of what cannot be read with 16 bits Pillow reads the 8 that are wanted.
        if deep is not None and (deep.is_readable or bits != 8 or not is_cut):
            deep.check(limits)
            signal = _deep_signal(image, deep, data)
        else:
            if bits != 8 and is_cut:
                warnings.warn(CUT, stacklevel=2)
            signal = _signal(image, data)
        return with_8_bits(signal) if bits == 8 else signal


def bytes_per_pixel(mode: str) -> int:
    """Return the bytes of a pixel of a Pillow mode as Pillow holds it: four bytes of what is not
    gray or a palette."""
    return {"1": 1, "L": 1, "P": 1}.get(mode, 2 if mode.startswith("I;16") else 4)


def is_image(source: BinaryIO) -> bool:
    """Tell whether a stream begins like an image that is read; it is then at its start again."""
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
    if image.mode not in _SIXTEEN_BIT and cuts(image, b""):
        warnings.warn(CUT, stacklevel=2)
    return _signal(image, b"")


def _signal(image: Image.Image, file: bytes) -> Signal:
    """Implement `from_pillow`; `file` are the bytes of the image's file, where they are known."""
    with damage_told():
        image.load()
        if _has_more(image):
            warnings.warn("only the first frame of several is used", stacklevel=3)
        turn = _turn(image)
        upright = image if turn is None else image.transpose(turn)
        return from_array(_samples(upright), _metadata(image, turn, file))


def _deep_signal(image: Image.Image, deep: Deep, file: bytes) -> Signal:
    """As `_signal`, with samples that Pillow does not read."""
    with damage_told():
        if _has_more(image):
            warnings.warn("only the first frame of several is used", stacklevel=3)
        described = image
        if file.startswith(SIGNATURE):
            # What stands behind the pixels is read with them: with one in their place.
            described = open_image(io.BytesIO(frame_of(file)))
            described.load()
        turn = _turn(described)
        samples = deep.read(file)
        upright = samples if turn is None else _turned(samples, turn)
        return from_array(upright, _metadata(described, turn, file))


def _metadata(image: Image.Image, turn: Transpose | None, file: bytes) -> Metadata:
    """Read what a file says beside its pixels."""
    is_tiff = image.format == "TIFF" and is_exif(file)
    metadata = metadata_of(image, turn is not None, file if is_tiff else None)
    return replace(metadata, **color_chunks(file))


def _turned(samples: np.ndarray[Any, Any], turn: Transpose) -> np.ndarray[Any, Any]:
    planes = np.moveaxis(samples, -1, 0)
    turned = [np.asarray(Image.fromarray(np.ascontiguousarray(p)).transpose(turn)) for p in planes]
    return np.stack(turned, axis=-1)


def _has_more(image: Image.Image) -> bool:
    """Tell whether a file has more frames than the one that is loaded, or images beside it
    (MPO)."""
    try:
        return bool(getattr(image, "is_animated", False)) or "mp" in image.info
    except Exception as error:  # Damage in frames that are not used.
        if out_of_memory(error):
            raise
        return True


def _turn(image: Image.Image) -> Transpose | None:
    """Return what makes an image upright, by its EXIF or else its XMP."""
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
