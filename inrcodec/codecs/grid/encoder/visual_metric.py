"""SSIMULACRA2 of a decoded image, and its gradients: what `--tune visual` descends on.

    samples ─▶ linear light ─▶ scales ─▶ XYB ─▶ blurred moments ─▶ structure and edges ─▶ norms

After Jon Sneyers, SSIMULACRA 2 (Cloudinary, 2023), whose weights these are, save those that move no
score by 0.1. Where a window reaches over an image's edge, it is of what is inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.options import LEAST_SIDE

__all__ = ["VisualMetric"]

Floats = npt.NDArray[np.float32]

_SIGMA, _RADIUS = 1.5, 5
_C2 = np.float32(0.0009)
# Responses of cones to linear red, green and blue, and the bias before their cube root.
_RESPONSES = np.array(
    [
        [0.3, 0.622, 0.078],
        [0.23, 0.692, 0.078],
        [0.24342268924547819, 0.20476744424496821, 0.5518098665095536],
    ],
    np.float32,
)
_BIAS = np.float32(0.0037930732552754493)
# X, Y and B - Y of responses, as the metric scales them.
_OPPONENTS = np.array([[7.0, -7.0, 0.0], [0.5, 0.5, 0.0], [-0.5, -0.5, 1.0]], np.float32)
# Of sRGB: what dark samples are divided by, and where they end.
_LINEAR, _KNEE = 12.92, 0.04045


class _Weights(NamedTuple):
    """The weights of maps of a scale's channel, each of its mean and of its fourth norm."""

    structure: tuple[float, float] = (0.0, 0.0)
    added: tuple[float, float] = (0.0, 0.0)
    lost: tuple[float, float] = (0.0, 0.0)


_X, _Y, _B = range(3)
_WEIGHTS: tuple[dict[int, _Weights], ...] = (
    {_Y: _Weights((0, 7.466890328078848), lost=(0, 17.445833984131262))},
    {
        _X: _Weights((0, 1.1041726426657346)),
        _Y: _Weights((0, 6.683678146179332), lost=(0, 1.027889937768264)),
    },
    {
        _X: _Weights((0, 1.8422455520539298), added=(0, 11.441172603757666)),
        _Y: _Weights((225.20515300849274, 19.213238186143016)),
    },
    {
        _X: _Weights((0, 1.8787594979546387), added=(0, 10.94906990605142)),
        _Y: _Weights((176.39317598450694, 24.43300999870476), added=(0, 0.28520802612117757)),
        _B: _Weights((0, 8.826982764996862), added=(0, 23.19243343998926)),
    },
    {
        _X: _Weights(added=(0.9677937080626833, 0.9981766977854967)),
        _Y: _Weights((0, 34.77906344483772), added=(0, 44.835625328877896)),
        _B: _Weights(
            (95.1080498811086, 0),
            (0.9863978034400682, 171.2667255897307),
            (0.9834382792465353, 0.9807858872435379),
        ),
    },
)


@dataclass(frozen=True)
class _Original:
    """A channel of the original at a scale: itself, its local mean, and its local variance."""

    values: Floats
    mean: Floats
    variance: Floats


