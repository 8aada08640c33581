"""Other image codecs at their best on screens: without loss, and at a PSNR."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.extras import load_extra
from inrcodec.rivals.images import indexed
from inrcodec.signal.metrics import psnr

__all__ = ["LOSSLESS", "Lossy", "Search", "first", "lossy_codecs", "rgb"]

Samples = npt.NDArray[np.uint8]


def rgb(image: Image.Image) -> Samples:
    """Samples as PSNR is measured of them."""
    return np.asarray(image.convert("RGB"))


def _saved(image: Image.Image, format: str, **options: Any) -> bytes:
    if format == "JXL":
        load_extra("pillow_jxl", "rivals", format)
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def exact(format: str, image: Image.Image, **options: Any) -> int:
    """Bytes of a file without loss, which is decoded and compared."""
    data = _saved(image, format, **options)
    with Image.open(io.BytesIO(data)) as decoded:
        same = np.asarray(decoded.convert(image.mode))
    assert np.array_equal(same, np.asarray(image)), format
    return len(data)


def _png(image: Image.Image) -> int:
    """The smaller one of PNG's: with a palette where all colors fit, and without."""
    size, few = exact("PNG", image, optimize=True), indexed(image)
    return size if few is None else min(size, len(_saved(few, "PNG", optimize=True)))


_WEBP = {"lossless": True, "quality": 100, "method": 6, "exact": True}
LOSSLESS: dict[str, Callable[[Image.Image], int]] = {
    "png": _png,
    "webp": lambda image: exact("WEBP", image, **_WEBP),
    "jpeg xl, effort 7": lambda image: exact("JXL", image, lossless=True, effort=7, num_threads=1),
    "jpeg xl, effort 9": lambda image: exact("JXL", image, lossless=True, effort=9, num_threads=1),
}


@dataclass(frozen=True)
class Lossy:
    """A codec that loses something.

    Attributes
    ----------
    format, options
        Of Pillow.
    settings
        Its qualities, from few bytes to many.
    quick
        Options with which it is quicker: a search with them finds where one without begins.
    """

    format: str
    options: dict[str, Any]
    settings: Sequence[float]
    quick: dict[str, Any] | None = None

    def encode(self, image: Image.Image, setting: float) -> bytes:
        """Encode an image, gray or RGB."""
        options = dict(self.options)
        if image.mode == "L" and "subsampling" in options:
            options["subsampling"] = "4:0:0"
        return _saved(image, self.format, quality=setting, **options)


# Blocks of 64 and not of 128, which libaom takes for images of this size, are worth 19 % on the
# terminal, 4 % on the comic and 1 % on a photograph at 40 dB. That it is a screen, and that
# palettes and copies of blocks pay, libaom sees for itself: without copies the terminal takes 2.6
# times as many bytes. `iq` takes 4 to 8 % more at 38 dB and above. Speed 2 saves 3 to 15 % beside
# 4, and about 20 % beside 6.
_AVIF = {
    "subsampling": "4:4:4",
    "max_threads": 1,
    "advanced": {"tune": "psnr", "sb-size": "64"},
}
# There are 64 quantizers, so many qualities are the same.
_AVIF_SETTINGS = [q for q in range(2, 100) if (q * 63 + 50) // 100 != ((q - 1) * 63 + 50) // 100]


def lossy_codecs(speed: int = 2) -> dict[str, Lossy]:
    """By name; `speed` is AVIF's."""
    avif = Lossy("AVIF", {**_AVIF, "speed": speed}, _AVIF_SETTINGS, {**_AVIF, "speed": 6})
    halves = [quality / 2 for quality in range(20, 199)]
    return {
        f"avif, speed {speed}": avif,
        "webp": Lossy("WEBP", {"method": 6, "use_sharp_yuv": True}, range(1, 101)),
        "jpeg xl, effort 7": Lossy("JXL", {"effort": 7, "num_threads": 1}, halves),
    }


class Search:
    """What a codec makes of an image, for several targets; no setting is tried twice."""

    def __init__(self, image: Image.Image, codec: Lossy) -> None:
        self._image, self._codec, self._original = image, codec, rgb(image)
        self._tried: dict[float, tuple[int, float]] = {}
        quick = codec.quick and Lossy(codec.format, codec.quick, codec.settings)
        self._quick = Search(image, quick) if quick else None
        # By how many places the last search ended beside where the quick one did.
        self._apart = 0

    def fewest(self, target: float) -> tuple[int, float] | None:
        """The fewest bytes that reach a PSNR, and the PSNR that they have."""
        self.first(target)
        return min((one for one in self._tried.values() if one[1] >= target), default=None)

    def first(self, target: float) -> int:
        """The place of the first setting that reaches a PSNR."""
        count = len(self._codec.settings)

        def reaches(place: int) -> bool:
            return self._at(place)[1] >= target

        if self._quick is None:
            return first(reaches, count)
        guide = self._quick.first(target)
        found = first(reaches, count, min(max(guide + self._apart, 0), count - 1))
        self._apart = found - guide
        return found

    def _at(self, place: int) -> tuple[int, float]:
        setting = self._codec.settings[place]
        if setting not in self._tried:
            data = self._codec.encode(self._image, setting)
            with Image.open(io.BytesIO(data)) as decoded:
                self._tried[setting] = len(data), psnr(self._original, rgb(decoded))
        return self._tried[setting]


def first(reaches: Callable[[int], bool], count: int, near: int | None = None) -> int:
    """The first of so many places that reaches a target, or `count`; from `near` on in steps that
    grow until it is between two, else by halves."""
    low, high, step = -1, count, 1
    place = count // 2 if near is None else near
    while high - low > 1:
        low, high = (low, place) if reaches(place) else (place, high)
        place = (low + high) // 2
        if near is not None and (low < 0 or high == count):
            place = max(high - step, 0) if low < 0 else min(low + step, count - 1)
            step *= 2
    return high
