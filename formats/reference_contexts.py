"""What decides the probabilities of a grid's latents: section 5 of `inr-v1-grid.md`.

All of it is exact integers, though it is held in binary32.
"""

import math
from itertools import product

import numpy as np
from reference_model import (
    PASSES,
    Band,
    Bands,
    Headers,
    Integers,
    Model,
    Network,
    Samples,
    limited_d,
    own,
)

BATCH = 2**16  # latents whose probabilities are computed at once, so that memory is bounded
OTHERS = (1, 2), (0, 2), (0, 1)
BESIDE = (1,), (0,), (0, 1)
SAME = [(0, 0)]
WINDOW = [*product((-1, 0, 1), (-1, 0, 1))]
SLOPES = (0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)  # from one place to the other
MOST_LOW = 2**16  # in eighths of a step


# Section 5.1: the low band


def product_of(factor: int, x: Integers) -> Integers:
    return (factor * x + 512) // 1024


def join_whole(low: Integers, high: Integers) -> Integers:
    """Along the first axis."""
    if not len(high):
        return low
    before = np.arange(len(low)).clip(1) - 1, np.arange(len(low)).clip(None, len(high) - 1)
    after = np.arange(len(high)), np.arange(1, len(high) + 1).clip(None, len(low) - 1)
    low, high = product_of(891, low), product_of(1177, high)
    low = low + product_of(-454, high[before[0]] + high[before[1]])
    high = high + product_of(-904, low[after[0]] + low[after[1]])
    low = low + product_of(54, high[before[0]] + high[before[1]])
    high = high + product_of(1624, low[after[0]] + low[after[1]])
    joined = np.empty((len(low) + len(high), *low.shape[1:]), np.int64)
    joined[::2], joined[1::2] = low, high
    return joined.clip(-MOST_LOW, MOST_LOW)