class VisualMetric:
    """The distance of images from an original, as the eye sees it.

    Parameters
    ----------
    original
        Red, green and blue (3, height, width), or gray (1, height, width), from 0 to 1.
    """

    def __init__(self, original: Floats) -> None:
        self._blurs: list[_Blur] = []
        self._originals: list[dict[int, _Original]] = []
        light = _to_light(_as_rgb(original))
        for weights in _WEIGHTS:
            if min(light.shape[1:]) < LEAST_SIDE:
                break
            blur, xyb = _Blur(light.shape[1:]), _Xyb(light)
            self._blurs.append(blur)
            self._originals.append({c: _moments(blur, xyb.values[c]) for c in weights})
            light = _halved(light)

    def distance(self, image: Floats) -> tuple[float, Floats]:
        """Return the weighed sum of all norms, and its gradients by samples.

        The image is of the original's shape; samples beyond 0 and 1 have no gradients. Where a
        side is below 8 pixels both are 0.
        """
        clamped = np.clip(image, 0, 1)
        light, scales, total = _to_light(_as_rgb(clamped)), [], 0.0
        for originals, blur, weights in zip(self._originals, self._blurs, _WEIGHTS, strict=False):
            xyb = _Xyb(light)
            gradients = np.zeros_like(light)
            for channel, of_maps in weights.items():
                one = originals[channel]
                value, gradients[channel] = _compared(one, xyb.values[channel], blur, of_maps)
                total += value
            scales.append(xyb.back(gradients))
            light = _halved(light)
        if not scales:
            return 0.0, np.zeros_like(image)
        by_light = scales.pop()
        while scales:
            finer = scales.pop()
            by_light = finer + _halved_back(by_light, finer.shape)
        found = by_light * _light_gradient(_as_rgb(clamped))
        if len(image) == 1:
            found = found.sum(0, keepdims=True)
        return total, np.where((image < 0) | (image > 1), 0, found).astype(np.float32)

    def score(self, image: Floats) -> float:
        """Return SSIMULACRA2: 100 for the original, about 70 for high quality, 90 for what no eye
        tells from it."""
        x = self.distance(image)[0] * 0.9562382616834844
        x = 2.326765642916932 * x - 0.020884521182843837 * x**2 + 6.248496625763138e-05 * x**3
        return float(100 - 10 * max(x, 0) ** 0.6276336467831387)


def _as_rgb(image: Floats) -> Floats:
    return np.repeat(image, 3, 0) if len(image) == 1 else image


