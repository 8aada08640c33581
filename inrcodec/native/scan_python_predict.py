"""Predictions of samples, by Python itself: see `scan_predict.h` and `scan_network.h`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inrcodec.native.scan_python_mixing import Numbers, clamped
from inrcodec.native.scan_python_state import MIDDLE_RANK, Network, Pixel, State

__all__ = ["Prediction", "learn_sample", "predict", "skip_sample"]

Ints = npt.NDArray[np.int64]

_NEIGHBORS = (
    *((0, -1), (0, -2), (0, -3), (-1, -3), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2), (-1, 3)),
    *((-2, -2), (-2, -1), (-2, 0), (-2, 1), (-2, 2)),
)
_OTHERS = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0))
_WEST, _FAR_WEST, _NORTH_WEST, _NORTH, _NORTH_EAST = 0, 1, 5, 6, 7
_FAR_NORTH, _FAR_NORTH_EAST = 12, 13
_PARTS, _INPUTS = 3, 32
_MOST_INPUT, _MOST_ACTIVE = 2047, 8191
_ONE_16 = 1 << 16
_LEAST_SCALE, _POWERS = -4096, 64
_FILTER_FLOOR, _FILTER_SLOWNESS, _MOST_FILTER = 1 << 16, 4, 1 << 24
# 1.386, of a logistic distribution's mean error to its scale, in 2^-26.
_WIDTH = 1386 * 65536 // 1000 * 1024
_MOST_MISSED = 1 << 24


@dataclass
class Prediction:
    """The distributions of a sample: a mixture of logistic ones by a network, and one by a filter.

    Attributes
    ----------
    parts
        Of the mixture: means in 2^-10 levels, widths (of 1 / scale), shifts of these, shares in
        2^-16.
    mean, filter_mean
        In 2^-10 levels.
    spread
        A power of 2 near the scale of the largest part, in levels.
    filter_width
        Of 1 / scale, in 2^-16.
    energy
        The class of errors nearby.
    """

    neighbors: list[int]
    exponent: int
    filtered: list[int]
    parts: list[tuple[int, int, int, int]]
    mean: int
    spread: int
    filter_mean: int
    filter_width: int
    energy: int

    def below(self, numbers: Numbers, bound: int) -> tuple[int, int]:
        """The probabilities, in 2^-24, of less than a bound in 2^-10 levels, by both."""
        total = 0
        for mean, width, shift, share in self.parts:
            total += share * numbers.sigmoid(((bound - mean) * width >> 12) >> shift)
        filtered = numbers.sigmoid((bound - self.filter_mean) * self.filter_width >> 16)
        return total >> 16, filtered


def predict(state: State, pixel: Pixel, channel: int) -> Prediction:
    """Predict a pixel's sample of a channel."""
    net = channel if channel < state.colors else 0
    own, other = state.planes[channel], state.planes[0]
    offsets = [down * state.stride + across for down, across in _NEIGHBORS]
    neighbors = [own[pixel.at + offset] for offset in offsets]
    here = other[pixel.at]
    compared = [
        n - other[pixel.at + offset] if net else n
        for n, offset in zip(neighbors, offsets, strict=True)
    ]
    base, gradients = _base(compared, here if net else None)
    gradients += 8 << state.bits - 8
    exponent = gradients.bit_length() - 1
    differences = [n - base for n in neighbors] + _others(state, pixel, net)
    inputs = _inputs(state, differences, gradients, exponent)
    outputs, whitened = _run(state.networks[net], inputs)
    parts, spread = _mixture(state, outputs, base, exponent)
    energy = _energy(state, pixel, channel, net)
    filtered = whitened[: len(differences)]
    told = state.filters[channel]
    total = sum(w * x for w, x in zip(told.weights, filtered, strict=False)) >> 16
    return Prediction(
        neighbors=neighbors,
        exponent=exponent,
        filtered=filtered,
        parts=parts,
        mean=sum(mean * share >> 16 for mean, _, _, share in parts),
        spread=spread,
        filter_mean=clamped(base * 1024 + (total << exponent), 0, state.peak * 1024),
        filter_width=_WIDTH // (told.errors[energy] + 100),
        energy=energy,
    )


def _base(g: list[int], other: int | None) -> tuple[int, int]:
    """Return what neighbors are compared with, and the sum of gradients nearby."""
    west, north, north_west, north_east = (g[i] for i in (_WEST, _NORTH, _NORTH_WEST, _NORTH_EAST))
    gradients = abs(west - g[_FAR_WEST]) + abs(west - north_west) + abs(north - north_west)
    gradients += abs(north - north_east) + abs(north - g[_FAR_NORTH])
    gradients += abs(north_east - g[_FAR_NORTH_EAST])
    if other is not None:
        return other + (west + north >> 1), gradients
    least, most = min(west, north), max(west, north)
    if north_west >= most:
        return least, gradients
    return (most if north_west <= least else west + north - north_west), gradients


