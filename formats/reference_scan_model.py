"""What samples are told by, architecture 10: sections 2.3, 3, 4 and 8 of `inr-v1-pixels.md`."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from reference_container import Stack, require

PRETRAINED = Path(__file__).parent / "pretrained"
MODELS = {1: "6955dc7b6061861d33c14826fabb84aa85e48120c76b062e47517b0c06fa39b9"}
EVEN = 2**21, 0  # a new counter


def limit(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def highest(value: int) -> int:
    """The position of the highest bit."""
    return value.bit_length() - 1


# Section 2.3


def scrambled(x: int) -> int:
    x = (x ^ x >> 16) * 0x7FEB352D % 2**32
    x = (x ^ x >> 15) * 0x846CA68B % 2**32
    return x ^ x >> 16


def join(context: int, *numbers: int) -> int:
    for number in numbers:
        context = scrambled((context * 0x9E3779B1 + number) % 2**32)
    return context


def join_pixels(context: int, *pixels: int) -> int:
    for pixel in pixels:
        context = join(context, pixel % 2**32, pixel >> 32)
    return context


def place(context: int, count: int, most: int) -> int:
    """Where a context is in a table for so many."""
    bits = 8
    while bits < most and 2**bits < count:
        bits += 1
    return context >> 32 - bits


# Sections 3 and 8


@dataclass(frozen=True, eq=False)
class Model:
    first: np.ndarray
    second: np.ndarray
    third: np.ndarray
    whitening: np.ndarray
    sigmoids: list[int]
    logarithms: list[int]
    powers: list[int]

    def sigmoid(self, z: int) -> int:
        a = limit(z, -16384, 16383) + 16384
        low, high = self.sigmoids[a >> 4], self.sigmoids[(a >> 4) + 1]
        return low + ((high - low) * (a % 16) >> 4)

    def log(self, x: int) -> int:
        n = highest(x)
        m = x >> n - 10 if n >= 10 else x << 10 - n
        return 4096 * n + self.logarithms[m - 1024]

    def stretch(self, one: int, zero: int) -> int:
        return limit((self.log(one) - self.log(zero)) * 2839 >> 16, -3071, 3071)

    def squash(self, s: int) -> int:
        return limit(self.sigmoid(4 * limit(s, -3071, 3071)) >> 8, 1, 65535)


@cache
def load(number: int) -> Model:
    data = (PRETRAINED / f"pixels-{number}.npz").read_bytes()
    require(sha256(data).hexdigest() == MODELS[number], "the pretrained model is another")
    with np.load(BytesIO(data)) as arrays:
        return Model(
            *(arrays[name].astype(np.int64) for name in ("first", "second", "third", "whitening")),
            *(arrays[name].tolist() for name in ("sigmoid", "logarithm", "power")),
        )


# Section 4


def counter_stretch(model: Model, counter: tuple[int, int]) -> int:
    p, _ = counter
    return model.stretch(p, 2**22 - p)


def belief(model: Model, counter: tuple[int, int]) -> int:
    return counter_stretch(model, counter) * (256 - 2560 // (7 * counter[1] + 10)) >> 8


def counted(counter: tuple[int, int], bit: int, most: int) -> tuple[int, int]:
    p, n = counter
    t = 2**22 - 1 if bit else 0
    p += (t - p) * (655360 // (10 * n + 16)) >> 16
    return limit(p, 16, 2**22 - 17), n + (n < most)


def straight(model: Model) -> list[int]:
    """The points of a new curve."""
    return [model.squash(512 * i - 3072) for i in range(13)]


def on_curve(points: list[int], s: int) -> tuple[int, int, int]:
    """The points beside a stretch, and the second's weight."""
    i, rest = divmod(s + 3072, 512)
    return i, i + 1, rest >> 1


def curved(model: Model, points: list[int], s: int) -> int:
    i, j, w = on_curve(points, s)
    q = limit((points[i] * (256 - w) + points[j] * w) >> 8, 8, 65528)
    return model.stretch(q, 65536 - q)


def bend(points: list[int], s: int, bit: int) -> None:
    i, j, w = on_curve(points, s)
    t = 65535 if bit else 0
    points[i] += (t - points[i]) * (256 - w) >> 14
    points[j] += (t - points[j]) * w >> 14


class Mixed(NamedTuple):
    """A decision of eight inputs, two sets of weights, and a rate."""

    x: list[int]
    sets: list[list[int]]
    rate: int


def decide(model: Model, stack: Stack, mixed: Mixed) -> int:
    """Read a decision, and have its weights learn it."""
    sums = [
        limit(sum(w * x for w, x in zip(weights, mixed.x, strict=True)) >> 16, -3071, 3071)
        for weights in mixed.sets
    ]
    one = 256 * model.squash(sum(sums) >> 1)
    bit = int(stack.state % 2**24 >= 2**24 - one)
    stack.remove(*((2**24 - one, one) if bit else (0, 2**24 - one)))
    for weights, a in zip(mixed.sets, sums, strict=True):
        m = mixed.rate * (65536 * bit - model.squash(a)) >> 2
        for i, x in enumerate(mixed.x):
            weights[i] = limit(weights[i] + (x * m + 2**13 >> 14), -(2**20), 2**20)
    return bit
