"""Signals as image files, through Pillow."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from inrcodec.errors import InrError, LimitError, SignalError, UsageError
from inrcodec.limits import out_of_memory
from inrcodec.media.images.chunks import with_chunks
from inrcodec.media.images.deep_writing import DEEP_WRITERS
from inrcodec.media.images.exif import with_tags
from inrcodec.media.images.formats import one_line
from inrcodec.media.images.options import png_chunks, save_options, tiff_tags
from inrcodec.signal import Color, ImageInfo, Metadata, Signal
from inrcodec.signal.info import Samples

__all__ = ["check_extension", "image_bytes", "to_pillow", "with_8_bits", "write"]

# Formats whose writers take a quality of 1 to 100.
_LOSSY = ("JPEG", "MPO", "WEBP", "AVIF")
_LOSSY_QUALITY = 95
_TRIAL_SIZE = (16, 16)

# Formats that Pillow writes without alpha, and without a word.
_NO_ALPHA = {"PPM"}
# Formats that Pillow has a name for, and no way to write without a program to help it; or that hold
# a few sizes alone, to which Pillow would scale; or that `encode` is for.
_NO_WRITERS = {"BUFR", "GRIB", "HDF5", "ICNS", "INR", "WMF"}
# Pixels that a side has at most, where Pillow does not say so itself.
_MOST_SIDE = {"ICO": 256}


def to_pillow(signal: Signal) -> Image.Image:
    """A signal as a Pillow image of mode L, LA, RGB, RGBA or I;16.

    Raises `SignalError` for 16 bits in more than one channel, which Pillow has no mode for.
    """
    samples = signal.samples
    if signal.info.channels == 1:
        samples = samples[..., 0]
    elif signal.info.sample_bits == 16:
        raise SignalError("Pillow cannot hold 16 bits in several channels; use the library")
    return Image.fromarray(samples)


def with_8_bits(signal: Signal) -> Signal:
    """A signal with the upper 8 bits of its samples alone, where they have 16."""
    if not isinstance(signal.info, ImageInfo):
        return signal
    info, (samples,) = signal.info.in_8_bits([signal.samples])
    return Signal(samples, info, signal.metadata)


def check_extension(extension: str, quality: int | None = None) -> str:
    """Pillow's name of the image format of an extension (".png").

    Raises `UsageError` where there is none to write, or none with a quality where one is given.
    """
    # The common formats first: to load all takes longer than to write a small image.
    Image.preinit()
    known = Image.EXTENSION if extension.lower() in Image.EXTENSION else None
    name = (known or Image.registered_extensions()).get(extension.lower())
    if name is None or name not in Image.SAVE or name in _NO_WRITERS:
        raise UsageError(f"no image format has the extension {extension or '(none)'!r}")
    if quality is not None and name not in _LOSSY:
        raise UsageError(f"{name} has no output quality; JPEG, WebP and AVIF have one")
    return name


def write(
    stream: BinaryIO,
    extension: str,
    info: ImageInfo,
    metadata: Metadata,
    blocks: Iterable[Samples],
    quality: int | None = None,
) -> None:
    """Write an image, whose rows come in blocks, to a stream; see `image_bytes`."""
    parts = list(blocks)
    samples = parts[0] if len(parts) == 1 else np.concatenate(parts)
    stream.write(image_bytes(Signal(samples, info, metadata), extension, quality))


def image_bytes(signal: Signal, extension: str, quality: int | None = None) -> bytes:
    """A signal as an image file, of a quality of 1 to 100 (95 by default) where its format has
    one; warns of metadata that the format cannot hold.

    Raises `UsageError` where the extension (".png") is of no format that Pillow writes, or of none
    with a quality where one is given, or PNG is to hold 16 bits in several channels and imagecodecs
    is not installed; `SignalError` where the format cannot hold the samples, and `LimitError` where
    memory does not suffice.
    """
    name = check_extension(extension, quality)
    if signal.info.sample_bits == 16 and name not in DEEP_WRITERS:
        raise SignalError(f"{name} cannot hold 16 bits per sample; use .png or .tiff, or --bits 8")
    if signal.info.channels in (Color.GRAY_ALPHA, Color.RGBA) and name in _NO_ALPHA:
        raise SignalError(f"{name} cannot hold alpha; use .png")
    if name in _MOST_SIDE and max(signal.info.shape) > _MOST_SIDE[name]:
        raise SignalError(
            f"{name} cannot hold more than {_MOST_SIDE[name]} pixels a side; use .png"
        )
    is_deep = signal.info.sample_bits == 16 and signal.info.channels > 1
    deep = DEEP_WRITERS[name] if is_deep else None
    image = to_pillow(signal) if deep is None else deep.image(signal.samples)
    options = save_options(signal.metadata, name)
    try:
        data = _saved(image, name, options, quality)
    except SignalError:
        if not options:
            raise
        data = _saved(image, name, _accepted(image.mode, name, options), quality)
    if deep is not None:
        with _told(name):
            data = deep.finish(data, signal.samples)
    finish = _FINISHERS.get(name)
    return data if finish is None else finish(data, signal.metadata)


def _saved(
    image: Image.Image, name: str, options: dict[str, Any], quality: int | None = None
) -> bytes:
    if name in _LOSSY:
        options = {**options, "quality": _LOSSY_QUALITY if quality is None else quality}
    if name == "ICO":
        # Else Pillow writes copies of usual sizes, without the image itself.
        options = {**options, "sizes": [image.size]}
    out = io.BytesIO()
    with _told(name):
        image.save(out, name, **options)
    return out.getvalue()


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what writers raise within into errors of ours."""
    try:
        yield
    except InrError:
        raise
    except Exception as error:  # Writers, like readers, raise errors of many kinds.
        if out_of_memory(error):
            raise LimitError("not enough memory") from error
        raise SignalError(f"{name} cannot hold this image ({one_line(error)}); use .png") from error


def _accepted(mode: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a format's writer does not refuse, tried one by one on a small image;
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


def _with_color_chunks(png: bytes, metadata: Metadata) -> bytes:
    chunks = png_chunks(metadata)
    return with_chunks(png, chunks) if chunks else png


def _with_tags(tiff: bytes, metadata: Metadata) -> bytes:
    try:
        return with_tags(tiff, tiff_tags(metadata))
    except (ValueError, struct.error):  # A file of 4 GiB.
        warnings.warn("TIFF cannot hold its EXIF, XMP and IPTC: left out", stacklevel=3)
        return tiff


# What is put into a file that is written, by the name of its format.
_FINISHERS = {"PNG": _with_color_chunks, "TIFF": _with_tags}
