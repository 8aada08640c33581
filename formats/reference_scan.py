"""A tile's stream, architecture 10: sections 1, 6 and 7 of `inr-v1-pixels.md`."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from reference_container import Stack
from reference_scan_model import (
    Mixed,
    Model,
    belief,
    bend,
    counted,
    counter_stretch,
    curved,
    decide,
    highest,
    join,
    join_pixels,
    limit,
    place,
    scrambled,
)
from reference_scan_state import Pixel, Prediction, Walk, learn, predict

# Neighbors as rows and columns from the pixel.
WEST, NORTH, NORTH_WEST, NORTH_EAST = (0, -1), (-1, 0), (-1, -1), (-1, 1)
WEST_2, NORTH_2 = (0, -2), (-2, 0)
FARTHER = (WEST_2, NORTH_2, (-2, 1), (-2, -1), (-1, 2), (-1, -2), (0, -3), (-1, 3))

REPEATS, EXACT = 0, 1  # the tables of counters


@dataclass
class Levels:
    """Section 6: the numbers that a sample may still have, and what is known at their ends."""

    origin: int
    step: int
    low: int
    high: int
    below_low: tuple[int, int] = (0, 0)
    below_high: tuple[int, int] = (2**24, 2**24)

    def at(self, walk: Walk, told: Prediction, split: int) -> tuple[tuple[int, int], list[int]]:
        """Mixture and filter at a split, and the first two inputs of its decision."""
        below = told.below(
            walk.model, 1024 * (self.origin + split * self.step - (self.step - 1) // 2) - 512
        )
        inputs = []
        for i, weight in enumerate((1, 4)):
            one = max(0, self.below_high[i] - below[i]) + weight * (self.high + 1 - split)
            zero = max(0, below[i] - self.below_low[i]) + weight * (split - self.low)
            inputs.append(walk.model.stretch(one, zero))
        return below, inputs

    def halved(self) -> int:
        return self.low + (self.high - self.low + 1 >> 1)

    def narrow(self, split: int, below: tuple[int, int], bit: int) -> None:
        if bit:
            self.low, self.below_low = split, below
        else:
            self.high, self.below_high = split - 1, below


def decode_sample(walk: Walk, at: tuple[int, int], channel: int, first: int | None) -> None:
    """`first` is the pixel that was tried first, if samples are told bit by bit."""
    told, step = predict(walk, *at, channel), walk.step
    origin = limit(told.mean + 512 >> 10, 0, walk.peak) if first is None else 0
    half = (step - 1) // 2
    lowest, highest_number = -((origin + half) // step), (walk.peak - origin + half) // step
    levels = Levels(origin, step, lowest, highest_number)
    if first is None:
        decode_residual(walk, at, channel, told, levels)
    else:
        decode_bits(walk, at, channel, told, levels, first)
    sample = limit(origin + step * levels.low, 0, walk.peak)
    below = levels.below_low[0] + levels.below_high[0] >> 1
    learn(walk, walk.known[at], channel, told, sample, below)


# Sections 6.1 and 6.2


def decode_residual(
    walk: Walk, at: tuple[int, int], channel: int, told: Prediction, levels: Levels
) -> None:
    contexts = curve_contexts(walk, at, channel, told, levels.origin)
    side, outward, halving, reach = -1, 0, False, max(1, told.spread // walk.step)
    while levels.low < levels.high:
        if side < 0:
            split, kind = (0 if levels.low < 0 else 1), 0
        elif not halving:
            split = levels.low + reach if side else levels.high + 1 - reach
            split = limit(split, levels.low + 1, levels.high)
            kind = 1 + 4 * side + min(outward, 3)
        else:
            split = levels.halved()
            kind = 9 + 4 * min(highest(levels.high - levels.low), 3) + 2 * (outward > 0) + side
        bit = residual_decision(walk, channel, kind, told, levels, split, contexts)
        if side < 0:
            side = bit
        elif not halving and bit == side:
            outward += 1
            reach = min(2 * reach if outward <= 15 else reach, 65536)
        else:
            halving = True


def residual_decision(
    walk: Walk,
    channel: int,
    kind: int,
    told: Prediction,
    levels: Levels,
    split: int,
    contexts: list[int],
) -> int:
    below, inputs = levels.at(walk, told, split)
    curves = [walk.curves[channel, kind, i, context] for i, context in enumerate(contexts)]
    x = [*inputs, *(curved(walk.model, points, inputs[0]) for points in curves), 64]
    coarse = min(told.energy // 3, 15)
    sets = [walk.residual[channel, kind], walk.residual[channel, kind, coarse]]
    bit = decide(walk.model, walk.stack, Mixed(x, sets, 3))
    for points in curves:
        bend(points, inputs[0], bit)
    levels.narrow(split, below, bit)
    return bit


def curve_contexts(
    walk: Walk, at: tuple[int, int], channel: int, told: Prediction, origin: int
) -> list[int]:
    def rank(offset: tuple[int, int]) -> int:
        return walk.near(*at, *offset).ranks[channel] // 4

    def value(offset: tuple[int, int]) -> int:
        return walk.near(*at, *offset).samples[channel]

    def beside(offset: tuple[int, int]) -> int:
        d = value(offset) - origin
        return 2 + (d > 0) + (d > told.spread) - (d < 0) - (d < -told.spread)

    before = walk.known[at].ranks[channel - 1] // 4 if channel else 0
    compared = (WEST, NORTH, NORTH_WEST, NORTH_EAST, WEST_2, NORTH_2, (-1, -2), (-1, 2))
    return [
        64 * rank(NORTH_EAST) + 16 * rank(NORTH_WEST) + 4 * rank(WEST_2) + rank(NORTH_2),
        16 * rank(WEST) + 4 * rank(NORTH) + before,
        10 * beside(WEST) + 2 * beside(NORTH) + (value(NORTH_EAST) > origin),
        50 * beside(WEST)
        + 10 * beside(NORTH_EAST)
        + 2 * beside(NORTH_WEST)
        + (value(NORTH) > origin),
        sum(2**i * (value(offset) > origin) for i, offset in enumerate(compared)),
    ]


# Section 6.3


def decode_bits(
    walk: Walk,
    at: tuple[int, int],
    channel: int,
    told: Prediction,
    levels: Levels,
    first: int,
) -> None:
    west, north = (walk.near(*at, *offset).number for offset in (WEST, NORTH))
    y = join(channel, 0, *walk.known[at].samples[:channel])
    contexts = [
        y,
        join_pixels(join(y, 1), first),
        join_pixels(join(y, 2), west),
        join_pixels(join(y, 3), north),
        channel,
        join_pixels(join(y, 4), west, north),
    ]
    counters, coarse = walk.counters[EXACT], min(told.energy // 3, 15)
    while levels.low < levels.high:
        split = levels.halved()
        places = [
            counter_place(walk, join(context, levels.low, 6 * levels.high + i))
            for i, context in enumerate(contexts)
        ]
        below, x = levels.at(walk, told, split)
        x += [belief(walk.model, counters[index]) for index in places]
        found = sum(2**i * (counters[index][1] > 2) for i, index in enumerate(places))
        level = highest(levels.high - levels.low)
        sets = [walk.exact[channel, level, coarse], walk.exact[channel, found]]
        bit = decide(walk.model, walk.stack, Mixed(x, sets, 6))
        for index in places:
            counters[index] = counted(counters[index], bit, 255)
        levels.narrow(split, below, bit)


def counter_place(walk: Walk, context: int) -> int:
    return place(context, 8 * walk.shape[0] * walk.shape[1], 20)


# Section 7


@dataclass
class Tried:
    """The contexts of a pixel, and what is tried: pixels with their sources."""

    contexts: list[int]
    trusts: list[int]
    tries: list[tuple[int, int]]
    outcomes: int
    unlike: bool


def recalled_at(walk: Walk, kind: int, context: int) -> tuple[int, int]:
    return kind, place(context, walk.shape[0] * walk.shape[1], 18)


def find_tries(walk: Walk, at: tuple[int, int]) -> Tried:
    def beside(*offsets: tuple[int, int]) -> list[Pixel]:
        return [walk.near(*at, *offset) for offset in offsets]

    def numbers(*offsets: tuple[int, int]) -> list[int]:
        return [pixel.number for pixel in beside(*offsets)]

    nearer = join_pixels(1, *numbers(WEST, NORTH))
    near = join_pixels(nearer, *numbers(NORTH_WEST, NORTH_EAST))
    around = join_pixels(near, *numbers(*FARTHER))
    contexts = [around, near, nearer, join_pixels(7, *numbers(WEST))]
    trusts, tries = [], []
    for kind, context in enumerate(contexts):
        number, check, trust = walk.recalled[recalled_at(walk, kind, context)]
        known = check == context % 2**15 + 1
        trusts.append(1 + min(trust, 3) if known else 0)
        tries += [(number, kind)] * known
    sources = (WEST, NORTH, NORTH_EAST, NORTH_WEST, WEST_2)
    tries += [(number, 4 + i) for i, number in enumerate(numbers(*sources))]
    tries = [t for i, t in enumerate(tries) if t[0] not in [number for number, _ in tries[:i]]]
    offsets = (WEST, NORTH, NORTH_WEST, NORTH_EAST, WEST_2, NORTH_2)
    outcomes = [pixel.outcome for pixel in beside(*offsets)]
    unlike = outcomes[:4] == [2] * 4
    total = sum(3**i * outcome for i, outcome in enumerate(outcomes))
    return Tried(contexts, trusts, tries[: 1 if unlike else 6], total, unlike)


def decode_repeat(walk: Walk, at: tuple[int, int], tried: Tried) -> int | None:
    """The pixel that this one repeats, if any."""
    beside = [walk.near(*at, *offset) for offset in (WEST, NORTH, NORTH_EAST, NORTH_WEST)]
    for t, (p, _) in enumerate(tried.tries):
        a = sum(2**i * (p == pixel.number) for i, pixel in enumerate(beside))
        if repeat_decision(walk, tried, t, a, beside[0].number):
            walk.known[at].outcome = int(t > 0)
            return p
    walk.known[at].outcome = 2
    return None


def repeat_decision(walk: Walk, tried: Tried, t: int, a: int, west: int) -> int:
    (p, s), (around, near, nearer, _) = tried.tries[t], tried.contexts
    d = 25 * tried.trusts[0] + 5 * tried.trusts[1] + tried.trusts[2]
    contexts = [
        join(11, 8 * (16 * s + a) + t, d),
        join(near, t + 1),
        join(nearer, t + 11),
        join(8 * tried.outcomes + t, a + 99),
        join(around, t + 31),
        join(join_pixels(12, p, west), t + 41),
        join(join_pixels(nearer, p), s + 51),
    ]
    counters, model = walk.counters[REPEATS], walk.model
    places = [counter_place(walk, scrambled(context)) for context in contexts]
    whole = (0, 3)  # those that count long
    x = [
        (counter_stretch if i in whole else belief)(model, counters[index])
        for i, index in enumerate(places)
    ]
    sets = [walk.repeat[t, s, a], walk.repeat[t, tried.outcomes]]
    bit = decide(model, walk.stack, Mixed([*x, 256], sets, 6))
    for i, index in enumerate(places):
        counters[index] = counted(counters[index], bit, 1023 if i in whole else 255)
    return bit


def learn_repeat(walk: Walk, tried: Tried, own: int) -> None:
    for kind, context in enumerate(tried.contexts):
        where, check = recalled_at(walk, kind, context), context % 2**15 + 1
        number, before, trust = walk.recalled[where]
        known = before == check
        if known and number == own:
            trust = min(trust + 1, 60000)
        else:
            trust = trust // 2 if known and trust > 1 else 0
        walk.recalled[where] = (number if trust else own), check, trust


# Section 1: the walk


def decode_pixel(walk: Walk, at: tuple[int, int]) -> None:
    channels = walk.shape[2]
    tried = find_tries(walk, at) if walk.repeats else None
    pixel = walk.known[at] = Pixel([0] * channels, [0] * channels, [8] * channels)
    repeated = decode_repeat(walk, at, tried) if tried else None
    if repeated is None:
        first = None if tried is None or tried.unlike else tried.tries[0][0]
        for channel in range(channels):
            decode_sample(walk, at, channel, first)
    else:
        pixel.samples = [repeated >> 16 * c & 0xFFFF for c in range(channels)]
    if tried:
        learn_repeat(walk, tried, pixel.number)


# A second view of a tile does not take as long as the first.
@lru_cache(64)
def decode_tile(
    model: Model, stream: bytes, shape: tuple[int, int, int], bits: int, step: int
) -> np.ndarray:
    """The samples (height, width, channels) of a stream."""
    stack = Stack(stream)
    walk = Walk(model, stack, shape, bits, step)
    walk.repeats = bool(stack.number(1))
    order = [1, 0, 2, 3] if shape[2] > 2 else [0, 1]
    samples = np.zeros(shape, np.int64)
    for at in np.ndindex(shape[:2]):
        decode_pixel(walk, at)
        samples[at] = [walk.known[at].samples[c] for c in order[: shape[2]]]
    stack.end()
    samples.flags.writeable = False
    return samples
