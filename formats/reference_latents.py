"""The latents of a grid, architecture 8: sections 1 to 5 and 9 of `inr-v1-grid.md`.

They are exact integers, and so is all that decides their probabilities, though it is held in
binary32.
"""

import math
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from reference_container import File, Reader, Stack, read_streams, require
from reference_signals import Image

PRETRAINED = Path(__file__).parent / "pretrained"
MODELS = {2: "12f8c1eb34cf4bc1b10aa86894c2b359933740fb2c96fddd78e9edf4597998e7"}
BATCH = 2**16  # latents whose probabilities are computed at once, so that memory is bounded

LOWEST = 3  # as the number of a band
SCALES = 4  # that have a filter, from the finest
FILTERS, SHARED, OWN = 1, 2, 4  # flags: synthesis filters, weight deltas of the file, of the image
HIGH = (0, 1), (1, 0), (1, 1), (0, 0)  # whether bands are high along columns, along rows
OTHERS = (1, 2), (0, 2), (0, 1)
BESIDE = (1,), (0,), (0, 1)
PASSES = (0, 0), (1, 1), (0, 1), (1, 0)
SAME = [(0, 0)]
SLOPES = (0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)  # from one place to the other
MOST_LOW = 2**16  # in eighths of a step
WINDOW = [*product((-1, 0, 1), (-1, 0, 1))]
WIDER = [*product(range(-2, 3), range(-2, 3))]

Integers = npt.NDArray[Any]
Samples = npt.NDArray[Any]
Band = tuple[int, int, int]  # level, channel, number
Bands = dict[Band, Integers]


# Section 2: the pretrained model


class Network(NamedTuple):
    odd: Samples
    sign: Samples
    gate: Samples
    first: Samples
    constant: Samples
    second: Samples
    second_bias: Samples
    third: Samples
    third_bias: Samples


class Model:
    def __init__(self, number: int) -> None:
        data = (PRETRAINED / f"grid-{number}.npz").read_bytes()
        require(sha256(data).hexdigest() == MODELS[number], "the pretrained model is another")
        with np.load(BytesIO(data)) as arrays:
            self.logarithm = arrays["logarithm"].astype(np.int16)
            self.slopes = arrays["slopes"].astype(np.int16)
            self.logistic = arrays["logistic"].astype(np.int64)
            self.filters = [
                [arrays[f"filter{scale}_{i}"].astype(np.float32) / 1024 for i in range(6)]
                for scale in range(SCALES)
            ]
            left = {name: arrays[name].astype(np.float32) for name in ("weights", "biases")}

        def take(name: str, *shape: int) -> Samples:
            values, left[name] = np.split(left[name], [math.prod(shape)])
            return values.reshape(shape)

        self.networks = {}
        for channel, diagonal, index in product(range(3), (False, True), range(len(PASSES))):
            v = len(own(index)) + 9 * (1 + channel) + 12
            m = v + 2 + (18 if diagonal else 9) + (2 if channel else 0)
            self.networks[channel, diagonal, index] = Network(
                odd=take("weights", 16, v),
                sign=take("weights", 16, 1),
                gate=take("weights", 16, 32),
                first=take("weights", 32, m + 16),
                constant=take("weights", 32, 12),
                second=take("weights", 32, 32),
                second_bias=take("biases", 32, 1),
                third=take("weights", 4, 32),
                third_bias=take("biases", 4, 1),
            )


read_model = lru_cache(Model)


def own(index: int) -> list[tuple[int, int]]:
    """The offsets to what passes before this one have had."""
    row, column = PASSES[index]
    return [(a, b) for a, b in WIDER if ((row + a) % 2, (column + b) % 2) in PASSES[:index]]


# Sections 1 and 3: the header; levels, bands, blocks


@dataclass(frozen=True)
class Headers:
    signal: Image
    model: Model
    step: int
    levels: int
    block: int
    angles: list[int]
    offsets: list[int]
    flags: int

    @property
    def channels(self) -> int:
        return len(self.angles) or 1

    @property
    def d(self) -> int:
        return limited_d(self.step)

    def offset(self, level: int) -> int:
        """What the step of a level's details is above the step."""
        return self.offsets[level - 1] if level <= len(self.offsets) else 0

    @property
    def tiling(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        return -(-self.signal.height >> self.block), -(-self.signal.width >> self.block)

    def shape(self, level: int, number: int) -> list[int]:
        """Of a band."""
        axes = zip(self.signal[:2], HIGH[number], strict=True)
        return [(-(-n >> level - 1)) // 2 if high else -(-n >> level) for n, high in axes]


def limited_d(step: int) -> int:
    return min(max((step - 704) // 2, -128), 96)


def read_headers(signal: Image, fields: Reader) -> Headers:
    """`fields` are those of NETW, after the architecture."""
    number, step = fields.uint("the pretrained model", 2, 2), fields.uint("the step", 0, 1023)
    levels = fields.uint("the number of levels", 0, 7)
    block = fields.uint("the block", max(5, levels), 12)
    count = 3 if signal.channels > 2 else 0
    angles = fields.values(lambda: fields.uint("an angle", 0, 1023), count, count)
    offsets = fields.values(lambda: fields.uint("an offset", 0, 64), 0, levels)
    flags = fields.uint("the flags", 0, 7)
    require(flags in (0, 1, 3, 5, 7), "weight deltas without filters")
    fields.uint("the last field", 1, 1)
    fields.end()
    return Headers(signal, read_model(number), step, levels, block, angles, offsets, flags)


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


def low_band(
    headers: Headers, bands: Bands, level: int, channel: int, before: Integers | None
) -> Integers:
    """That which a level refines, from the one before; in eighths of a step."""

    def eighths(band: Integers, unit: int) -> Integers:
        return band.clip(-(MOST_LOW // unit), MOST_LOW // unit) * unit

    if before is None:
        return eighths(bands[level, channel, LOWEST], 8)
    unit = round(8 * 2 ** (headers.offset(level + 1) / 64))
    across, down, both = (eighths(bands[level + 1, channel, n], unit) for n in range(3))
    return join_whole(join_whole(before, down).T, join_whole(across, both).T).T


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


def probabilities(
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
    constants[8] = 64 * (number == 1)
    d = limited_d(headers.step + headers.offset(level))
    constants[9:] = d, d**2 // 64, abs(d)
    first_bias = np.rint(network.constant @ constants / 4)[:, None]

    def limited(values: Samples, least: int, most: int) -> Samples:
        return np.clip(np.rint(values), least, most)

    def logits(v: Samples, m: Samples) -> Samples:
        o = limited(network.odd @ v / 16, -511, 511)
        mo = np.concatenate([m, np.abs(o) // 4])
        x = limited((network.first @ mo + first_bias) / 16, 0, 2047)
        y = limited((network.second @ x + network.second_bias) / 64, 0, 2047)
        zght = limited((network.third @ y + network.third_bias) / 64, -1023, 1023)
        gate = limited(network.gate @ y / 64, -1023, 1023)
        s = limited((o * (8 * network.sign + gate)).sum(0) / 512, -1023, 1023)
        return np.concatenate([zght, s[None]])

    v, m = inputs(headers.model, bands, band, index, low)
    starts = range(0, max(1, math.prod(shape)), BATCH)
    batches = [logits(v[:, i : i + BATCH], m[:, i : i + BATCH]) for i in starts]
    a = np.concatenate(batches, axis=1).astype(np.int64)
    positive = headers.model.logistic[np.abs(a)]
    found: Integers = np.clip(np.where(a < 0, 65536 - positive, positive), 1, 65535)
    return found.reshape(5, *shape)


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
