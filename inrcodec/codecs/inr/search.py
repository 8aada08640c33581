"""The search for the shape of an ensemble's networks: ENRP, algorithm 1.

Width and depth are chosen in turn, each the best with the other as it is: of the most PSNR less
alpha times the logarithm of what the network costs, among those that cost no more than is allowed.
The paper starts at width 256 and depth 3, and trains every network several times, as seeds differ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.inr.fit import FitSettings, fit_stacked
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.errors import UsageError
from inrcodec.progress import Progress

__all__ = ["DEPTHS", "Rules", "Shape", "Trainer", "Trial", "search"]

DEPTHS = (1, 2, 3, 4, 5)
_START = (256, 3)
_MOST_ROUNDS = 5
# The share of the steps after which the worse half is dropped.
_EARLY = 0.25

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, order=True)
class Shape:
    """The width and the depth of a network."""

    width: int
    depth: int


@dataclass(frozen=True)
class Rules:
    """The rules that a search goes by.

    Attributes
    ----------
    cost
        Of a shape: operations, or bytes.
    most
        What a network may cost.
    alpha
        PSNR in dB that a tenth of the cost is worth.
    widths, depths
        Those that are tried.
    """

    cost: Callable[[Shape], float]
    most: float
    alpha: float
    widths: Sequence[int]
    depths: Sequence[int] = DEPTHS

    def score(self, shape: Shape, psnr_db: float) -> float:
        """Return what a shape is worth."""
        return psnr_db - self.alpha * math.log10(self.cost(shape))


@dataclass(frozen=True)
class Trial:
    """A shape that was tried, in which round, and the mean PSNR in dB that it came to; `is_whole`
    unless it was dropped after a quarter of the steps."""

    number: int
    shape: Shape
    cost: float
    psnr_db: float
    score: float
    is_whole: bool


# The mean PSNR of shapes, after a share of the steps.
Train = Callable[[Shape, float], float]


@dataclass
class _Known:
    """Shapes that have been measured so far."""

    rules: Rules
    train: Train
    report: Callable[[Trial], object]
    trials: dict[Shape, Trial] = field(default_factory=dict)

    def best(self, number: int, shapes: Iterable[Shape]) -> Shape:
        """Return the best of some shapes; those that are not known yet are trained."""
        possible = [s for s in shapes if self.rules.cost(s) <= self.rules.most]
        if not possible:
            raise UsageError("no network costs as little")
        new = [s for s in possible if s not in self.trials]
        early = {s: self.rules.score(s, self.train(s, _EARLY)) for s in new} if len(new) > 1 else {}
        order = sorted(new, key=lambda s: -early.get(s, 0.0))
        for place, shape in enumerate(order):
            is_whole = place < math.ceil(len(new) / 2)
            psnr_db = self.train(shape, 1.0 if is_whole else _EARLY)
            cost, score = self.rules.cost(shape), self.rules.score(shape, psnr_db)
            self.trials[shape] = Trial(number, shape, cost, psnr_db, score, is_whole)
            self.report(self.trials[shape])
        whole = [self.trials[s] for s in possible if self.trials[s].is_whole]
        return max(whole, key=lambda trial: trial.score).shape


def search(
    rules: Rules, train: Train, report: Callable[[Trial], object] = lambda trial: None
) -> tuple[Trial, int]:
    """Search for the best shape; return it, and the rounds that were needed.

    Parameters
    ----------
    train
        Returns the mean PSNR of a shape after a share of the steps.
    report
        Told of every shape that is tried.

    Raises `UsageError` where no shape costs as little as is allowed.
    """
    known = _Known(rules, train, report)
    width, depth = _START
    for number in range(1, _MOST_ROUNDS + 1):
        before = width, depth
        if any(rules.cost(Shape(w, depth)) <= rules.most for w in rules.widths):
            width = known.best(number, (Shape(w, depth) for w in rules.widths)).width
        else:
            # No width is small enough for this depth.
            width = min(rules.widths)
        depth = known.best(number, (Shape(width, d) for d in rules.depths)).depth
        if (width, depth) == before:
            break
    return known.trials[Shape(width, depth)], number


class Trainer:
    """Trains networks of a shape several times, each from a seed of its own.

    Parameters
    ----------
    values
        The signal (*axes, channels), from about -1 to 1.
    spec
        Makes a network of a shape.
    """

    def __init__(
        self,
        values: Values,
        spec: Callable[[Shape], NetworkSpec],
        settings: FitSettings,
        repeats: int,
    ) -> None:
        self._values, self._spec = values, spec
        self._settings, self._repeats = settings, repeats
        self._early: dict[Shape, float] = {}

    def __call__(self, shape: Shape, share: float) -> float:
        """Return the mean PSNR in dB after a share of the steps."""
        if share < 1 and shape in self._early:
            return self._early[shape]
        stop = round(share * self._settings.steps)

        def ended(progress: Progress) -> bool:
            return progress.step >= stop

        signals, first = [self._values] * self._repeats, self._settings.seed
        seeds = range(first, first + self._repeats)
        fits = fit_stacked(signals, self._spec(shape), self._settings, ended, seeds)
        mean = float(np.mean([fit.psnr_db for fit in fits]))
        if share < 1:
            self._early[shape] = mean
        return mean