def _to_light(samples: Floats) -> Floats:
    """Return linear light of sRGB samples."""
    high = ((np.maximum(samples, _KNEE) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    light: Floats = np.where(samples <= _KNEE, samples / np.float32(_LINEAR), high)
    return light


def _light_gradient(samples: Floats) -> Floats:
    """Return the derivative of `_to_light`."""
    base = (np.maximum(samples, _KNEE) + np.float32(0.055)) / np.float32(1.055)
    high = base ** np.float32(1.4) * np.float32(2.4 / 1.055)
    gradient: Floats = np.where(samples <= _KNEE, np.float32(1 / _LINEAR), high)
    return gradient


class _Xyb:
    """Light as X, Y and B - Y, without the offsets that make them positive, as these cancel."""

    def __init__(self, light: Floats) -> None:
        responses = np.tensordot(_RESPONSES, light, 1) + _BIAS
        self._roots = np.cbrt(responses)
        self.values: Floats = np.tensordot(_OPPONENTS, self._roots, 1)

    def back(self, gradients: Floats) -> Floats:
        """Return the gradients by light from those by XYB."""
        by_roots = np.tensordot(_OPPONENTS.T, gradients, 1)
        by_responses = by_roots / (3 * self._roots * self._roots)
        by_light: Floats = np.tensordot(_RESPONSES.T, by_responses, 1)
        return by_light


def _halved(light: Floats) -> Floats:
    """Return the means of squares of 2 × 2, at the far edges of what there is of them."""
    height, width = light.shape[1:]
    padded = np.pad(light, ((0, 0), (0, height % 2), (0, width % 2)), mode="edge")
    whole = padded.reshape(len(light), (height + 1) // 2, 2, (width + 1) // 2, 2)
    halved: Floats = whole.mean((2, 4))
    return halved


def _halved_back(gradients: Floats, shape: tuple[int, ...]) -> Floats:
    """Return the adjoint of `_halved`."""
    spread = np.repeat(np.repeat(gradients / np.float32(4), 2, 1), 2, 2)
    height, width = shape[1:]
    if height % 2:
        spread[:, height - 1] += spread[:, height]
    if width % 2:
        spread[:, :, width - 1] += spread[:, :, width]
    return spread[:, :height, :width]


class _Blur:
    """The blur of planes of a shape by a Gaussian, and its adjoint."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        places = np.arange(-_RADIUS, _RADIUS + 1)
        taps = np.exp(-0.5 * (places / _SIGMA) ** 2)
        self._taps = (taps / taps.sum()).astype(np.float32)[_RADIUS:]
        self._inside = np.ones(shape, np.float32)
        self._inside = self._summed(self._inside)

    def __call__(self, plane: Floats) -> Floats:
        """Return means of a plane (rows, columns)."""
        return self._summed(plane) / self._inside

    def back(self, gradients: Floats) -> Floats:
        """Return the gradients by a plane from those by its means."""
        return self._summed(gradients / self._inside)

    def _summed(self, plane: Floats) -> Floats:
        for _ in range(2):
            out = plane * self._taps[0]
            for distance, tap in enumerate(self._taps[1:], start=1):
                if distance < len(plane):
                    weighed = plane * tap
                    out[distance:] += weighed[:-distance]
                    out[:-distance] += weighed[distance:]
            plane = np.ascontiguousarray(out.T)
        return plane


def _moments(blur: _Blur, plane: Floats) -> _Original:
    mean = blur(plane)
    return _Original(plane, mean, blur(plane * plane) - mean * mean)


def _normed(x: Floats, weights: tuple[float, float]) -> tuple[float, Floats | None]:
    """Return the weighed norms of a map, and their gradients; None where all are 0."""
    if not any(weights):
        return 0.0, None
    of_mean, of_fourth = weights
    fourth = float(np.square(np.square(x)).mean(dtype=np.float64)) ** 0.25
    value = of_mean * float(x.mean(dtype=np.float64)) + of_fourth * fourth
    gradients = np.full(x.shape, of_mean / x.size, np.float32)
    if of_fourth and fourth > 0:
        gradients += (x / np.float32(fourth)) ** 3 * np.float32(of_fourth / x.size)
    return value, gradients


def _compared(
    one: _Original, plane: Floats, blur: _Blur, weights: _Weights
) -> tuple[float, Floats]:
    """Compare a channel of an image with the original's; return the weighed sum, and its gradients
    by the channel."""
    mean = blur(plane)
    total, by_plane, by_mean = _edges(one, plane, mean, weights)
    if any(weights.structure):
        value, more, by_own_mean = _structure(one, plane, mean, blur, weights.structure)
        total, by_plane, by_mean = total + value, by_plane + more, by_mean + by_own_mean
    return total, by_plane + blur.back(by_mean)


def _structure(
    one: _Original, plane: Floats, mean: Floats, blur: _Blur, weights: tuple[float, float]
) -> tuple[float, Floats, Floats]:
    """Return the weighed norms of 1 - SSIM, and gradients by the channel and by its means."""
    variance = blur(plane * plane) - mean * mean
    covariance = blur(one.values * plane) - one.mean * mean
    of_means = 1 - np.square(one.mean - mean)
    numerator, denominator = 2 * covariance + _C2, one.variance + variance + _C2
    quotient = numerator / denominator
    distance = np.maximum(1 - of_means * quotient, 0)
    value, by_distance = _normed(distance, weights)
    assert by_distance is not None
    by_ssim = np.where(distance > 0, -by_distance, 0)
    by_covariance = 2 * by_ssim * of_means / denominator
    by_variance = -by_ssim * of_means * quotient / denominator
    by_mean = 2 * by_ssim * quotient * (one.mean - mean)
    by_mean -= by_covariance * one.mean + 2 * by_variance * mean
    by_plane = 2 * plane * blur.back(by_variance) + one.values * blur.back(by_covariance)
    return value, by_plane, by_mean


def _edges(
    one: _Original, plane: Floats, mean: Floats, weights: _Weights
) -> tuple[float, Floats, Floats]:
    """Return the weighed norms of edges that are added and lost, and gradients by the channel and
    by its means."""
    away, scale = plane - mean, 1 + np.abs(one.values - one.mean)
    ratio = (1 + np.abs(away)) / scale - 1
    added, by_added = _normed(np.maximum(ratio, 0), weights.added)
    lost, by_lost = _normed(np.maximum(-ratio, 0), weights.lost)
    by_ratio = np.zeros_like(plane)
    if by_added is not None:
        by_ratio += np.where(ratio > 0, by_added, 0)
    if by_lost is not None:
        by_ratio -= np.where(ratio < 0, by_lost, 0)
    by_plane = by_ratio / scale * np.sign(away)
    return added + lost, by_plane, -by_plane
