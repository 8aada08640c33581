"""Samples of pixels that repeat no other, by Python itself: see `scan_samples.h`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from inrcodec.native.scan_python_mixing import SHORT, Mixing, clamped
from inrcodec.native.scan_python_predict import Prediction, learn_sample, predict
from inrcodec.native.scan_python_state import Pixel, State, joined, joined_pixel

__all__ = ["code_sample"]

_ONE_24 = 1 << 24
_EXACT_MASS, _MOST_OUTWARD, _MOST_HALVINGS = 4, 3, 3
_RESIDUAL_RATE, _EXACT_RATE = 3, 6
_COARSE_ENERGIES, _MOST_REACH = 16, 1 << 16
_CONSTANT_INPUT, _FEW = 64, 2
_WEST, _FAR_WEST, _NEAR_NORTH_WEST, _NORTH_WEST, _NORTH, _NORTH_EAST = 0, 1, 4, 5, 6, 7
_NEAR_NORTH_EAST, _FAR_NORTH = 8, 12
_ABOVE_MIDDLE = (
    *(_WEST, _NORTH, _NORTH_WEST, _NORTH_EAST, _FAR_WEST, _FAR_NORTH),
    *(_NEAR_NORTH_WEST, _NEAR_NORTH_EAST),
)


@dataclass
class _Range:
    """The levels that a sample may have: origin + step * number, for numbers from low to high, and
    what is known of them: probabilities, in 2^-24, of less than the lowest, and of no more than
    the highest, by mixture and filter."""

    origin: int
    step: int
    low: int
    high: int
    below_low: tuple[int, int] = (0, 0)
    below_high: tuple[int, int] = (_ONE_24, _ONE_24)

    @classmethod
    def whole(cls, origin: int, step: int, peak: int) -> _Range:
        half = (step - 1) // 2
        return cls(origin, step, -((origin + half) // step), (peak - origin + half) // step)

    def number_of(self, level: int) -> int:
        """The number of the nearest level."""
        return clamped(
            (level - self.origin + (self.step - 1) // 2) // self.step, self.low, self.high
        )

    def weigh(
        self, state: State, told: Prediction, split: int
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Weigh a split by both distributions: probabilities below it, and stretched ones of
        numbers from it on."""
        bound = (self.origin + split * self.step - (self.step - 1) // 2) * 1024 - 512
        below = told.below(state.numbers, bound)
        inputs = []
        for i, least in enumerate((1, _EXACT_MASS)):
            one = max(0, self.below_high[i] - below[i]) + least * (self.high + 1 - split)
            zero = max(0, below[i] - self.below_low[i]) + least * (split - self.low)
            inputs.append(state.numbers.stretched(one, zero))
        return below, (inputs[0], inputs[1])

    def narrow(self, split: int, below: tuple[int, int], bit: int) -> None:
        if bit:
            self.low, self.below_low = split, below
        else:
            self.high, self.below_high = split - 1, below

    def halving(self) -> tuple[int, int]:
        """The split in the middle, and the position of the highest bit of numbers less one."""
        return self.low + (self.high - self.low + 1 >> 1), (self.high - self.low).bit_length() - 1


@dataclass
class _Search:
    """The search for a residual, as far as it has come: on which side of the middle, then outward,
    then by halves."""

    reach: int
    phase: int = 0
    side: int = 0
    outward: int = 0

    def split(self, known: _Range) -> tuple[int, int]:
        """The next split, and what kind of decision it is."""
        if self.phase == 0:
            return 0 if known.low < 0 else 1, 0
        outward = min(self.outward, _MOST_OUTWARD)
        if self.phase == 1:
            inward = known.low + self.reach if self.side else known.high + 1 - self.reach
            return clamped(inward, known.low + 1, known.high), 1 + 4 * self.side + outward
        split, halvings = known.halving()
        return split, 9 + 4 * min(halvings, _MOST_HALVINGS) + 2 * (self.outward > 0) + self.side

    def advance(self, bit: int) -> None:
        if self.phase == 0:
            self.phase, self.side = 1, bit
        elif self.phase == 1 and bit == self.side:
            self.outward += 1
            if self.outward <= 15:
                self.reach *= 2
            self.reach = clamped(self.reach, 1, _MOST_REACH)
        else:
            self.phase = 2


def code_sample(state: State, pixel: Pixel, channel: int, original: int) -> int:
    """Code a pixel's sample of a channel, a writer the nearest to the original; return what is
    decoded."""
    told = predict(state, pixel, channel)
    middle = clamped(told.mean + 512 >> 10, 0, state.peak)
    known = _Range.whole(0 if pixel.by_bits else middle, state.step, state.peak)
    number = known.number_of(original)
    code = _code_exactly if pixel.by_bits else _code_residual
    code(state, pixel, channel, told, known, number)
    sample = clamped(known.origin + known.low * state.step, 0, state.peak)
    below = known.below_low[0] + known.below_high[0] >> 1
    learn_sample(state, pixel, channel, told, sample, below)
    return sample


def _coarse(energy: int) -> int:
    return min(energy // 3, _COARSE_ENERGIES - 1)


def _code_residual(
    state: State, pixel: Pixel, channel: int, told: Prediction, known: _Range, number: int
) -> None:
    """Outward from the middle of the mixture, then by halves."""
    learned, numbers = state.learned, state.numbers
    search = _Search(max(told.spread // state.step, 1))
    contexts, energy = _curve_contexts(state, pixel, channel, told, known.origin), told.energy
    while known.low < known.high:
        split, node = search.split(known)
        below, (first, second) = known.weigh(state, told, split)
        curves = [learned.curve(channel, node, i, context) for i, context in enumerate(contexts)]
        mixing = Mixing(
            [first, second, *(c.stretch(numbers, first) for c in curves), _CONSTANT_INPUT],
            (learned.residual[channel, node], learned.residual[channel, node, _coarse(energy)]),
            _RESIDUAL_RATE,
        )
        wanted = int(number >= split)
        bit = mixing.code(numbers, partial(state.coder.decide, wanted=wanted))
        for curve in curves:
            curve.learn(first, bit)
        known.narrow(split, below, bit)
        search.advance(bit)


def _place_beside(neighbor: int, middle: int, spread: int) -> int:
    """Tell where a neighbor is: far below the middle, below, at it, above, far above."""
    difference = neighbor - middle
    if difference <= 0:
        return 0 if difference < -spread else 1 if difference else 2
    return 3 if difference <= spread else 4


def _curve_contexts(
    state: State, pixel: Pixel, channel: int, told: Prediction, middle: int
) -> list[int]:
    ranks, n = state.ranks[channel], told.neighbors
    here, above, next_above = pixel.recent
    quarter = [
        ranks[at] >> 2 for at in (above + 1, above - 1, here - 2, next_above, here - 1, above)
    ]
    other = state.ranks[channel - 1][here] >> 2 if channel else 0
    west, north, north_west, north_east = (
        _place_beside(n[i], middle, told.spread) for i in (_WEST, _NORTH, _NORTH_WEST, _NORTH_EAST)
    )
    return [
        quarter[0] * 64 + quarter[1] * 16 + quarter[2] * 4 + quarter[3],
        quarter[4] * 16 + quarter[5] * 4 + other,
        (west * 5 + north) * 2 + (n[_NORTH_EAST] > middle),
        west * 50 + north_east * 10 + north_west * 2 + (n[_NORTH] > middle),
        sum((n[place] > middle) << i for i, place in enumerate(_ABOVE_MIDDLE)),
    ]


def _code_exactly(
    state: State, pixel: Pixel, channel: int, told: Prediction, known: _Range, number: int
) -> None:
    """By halves of all levels, in contexts of what else the pixel and those beside it have."""
    learned, numbers, counters = state.learned, state.numbers, state.exact_counters
    contexts, energy = _exact_contexts(state, pixel, channel), told.energy
    while known.low < known.high:
        split, level = known.halving()
        below, inputs = known.weigh(state, told, split)
        places = [
            counters.place(joined(joined(context, known.low), known.high * len(contexts) + i))
            for i, context in enumerate(contexts)
        ]
        found = sum((counters.count(place) > _FEW) << i for i, place in enumerate(places))
        sets = (learned.exact[channel, level, _coarse(energy)], learned.exact[channel, found])
        mixing = Mixing([*inputs, *map(counters.belief, places)], sets, _EXACT_RATE)
        wanted = int(number >= split)
        bit = mixing.code(numbers, partial(state.coder.decide, wanted=wanted))
        for place in places:
            counters.learn(place, bit, SHORT)
        known.narrow(split, below, bit)


def _exact_contexts(state: State, pixel: Pixel, channel: int) -> list[int]:
    west, north = state.pixels[pixel.at - 1], state.pixels[pixel.at - state.stride]
    known = joined(channel, 0)
    for plane in state.planes[:channel]:
        known = joined(known, plane[pixel.at])
    return [
        known,
        joined_pixel(joined(known, 1), pixel.first),
        joined_pixel(joined(known, 2), west),
        joined_pixel(joined(known, 3), north),
        channel,
        joined_pixel(joined_pixel(joined(known, 4), west), north),
    ]
