"""The sheet of a comparison: two signals side by side, their difference, and where that is most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from inrcodec.plots.differences import difference, shown, worst_regions
from inrcodec.plots.panels import GAP, Panel, colored, sheet, thumbnail, write
from inrcodec.plots.spectrograms import FLOOR_DB, axes_around, spectrograms
from inrcodec.signal import Signal, Source
from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples
from inrcodec.signal.metrics import psnr

__all__ = ["compared"]

# Of a crop; three of them are as wide as an overview.
_SIDE, _MOST_CROPS = 160, 6
_OVERVIEW = 3 * _SIDE + 2 * GAP
_SPECTROGRAM = (960, 220)
_MARK = (120, 220, 255)


def compared(a: Source, b: Source, titles: Sequence[str], heading: Sequence[str]) -> Image.Image:
    """Draw two signals that are alike in shape, with a title each, below lines of text.

    Of images: both and their difference, reduced to 496 pixels a side or enlarged to 160, then up
    to six regions of 160×160 pixels in which they differ most, pixel by pixel. Of audio signals:
    the spectrograms of both and of their difference.
    """
    draw = _images if len(a.info.shape) > 1 else _audio
    return sheet(heading, draw(a, b, titles))


def _audio(a: Source, b: Source, titles: Sequence[str]) -> list[list[Panel]]:
    (frames,) = a.info.shape
    rate = a.info.fields()["rate"]

    def read(region: Region) -> tuple[Samples, ...]:
        first, second = a.read(region), b.read(region)
        return first, second, second - first

    drawn = spectrograms(frames, read, _SPECTROGRAM)
    names = *titles, f"difference (in all: black {FLOOR_DB} dB, light yellow 0 dB of full scale)"
    images = (axes_around(image, frames / rate, rate) for image in drawn)
    return [[Panel(image, name)] for image, name in zip(images, names, strict=True)]


def _images(a: Source, b: Source, titles: Sequence[str]) -> list[list[Panel]]:
    whole = Region.whole(a.info.shape)
    signals = tuple(Signal(source.read(whole), source.info) for source in (a, b))
    samples = signals[0].samples, signals[1].samples
    shades, most = difference(*samples)
    regions = [] if max(a.info.shape) <= _SIDE else worst_regions(*samples, _SIDE, _MOST_CROPS)
    name = f"difference (black 0, light yellow {most} levels)" if shades.any() else "no difference"
    images = [_overview(shown(signal)) for signal in signals]
    marked = colored(np.asarray(_overview(Image.fromarray(shades))))
    _mark(marked, a, regions)
    overview = [*map(Panel, images, titles), Panel(marked, name)]
    crops = [
        crop
        for number, region in enumerate(regions, 1)
        for crop in _crops(signals, shades, region, f"{number}: ")
    ]
    per_row = 3 * max(1, sum(p.image.width + GAP for p in overview) // (_OVERVIEW + GAP))
    return [overview, *(crops[start : start + per_row] for start in range(0, len(crops), per_row))]


def _overview(image: Image.Image) -> Image.Image:
    """An image at a size to look at: a small one has its pixels repeated."""
    factor = max(1, _SIDE // max(image.size))
    large = image.resize((factor * image.width, factor * image.height), Image.Resampling.NEAREST)
    return thumbnail(large, _OVERVIEW, _OVERVIEW)


def _mark(image: Image.Image, source: Source, regions: Sequence[Region]) -> None:
    """Mark regions, by their numbers from 1, on what shows all of a signal."""
    pen = ImageDraw.Draw(image)
    factor = image.width / source.info.shape[1]
    for number, region in enumerate(regions, 1):
        top, left = (factor * start for start in region.start)
        height, width = (factor * length for length in region.length)
        pen.rectangle((left, top, left + width - 1, top + height - 1), outline=_MARK)
        write(image, (left + 3, top + 1), str(number), _MARK)


def _crops(signals: Sequence[Signal], shades: Samples, region: Region, number: str) -> list[Panel]:
    """A region of both signals and of their difference."""
    parts = [Signal(s.read(region), s.info.part(region)) for s in signals]
    quality = psnr(parts[0].samples, parts[1].samples)
    (y, x), (height, width) = region.start, region.length
    titles = f"{number}at {x},{y}", f"{quality:.1f} dB"
    own = colored(shades[y : y + height, x : x + width])
    return [*map(Panel, map(shown, parts), titles), Panel(own)]
