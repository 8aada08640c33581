"""The refinement of an image's latents within a budget of iterations or time, step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.grid.deltas import WeightDeltas
from inrcodec.codecs.grid.encoder.coding import Coded
from inrcodec.codecs.grid.encoder.image_coder import ImageCoder
from inrcodec.codecs.grid.spec import GridSpec
from inrcodec.codecs.grid.subbands import Subbands
from inrcodec.progress import Progress, Report

__all__ = ["Budget", "Refinement"]

# A refinement at a step so near to one before, in 64ths of an octave, begins where that one ended,
# at this share of all iterations.
_NEAR, _AGAIN = 12, 0.3
# From this share on, networks are adapted to the image, unless a first coding has less bytes.
_ADAPTED = 0.5
_LEAST_BYTES = 3000
# To fit networks and to code with and without them takes so many times as long as a first coding.
_END = 6
# Of the time that is left, if other steps may follow.
_FIRST_PART = 0.6


@dataclass(frozen=True)
class Budget:
    """Iterations (None: as many as there is time for), and seconds for everything from
    `began` (on the monotonic clock) on; `several` if more than one step will be tried."""

    iterations: int | None
    seconds: float
    began: float
    several: bool = False


class Refinement:
    """Codings of an image at steps that follow each other."""

    def __init__(self, image: ImageCoder, budget: Budget, report: Report | None = None) -> None:
        self._image = image
        self._budget = budget
        self._report = report
        self._reached: tuple[GridSpec, Subbands[npt.NDArray[np.float32]]] | None = None
        self._stopped = False
        self._is_worth: bool | None = None
        self.iterations = 0

    def at(self, step: int) -> Coded:
        """The best coding at a step; what was reached at one is where others near to it start."""
        began = time.monotonic()
        first = self._image.coded(step)
        coding = time.monotonic() - began
        allowance = self._allowance()
        # What is refined has to be coded again.
        is_over = self._budget.iterations == 0 or self._stopped or self._is_worth is False
        if is_over or allowance < coding:
            return first
        own = allowance > 2 * _END * coding and sum(map(len, first.streams)) >= _LEAST_BYTES
        until = time.monotonic() + allowance - coding * (_END if own else 1)
        latents, deltas = self._refined(first, until, own)
        if not self._is_near(step):
            self._reached = first.spec, latents
        refined = self._image.rounded(step, latents, deltas)
        if self._is_worth is None:
            # Once for all steps: a search for a target would go back and forth between them.
            self._is_worth = self._image.cost(refined) < self._image.cost(first)
        return refined if self._is_worth else first

    def _refined(
        self, first: Coded, until: float, own: bool
    ) -> tuple[Subbands[npt.NDArray[np.float32]], WeightDeltas | None]:
        """Return real latents at the step of a first coding of the image, and the deltas of its own
        that took part, if it may have them."""
        spec, share, deltas = self._image.spec_at(first.spec.step), 0.0, first.deltas
        if self._reached is None or not self._is_near(spec.step):
            latents = self._image.start(spec)
        else:
            before, reached = self._reached
            ratio = np.float32(before.step_size / spec.step_size)
            latents, share = reached.map(lambda band: band * ratio), _AGAIN
        optimizer = self._image.optimizer(spec, latents)
        for past in self._shares(share, until):
            if own and deltas is None and past >= _ADAPTED:
                deltas = self._image.fit_deltas(spec, optimizer.latents)
                optimizer = self._image.optimizer(spec, optimizer.latents, deltas)
            error = optimizer.advance(past) * self._image.scale(spec)
            self.iterations += 1
            self._tell(error)
        return optimizer.latents, deltas

    def _is_near(self, step: int) -> bool:
        """Tell whether a step is near to one that was refined."""
        return self._reached is not None and abs(step - self._reached[0].step) <= _NEAR

    def _allowance(self) -> float:
        """Seconds for what is to come."""
        left = self._budget.began + self._budget.seconds - time.monotonic()
        return left * _FIRST_PART if self._budget.several else left

    def _shares(self, first: float, until: float) -> Iterator[float]:
        """Iterate over the share that is done before each iteration, from the first share on."""
        total = self._budget.iterations
        count = math.inf if total is None else math.ceil(total * (1 - first))
        began, longest, done = time.monotonic(), 0.0, 0
        while not self._stopped and done < count:
            now = time.monotonic()
            if now + longest > until:
                return
            past = (now - began) / (until - began) if total is None else done / count
            yield first + (1 - first) * past
            longest = max(longest, time.monotonic() - now)
            done += 1

    def _tell(self, error: float) -> None:
        if self._report is not None:
            elapsed = time.monotonic() - self._budget.began
            psnr_db = -10 * math.log10(error) if error else math.inf
            progress = Progress(self.iterations, self._budget.iterations, psnr_db, elapsed)
            self._stopped = bool(self._report(progress))