def _others(state: State, pixel: Pixel, net: int) -> list[int]:
    """Neighbors in the channels before, less what is there."""
    return [
        plane[pixel.at + down * state.stride + across] - plane[pixel.at]
        for plane in state.planes[:net]
        for down, across in _OTHERS
    ]


def _inputs(state: State, differences: list[int], gradients: int, exponent: int) -> list[int]:
    scaled = [clamped(d * 1024 >> exponent, -_MOST_INPUT, _MOST_INPUT) for d in differences]
    told = [
        128 * (exponent - (state.bits - 8) - 5),
        2 * (gradients * 256 >> exponent) - 768,
        256,
    ]
    return scaled + [0] * (_INPUTS - 3 - len(scaled)) + told


def _run(network: Network, inputs: list[int]) -> tuple[list[int], list[int]]:
    """Run a network: its outputs in 2^-10, and whitened inputs."""
    values = np.array(inputs, np.int64)
    hidden = _layer(network.first, values)
    last = _layer(network.second, hidden)
    outputs = network.third @ np.concatenate([last, values]) + 512 >> 10
    return outputs.tolist(), (network.whitening @ values >> 10).tolist()


def _layer(weights: Any, values: Ints) -> Ints:
    active: Ints = np.clip(weights @ values + 512 >> 10, 0, _MOST_ACTIVE)
    return active


def _mixture(
    state: State, outputs: list[int], base: int, exponent: int
) -> tuple[list[tuple[int, int, int, int]], int]:
    """Return the parts of a mixture and its spread."""
    power = state.numbers.power
    logits = outputs[2 * _PARTS :]
    shares, scales, placed = [], [], []
    for logit in logits:
        octaves = clamped(max(logits) - logit >> 2, 0, 16384) * 369 >> 10
        whole = octaves // _POWERS
        shares.append(power[octaves % _POWERS] >> whole if whole < 16 else 0)
    total = sum(shares)
    for mean, scale in zip(outputs[:_PARTS], outputs[_PARTS:], strict=False):
        wide = clamped(scale, -_ONE_16, _ONE_16) + exponent * 1024
        scales.append(clamped(wide, _LEAST_SCALE, (state.bits + 1) * 1024))
        octaves = scales[-1] - _LEAST_SCALE + 8 >> 4
        at = base * 1024 + (clamped(mean, -_ONE_16, _ONE_16) << exponent)
        placed.append((at, power[octaves % _POWERS], octaves // _POWERS))
    shares = [(share << 16) // total for share in shares]
    # The first of those that are alike.
    largest = scales[shares.index(max(shares))]
    shares[0] += _ONE_16 - sum(shares)
    parts = [(*place, share) for place, share in zip(placed, shares, strict=True)]
    return parts, 1 if largest < 1024 else 1 << (largest >> 10)


def _energy(state: State, pixel: Pixel, channel: int, net: int) -> int:
    """The class of errors nearby."""
    errors = state.errors[channel]
    here, above, _ = pixel.recent
    total = 2 * errors[here - 1] + 2 * errors[above] + errors[above - 1] + errors[above + 1]
    total += sum(2 * plane[here] for plane in state.errors[:net])
    energy = (total >> state.bits - 6) + 1
    bits = energy.bit_length() - 1
    quarter = energy << 2 - bits if bits < 2 else energy >> bits - 2
    return clamped(4 * bits + (quarter & 3), 0, 63)


def learn_sample(
    state: State, pixel: Pixel, channel: int, told: Prediction, sample: int, below: int
) -> None:
    """Learn a sample, the probability of less than which is known."""
    learnt = state.filters[channel]
    error = sample * 1024 - told.filter_mean
    energy = _FILTER_FLOOR + sum(x * x for x in told.filtered)
    size = (abs(error) << 16 >> told.exponent) // energy
    gain = -size if error < 0 else size
    for i, value in enumerate(told.filtered):
        weight = learnt.weights[i] + (gain * value >> _FILTER_SLOWNESS)
        learnt.weights[i] = clamped(weight, -_MOST_FILTER, _MOST_FILTER)
    learnt.errors[told.energy] += abs(error) - learnt.errors[told.energy] >> 6
    missed = abs(sample * 1024 - told.mean) >> 6
    state.errors[channel][pixel.recent[0]] = min(missed, _MOST_MISSED)
    state.ranks[channel][pixel.recent[0]] = clamped(below >> 20, 0, 15)


def skip_sample(state: State, pixel: Pixel, channel: int) -> None:
    """Note what is known of a sample that repeats another's."""
    state.errors[channel][pixel.recent[0]] = 0
    state.ranks[channel][pixel.recent[0]] = MIDDLE_RANK
