"""Adaptive probabilities of scans, and how they are mixed, by Python itself: see `scan_mixing.h`.

Everything is whole numbers; the same as of the compiled kernels, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inrcodec.native.scan_types import ScanModel

__all__ = ["LONG", "SHORT", "Counters", "Curve", "Mixing", "Numbers", "clamped"]

# Limits of counts.
LONG, SHORT = 1023, 255

_STRETCH_MOST = 3071
_ONE_16 = 1 << 16
_LN2 = 2839
_CURVE_POINTS, _CURVE_STEP, _CURVE_SHIFT = 13, 512, 14
_COUNTER_BITS, _COUNT_BITS = 22, 10
_COUNTER_START = 1 << 31
_MOST_WEIGHT = 1 << 20


def clamped(value: int, least: int, most: int) -> int:
    """Limit a number to a range."""
    return least if value < least else most if value > most else value


class Numbers:
    """Logistic functions in whole numbers, from a model's tables (specification, 3)."""

    def __init__(self, model: ScanModel) -> None:
        self._sigmoid: list[int] = model.sigmoid.tolist()
        self._logarithm: list[int] = model.logarithm.tolist()
        self.power: list[int] = model.power.tolist()

    def sigmoid(self, z: int) -> int:
        """1 / (1 + e^-z) in 2^-24, for z in 2^-10."""
        at = clamped(z, -16384, 16383) + 16384
        first = self._sigmoid[at >> 4]
        return first + ((self._sigmoid[(at >> 4) + 1] - first) * (at & 15) >> 4)

    def logarithm(self, value: int) -> int:
        """log2 of a number above 0, in 2^-12."""
        bits = value.bit_length() - 1
        mantissa = value >> bits - 10 if bits >= 10 else value << 10 - bits
        return bits * 4096 + self._logarithm[mantissa - 1024]

    def stretched(self, one: int, zero: int) -> int:
        """ln(one / zero) in 2^-8, of masses above 0."""
        bits = self.logarithm(one) - self.logarithm(zero)
        return clamped(bits * _LN2 >> 16, -_STRETCH_MOST, _STRETCH_MOST)

    def squashed(self, stretch: int) -> int:
        """The probability of a stretched one, 1 to 65535."""
        z = 4 * clamped(stretch, -_STRETCH_MOST, _STRETCH_MOST)
        return clamped(self.sigmoid(z) >> 8, 1, _ONE_16 - 1)


class Counters:
    """Counts of how often decisions in contexts were 1; contexts share places."""

    def __init__(self, numbers: Numbers, bits: int) -> None:
        self._numbers, self._shift = numbers, 32 - bits
        self._counters: dict[int, int] = {}

    def place(self, context: int) -> int:
        """Return where a context of 32 bits is counted."""
        return context >> self._shift

    def count(self, place: int) -> int:
        """Tell how many decisions were counted."""
        return self._counters.get(place, _COUNTER_START) % (1 << _COUNT_BITS)

    def stretch(self, place: int) -> int:
        """Return the stretched probability of 1."""
        one = self._counters.get(place, _COUNTER_START) >> _COUNT_BITS
        return self._numbers.stretched(one, (1 << _COUNTER_BITS) - one)

    def belief(self, place: int) -> int:
        """Return the same, less where few decisions were counted."""
        belief = 256 - 2560 // (7 * self.count(place) + 10)
        return self.stretch(place) * belief >> 8

    def learn(self, place: int, bit: int, limit: int) -> None:
        """Count a decision."""
        one, count = divmod(self._counters.get(place, _COUNTER_START), 1 << _COUNT_BITS)
        target = (1 << _COUNTER_BITS) - 1 if bit else 0
        one += (target - one) * (655360 // (10 * count + 16)) >> 16
        one = clamped(one, 16, (1 << _COUNTER_BITS) - 17)
        self._counters[place] = one << _COUNT_BITS | count + (count < limit)


class Curve:
    """The meaning that another probability turned out to have in a context."""

    def __init__(self, start: Sequence[int]) -> None:
        self._points = list(start)

    @staticmethod
    def start(numbers: Numbers) -> list[int]:
        """Return the points of a curve that changes nothing."""
        places = range(_CURVE_POINTS)
        return [numbers.squashed(i * _CURVE_STEP - _STRETCH_MOST - 1) for i in places]

    def stretch(self, numbers: Numbers, stretch: int) -> int:
        """Look up what a stretched probability means."""
        at, share = _place(stretch)
        points = self._points
        one = points[at] * (256 - share) + points[at + 1] * share >> 8
        one = clamped(one, 8, _ONE_16 - 8)
        return numbers.stretched(one, _ONE_16 - one)

    def learn(self, stretch: int, bit: int) -> None:
        """Move the two points beside a stretched probability."""
        at, share = _place(stretch)
        target = _ONE_16 - 1 if bit else 0
        points = self._points
        points[at] += (target - points[at]) * (256 - share) >> _CURVE_SHIFT
        points[at + 1] += (target - points[at + 1]) * share >> _CURVE_SHIFT


def _place(stretch: int) -> tuple[int, int]:
    """Find a probability's place on a curve: the first point, and the second's share."""
    at, rest = divmod(stretch + _STRETCH_MOST + 1, _CURVE_STEP)
    return at, rest >> 1


@dataclass
class Mixing:
    """A decision that is mixed of stretched inputs by two sets of weights.

    Attributes
    ----------
    rate
        Of learning, in 2^-16.
    """

    inputs: list[int]
    sets: tuple[list[int], list[int]]
    rate: int

    def code(self, numbers: Numbers, decide: Callable[[int], int]) -> int:
        """Have a decision of the probability of 1 made, and learn it; return it."""
        stretches = [self._stretch(weights) for weights in self.sets]
        bit = decide(numbers.squashed(sum(stretches) >> 1))
        for weights, stretch in zip(self.sets, stretches, strict=True):
            moved = self.rate * ((bit << 16) - numbers.squashed(stretch)) >> 2
            for i, value in enumerate(self.inputs):
                weight = weights[i] + (value * moved + (1 << 13) >> 14)
                weights[i] = clamped(weight, -_MOST_WEIGHT, _MOST_WEIGHT)
        return bit

    def probability(self, numbers: Numbers) -> int:
        """Return the probability of 1, in 2^-16."""
        return numbers.squashed(sum(map(self._stretch, self.sets)) >> 1)

    def _stretch(self, weights: list[int]) -> int:
        total = sum(w * x for w, x in zip(weights, self.inputs, strict=True))
        return clamped(total >> 16, -_STRETCH_MOST, _STRETCH_MOST)
