"""What a walk over a tile knows, architecture 10: sections 2 and 5 of `inr-v1-pixels.md`."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from reference_container import Stack
from reference_scan_model import EVEN, Model, highest, limit, straight

# Section 5.1: from the pixel, as rows and columns.
OWN = (
    *((0, -1), (0, -2), (0, -3), (-1, -3), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2), (-1, 3)),
    *((-2, -2), (-2, -1), (-2, 0), (-2, 1), (-2, 2)),
)
OTHER = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
W, WW, NW, N, NE, NN, NNE = 0, 1, 5, 6, 7, 12, 13


@dataclass
class Pixel:
    """What is known of a pixel, by channels in the order of coding."""

    samples: list[int]
    errors: list[int]
    ranks: list[int]
    outcome: int = 0

    @property
    def number(self) -> int:
        """Section 2.2."""
        return sum(sample << 16 * c for c, sample in enumerate(self.samples))


@dataclass
class Filter:
    weights: list[int]
    errors: list[int]


@dataclass
class Prediction:
    """Section 5: base, exponent, whitened inputs; parts of the mixture, as mean, power, shift and
    share."""

    values: list[int]
    x: int
    u: list[int]
    parts: list[tuple[int, int, int, int]]
    spread: int
    filter_mean: int
    filter_width: int
    energy: int

    @property
    def mean(self) -> int:
        return sum(mean * share >> 16 for mean, _, _, share in self.parts)

    def below(self, model: Model, b: int) -> tuple[int, int]:
        """The probabilities of less than a bound, by mixture and filter."""
        mixture = sum(
            share * model.sigmoid(((b - mean) * power >> 12) >> shift)
            for mean, power, shift, share in self.parts
        )
        return mixture >> 16, model.sigmoid((b - self.filter_mean) * self.filter_width >> 16)


def eight(*weights: int) -> defaultdict[tuple[int, ...], list[int]]:
    """Weights by their context."""
    return defaultdict(lambda: [*weights])


@dataclass
class Walk:
    """Section 2.4, and the pixels so far."""

    model: Model
    stack: Stack
    shape: tuple[int, int, int]
    bits: int
    step: int
    repeats: bool = False
    known: dict[tuple[int, int], Pixel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        model, channels = self.model, self.shape[2]
        self.peak, self.e = 2**self.bits - 1, self.bits - 8
        self.colors = 1 if channels < 3 else 3
        self.residual = eight(22000, *[9000] * 6, 0)
        self.exact = eight(*[6000] * 2, *[16000] * 6)
        self.repeat = eight(*[20000] * 7, 0)
        self.curves: defaultdict[tuple[int, ...], list[int]] = defaultdict(lambda: straight(model))
        self.counters = [defaultdict(lambda: EVEN), defaultdict(lambda: EVEN)]
        errors = [40 + 2 * (4 + i % 4) * 2 ** (i // 4) // 5 << self.e for i in range(64)]
        self.filters = [Filter([0] * 27, [*errors]) for _ in range(channels)]
        self.recalled: defaultdict[tuple[int, int], tuple[int, int, int]]
        self.recalled = defaultdict(lambda: (0, 0, 0))  # number, check, trust
        half = (self.peak + 1) // 2
        self.before = Pixel([half] * channels, [0] * channels, [8] * channels)

    def near(self, row: int, column: int, down: int, across: int) -> Pixel:
        """Section 2.1: a pixel beside another."""
        row, column = row + down, column + across
        if column < 0:
            row, column = row - 1, 0
        if row < 0:
            return self.before
        return self.known[row, min(column, self.shape[1] - 1)]


def predict(walk: Walk, row: int, column: int, channel: int) -> Prediction:
    n = channel if channel < walk.colors else 0
    own = walk.known[row, column].samples
    beside = [walk.near(row, column, *offset).samples for offset in OWN]
    v = [samples[channel] for samples in beside]
    g = [samples[channel] - samples[0] for samples in beside] if n else v
    pairs = ((W, WW), (W, NW), (N, NW), (N, NE), (N, NN), (NE, NNE))
    gradient = sum(abs(g[i] - g[j]) for i, j in pairs) + 8 * 2**walk.e
    x, base = highest(gradient), (own[0] + (g[W] + g[N] >> 1) if n else middle(g))
    d = [value - base for value in v]
    others = [walk.near(row, column, *offset).samples for offset in OTHER]
    d += [samples[c] - own[c] for c in range(n) for samples in others]
    inputs = [limit(1024 * difference >> x, -2047, 2047) for difference in d]
    inputs += [0] * (29 - len(d))
    inputs += [128 * (x - walk.e - 5), 2 * (256 * gradient >> x) - 768, 256]
    outputs, whitened = network(walk.model, n, np.array(inputs, np.int64))
    parts, spread = mixture(walk, outputs, base, x)
    energy = error_class(walk, row, column, channel, n)
    u, known = whitened[: len(d)], walk.filters[channel]
    moved = sum(f * value for f, value in zip(known.weights, u, strict=False)) >> 16
    mean = limit(1024 * base + moved * 2**x, 0, 1024 * walk.peak)
    width = 93011968 // (known.errors[energy] + 100)
    return Prediction(v, x, u, parts, spread, mean, width, energy)


def middle(g: list[int]) -> int:
    least, most = sorted((g[W], g[N]))
    if g[NW] >= most:
        return least
    return most if g[NW] <= least else g[W] + g[N] - g[NW]


def network(model: Model, n: int, inputs: np.ndarray) -> tuple[list[int], list[int]]:
    """Section 5.2."""
    h = (model.first[n] @ inputs + 512 >> 10).clip(0, 8191)
    k = (model.second[n] @ h + 512 >> 10).clip(0, 8191)
    o = model.third[n] @ np.concatenate([k, inputs]) + 512 >> 10
    return o.tolist(), (model.whitening[n] @ inputs >> 10).tolist()


def mixture(
    walk: Walk, o: list[int], base: int, x: int
) -> tuple[list[tuple[int, int, int, int]], int]:
    """Section 5.3: the parts, and the spread."""
    power, raw = walk.model.powers, []
    for logit in o[6:]:
        part = limit(max(o[6:]) - logit >> 2, 0, 16384) * 369 >> 10
        raw.append(0 if part >= 1024 else power[part % 64] >> part // 64)
    shares = [s * 65536 // sum(raw) for s in raw]
    scales = [limit(value, -65536, 65536) + 1024 * x for value in o[3:6]]
    scales = [limit(scale, -4096, 1024 * (walk.bits + 1)) for scale in scales]
    largest = scales[shares.index(max(shares))]
    shares[0] += 65536 - sum(shares)
    parts = []
    for place, scale, share in zip(o, scales, shares, strict=False):
        y = scale + 4096 + 8 >> 4
        mean = 1024 * base + limit(place, -65536, 65536) * 2**x
        parts.append((mean, power[y % 64], y // 64, share))
    return parts, 2 ** max(0, largest // 1024)


def error_class(walk: Walk, row: int, column: int, channel: int, n: int) -> int:
    """Section 5.4: E."""
    counts = ((2, (0, -1)), (2, (-1, 0)), (1, (-1, -1)), (1, (-1, 1)))
    total = sum(count * walk.near(row, column, *offset).errors[channel] for count, offset in counts)
    total += sum(2 * error for error in walk.known[row, column].errors[:n])
    q = (total >> walk.e + 2) + 1
    return limit(4 * highest(q) + 4 * q // 2 ** highest(q) % 4, 0, 63)


def learn(
    walk: Walk, pixel: Pixel, channel: int, told: Prediction, sample: int, below: int
) -> None:
    """Section 5.5."""
    known, d = walk.filters[channel], 1024 * sample - told.filter_mean
    size = (abs(d) * 65536 >> told.x) // (65536 + sum(u * u for u in told.u))
    g = size if d >= 0 else -size
    for i, u in enumerate(told.u):
        known.weights[i] = limit(known.weights[i] + (g * u >> 4), -(2**24), 2**24)
    known.errors[told.energy] += abs(d) - known.errors[told.energy] >> 6
    pixel.samples[channel] = sample
    pixel.errors[channel] = min(abs(1024 * sample - told.mean) >> 6, 2**24)
    pixel.ranks[channel] = limit(below >> 20, 0, 15)
