"""Renderings for a browser that does not decode itself: tiles as PNG, audio as WAV, originals."""

from __future__ import annotations

import io
import math
import struct
from collections import OrderedDict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.container.names import read_names
from inrcodec.container.sections import Container
from inrcodec.decoding import Representation
from inrcodec.errors import UsageError
from inrcodec.limits import Limits
from inrcodec.media.files import open_signal
from inrcodec.signal import AudioInfo, ImageInfo
from inrcodec.signal.geometry import Region
from inrcodec.signal.source import compare_blocks
from inrcodec.signal.views import View
from inrcodec.viewer.catalog import Catalog

__all__ = ["Renderings", "Wave"]

# Samples on a side of a tile, and the scale of the finest: see `viewer/geometry.js`.
_TILE = 256
_FINEST = -5
# Of an image in a gallery.
_THUMBNAIL = 360
# Files that are kept open, and images of a gallery.
_KEPT, _KEPT_THUMBNAILS = 4, 256
_WAV_HEADER = 44
_SAMPLE_BYTES = 2
_MOST_WAV = (1 << 32) - _WAV_HEADER


class Wave:
    """An audio signal as a WAV file of 16 bits, any part of which is decoded when it is read."""

    def __init__(self, renderings: Renderings, number: int) -> None:
        self._renderings, self._number = renderings, number
        info = renderings.opened(number).info
        if not isinstance(info, AudioInfo):
            raise UsageError("it is no audio")
        self._info = info
        self._frame = _SAMPLE_BYTES * info.channels
        if info.frames * self._frame > _MOST_WAV:
            raise UsageError("it is too long for a WAV file")

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return _WAV_HEADER + self._info.frames * self._frame

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Iterate over its bytes from one place to another."""
        if start < _WAV_HEADER:
            yield self._header()[start:stop]
        first = max(0, start - _WAV_HEADER)
        skipped, left = first % self._frame, stop - max(start, _WAV_HEADER)
        for block in self._blocks(first // self._frame) if left > 0 else ():
            data = np.round(np.clip(block, -1, 1 - 2.0**-15) * (1 << 15)).astype("<i2").tobytes()
            part = data[skipped : skipped + left]
            skipped, left = 0, left - len(part)
            yield part
            if left <= 0:
                return

    def _blocks(self, frame: int) -> Iterator[npt.NDArray[Any]]:
        view = View(time=(frame / self._info.rate, None)) if frame else View()
        blocks = self._renderings.opened(self._number).blocks(view)
        while True:
            with self._renderings.lock:
                block = next(blocks, None)
            if block is None:
                return
            yield block

    def _header(self) -> bytes:
        rate, channels = self._info.rate, self._info.channels
        size = self._info.frames * self._frame
        form = struct.pack("<4sI4s", b"RIFF", size + _WAV_HEADER - 8, b"WAVE")
        fields = (16, 1, channels, rate, rate * self._frame, self._frame, 8 * _SAMPLE_BYTES)
        return form + struct.pack("<4sIHHIIHH4sI", b"fmt ", *fields, b"data", size)


class Renderings:
    """Decodes the signals of a catalog, one at a time; of the files used last, some stay open.

    Attributes
    ----------
    lock
        Held by whoever decodes to show something, so that memory is that of one; what measures,
        which takes longer, has a lock of its own.
    """

    def __init__(self, catalog: Catalog, limits: Limits) -> None:
        self._catalog, self._limits = catalog, limits
        self._opened: OrderedDict[int, Representation] = OrderedDict()
        self._quality: dict[int, dict[str, float | None]] = {}
        # Pages come back to their gallery.
        self.thumbnail = lru_cache(_KEPT_THUMBNAILS)(self._thumbnail)
        self.lock, self._measuring = Lock(), Lock()

    def opened(self, number: int) -> Representation:
        """Open a signal, if it is not open yet."""
        with self.lock:
            if number not in self._opened:
                shown = self._catalog.shown[number]
                container = Container(self._catalog.files[shown.file])
                item = [*read_names(container)][shown.place - 1]
                self._opened[number] = Representation(container, item, self._limits)
            self._opened.move_to_end(number)
            # Whoever still uses one keeps it; its file is closed with it.
            while len(self._opened) > _KEPT:
                self._opened.popitem(last=False)
            return self._opened[number]

    def size(self, number: int) -> tuple[int, int]:
        """Return the width and the height of an image."""
        info = self._image(number)
        return info.width, info.height

    def tile(self, number: int, scale: int, row: int, column: int) -> bytes:
        """Render a tile of an image as PNG; its samples are 2^scale pixels apart.

        Raises `UsageError` where there is none.
        """
        info = self._image(number)
        coarsest = max(info.width, info.height).bit_length()
        if not _FINEST <= scale <= coarsest or min(row, column) < 0:
            raise UsageError(f"there is no tile {row}, {column} of scale {scale}")
        side = int(_TILE * 2.0**scale)
        x, y = column * side, row * side
        width, height = min(side, info.width - x), min(side, info.height - y)
        if min(width, height) < 1:
            raise UsageError(f"there is no tile {row}, {column} of scale {scale}")
        size = math.ceil(width / 2.0**scale), math.ceil(height / 2.0**scale)
        return self._png(number, View(region=(x, y, width, height), size=size))

    def _thumbnail(self, number: int) -> bytes:
        """Render a small image of an image as PNG."""
        info = self._image(number)
        factor = min(1.0, _THUMBNAIL / max(info.width, info.height))
        size = max(1, round(info.width * factor)), max(1, round(info.height * factor))
        return self._png(number, View(size=size))

    def quality(self, number: int) -> dict[str, float | None]:
        """Measure how near a signal is to its original; empty without one."""
        original = self._catalog.shown[number].original
        if original is None:
            return {}
        decoded = self.opened(number)
        with self._measuring:
            if number not in self._quality:
                bits = decoded.info.sample_bits
                with open_signal(original, self._limits, bits=bits) as signal:
                    comparison = compare_blocks(signal, decoded.info, decoded.blocks())
                    found = signal.info.quality(comparison)
                self._quality[number] = {
                    name: value if value is not None and math.isfinite(value) else None
                    for name, value in found.items()
                }
            return self._quality[number]

    def original(self, path: Path) -> bytes:
        """Read an image of any format and write it as PNG."""
        with self.lock, open_signal(path, self._limits) as signal:
            if not isinstance(signal.info, ImageInfo):
                raise UsageError("it is no image")
            return _as_png(signal.read(Region.whole(signal.info.shape)))

    def _image(self, number: int) -> ImageInfo:
        info = self.opened(number).info
        if not isinstance(info, ImageInfo):
            raise UsageError("it is no image")
        return info

    def _png(self, number: int, view: View) -> bytes:
        representation = self.opened(number)
        with self.lock:
            parts = list(representation.blocks(view))
        return _as_png(np.concatenate(parts))


def _as_png(samples: npt.NDArray[Any]) -> bytes:
    """Write samples (rows, columns, channels) as a PNG of 8 bits."""
    if samples.dtype == np.uint16:
        samples = ((samples.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    squeezed = samples[..., 0] if samples.shape[-1] == 1 else samples
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(squeezed)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
