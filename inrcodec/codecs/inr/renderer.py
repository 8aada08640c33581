"""Rendering: a network's values on any regular raster over any region.

Every output sample is the network evaluated at that sample's center. A raster coarser than the
signal is rendered finer and averaged, so that detail it cannot hold does not alias. Work goes
through boxes of bounded size; memory grows with the output alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.ranges import from_network
from inrcodec.codecs.inr.sampling import sample
from inrcodec.progress import Report, told
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Raster, by_axes
from inrcodec.signal.points import AxisPoints, axis_points, boxes

__all__ = ["NetworkRenderer", "render"]

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[Any]
Indices = npt.NDArray[np.int64]
Finish = Callable[[Floats], Samples]

# Output samples along an axis that are cut into boxes together.
_SPAN = 1 << 14


def _render_box(network: Network, axes: tuple[AxisPoints, ...]) -> Floats:
    """Return the values (*points along each axis, channels) of one box of a raster."""
    ranges, tables, terms = zip(*(axis.by_tile() for axis in axes), strict=True)
    counts, lengths = [len(r) for r in ranges], [table.shape[1] for table in tables]
    if any(table.shape[0] > 1 for table in tables):
        sizes = zip(counts, lengths, strict=True)
        tables = tuple(np.broadcast_to(t, size) for t, size in zip(tables, sizes, strict=True))
    values = network.values(by_axes(tables).astype(np.float32), network.places(ranges))
    # (tile axes, channel, point axes) to (tile, point) by axis, and the channel last.
    n = len(axes)
    order = [k for axis in range(n) for k in (axis, n + 1 + axis)]
    values = values.reshape(*counts, -1, *lengths).transpose(*order, n)
    values = values.reshape(*(c * m for c, m in zip(counts, lengths, strict=True)), -1)
    for axis, parts in enumerate(terms):
        values = _mixed(values, axis, parts)
    return values


@np.errstate(all="ignore")
def _mixed(
    values: Floats, axis: int, terms: list[tuple[Indices, npt.NDArray[np.float64]]]
) -> Floats:
    """Return the sum of some places along an axis, each with its shares."""
    (own, most), *others = terms
    mixed = values.take(own, axis)
    shape = (-1, *[1] * (values.ndim - 1 - axis))
    before: tuple[Any, ...] = (slice(None),) * axis
    for places, shares in others:
        # Nothing is added where the share is 0, not 0 times what may be infinite.
        (some,) = np.nonzero(shares)
        beside = values.take(places[some], axis)
        beside *= shares[some].astype(np.float32).reshape(shape)
        mixed *= most.astype(np.float32).reshape(shape)
        mixed[(*before, some)] += beside
    return mixed


def _average(values: Floats, factors: tuple[int, ...]) -> Floats:
    """Return means over blocks of `factors` samples; the last axis (channels) is left alone."""
    split = [s for n, f in zip(values.shape, factors, strict=False) for s in (n // f, f)]
    blocks = values.reshape(*split, values.shape[-1])
    # Unbounded activations can come to infinite values, which are clamped later.
    with np.errstate(over="ignore", invalid="ignore"):
        means: Floats = blocks.mean(axis=tuple(range(1, 2 * len(factors), 2)), dtype=np.float32)
    return means


def _refine(
    fine: tuple[AxisPoints, ...], box: tuple[slice, ...], factors: tuple[int, ...]
) -> tuple[AxisPoints, ...]:
    """Return the evaluated points that belong to a box of output samples."""
    axes = zip(fine, box, factors, strict=True)
    return tuple(axis[slice(b.start * f, b.stop * f)] for axis, b, f in axes)


def render(
    network: Network,
    raster: Raster,
    finish: Finish | None = None,
    dtype: npt.DTypeLike = np.float32,
    report: Report | None = None,
) -> Samples:
    """Render a network on a raster.

    Parameters
    ----------
    network
        Its tiles must cover the raster's region.
    finish, dtype
        Makes samples of values, and their type; None for the network's values as they are, about
        -1 to 1.
    report
        Told of each box of samples that is rendered.

    Returns
    -------
    Samples (*raster.lengths, channels).
    """
    factors = tuple(raster.oversampling(axis) for axis in range(len(raster.size)))
    out = np.empty((*raster.lengths, network.domain.channels), dtype)
    budget = max(1, network.points_at_once // math.prod(factors))
    starts = tuple(raster.span(axis).start for axis in range(len(factors)))
    # What is known of each point along an axis would take more than the output of a long one.
    parts = list(product(*(_spans(raster.span(axis)) for axis in range(len(factors)))))
    for spans in told("rendering", parts, report if len(parts) > 1 else None):
        fine = tuple(
            axis_points(raster, axis, factor, network.tiling, network.spec.frame, span)
            for axis, (factor, span) in enumerate(zip(factors, spans, strict=True))
        )
        part = out[
            tuple(slice(s.start - a, s.stop - a) for s, a in zip(spans, starts, strict=True))
        ]
        tiles = [axis.tiles[::f] for axis, f in zip(fine, factors, strict=True)]
        within = list(boxes(tiles, budget))
        for box in told("rendering", within, report if len(parts) == 1 else None):
            values = _render_box(network, _refine(fine, box, factors))
            if max(factors) > 1:
                values = _average(values, factors)
            part[box] = finish(values) if finish else values
    return out


def _spans(span: range) -> list[range]:
    """Cut a span into such as `axis_points` is asked for."""
    return [span[start : start + _SPAN] for start in range(0, len(span), _SPAN)]


@dataclass(frozen=True)
class NetworkRenderer:
    """A coordinate network as a `Renderer` of a signal."""

    network: Network
    info: SignalInfo
    band_limited: ClassVar[bool] = False

    @property
    def points_at_once(self) -> int:
        return self.network.points_at_once

    def render(self, raster: Raster, report: Report | None = None) -> Samples:

        def finish(values: Floats) -> Samples:
            return self.info.samples(from_network(self.info, values))

        return render(self.network, raster, finish, self.info.dtype, report)

    def values(self, raster: Raster) -> Floats:
        return render(self.network, raster, partial(from_network, self.info), np.float32)

    def sample(self, coordinates: npt.NDArray[np.float64]) -> Floats:
        return from_network(self.info, sample(self.network, coordinates))

    def differentiable(self, coordinates: Any) -> Any:
        from inrcodec.codecs.inr.differentiable import sample_tensor

        network = self.network.on(self.network.device or "cpu")
        values = sample_tensor(network, coordinates.to(network.device))
        return from_network(self.info, values).to(coordinates.device)

    def read_all(self) -> None:
        """Nothing is left to be read."""
