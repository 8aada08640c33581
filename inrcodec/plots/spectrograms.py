"""Spectrograms of audio signals: of bounded size and memory, whatever their length."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from inrcodec.plots.panels import INK, PAPER, colored, write
from inrcodec.signal.geometry import Region
from inrcodec.signal.info import Samples
from inrcodec.signal.resampling import FRAMES_AT_ONCE

__all__ = ["FLOOR_DB", "axes_around", "spectrograms"]

Doubles = npt.NDArray[np.float64]

# What is softer than so many dB below full scale is black.
FLOOR_DB = -100
# Half of a window, in samples.
_HALF = 1024
# A column is the mean of so many windows, of a long signal.
_WINDOWS_PER_COLUMN = 4
_TINY = 1e-30
_LEFT, _BELOW = 44, 20
_MOST_TICKS = 8


def spectrograms(
    frames: int, read: Callable[[Region], Sequence[Samples]], size: tuple[int, int]
) -> list[Image.Image]:
    """Draw the spectrograms of signals that are read together.

    Parameters
    ----------
    frames
        The length of all of them.
    read
        Reads the samples (frames, channels) of a region of each.
    size
        (width, height) of the images. Time runs to the right, frequency up to half of the rate;
        colors go from 100 dB below full scale to full scale, of the mean power of channels.
    """
    width, height = size
    hop = max(_HALF // 2, frames // (width * _WINDOWS_PER_COLUMN))
    columns = max(1, min(width, frames // hop))
    sums: list[Doubles] = []
    counts = np.zeros(columns)
    for begin in range(0, frames, FRAMES_AT_ONCE):
        end = min(begin + FRAMES_AT_ONCE, frames)
        start, stop = max(0, begin - _HALF), min(end + _HALF, frames)
        parts = read(Region((start,), (stop - start,)))
        centers = np.arange(-(-begin // hop) * hop, end, hop)
        places = centers * columns // frames
        sums = sums or [np.zeros((columns, height)) for _ in parts]
        np.add.at(counts, places, 1)
        for total, part in zip(sums, parts, strict=True):
            for center, place in zip((centers - start).tolist(), places, strict=True):
                total[place] += _power(part, center, height)
    return [_drawn(total / np.maximum(counts, 1)[:, None], size) for total in sums]


def _power(samples: Samples, center: int, rows: int) -> Doubles:
    """Return the power of a window relative to full scale, the mean over channels and over the
    frequencies of each row; beyond its ends a signal is silent."""
    taper = np.hanning(2 * _HALF)
    window = np.zeros((2 * _HALF, samples.shape[1]))
    first = max(0, center - _HALF)
    inside = samples[first : center + _HALF]
    window[first - center + _HALF :][: len(inside)] = inside
    spectrum = np.fft.rfft(window * taper[:, None], axis=0)[:-1]
    power = np.square(np.abs(spectrum)).mean(1) / (taper.sum() / 2) ** 2
    edges = np.arange(rows) * len(power) // rows
    sums: Doubles = np.add.reduceat(power, edges)
    return sums / np.diff(edges, append=len(power))


def _drawn(power: Doubles, size: tuple[int, int]) -> Image.Image:
    levels = 10 * np.log10(np.maximum(power.T[::-1], _TINY))
    shades = np.rint(255 * np.clip(1 - levels / FLOOR_DB, 0, 1)).astype(np.uint8)
    return colored(shades).resize(size, Image.Resampling.NEAREST)


def axes_around(image: Image.Image, seconds: float, rate: int) -> Image.Image:
    """Put the axes of a spectrogram, seconds and kHz, beside and below it."""
    width, height = image.size
    paper = Image.new("RGB", (_LEFT + width, height + _BELOW), PAPER)
    paper.paste(image, (_LEFT, 0))
    pen = ImageDraw.Draw(paper)
    for value in _ticks(rate / 2000):
        row = round((height - 1) * (1 - value / (rate / 2000)))
        pen.line((_LEFT - 4, row, _LEFT - 1, row), fill=INK)
        write(paper, (0, min(max(0, row - 8), height - 16)), f"{value:g}" + " kHz" * (not value))
    for value in _ticks(seconds):
        column = _LEFT + round((width - 1) * value / seconds)
        pen.line((column, height, column, height + 3), fill=INK)
        write(paper, (min(column, _LEFT + width - 32), height + 3), f"{value:g} s")
    return paper


def _ticks(stop: float) -> list[float]:
    """Round numbers from 0 to at most `stop`, a few of them."""
    step = 10.0 ** math.floor(math.log10(stop / _MOST_TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if stop / (factor * step) <= _MOST_TICKS)
    return [round(k * step, 9) for k in range(int(stop / step) + 1)]
