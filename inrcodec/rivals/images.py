"""Other image codecs as Pillow has them, each at its best for a metric."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.errors import UsageError
from inrcodec.extras import load_extra

__all__ = [
    "CODECS",
    "LOSSLESS",
    "MS_SSIM",
    "PSNR",
    "VISUAL",
    "ImageCodec",
    "decoded",
    "indexed",
    "tuned_for",
]

Samples = npt.NDArray[np.uint8]

PSNR, MS_SSIM, VISUAL = "psnr_db", "ms_ssim_db", "ssimulacra2"


@dataclass(frozen=True)
class ImageCodec:
    """A codec at one tuning.

    Attributes
    ----------
    format, option
        Pillow's names of the format, and of what sets the rate.
    settings
        Values of it, from few bytes to many.
    metrics
        What the tuning is for; none: for all.
    fixed
        Pillow's other options.
    plugin
        A module that has to be loaded first.
    """

    format: str
    option: str
    settings: Sequence[float]
    metrics: Sequence[str]
    fixed: dict[str, Any]
    plugin: str = ""

    def load(self) -> None:
        """Load what Pillow lacks; `UsageError` where it is not installed, or Pillow was built
        without the format."""
        if self.plugin:
            load_extra(self.plugin, "rivals", self.format)
        Image.init()
        if self.format not in Image.SAVE:
            raise UsageError(f"this Pillow was built without {self.format}")

    def encode(self, image: Image.Image, setting: float) -> bytes:
        """Encode an RGB image at a setting to a file."""
        stream = io.BytesIO()
        value = [setting] if self.option == "quality_layers" else round(setting)
        image.save(stream, self.format, **{self.option: value}, **self.fixed)
        return stream.getvalue()

    def decode(self, data: bytes, given: Image.Image) -> Samples:
        """Implement `Coder`."""
        return decoded(data)


class _Png(ImageCodec):
    """PNG: the smaller one of a file of samples, and of one with a palette where colors fit."""

    def encode(self, image: Image.Image, setting: float) -> bytes:
        """Encode an RGB image."""
        whole, few = super().encode(image, setting), indexed(image)
        return whole if few is None else min(whole, super().encode(few, setting), key=len)


def _avif(tune: str, speed: int, subsampling: str) -> ImageCodec:
    metrics = {"psnr": (PSNR,), "ssim": (MS_SSIM,), "iq": (VISUAL,)}[tune]
    fixed = {
        "speed": speed,
        "subsampling": subsampling,
        "advanced": {"tune": tune},
        "max_threads": 1,
    }
    return ImageCodec("AVIF", "quality", (20, 32, 44, 56, 68, 80), metrics, fixed)


def _jpeg_xl(effort: int) -> ImageCodec:
    fixed = {"effort": effort, "num_threads": 1}
    return ImageCodec("JXL", "quality", (20, 35, 50, 65, 80, 88), (), fixed, "pillow_jxl")


# Chroma of full resolution is better for AVIF by all metrics: of half, files are 1 to 9 % longer at
# equal PSNR on kodim05, 13 and 23, and 0 to 3 % at equal SSIMULACRA2. Tunes are libaom's; `iq` and
# half are what Pillow writes by default.
CODECS: dict[str, ImageCodec] = {
    "avif psnr, speed 6": _avif("psnr", 6, "4:4:4"),
    "avif psnr, speed 2": _avif("psnr", 2, "4:4:4"),
    "avif ssim, speed 6": _avif("ssim", 6, "4:4:4"),
    "avif iq, speed 6": _avif("iq", 6, "4:4:4"),
    "avif iq, speed 2": _avif("iq", 2, "4:4:4"),
    "avif as pillow writes it": _avif("iq", 6, "4:2:0"),
    "jpeg xl, effort 7": _jpeg_xl(7),
    "jpeg xl, effort 9": _jpeg_xl(9),
    "webp": ImageCodec("WEBP", "quality", (1, 15, 35, 60, 80, 92), (), {"method": 6}),
    "jpeg": ImageCodec(
        *("JPEG", "quality", (8, 18, 35, 55, 75, 88), ()),
        {"optimize": True, "progressive": True},
    ),
    "jpeg 4:4:4": ImageCodec(
        *("JPEG", "quality", (8, 18, 35, 55, 75, 88), ()),
        {"optimize": True, "progressive": True, "subsampling": "4:4:4"},
    ),
    "jpeg 2000": ImageCodec(
        *("JPEG2000", "quality_layers", (160, 90, 50, 28, 16, 9), (PSNR,)),
        {"quality_mode": "rates", "irreversible": True, "mct": 1},
    ),
}


# Without loss, each as small as it gets, at one setting.
LOSSLESS: dict[str, ImageCodec] = {
    "png": _Png("PNG", "compress_level", (9,), (), {"optimize": True}),
    "webp": ImageCodec("WEBP", "method", (6,), (), {"lossless": True, "quality": 100}),
    **{
        f"jpeg xl, effort {effort}": ImageCodec(
            *("JXL", "effort", (effort,), (), {"lossless": True, "num_threads": 1}), "pillow_jxl"
        )
        for effort in (7, 9)
    },
}


def tuned_for(metric: str) -> dict[str, ImageCodec]:
    """The codecs whose tuning is for a metric, by name."""
    return {n: codec for n, codec in CODECS.items() if not codec.metrics or metric in codec.metrics}


def indexed(image: Image.Image) -> Image.Image | None:
    """Return an RGB image as one with a palette; None where it has more than 256 colors."""
    if image.mode != "RGB" or not image.getcolors(256):
        return None
    pixels = np.asarray(image).reshape(-1, 3)
    colors, places = np.unique(pixels, axis=0, return_inverse=True)
    found = Image.fromarray(places.reshape(image.height, -1).astype(np.uint8), "P")
    found.putpalette(colors.astype(np.uint8).tobytes())
    return found


def decoded(data: bytes) -> Samples:
    """Decode an image file that Pillow reads to samples (height, width, 3)."""
    with Image.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB"))
