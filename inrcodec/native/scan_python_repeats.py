"""Pixels that repeat others, by Python itself: see `scan_repeats.h`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

from inrcodec.native.scan_python_mixing import LONG, SHORT, Mixing
from inrcodec.native.scan_python_state import (
    Pixel,
    State,
    joined,
    joined_pixel,
    scrambled,
)

__all__ = ["Wanted", "code_repeat", "learn_repeat"]

_RECALLS, _TRIES, _SAME = 4, 6, 16
_MOST_TRUST = 60000
_REPEAT_RATE, _CONSTANT_INPUT = 6, 256
_ONE_16 = 1 << 16
_SMOOTH = np.float32(16)
# Of a pixel: the first try, a later one, or none.
_FIRST, _LATER, _NONE = 0, 1, 2


@dataclass
class Wanted:
    """The pixel that an encoder wants, and what it is worth.

    Attributes
    ----------
    most
        Levels that a sample may differ by.
    weight
        Squared levels that a bit is worth.
    bits
        Of a decision of each probability, in 2^-16.
    none_bits, none_error
        What a pixel's samples took lately, and squared levels that they are off, on average.
    decisions
        All so far, each with its probability to be 1.
    """

    most: int
    weight: np.float32
    bits: npt.NDArray[np.float32]
    none_bits: np.float32
    none_error: np.float32
    decisions: list[tuple[int, int]]
    original: int = 0

    def cost(self, error: float, bits: np.float32) -> float:
        """Return an error and what bits are worth."""
        return error + float(self.weight) * float(bits)

    def learn_cost(self, start: int) -> None:
        """Learn what samples cost lately: all decisions from one on."""
        bits = np.float32(0)
        for bit, probability in self.decisions[start:]:
            bits += self.bits[probability if bit else _ONE_16 - probability]
        self.none_bits += (bits - self.none_bits) / _SMOOTH


@dataclass
class _Tries:
    """The pixels that are tried, in order, with where each comes from."""

    trusts: list[int] = field(default_factory=list)
    pixels: list[tuple[int, int]] = field(default_factory=list)
    outcomes: int = 0
    unlike: bool = False

    def also(self, channels: int, source: int) -> None:
        if all(known != channels for known, _ in self.pixels):
            self.pixels.append((channels, source))


def _check_of(context: int) -> int:
    return (context & 0x7FFF) + 1


def _recall_contexts(state: State, pixel: Pixel) -> tuple[int, ...]:
    return pixel.around, pixel.near, pixel.nearer, joined_pixel(7, state.pixels[pixel.at - 1])


def _find_contexts(state: State, pixel: Pixel) -> None:
    pixels, here = state.pixels, pixel.at
    above = here - state.stride
    beyond = above - state.stride

    def join(context: int, *places: int) -> int:
        for place in places:
            context = joined_pixel(context, pixels[place])
        return context

    pixel.nearer = join(1, here - 1, above)
    pixel.near = join(pixel.nearer, above - 1, above + 1)
    pixel.around = join(
        pixel.near,
        *(here - 2, beyond, beyond + 1, beyond - 1, above + 2, above - 2, here - 3, above + 3),
    )


def _find_tries(state: State, pixel: Pixel) -> _Tries:
    pixels, here = state.pixels, pixel.at
    above, tries = here - state.stride, _Tries()
    for kind, context in enumerate(_recall_contexts(state, pixel)):
        recall = state.recall(kind, context)
        known = recall.check == _check_of(context)
        tries.trusts.append(1 + min(recall.trust, 3) if known else 0)
        if known:
            tries.also(pixels[recall.at], kind)
    for i, place in enumerate((here - 1, above, above + 1, above - 1, here - 2)):
        tries.also(pixels[place], _RECALLS + i)
    row, row_above, next_above = pixel.recent
    around = (row - 1, row_above, row_above - 1, row_above + 1, row - 2, next_above)
    outcomes = [state.outcomes[place] for place in around]
    tries.outcomes = sum(outcome * 3**i for i, outcome in enumerate(outcomes))
    tries.unlike = all(outcome == _NONE for outcome in outcomes[:4])
    del tries.pixels[1 if tries.unlike else _TRIES :]
    return tries


def _weigh_try(state: State, pixel: Pixel, tries: _Tries, number: int) -> tuple[Mixing, list[int]]:
    """Return the decision whether the pixel is one that is tried, and its counters' places."""
    pixels, above = state.pixels, pixel.at - state.stride
    tried, source = tries.pixels[number]
    west = pixels[pixel.at - 1]
    beside = (west, pixels[above], pixels[above + 1], pixels[above - 1])
    same = sum((tried == other) << i for i, other in enumerate(beside))
    kind = (source * _SAME + same) * 8 + number
    trusts = tries.trusts[0] * 25 + tries.trusts[1] * 5 + tries.trusts[2]
    contexts = (
        joined(joined(11, kind), trusts),
        joined(pixel.near, number + 1),
        joined(pixel.nearer, number + 11),
        joined(tries.outcomes * 8 + number, same + 99),
        joined(pixel.around, number + 31),
        joined(joined_pixel(joined_pixel(12, tried), west), number + 41),
        joined(joined_pixel(pixel.nearer, tried), source + 51),
    )
    counters = state.repeat_counters
    places = [counters.place(scrambled(context)) for context in contexts]
    inputs = [
        (counters.stretch if _is_of_all(i) else counters.belief)(place)
        for i, place in enumerate(places)
    ]
    weights = state.learned.repeat
    sets = weights[number, source, same], weights[number, tries.outcomes]
    return Mixing([*inputs, _CONSTANT_INPUT], sets, _REPEAT_RATE), places


