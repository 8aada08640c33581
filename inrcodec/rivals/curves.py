"""Rate and distortion of a signal by several codecs: points, curves, and BD-rates between them."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from inrcodec.decoding import open_representation
from inrcodec.encoding import encode_input
from inrcodec.extras import load_extra
from inrcodec.limits import UNLIMITED
from inrcodec.signal import Signal

__all__ = ["NAME", "Coder", "Curve", "Original", "Own", "Point", "bd_rate", "draw", "points_of"]

Samples = npt.NDArray[Any]
Metric = Callable[[Any, Any], float]

NAME = "inrcodec"
# Of names at the ends of curves, in points, and of a letter as part of that.
_SIZE, _OWN_SIZE, _WIDTH = 7, 9, 0.65
_LMBDAS = (2e-4, 5e-4, 1.2e-3, 3e-3, 7e-3, 1.6e-2)


@dataclass(frozen=True)
class Original:
    """A signal as codecs are given it.

    Attributes
    ----------
    given
        An RGB image of Pillow's, or an audio signal.
    samples
        (height, width, 3), uint8, or (frames, channels), float32.
    extent
        What a file's bits are divided by: pixels, or thousands of seconds.
    """

    given: Image.Image | Signal
    samples: Samples
    extent: float

    @classmethod
    def of_image(cls, image: Image.Image) -> Original:
        """An RGB image."""
        return cls(image, np.asarray(image), float(image.width * image.height))

    @classmethod
    def of_audio(cls, signal: Signal) -> Original:
        """An audio signal."""
        return cls(signal, signal.samples, signal.info.extent[1])


class Coder(Protocol):
    """A codec with settings from which a curve is made."""

    @property
    def settings(self) -> Sequence[float]:
        """Return what sets the rate."""

    def encode(self, given: Any, setting: float) -> bytes:
        """Encode what an original gives to a file."""

    def decode(self, data: bytes, given: Any) -> Samples:
        """Decode a file to samples that stand beside the original's."""


@dataclass(frozen=True)
class Own:
    """This codec.

    Attributes
    ----------
    options
        Of `inrcodec.encode`.
    option, settings
        The name of what sets the rate, and values of it.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    option: str = "lmbda"
    settings: Sequence[float] = _LMBDAS

    def encode(self, given: Any, setting: float) -> bytes:
        """Implement `Coder`."""
        return encode_input(given, None, None, None, {**self.options, self.option: setting}).data

    def decode(self, data: bytes, given: Any) -> Samples:
        """Implement `Coder`."""
        with open_representation(data, UNLIMITED.memory, max_work=UNLIMITED.work) as representation:
            return representation.render()


@dataclass(frozen=True)
class Point:
    """Bits per pixel, or kbit/s, of a whole file, a quality by each metric, and the seconds that
    encoding took."""

    rate: float
    qualities: dict[str, float]
    seconds: float


Curve = list[Point]


def points_of(
    original: Original, coder: Coder, metrics: Mapping[str, Metric]
) -> list[Callable[[], Point]]:
    """Return what measures a codec: a call for the point of each setting."""
    return [partial(_point, original, coder, setting, metrics) for setting in coder.settings]


def _point(
    original: Original, coder: Coder, setting: float, metrics: Mapping[str, Metric]
) -> Point:
    began = time.perf_counter()
    data = coder.encode(original.given, setting)
    seconds = time.perf_counter() - began
    decoded = coder.decode(data, original.given)
    qualities = {name: metric(original.samples, decoded) for name, metric in metrics.items()}
    return Point(8 * len(data) / original.extent, qualities, seconds)


def bd_rate(anchor: Curve, curve: Curve, metric: str) -> float:
    """Percent of the anchor's rate that a curve saves (below 0) at equal quality, by Akima's
    interpolation; NaN where the two have no quality in common.

    Raises `UsageError` where the `bjontegaard` package is not installed.
    """
    bjontegaard = load_extra("bjontegaard", "rivals", "a BD-rate")
    first, second = _front(anchor, metric), _front(curve, metric)
    if not first or not second or _overlap(first, second) <= 0:
        return math.nan
    (a, b), (c, d) = zip(*first, strict=True), zip(*second, strict=True)
    return float(
        bjontegaard.bd_rate(
            a, b, c, d, method="akima", require_matching_points=False, min_overlap=0
        )
    )


def _front(curve: Curve, metric: str) -> list[tuple[float, float]]:
    """Return rates and qualities without points that one of fewer bytes is as good as."""
    front: list[tuple[float, float]] = []
    for rate, quality in _finite(curve, metric):
        if not front or quality > front[-1][1]:
            front.append((rate, quality))
    return front


def _finite(curve: Curve, metric: str) -> list[tuple[float, float]]:
    """Return rates and qualities in order, without points that are lossless."""
    points = ((p.rate, p.qualities[metric]) for p in curve)
    return sorted(point for point in points if math.isfinite(point[1]))


def _overlap(first: list[tuple[float, float]], second: list[tuple[float, float]]) -> float:
    """Return how much of quality two fronts have in common; below 0 where it is none."""
    return min(first[-1][1], second[-1][1]) - max(first[0][1], second[0][1])


def draw(
    curves: Mapping[str, Curve],
    metric: str,
    label: str,
    title: str,
    rate: str = "bits per pixel",
) -> bytes:
    """Draw curves, each with its name at its end, as a PNG; `label` is the metric in words, `rate`
    what rates are in.

    Raises `UsageError` where matplotlib is not installed.
    """
    # Without `pyplot`, which keeps figures and a backend for all of the process.
    figures = load_extra("matplotlib.figure", "rivals", "a plot of curves")
    figure = figures.Figure(figsize=(8, 5.5))
    axes = figure.subplots()
    ends: list[tuple[str, tuple[float, float], Any]] = []
    for name, points in curves.items():
        shown = _finite(points, metric)
        if not shown:
            continue
        style = {"color": "black", "lw": 2.2} if name == NAME else {"lw": 1.1}
        (line,) = axes.plot(*zip(*shown, strict=True), marker=".", **style)
        ends.append((name, shown[-1], line.get_color()))
    axes.set(xlabel=f"{rate}, whole files", ylabel=label, title=title, xlim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    _name_ends(axes, ends)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110, bbox_inches="tight")
    return out.getvalue()


def _name_ends(axes: Any, ends: Sequence[tuple[str, tuple[float, float], Any]]) -> None:
    """Write names beside the ends of curves, lower where one would be written over another."""
    scale = 72 / axes.figure.dpi
    taken: list[tuple[float, float, float]] = []
    for name, end, color in sorted(ends, key=lambda one: (one[0] != NAME, -one[1][1])):
        size = _OWN_SIZE if name == NAME else _SIZE
        x, y = scale * axes.transData.transform(end)
        right, row = x + _WIDTH * size * len(name), y
        while any(
            x < other_right and other_x < right and abs(row - other_row) < _SIZE + 1
            for other_x, other_right, other_row in taken
        ):
            row -= 1
        taken.append((x, right, row))
        axes.annotate(
            *(name, end),
            xytext=(4, row - y),
            textcoords="offset points",
            fontsize=size,
            weight="bold" if name == NAME else "normal",
            color=color,
            va="center",
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
        )
