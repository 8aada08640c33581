"""The latents of a grid, architecture 8: sections 3, 4 and 9 of `inr-v1-grid.md`."""

import math
from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from itertools import product

import numpy as np
from reference_container import File, Reader, Stack, read_streams, require
from reference_contexts import low_band, probabilities
from reference_model import LOWEST, PASSES, Band, Bands, Headers, Integers, Samples

# Section 4: a block's stream


class Decisions(Stack):
    def decisions(self, probabilities: Iterable[int]) -> list[bool]:
        found = []
        for probability in probabilities:
            zeros = 2**24 - 256 * probability
            found.append(self.state % 2**24 >= zeros)
            self.remove(*((zeros, 256 * probability) if found[-1] else (0, zeros)))
        return found

    def numbers(self, bits: int, count: int) -> Integers:
        if bits > 16:
            return self.numbers(bits - 16, count) << 16 | self.numbers(16, count)
        return np.array([self.number(bits) for _ in range(count)], np.int64)

    def width(self) -> int:
        bits = self.number(5)
        require(bits <= 26, f"a block's stream has numbers of {bits} bits")
        return bits


def decode_block(headers: Headers, stream: bytes, bands: Bands) -> None:
    """Fill in a block's parts of the bands."""
    require(not stream or stream[-1] > 0, "a block's stream ends with a zero byte for nothing")
    stack = Decisions(stream)
    for channel in range(headers.channels):
        decode_lowest(stack, bands[headers.levels, channel, LOWEST])
    filled: dict[Band, bool] = {}
    lows: dict[int, Integers] = {}
    coarse_to_fine = range(headers.levels, 0, -1)
    for level, channel, number in product(coarse_to_fine, range(headers.channels), range(3)):
        band, part = (level, channel, number), bands[level, channel, number]
        if number == 0:
            lows[channel] = low_band(headers, bands, level, channel, lows.get(channel))
        if part.size:
            likely = filled.get((level + 1, channel, number), True)
            (filled[band],) = stack.decisions([61440 if likely else 8192])
            for index, (row, column) in enumerate(PASSES if filled[band] else ()):
                places = (part.T if number == 1 else part)[row::2, column::2]
                places[:] = decode_pass(
                    stack, probabilities(headers, bands, band, index, places.shape, lows[channel])
                )
    stack.end()


def decode_lowest(stack: Decisions, part: Integers) -> None:
    if part.size:
        z = stack.numbers(stack.width(), part.size)
        part[:] = np.where(z % 2, -(z + 1) // 2, z // 2).reshape(part.shape)
        part[:, 0] = np.cumsum(part[:, 0])
        part[:] = np.cumsum(part, axis=1)
        require(int(np.abs(part).max()) < 2**26, "a latent is out of range")


def decode_pass(stack: Decisions, probabilities: Integers) -> Integers:
    """The latents for the probabilities z, g, h, t, s (5, rows, columns)."""
    z, g, h, t, s = probabilities.reshape(5, -1)
    q = np.array(stack.decisions(z.tolist()), np.int64)
    (places,) = np.nonzero(q)
    positive = stack.decisions(s[places].tolist())
    signs = np.ones_like(q)
    signs[places] = np.where(positive, 1, -1)
    for probability in (g, h, *[t] * 16):
        places = places[stack.decisions(probability[places].tolist())]
        q[places] += 1
    for place in places:
        bits = stack.width()
        q[place] = 18 + 2**bits + stack.numbers(bits, 1)[0]
    return (signs * q).reshape(probabilities.shape[1:])


# Section 9: weight deltas


def with_deltas(headers: Headers, name: str, payload: bytes, levels: int, channels: int) -> Headers:
    require(not payload or payload[-1] > 0, f"{name} ends with a zero byte for nothing")
    stack = Decisions(payload)

    def row(count: int) -> Samples:
        if not stack.number(1):
            return np.zeros(count, np.float32)
        a, b = (4096 * stack.number(4) + 2048 for _ in range(2))
        probabilities = np.repeat([[a], [b], [b], [b], [32768]], count, axis=1)
        return decode_pass(stack, probabilities[:, None])[0].astype(np.float32)

    model = copy(headers.model)
    model.filters = [[*weights] for weights in model.filters]
    for weights in model.filters[:levels]:
        weights[4], weights[5] = weights[4].copy(), weights[5].copy()
        for channel in range(channels):
            deltas = row(217) / 64
            weights[4][channel] += deltas[:216].reshape(24, 3, 3)
            weights[5][channel] += deltas[216]
    model.networks = {**model.networks}
    for kind in product(range(channels), (False, True), range(len(PASSES))):
        rows = np.stack([row(33) for _ in range(4)])
        network = model.networks[kind]
        third = network.third + 4 * rows[:, :32]
        bias = network.third_bias + 256 * rows[:, 32:]
        require(bool(np.abs(third).max() <= 127), f"{name}: a weight is out of range")
        require(bool(np.abs(bias).max() <= 2**22), f"{name}: a bias is out of range")
        model.networks[kind] = network._replace(third=third, third_bias=bias)
    stack.end()
    return replace(headers, model=model)


# Section 3: blocks


def decode(file: File, headers: Headers) -> Bands:
    """All latents of the image."""
    stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), math.prod(headers.tiling))
    channels = range(headers.channels)
    order = [*product(range(1, headers.levels + 1), channels, range(3))]
    order += product([headers.levels], channels, [LOWEST])
    bands = {band: np.zeros(headers.shape(band[0], band[2]), np.int64) for band in order}
    for number, (row, column) in enumerate(product(*map(range, headers.tiling))):
        parts = {}
        for band, values in bands.items():
            side = 2**headers.block >> band[0]
            top, left = row * side, column * side
            parts[band] = values[top : top + side, left : left + side]
        decode_block(headers, stream(number), parts)
    return bands
