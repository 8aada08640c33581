"""The latents of a picture within a budget of iterations or time, at one step after another."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from inrcodec.lattice.descent import Descent
from inrcodec.lattice.encoding import Coded, Picture
from inrcodec.lattice.wavelet import Pyramid, flattened, pyramid_of
from inrcodec.progress import Progress, Report

__all__ = ["Budget", "Refinement"]

# A descent at another step begins where the first one ended, at this share of all iterations.
_AGAIN = 0.7
# Of the time that is left, if other steps may follow.
_FIRST_PART = 0.6


@dataclass(frozen=True)
class Budget:
    """Iterations (None: as many as there is time for) of a descent, and seconds for everything from
    `began` (on the monotonic clock) on; `several` if more than one step will be tried."""

    iterations: int | None
    seconds: float
    began: float
    several: bool = False


class Refinement:
    """Codings of a picture at steps that follow each other."""

    def __init__(self, picture: Picture, budget: Budget, report: Report | None = None) -> None:
        self._picture = picture
        self._budget = budget
        self._report = report
        self._reached: tuple[float, Pyramid] | None = None
        self._stopped = False
        self.iterations = 0

    def at(self, step: int) -> Coded:
        """The best coding at a step; what was reached at the first one is where others start."""
        began = time.monotonic()
        first = self._picture.coded(step)
        coding = time.monotonic() - began
        # What is refined has to be coded again.
        if self._budget.iterations == 0 or self._stopped or self._allowance() < coding:
            return first
        size = first.spec.step_size
        if self._reached is None:
            start, share = self._picture.start(first), 0.0
        else:
            before, latents = self._reached
            start = pyramid_of([band * (before / size) for band in flattened(latents)])
            share = _AGAIN
        descent = self._picture.descent(first.spec, start)
        self._run(descent, first, share, time.monotonic() + self._allowance() - coding)
        if self._reached is None:
            # Not what was reached last: results would depend on the order of steps.
            self._reached = size, descent.latents
        return min(first, self._picture.rounded(step, descent.latents), key=lambda c: c.cost)

    def _allowance(self) -> float:
        """Seconds for what is to come."""
        left = self._budget.began + self._budget.seconds - time.monotonic()
        return left * _FIRST_PART if self._budget.several else left

    def _run(self, descent: Descent, first: Coded, share: float, until: float) -> None:
        """Iterations from a share of all of them to the last."""
        total = self._budget.iterations
        count = math.inf if total is None else math.ceil(total * (1 - share))
        began, longest, done = time.monotonic(), 0.0, 0
        while not self._stopped and done < count:
            now = time.monotonic()
            if now + longest > until:
                return
            past = (now - began) / (until - began) if total is None else done / count
            error = descent.advance(share + (1 - share) * past) * self._picture.scale(first.spec)
            longest = max(longest, time.monotonic() - now)
            done, self.iterations = done + 1, self.iterations + 1
            self._tell(error)

    def _tell(self, error: float) -> None:
        if self._report is not None:
            elapsed = time.monotonic() - self._budget.began
            psnr_db = -10 * math.log10(error) if error else math.inf
            progress = Progress(self.iterations, self._budget.iterations, psnr_db, elapsed)
            self._stopped = bool(self._report(progress))
