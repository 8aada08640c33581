"""The choice of a network for a target, and what is learnt of an image from networks that were
fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from inrcodec.codecs.inr.prediction.candidates import Candidate
from inrcodec.codecs.rate_control import lmbda_of_step
from inrcodec.settings import Target

__all__ = ["Choice"]

# Of the deviation of what is expected, once an image has been measured: seeds, and other widths.
_STILL_UNKNOWN = 0.5


class Choice:
    """The choice among candidates, the smallest first.

    Parameters
    ----------
    confidence
        How likely a network is to reach a PSNR that is chosen for it.
    """

    def __init__(self, candidates: Sequence[Candidate], confidence: float) -> None:
        self._left = list(candidates)
        self._deviations = NormalDist().inv_cdf(confidence)
        # By the bytes that are expected of those that were fitted: what PSNRs are above those
        # expected; and the share of their deviation that is left where that is known.
        self._shifts_db, self._unknown = dict[int, float](), 1.0
        # How many times as many bytes files have as was expected.
        self._times = 1.0

    def likely(self, target: Target) -> Candidate | None:
        """Return the smallest that is likely to reach a PSNR, or the best of those that are not
        expected to be longer than some bytes; None where there is none."""
        if target.psnr_db is not None:
            wanted_db = target.psnr_db
            return next((c for c in self._left if self._least(c) >= wanted_db), None)
        assert target.bytes is not None
        most = target.bytes
        within = [c for c in self._left if self._times * c.bytes <= most]
        return max(within, key=lambda c: c.estimate.psnr_db, default=None)

    def worthwhile(self, step: int, pixels: int) -> Candidate:
        """Return that of the least error and bits, as a step of `rate_control` has bits' worth."""
        lmbda = lmbda_of_step(step)

        def cost(candidate: Candidate) -> float:
            error = 10 ** (-candidate.estimate.psnr_db / 10)
            return float(error + lmbda * 8 * candidate.bytes / pixels)

        return min(self._left, key=cost)

    def first(self, target: Target) -> Candidate | None:
        """Return what is likely to reach a target, or of a PSNR the likeliest, or of bytes, before
        any are measured, the smallest."""
        likely = self.likely(target)
        if likely is None and target.psnr_db is not None:
            return max(self._left, key=self._least, default=None)
        if likely is None and not self._shifts_db:
            return next(iter(self._left), None)
        return likely

    def _least(self, candidate: Candidate) -> float:
        least_db = candidate.estimate.least(self._deviations * self._unknown)
        if not self._shifts_db:
            return least_db
        # Between networks that were fitted, and beyond them as the nearest.
        known = sorted(self._shifts_db)
        shifts = [self._shifts_db[size] for size in known]
        return least_db + float(np.interp(math.log(candidate.bytes), np.log(known), shifts))

    def is_largest(self, candidate: Candidate) -> bool:
        """Tell whether none that is left is larger."""
        return all(c.bytes <= candidate.bytes for c in self._left)

    def learn(self, candidate: Candidate, psnr_db: float, size: int | None = None) -> None:
        """Take note of what a network came to."""
        if size is not None:
            self._times = size / candidate.bytes
        self._shifts_db[candidate.bytes] = psnr_db - candidate.estimate.psnr_db
        self._unknown = _STILL_UNKNOWN

    def leave(self, candidate: Candidate, is_small: bool) -> None:
        """Leave a candidate that is too small, or else too large, and those that are more so."""
        if is_small:
            self._left = [c for c in self._left if c.bytes > candidate.bytes]
        else:
            self._left = [c for c in self._left if c.bytes < candidate.bytes]