def _is_of_all(counter: int) -> bool:
    """Tell whether a counter is of a context that is never new for long."""
    return counter in (0, 3)


def _error_of(state: State, wanted: Wanted, tried: int) -> float:
    """Squared levels by which a pixel is off; negative where a sample is too far off."""
    total = 0.0
    for channel in range(state.channels):
        shift = 16 * channel
        difference = abs((tried >> shift & 0xFFFF) - (wanted.original >> shift & 0xFFFF))
        if difference > wanted.most:
            return -1
        total += float(difference) * difference
    return total


def _chosen_try(state: State, pixel: Pixel, tries: _Tries, wanted: Wanted) -> int:
    """The try of least cost for an encoder; as many as there are for none."""
    errors = [_error_of(state, wanted, tried) for tried, _ in tries.pixels]
    if wanted.most == 0:
        return errors.index(0) if 0 in errors else len(errors)
    before, least, best = np.float32(0), np.inf, len(errors)
    for i, error in enumerate(errors):
        probability = _weigh_try(state, pixel, tries, i)[0].probability(state.numbers)
        cost = wanted.cost(error, before + wanted.bits[probability])
        if error >= 0 and cost < least:
            least, best = cost, i
        before += wanted.bits[_ONE_16 - probability]
    none = wanted.cost(float(wanted.none_error), before + wanted.none_bits)
    return len(errors) if none < least else best


def code_repeat(state: State, pixel: Pixel, wanted: Wanted | None) -> int | None:
    """Code whether a pixel repeats another, and which; return its channels, or None."""
    _find_contexts(state, pixel)
    tries = _find_tries(state, pixel)
    pixel.first, pixel.by_bits = tries.pixels[0][0], not tries.unlike
    chosen = 0 if wanted is None else _chosen_try(state, pixel, tries, wanted)
    for number, (tried, _) in enumerate(tries.pixels):
        mixing, places = _weigh_try(state, pixel, tries, number)
        right = int(number == chosen)
        hit = mixing.code(state.numbers, partial(state.coder.decide, wanted=right))
        for i, place in enumerate(places):
            state.repeat_counters.learn(place, hit, LONG if _is_of_all(i) else SHORT)
        if hit:
            state.outcomes[pixel.recent[0]] = _LATER if number else _FIRST
            return tried
    state.outcomes[pixel.recent[0]] = _NONE
    return None


def learn_repeat(state: State, pixel: Pixel, channels: int) -> None:
    """Learn a pixel in the contexts that it was found in."""
    for kind, context in enumerate(_recall_contexts(state, pixel)):
        recall, check = state.recall(kind, context), _check_of(context)
        known = recall.check == check
        right = known and state.pixels[recall.at] == channels
        if right:
            recall.trust = min(recall.trust + 1, _MOST_TRUST)
        else:
            recall.trust = recall.trust // 2 if known and recall.trust > 1 else 0
        if right or recall.trust == 0:
            recall.at = pixel.at
        recall.check = check
