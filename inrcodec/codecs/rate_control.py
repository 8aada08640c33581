"""Rate control: what an encode aims at as a quantization step, and the search for the step that
gets to a target.

Step n is 2^(n/64 - 6) levels of 255, for all models: what a bit is worth follows from it. Bytes,
PSNR and SSIMULACRA2 move almost linearly with the logarithm of the step, so a few secant steps do;
a codec computes nothing twice in them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from inrcodec.errors import TargetError
from inrcodec.settings import Target

__all__ = [
    "BIT_WEIGHT",
    "MOST_DB",
    "MOST_STEP",
    "MOST_TRIES",
    "Measured",
    "is_near",
    "lmbda_of_step",
    "search",
    "step_of_lmbda",
    "step_of_quality",
]

_T = TypeVar("_T")

# The coarsest step.
MOST_STEP = 1023
# The PSNR of an image without any error, which has none: searches need a number.
MOST_DB = 150.0
# What a bit is worth in squared steps: the least BD-rate of the latent grid's of 0.06 to 0.17.
BIT_WEIGHT = 0.09
# Of each tune qualities and their steps, between which lines run: at the default effort Kodak
# images come to the mean PSNR, or for the eye to the SSIMULACRA2, that libavif gives them at that
# quality; 100 is a step of one level of 255.
_QUALITY_STEPS = {
    "psnr": ((1.0, 840), (25.0, 768), (75.0, 609), (90.0, 549), (100.0, 384)),
    "visual": ((1.0, 815), (20.0, 751), (44.0, 674), (68.0, 579), (80.0, 535), (100.0, 384)),
}
MOST_TRIES = 12
# Tries after which a search halves what is left, where it comes from one side only.
_PATIENCE = 3
_NEAR = {"psnr_db": 0.1, "snr_db": 0.1, "ssimulacra2": 0.4}
_NEAR_SHARE, _NEAR_BYTES, _MOST_SHARE = 0.03, 64, 0.2


@dataclass(frozen=True)
class Measured(Generic[_T]):
    """A result with the bytes of its file, its PSNR or SNR in dB, and its SSIMULACRA2 if that is
    aimed at."""

    result: _T
    bytes: int
    psnr_db: float | None = None
    ssimulacra2: float | None = None
    snr_db: float | None = None

    def __str__(self) -> str:
        score = "" if self.ssimulacra2 is None else f", SSIMULACRA2 {self.ssimulacra2:.2f}"
        decibels = self.psnr_db if self.snr_db is None else self.snr_db
        return f"{self.bytes} bytes at {decibels:.2f} dB{score}"


def lmbda_of_step(step: int) -> float:
    """The worth of a bit per pixel in mean squared error (samples from 0 to 1) at a step."""
    return float(BIT_WEIGHT * (2.0 ** (step / 64 - 6) / 255) ** 2)


def step_of_lmbda(lmbda: float) -> int:
    """The step for a trade of mean squared error (samples from 0 to 1) for bits per pixel."""
    levels = 255 * math.sqrt(lmbda / BIT_WEIGHT)
    # From 0 on, and up to infinity.
    octaves = math.log2(min(max(levels, 2.0**-6), 2.0**10))
    return min(round(64 * (octaves + 6)), MOST_STEP)


def step_of_quality(quality: float, tune: str = "psnr") -> int:
    """The step for a quality of 1 to 100."""
    steps = _QUALITY_STEPS[tune]
    for (low, first), (high, last) in pairwise(steps):
        if quality <= high:
            return round(first + (last - first) * (quality - low) / (high - low))
    return steps[-1][1]


def _miss(target: Target, found: Measured[_T]) -> float:
    """Measure how far a result is from a target, in units of what counts as near; positive where
    it is too good or too large."""
    for name, near in _NEAR.items():
        wanted, reached = getattr(target, name), getattr(found, name)
        if wanted is not None:
            return float(reached - wanted) / near
    assert target.bytes is not None
    # What is allowed: up to 3 % less than the target, of small files some bytes; nothing more.
    share = max(_NEAR_SHARE, min(_NEAR_BYTES / target.bytes, _MOST_SHARE))
    aim = math.log(target.bytes) - share / 2
    return (math.log(found.bytes) - aim) / (share / 2)


def is_near(target: Target, found: Measured[_T]) -> bool:
    """Tell whether a result is as near to a target as searches come, where steps allow it."""
    return abs(_miss(target, found)) <= 1


def _fitness(target: Target, found: Measured[_T]) -> tuple[float, int] | None:
    """Order the results that meet a target, the least first; None where one does not: of a quality
    the nearest from above, of a size the best, and the smallest of those that are as good."""
    miss = _miss(target, found)
    if target.bytes is None:
        return (miss, found.bytes) if miss >= -1 else None
    quality = found.psnr_db if found.snr_db is None else found.snr_db
    assert quality is not None
    return (-quality, found.bytes) if found.bytes <= target.bytes else None


def search(
    target: Target,
    start: int,
    code: Callable[[int], Measured[_T]],
    most: int = MOST_STEP,
    slope: float = -0.2,
) -> tuple[int, _T]:
    """The step whose result is near the target, and the result.

    Where steps are too coarse to come near it, or the coarsest is better than a quality, or the
    finest smaller than a size, it is the result that meets it and is nearest of those tried.

    Parameters
    ----------
    start
        The step to try first.
    code
        What makes a result from a step.
    most
        The coarsest step; 0 is the finest.
    slope
        What a step changes, about, in units of what counts as near.

    Raises `TargetError`, which says what was reached, where none meets it.
    """
    low, high = -1, most + 1
    step = start
    before: tuple[int, float] | None = None
    nearest = (math.inf, "")
    best: tuple[tuple[float, int], int, _T] | None = None
    ends: list[bool] = []
    for left in reversed(range(MOST_TRIES)):
        found = code(step)
        miss = _miss(target, found)
        if abs(miss) <= 1:
            return step, found.result
        nearest = min(nearest, (abs(miss), str(found)))
        fitness = _fitness(target, found)
        if fitness is not None and (best is None or fitness < best[0]):
            best = fitness, step, found.result
        again = ends[-1:] == [miss > 0]
        ends.append(miss > 0)
        low, high = (step, high) if miss > 0 else (low, step)
        if before is not None and before[0] != step and before[1] != miss:
            slope = min((miss - before[1]) / (step - before[0]), -1e-3)
        before = (step, miss)
        if high - low <= 1:
            break
        step = min(max(round(step - miss / slope), low + 1), high - 1)
        if again and len(ends) > _PATIENCE and len({*ends}) == 2:
            # Only one end moves.
            step = (low + high) // 2
        if left == 1 and best is None:
            # If any meets it, this does.
            step = low + 1 if target.bytes is None else high - 1
    if best is None:
        raise TargetError(f"{target} cannot be reached; the nearest is {nearest[1]}")
    return best[1:]
