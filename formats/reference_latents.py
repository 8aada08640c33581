"""The latents of a grid, architecture 8: sections 3, 4 and 9 of `inr-v1-grid.md`."""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from itertools import product

import numpy as np
from reference_container import (
    File,
    Reader,
    Stack,
    kept_tiles,
    read_crop,
    read_streams,
    require,
    require_visible,
)
from reference_contexts import Calibration, joined, logits, lowest
from reference_model import LOWEST, PASSES, Band, Bands, Headers, Integers, Samples

# Section 4: a block's stream


class Decisions(Stack):
    def __init__(self, stream: bytes) -> None:
        super().__init__(stream[::-1])

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


def decode_block(
    headers: Headers, stream: bytes, tier: range, bands: Bands, lows: list[Integers]
) -> list[Integers]:
    """Fill in a block's parts of a tier's bands, given those of the level before and the low bands
    that its first level refines; return those that the next tier does."""
    require(not stream or stream[0] > 0, "a block's stream begins with a zero byte for nothing")
    stack = Decisions(stream)
    channels = range(headers.channels)
    if tier.start == headers.levels:
        for channel in channels:
            decode_lowest(stack, bands[headers.levels, channel, LOWEST])
        lows = [lowest(bands[headers.levels, channel, LOWEST]) for channel in channels]
    filled = {band: bool(part.any()) for band, part in bands.items() if part.size}
    for level, channel in product(tier, channels):
        calibration = Calibration(headers.model)
        details = [bands[level, channel, number] for number in range(3)]
        for number, part in enumerate(details):
            band = level, channel, number
            if part.size:
                likely = filled.get((level + 1, channel, number), True)
                (filled[band],) = stack.decisions([61440 if likely else 8192])
                if filled[band]:
                    decode_band(headers, stack, bands, band, lows[channel], calibration)
        lows[channel] = joined(headers, level, lows[channel], details)
    stack.end()
    return lows


def decode_band(
    headers: Headers,
    stack: Decisions,
    bands: Bands,
    band: Band,
    low: Integers,
    calibration: Calibration,
) -> None:
    for index, (row, column) in enumerate(PASSES):
        places = (bands[band].T if band[2] == 1 else bands[band])[row::2, column::2]
        a = logits(headers, bands, band, index, places.shape, low)
        places[:] = decode_pass(stack, calibration.probabilities(a))
        calibration.learn(a, places)


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
    require(not payload or payload[0] > 0, f"{name} begins with a zero byte for nothing")
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
    counts = [headers.blocks(tier) for tier in headers.tiers]
    crop = read_crop(file, (headers.signal.height, headers.signal.width))
    boxes = [tuple(map(range, count)) for count in counts] if crop is None else crop[1]
    kept = kept_tiles(boxes, counts)
    for tier, box in zip(headers.tiers, boxes if crop else [], strict=False):
        require_visible(crop[0], box, headers.side(tier))
    stream = read_streams(file, Reader(file.payload("TIDX"), "TIDX"), kept)
    channels = range(headers.channels)
    order = [*product(range(1, headers.levels + 1), channels, range(3))]
    order += product([headers.levels], channels, [LOWEST])
    bands = {band: np.zeros(headers.shape(band[0], band[2]), np.int64) for band in order}
    first = 0
    before: dict[tuple[int, int], list[Integers]] = {}
    for tier, box, (rows, columns) in zip(headers.tiers, boxes, counts, strict=True):
        side, lows = headers.side(tier), {}
        for row, column in product(*box):
            parent = row // 2, column // 2
            require(not first or parent in before, "CROP has a block without its parent")
            parts = {
                band: cut(values, side >> band[0], row, column)
                for band, values in bands.items()
                if tier.stop < band[0] <= tier.start + 1 or headers.levels == 0
            }
            refined = [
                cut(low, side >> tier.start, row % 2, column % 2) for low in before.get(parent, [])
            ]
            data = stream(first + row * columns + column)
            lows[row, column] = decode_block(headers, data, tier, parts, refined)
        first, before = first + rows * columns, lows
    return bands


def cut(values: Integers, side: int, row: int, column: int) -> Integers:
    """A square of some rows and columns."""
    return values[row * side : (row + 1) * side, column * side : (column + 1) * side]


# Section 10: images that follow others


def added(
    headers: Headers, band: Band, values: Integers, base: Integers, blocks: Integers
) -> Integers:
    """A band with what it adds to, in the blocks that have a bit."""
    found, first = values.copy(), 0
    for tier in headers.tiers:
        rows, columns = headers.blocks(tier)
        if tier.stop < band[0] <= tier.start or headers.levels == 0:
            side = headers.side(tier) >> band[0]
            for row, column in product(range(rows), range(columns)):
                if blocks[first + row * columns + column]:
                    part = cut(found, side, row, column)
                    part[...] = (part + cut(base, side, row, column)).clip(-(2**26), 2**26)
        first += rows * columns
    return found
