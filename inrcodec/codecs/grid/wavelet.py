"""The grid's basis: the CDF 9/7 wavelet by lifting, of any size, with symmetric borders.

One step splits an axis of n samples into ceil(n/2) of low and floor(n/2) of high frequency; an
axis of one sample stays as it is. Scaled so that basis functions have about unit norm: an error in
a coefficient is an error of the same size in the signal.

Source: Daubechies and Sweldens, "Factoring wavelet transforms into lifting steps" (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from inrcodec.codecs.grid.subbands import Subbands

__all__ = ["analyze", "level_shape", "synthesize"]

_LIFTING = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)
_SCALE = 1.149604398860241


def level_shape(shape: Sequence[int], level: int) -> tuple[int, int]:
    """Return the size of the low band after so many levels."""
    height, width = shape
    return (height + (1 << level) - 1) >> level, (width + (1 << level) - 1) >> level


def _lift(target: Tensor, source: Tensor, factor: float, ahead: int) -> Tensor:
    """Add `factor` times the sum of both neighbors of the other parity to `target`.

    Neighbors of target i are source i + ahead - 1 and i + ahead, mirrored at the borders.
    """
    count, last = target.shape[-1], source.shape[-1] - 1
    before = (source if ahead else torch.cat([source[..., :1], source], -1))[..., :count]
    after = source[..., ahead : count + ahead]
    if after.shape[-1] < count:
        after = torch.cat([after, source[..., last:]], -1)
    return target + factor * (before + after)


def _split(x: Tensor) -> tuple[Tensor, Tensor]:
    """Split the last axis into its low and its high half."""
    if x.shape[-1] == 1:
        return x, x[..., :0]
    low, high = x[..., 0::2], x[..., 1::2]
    for k, factor in enumerate(_LIFTING):
        if k % 2 == 0:
            high = _lift(high, low, factor, 1)
        else:
            low = _lift(low, high, factor, 0)
    return low * _SCALE, high / _SCALE


def _join(low: Tensor, high: Tensor) -> Tensor:
    """Undo `_split`."""
    if high.shape[-1] == 0:
        return low
    low, high = low / _SCALE, high * _SCALE
    for k, factor in reversed(tuple(enumerate(_LIFTING))):
        if k % 2 == 0:
            high = _lift(high, low, -factor, 1)
        else:
            low = _lift(low, high, -factor, 0)
    out = low.new_empty(*low.shape[:-1], low.shape[-1] + high.shape[-1])
    out[..., 0::2] = low
    out[..., 1::2] = high
    return out


def _rows(x: Tensor) -> Tensor:
    return x.transpose(-1, -2)


def analyze(x: Tensor, levels: int) -> Subbands[Tensor]:
    """Transform planes (channels, height, width) to the coefficients of so many levels."""
    details = []
    for _ in range(levels):
        low, high = _split(x)
        (low_low, low_high), (high_low, high_high) = _split(_rows(low)), _split(_rows(high))
        details.append([_rows(high_low), _rows(low_high), _rows(high_high)])
        x = _rows(low_low)
    return Subbands(x, details[::-1])


def synthesize(
    subbands: Subbands[Tensor], corrected: Callable[[Tensor, int], Tensor] | None = None
) -> Tensor:
    """Transform coefficients back to planes; what each step results in may be corrected before the
    next, which `corrected` is told how many steps are left to do."""
    x, count = subbands.low, len(subbands.levels)
    for level, (columns_high, rows_high, both_high) in enumerate(subbands.levels):
        left = count - 1 - level
        low = _rows(_join(_rows(x), _rows(rows_high)))
        high = _rows(_join(_rows(columns_high), _rows(both_high)))
        x = _join(low, high)
        if corrected is not None:
            x = corrected(x, left)
    return x
