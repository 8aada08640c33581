"""The images of a report: a thumbnail of each signal, and where the worst differ most."""

from __future__ import annotations

import heapq
import io
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from PIL import Image

from inrcodec.plots.differences import shown, worst_regions
from inrcodec.plots.panels import png, thumbnail
from inrcodec.plots.spectrograms import spectrograms
from inrcodec.signal import Signal, Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples
from inrcodec.signal.metrics import psnr

__all__ = ["Gallery", "Part", "Worst", "parts_of", "preview"]

_THUMBNAIL = (192, 128)
_SPECTROGRAM = (480, 160)
_SIDE, _REGIONS = 160, 2
_QUALITY = 80
# Bytes of thumbnails that are kept in memory before they go to disk.
_SPOOLED = 1 << 22


@dataclass(frozen=True)
class Part:
    """A part of a signal: where it is, and the PNG files of its original and of it as decoded."""

    place: str
    original: bytes
    decoded: bytes


@dataclass(order=True, frozen=True)
class Worst:
    """A signal among the worst, by its quality; the heap's first is the best of them."""

    rank: tuple[float, int]
    name: str = field(compare=False)
    parts: list[Part] = field(compare=False)


class Gallery:
    """The images of a report, thumbnails on disk, as there are many.

    Parameters
    ----------
    worst
        The signals of a kind of which parts are shown.
    """

    def __init__(self, worst: int) -> None:
        self._most = worst
        self._worst: dict[str, list[Worst]] = {}
        self._file = tempfile.SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115
        self._number = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, image: Image.Image) -> tuple[int, int]:
        """Take a thumbnail; returns where it lies."""
        out = io.BytesIO()
        thumbnail(image, *_THUMBNAIL).save(out, "JPEG", quality=_QUALITY, optimize=True)
        place = self._file.seek(0, io.SEEK_END)
        return place, self._file.write(out.getvalue())

    def thumbnail(self, place: tuple[int, int]) -> bytes:
        """The JPEG file of a thumbnail."""
        self._file.seek(place[0])
        return self._file.read(place[1])

    def judge(
        self, kind: str, quality: float | None, name: str, parts: Callable[[], list[Part]]
    ) -> None:
        """Take the parts of a signal if it is among the worst of its kind so far; a lossless one,
        and one of no known quality, never is."""
        if quality is None or not math.isfinite(quality):
            return
        heap = self._worst.setdefault(kind, [])
        rank = -quality, -next(self._number)
        if len(heap) < self._most or (heap and rank > heap[0].rank):
            heapq.heappush(heap, Worst(rank, name, parts()))
            if len(heap) > self._most:
                heapq.heappop(heap)

    def worst(self) -> Iterator[Worst]:
        """Return the worst of each kind, the worst first."""
        for heap in self._worst.values():
            yield from sorted(heap, reverse=True)


def preview(source: Source) -> Image.Image:
    """Show a signal: an image, or the spectrogram of audio."""
    if len(source.info.shape) > 1:
        return shown(Signal(source.read(Region.whole(source.info.shape)), source.info))
    (drawn,) = _spectra([source], _THUMBNAIL)
    return drawn


def parts_of(original: Source, decoded: Source) -> list[Part]:
    """Return the regions in which two images differ most; of audio all of it, as spectrograms."""
    if len(original.info.shape) == 1:
        first, second = map(png, _spectra([original, decoded], _SPECTROGRAM))
        rate = original.info.fields()["rate"]
        return [Part(f"spectrograms up to {rate / 2000:g} kHz, {original.info}", first, second)]
    whole = Region.whole(original.info.shape)
    samples = original.read(whole), decoded.read(whole)
    return [
        _part((original, decoded), region) for region in worst_regions(*samples, _SIDE, _REGIONS)
    ]


def _part(sources: Iterable[Source], region: Region) -> Part:
    a, b = (Signal(source.read(region), source.info.part(region)) for source in sources)
    y, x = region.start
    place = f"at {x},{y}: {psnr(a.samples, b.samples):.1f} dB"
    return Part(place, png(shown(a)), png(shown(b)))


def _spectra(sources: list[Source], size: tuple[int, int]) -> list[Image.Image]:
    def read(region: Region) -> list[Samples]:
        return [source.read(region) for source in sources]

    (frames,) = sources[0].info.shape
    return spectrograms(frames, read, size)