def eighths(band: Integers, unit: int) -> Integers:
    return band.clip(-(MOST_LOW // unit), MOST_LOW // unit) * unit


def lowest(band: Integers) -> Integers:
    """The low band of the coarsest level, in eighths of a step."""
    return eighths(band, 8)


def joined(headers: Headers, level: int, low: Integers, details: list[Integers]) -> Integers:
    """That which follows from a level's."""
    unit = round(8 * 2 ** (headers.offset(level) / 64))
    across, down, both = (eighths(band, unit) for band in details)
    return join_whole(join_whole(low, down).T, join_whole(across, both).T).T


def slopes(model: Model, low: Integers, index: int, shape: tuple[int, ...]) -> list[Samples]:
    """For all latents of a pass, of low as its band is: signed and compressed."""
    rows, columns = low.shape
    found = []
    for down, across in SLOPES:
        a, b = np.indices(low.shape)
        inside = (a + down < rows) & (b + across < columns) & (b + across >= 0)
        there = low[(a + down).clip(None, rows - 1), (b + across).clip(0, columns - 1)]
        d = np.where(inside, there - low, 0)
        compressed = np.sign(d) * model.slopes[np.minimum(np.abs(d), 8191)]
        padded = np.pad(compressed, ((2, 4), (2, 4)))
        for back in (0, 1):
            top, left = 2 + PASSES[index][0] - back * down, 2 + PASSES[index][1] - back * across
            found.append(padded[top::2, left::2][: shape[0], : shape[1]].ravel())
    return found


# Section 5: probabilities


def inputs(
    model: Model, bands: Bands, band: Band, index: int, low: Integers
) -> tuple[Samples, Samples]:
    """For all latents of a pass: inputs 1 to 3 and 7 as v (V, count), all as m (M, count)."""
    level, channel, number = band
    row, column = PASSES[index]
    part = bands[band]
    n, m = (part.T if number == 1 else part)[row::2, column::2].shape

    def around(band: Band, offsets: list[tuple[int, int]]) -> list[Integers]:
        values = bands.get(band, np.zeros_like(part))
        values = np.pad(values.T if number == 1 else values, ((2, 4), (2, 4)))
        values = np.sign(values) * model.logarithm[np.minimum(np.abs(values), 1023)]
        if band[0] == level:
            places = [values[2 + row + a :: 2, 2 + column + b :: 2] for a, b in offsets]
        else:
            places = [values[2 + a :, 2 + b :] for a, b in offsets]
        return [values[:n, :m].ravel() for values in places]

    signed = around(band, own(index))
    signed += around((level + 1, channel, number), WINDOW)
    for below in range(channel):
        signed += around((level, below, number), WINDOW)
    unsigned = []
    for other in OTHERS[number]:
        unsigned += around((level + 1, channel, other), SAME)
    for other in BESIDE[number]:
        unsigned += around((level, channel, other), WINDOW)
    for other in OTHERS[number] if channel else ():
        unsigned += around((level, 0, other), SAME)
    sloping = slopes(model, low.T if number == 1 else low, index, (n, m))
    v = np.array(signed + sloping, np.float32)
    return v, np.abs(np.array(signed + unsigned + sloping, np.float32))


def limited(values: Samples, least: int, most: int) -> Samples:
    return np.clip(np.rint(values), least, most)


def logits_of(network: Network, constants: Samples, v: Samples, m: Samples) -> Samples:
    """z, g, h, t, s (5, count) of inputs."""
    first_bias = np.rint(network.constant @ constants / 4)[:, None]
    o = limited(network.odd @ v / 16, -511, 511)
    mo = np.concatenate([m, np.abs(o) // 4])
    x = limited((network.first @ mo + first_bias) / 16, 0, 2047)
    y = limited((network.second @ x + network.second_bias) / 64, 0, 2047)
    zght = limited((network.third @ y + network.third_bias) / 64, -1023, 1023)
    gate = limited(network.gate @ y / 64, -1023, 1023)
    s = limited((o * (8 * network.sign + gate)).sum(0) / 512, -1023, 1023)
    return np.concatenate([zght, s[None]])


def logits(
    headers: Headers,
    bands: Bands,
    band: Band,
    index: int,
    shape: tuple[int, ...],
    low: Integers,
) -> Integers:
    """z, g, h, t, s (5, rows, columns) of a pass."""
    level, channel, number = band
    network = headers.model.networks[channel, number == 2, index]
    constants = np.zeros(12, np.float32)
    constants[level - 1] = 64
    constants[7] = headers.offset(level) - headers.offset(level + 1)
    constants[8] = 64 * (number == 1)
    d = limited_d(headers.step + headers.offset(level))
    constants[9:] = d, d**2 // 64, abs(d)
    v, m = inputs(headers.model, bands, band, index, low)
    starts = range(0, max(1, math.prod(shape)), BATCH)
    batches = [
        logits_of(network, constants, v[:, i : i + BATCH], m[:, i : i + BATCH]) for i in starts
    ]
    return np.concatenate(batches, axis=1).astype(np.int64).reshape(5, *shape)


# Section 5.2: calibration


class Calibration:
    """That of a level and channel."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.e, self.v = np.zeros((5, 32), np.int64), np.zeros((5, 32), np.int64)

    def plain(self, a: Integers) -> Integers:
        positive = self.model.logistic[np.abs(a)]
        found: Integers = np.clip(np.where(a < 0, 65536 - positive, positive), 1, 65535)
        return found

    def probabilities(self, a: Integers) -> Integers:
        d = self.v + 2**20
        shifts = ((64 * self.e + d // 2) // d).clip(-64, 64)
        moved = [row + shift[(row + 1024) // 64] for row, shift in zip(a, shifts, strict=True)]
        return self.plain(np.array(moved).clip(-1023, 1023))

    def learn(self, a: Integers, latents: Integers) -> None:
        size, c = np.abs(latents), self.plain(a)
        taken = [
            [(size >= 0, size > 0)],
            [(size > 0, size > 1)],
            [(size > 1, size > 2)],
            [(size > n, size > n + 1) for n in range(2, 18)],
            [(size > 0, latents > 0)],
        ]
        for k, decisions in enumerate(taken):
            for there, one in decisions:
                bins, p = (a[k][there] + 1024) // 64, c[k][there]
                np.add.at(self.e[k], bins, np.where(one[there], 65536, 0) - p)
                np.add.at(self.v[k], bins, p * (65536 - p) // 65536)
