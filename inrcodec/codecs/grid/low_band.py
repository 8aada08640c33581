"""The low band that contexts see: what is decoded of an image before a level, in whole numbers.

A level's details refine a low band, which coarser levels come to. Contexts see its slopes: where it
rises, details follow. It is computed in integers, in eighths of a step, so that every machine has
the same; synthesis has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.context_network import ContextNetwork
from inrcodec.codecs.grid.passes import SLOPE_STEPS
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.native import blocks as kernels
from inrcodec.native.blocks import Bands, Coarser
from inrcodec.native.door import library

__all__ = ["join", "refined", "slopes", "start"]

Ints = npt.NDArray[np.int32]

_UNIT = 8
_MOST = 1 << 16
# Of the 9/7 wavelet, in 1024ths: scales of both halves, and lifting steps, low halves first.
_SCALES = (891, 1177)
_LIFTING = (-454, -904, 54, 1624)


def start(latents: npt.NDArray[Any], unit: int = _UNIT) -> Ints:
    """Return the low band of the coarsest level, from its latents (rows, columns) of so many
    eighths each."""
    most = _MOST // unit
    eighths: Ints = np.clip(latents, -most, most).astype(np.int32) * np.int32(unit)
    return eighths


def join(low: Ints, details: Sequence[npt.NDArray[Any]], unit: int) -> Ints:
    """Return the low band of a level from that of the level before and its three details, of so
    many eighths each."""
    across, down, both = (start(band, unit) for band in details)
    columns = _limited(_joined(low, down)), _limited(_joined(across, both))
    return _limited(_joined(columns[0].T, columns[1].T)).T


def refined(
    block: Subbands[npt.NDArray[Any]], network: ContextNetwork, coarser: Coarser | None = None
) -> Ints:
    """Return the low band (channels, rows, columns) that one level finer than a block refines."""
    if library() is not None:
        rows, columns = block.low.shape[1:]
        if block.levels:
            across, down, _ = block.levels[-1]
            rows, columns = across.shape[1] + down.shape[1], across.shape[2] + down.shape[2]
        bands = Bands([*block], block.finer, coarser)
        return kernels.low_band(network.kernel, bands, (rows, columns))
    found = []
    for channel in range(block.channels):
        low = start(block.low[channel]) if coarser is None else coarser.low[channel]
        for level, details in enumerate(block.levels):
            unit = network.units[block.finer + len(block.levels) - 1 - level]
            low = join(low, [band[channel] for band in details], unit)
        found.append(low)
    return np.stack(found)


def slopes(low: Ints) -> Ints:
    """Return the differences (6, rows, columns) between places that lie `SLOPE_STEPS` apart, at the
    first of each; 0 where one of them is outside."""
    rows, columns = low.shape
    found = np.zeros((len(SLOPE_STEPS), rows, columns), np.int32)
    for slope, (down, across) in zip(found, SLOPE_STEPS, strict=True):
        height, width = max(0, rows - down), max(0, columns - abs(across))
        left = max(0, -across)
        here = slice(0, height), slice(left, left + width)
        there = slice(down, down + height), slice(left + across, left + across + width)
        slope[here] = low[there] - low[here]
    return found


def _product(factor: int, x: Ints) -> Ints:
    return (np.int32(factor) * x + np.int32(512)) >> np.int32(10)


def _limited(x: Ints) -> Ints:
    return np.clip(x, -_MOST, _MOST)


def _joined(low: Ints, high: Ints) -> Ints:
    """Join both halves of the first axis."""
    if not len(high):
        return low
    low, high = (_product(scale, x) for scale, x in zip(_SCALES, (low, high), strict=True))
    for k, factor in enumerate(_LIFTING):
        target, source = (high, low) if k % 2 else (low, high)
        places = np.arange(len(target)) - (k % 2 == 0)
        before, after = (np.clip(places + shift, 0, len(source) - 1) for shift in (0, 1))
        target = target + _product(factor, source[before] + source[after])
        low, high = (source, target) if k % 2 else (target, source)
    out = np.empty((len(low) + len(high), *low.shape[1:]), np.int32)
    out[0::2], out[1::2] = low, high
    return out
