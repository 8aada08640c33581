"""What the probability of a latent is computed from: latents already decoded.

A band is coded in four passes by the parity of row and column, so that a later pass sees
neighbours on every side and all latents of a pass are independent of each other: decoding is a few
vector operations for each pass. A pass's grid of positions is that of the band one level coarser
(the parent), so its windows need no upsampling.

The band of high frequency along rows is treated as the one along columns with its axes swapped:
both share their networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = [
    "BANDS",
    "PASSES",
    "BlockLatents",
    "Kind",
    "band_order",
    "kind_of",
    "pass_shape",
    "turned",
]

# Row and column parity of each pass.
PASSES = ((0, 0), (1, 1), (0, 1), (1, 0))
# Bands of a level: high along columns, along rows, along both.
BANDS = 3
_ROWS_HIGH = 1
_BOTH_HIGH = 2

# Other bands of the level, as seen by each: those at the parent, and those at the same level.
_OTHERS = ((1, 2), (0, 2), (0, 1))
_SIBLINGS = ((1,), (0,), (0, 1))

_MAGNITUDES, _VALUES = 0, 1

_PAD = 3
_WINDOW = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))


def _own_offsets(number: int) -> tuple[tuple[int, int], ...]:
    """Offsets within 5×5 at which earlier passes have decoded latents."""
    parity = PASSES[number]
    earlier = set(PASSES[:number])
    return tuple(
        (i, j)
        for i in range(-2, 3)
        for j in range(-2, 3)
        if ((parity[0] + i) % 2, (parity[1] + j) % 2) in earlier
    )


_OWN = tuple(_own_offsets(number) for number in range(len(PASSES)))


@dataclass(frozen=True)
class Kind:
    """What has a network of its own: a channel (0 to 2), whether the band is high along both axes,
    and a pass."""

    channel: int
    diagonal: bool
    number: int

    @property
    def magnitudes(self) -> int:
        """How many magnitudes its network sees."""
        windows = 2 + self.diagonal + self.channel
        return len(_OWN[self.number]) + 9 * windows + 2 + 2 * (self.channel > 0)

    @property
    def values(self) -> int:
        """How many signed values its network sees."""
        return len(_OWN[self.number]) + 9 * (1 + self.channel)


def kind_of(channel: int, band: int, number: int) -> Kind:
    """The kind of network that a pass of a band uses; alpha's is that of the first channel."""
    return Kind(channel, band == _BOTH_HIGH, number)


def band_order(channels: int) -> list[tuple[int, int]]:
    """(channel, band) of a level in order of coding."""
    return [(channel, band) for channel in range(channels) for band in range(BANDS)]


def pass_shape(shape: Sequence[int], number: int) -> tuple[int, int]:
    """Rows and columns of a pass over a band."""
    row, column = PASSES[number]
    return (shape[-2] - row + 1) // 2, (shape[-1] - column + 1) // 2


class BlockLatents:
    """The latents of one block that are decoded so far, as contexts see them.

    Parameters
    ----------
    shapes
        For each level from the coarsest to the finest, the (rows, columns) of its three bands.
    channels
        1 to 3.
    batch
        Leading axes: blocks of one shape side by side (in training).
    """

    def __init__(
        self,
        shapes: Sequence[Sequence[tuple[int, int]]],
        channels: int,
        batch: tuple[int, ...] = (),
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.shapes = shapes
        self._batch = batch
        self._planes = [
            [
                [
                    torch.zeros(2, *batch, h + 2 * _PAD, w + 2 * _PAD, dtype=dtype, device=device)
                    for h, w in level
                ]
                for _ in range(channels)
            ]
            for level in shapes
        ]

    def put(self, level: int, channel: int, band: int, number: int, coded: Tensor) -> None:
        """Set a pass's latents, (batch, rows, columns) of `pass_shape`: the signed logarithm of
        each."""
        self._set(self._fine(level, channel, band, band, number, (0, 0)), coded)

    def put_band(self, level: int, channel: int, band: int, coded: Tensor) -> None:
        """Set a whole band, (batch, rows, columns)."""
        h, w = self.shapes[level][band]
        plane = self._planes[level][channel][band]
        self._set(plane[..., _PAD : _PAD + h, _PAD : _PAD + w], coded)

    @staticmethod
    def _set(both: Tensor, coded: Tensor) -> None:
        both[_VALUES] = coded
        both[_MAGNITUDES] = coded.abs()

    def pass_shape(self, level: int, band: int, number: int) -> tuple[int, int]:
        """Rows and columns of a pass over a band, as its network sees them."""
        return pass_shape(turned(self.shapes[level][band], band), number)

    def _fine(
        self, level: int, channel: int, source: int, band: int, number: int, at: tuple[int, int]
    ) -> Tensor:
        """Magnitudes and values of the band `source` at an offset from the positions of a pass
        over the band `band` of the same level."""
        plane = _turned(self._planes[level][channel][source], band)
        rows, columns = self.pass_shape(level, band, number)
        top, left = (
            _PAD + parity + shift for parity, shift in zip(PASSES[number], at, strict=True)
        )
        return plane[..., top : top + 2 * rows - 1 : 2, left : left + 2 * columns - 1 : 2]

    def _coarse(
        self, level: int, channel: int, source: int, band: int, number: int, at: tuple[int, int]
    ) -> Tensor:
        """The same of a band of the next coarser level; nothing at the coarsest."""
        rows, columns = self.pass_shape(level, band, number)
        if level == 0:
            return self._planes[0][0][0].new_zeros(()).expand(2, *self._batch, rows, columns)
        plane = _turned(self._planes[level - 1][channel][source], band)
        top, left = _PAD + at[0], _PAD + at[1]
        return plane[..., top : top + rows, left : left + columns]

    def gather(self, level: int, channel: int, band: int, number: int) -> tuple[Tensor, Tensor]:
        """What a pass of a band is predicted from.

        Returns
        -------
        Magnitudes (inputs, positions) and signed values (inputs, positions). Positions run over
        the batch, rows and columns, as the network sees them.
        """
        place = (band, number)
        both = [self._fine(level, channel, band, *place, at) for at in _OWN[number]]
        both += [self._coarse(level, channel, band, *place, at) for at in _WINDOW]
        for c in range(channel):
            both += [self._fine(level, c, band, *place, at) for at in _WINDOW]
        others = _OTHERS[band]
        more = [self._coarse(level, channel, other, *place, (0, 0)) for other in others]
        for sibling in _SIBLINGS[band]:
            # Bands that are not decoded yet are zero.
            more += [self._fine(level, channel, sibling, *place, at) for at in _WINDOW]
        if channel:
            more += [self._fine(level, 0, other, *place, (0, 0)) for other in others]
        magnitudes = [part[_MAGNITUDES] for part in both + more]
        values = [part[_VALUES] for part in both]
        return torch.stack(magnitudes).flatten(1), torch.stack(values).flatten(1)


def turned(shape: tuple[int, int], band: int) -> tuple[int, int]:
    """A band's shape as its network sees it."""
    return (shape[1], shape[0]) if band == _ROWS_HIGH else shape


def _turned(plane: Tensor, band: int) -> Tensor:
    return plane.transpose(-1, -2) if band == _ROWS_HIGH else plane
