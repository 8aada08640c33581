"""Rate and distortion of an image by several codecs: points, curves, and BD-rates between them."""

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

__all__ = ["NAME", "Coder", "Curve", "Own", "Point", "bd_rate", "draw", "points_of"]

Samples = npt.NDArray[np.uint8]
Metric = Callable[[Any, Any], float]

NAME = "inrcodec"
# Of a name at the end of a curve, in points.
_NAME_WIDTH, _LINE = 70, 8
_LMBDAS = (2e-4, 5e-4, 1.2e-3, 3e-3, 7e-3, 1.6e-2)


class Coder(Protocol):
    """A codec with settings from which a curve is made."""

    @property
    def settings(self) -> Sequence[float]:
        """Return what sets the rate."""

    def encode(self, image: Image.Image, setting: float) -> bytes:
        """Encode an RGB image to a file."""

    def decode(self, data: bytes) -> Samples:
        """Decode a file to samples (height, width, 3)."""


@dataclass(frozen=True)
class Own:
    """This codec, with options of `inrcodec.encode`; its settings are values of `lmbda`."""

    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Sequence[float] = _LMBDAS

    def encode(self, image: Image.Image, setting: float) -> bytes:
        """Implement `Coder`."""
        return encode_input(image, None, None, None, {**self.options, "lmbda": setting}).data

    def decode(self, data: bytes) -> Samples:
        """Implement `Coder`."""
        with open_representation(data, UNLIMITED.memory, max_work=UNLIMITED.work) as representation:
            return representation.render()


@dataclass(frozen=True)
class Point:
    """Bits per pixel of a whole file, a quality by each metric, and the seconds that encoding
    took."""

    rate: float
    qualities: dict[str, float]
    seconds: float


Curve = list[Point]


def points_of(
    image: Image.Image, coder: Coder, metrics: Mapping[str, Metric]
) -> list[Callable[[], Point]]:
    """Return what measures an RGB image by a codec: a call for the point of each setting."""
    return [partial(_point, image, coder, setting, metrics) for setting in coder.settings]


def _point(
    image: Image.Image, coder: Coder, setting: float, metrics: Mapping[str, Metric]
) -> Point:
    began = time.perf_counter()
    data = coder.encode(image, setting)
    seconds = time.perf_counter() - began
    original, decoded = np.asarray(image), coder.decode(data)
    qualities = {name: metric(original, decoded) for name, metric in metrics.items()}
    return Point(8 * len(data) / (image.width * image.height), qualities, seconds)


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


def draw(curves: Mapping[str, Curve], metric: str, label: str, title: str) -> bytes:
    """Draw curves, each with its name at its end, as a PNG; `label` is the metric in words.

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
    axes.set(xlabel="bits per pixel, whole files", ylabel=label, title=title, xlim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.3)
    _name_ends(axes, ends)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110, bbox_inches="tight")
    return out.getvalue()


def _name_ends(axes: Any, ends: Sequence[tuple[str, tuple[float, float], Any]]) -> None:
    """Write names beside the ends of curves, lower where one would be written over another."""
    scale = 72 / axes.figure.dpi
    taken: list[Any] = []
    for name, end, color in sorted(ends, key=lambda one: -one[1][1]):
        x, y = scale * axes.transData.transform(end)
        own = y
        while any(abs(x - other) < _NAME_WIDTH and abs(own - row) < _LINE for other, row in taken):
            own -= 1
        taken.append((x, own))
        axes.annotate(
            *(name, end),
            xytext=(4, own - y),
            textcoords="offset points",
            fontsize=9 if name == NAME else 7,
            weight="bold" if name == NAME else "normal",
            color=color,
            va="center",
            bbox={"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 0.5},
        )
