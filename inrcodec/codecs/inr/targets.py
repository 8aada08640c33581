"""Encoding an image to a target, or to what bits are worth: the network that is likely to do best,
another if it does not, and steps of its weights that meet the target.

    candidates ──▶ choice ──▶ fit ──▶ rounding ──▶ file ──▶ reached? ──▶ EncodedItem
                     ▲                    ▲           │
                     └────────────────────┴── what was learnt of this image

"Predicting the Encoding Error of SIRENs", section 3.8: a network is taken whose PSNR is above the
target with a confidence that is asked for. After a quarter of the steps it is predicted again, and
given up for a larger one where it is likely to miss. What it has above the target, wider steps of
its weights turn into fewer bytes.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace

from inrcodec.codecs.base import AUTO
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import PRECISIONS
from inrcodec.codecs.inr.allowance import Allowance, step_of_error
from inrcodec.codecs.inr.batches import make_batches
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import encode_item, fit_settings, make_item, quantized, rounder
from inrcodec.codecs.inr.fitting import Fit, Fitting
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction.candidates import WIDTHS, Candidate, Outlook
from inrcodec.codecs.inr.prediction.choice import Choice
from inrcodec.codecs.inr.prediction.predictor import EARLY, Estimate, load_predictor
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.codecs.inr.rounding import Steps
from inrcodec.codecs.rate_control import MOST_DB, Measured, is_near, search
from inrcodec.container.items import item_file
from inrcodec.errors import TargetError
from inrcodec.progress import Lasting, Progress, Report
from inrcodec.settings import Target
from inrcodec.signal import ImageInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import Comparison

__all__ = ["encode_at_its_width"]

_TRIES = 4
# A PSNR that is missed by less counts as reached; at the last try, by less than the other.
_NEAR_DB, _STILL_NEAR_DB = 0.1, 0.3
# What steps of weights can make up for: more PSNR than is asked for, and more or fewer bytes.
_MOST_EXCESS_DB, _MOST_TIMES = 1.5, 1.5
# What a step changes in units of what counts as near.
_SLOPE = -0.1

_Trial = Measured[EncodedItem]


def encode_at_its_width(source: Source, plan: FitPlan, report: Report | None = None) -> EncodedItem:
    """Fit the smallest network that reaches a PSNR, the best within some bytes, or the one that is
    worth its bits.

    Raises `TargetError`, which says what was reached, where four tries do not get there.
    """
    outlook = Outlook(source, plan, load_predictor())
    widths = WIDTHS if plan.options.width is None else (plan.options.width,)
    choice = Choice(outlook.candidates(widths), plan.options.confidence)
    if plan.target is None:
        assert plan.options.step is not None
        chosen = choice.worthwhile(plan.options.step, math.prod(plan.info.shape))
        chosen.plan.settings.limits.check(chosen.plan.cost, "encoding it")
        return encode_item(source, chosen.plan, None, report)
    return _Search(source, outlook, choice, plan.target, report).result()


class _Search:
    """The search for a network; it learns from every fit how this image differs from others."""

    def __init__(
        self,
        source: Source,
        outlook: Outlook,
        choice: Choice,
        target: Target,
        report: Report | None,
    ) -> None:
        assert isinstance(source.info, ImageInfo)
        self._source, self._info, self._outlook = source, source.info, outlook
        self._choice, self._target = choice, target
        self._report = report and Lasting(report)
        self._samples = source.read(Region.whole(source.info.shape))
        self._values = to_network(source.info, self._samples)

    def result(self) -> EncodedItem:
        """Fit one network after another, until one reaches the target."""
        trials: list[_Trial] = []
        while len(trials) < _TRIES and (chosen := self._choice.first(self._target)):
            trial = self._trial(chosen, len(trials) == _TRIES - 1)
            if trial is not None:
                trials.append(trial)
                if self._reaches(trial, _NEAR_DB) and not self._may_be_better(trial):
                    return trial.result
            if self._report and self._report.stopped:
                break
        reaching = [trial for trial in trials if self._reaches(trial, _STILL_NEAR_DB)]
        if reaching:
            # The last is nearest.
            return reaching[-1].result
        nearest = min(trials, key=self._miss, default=None)
        found = f"; the nearest is {nearest}" if nearest else ": networks are larger"
        raise TargetError(f"{self._target} cannot be reached{found}")

    def _miss(self, trial: _Trial) -> float:
        """Return how far a trial is from the target, in dB or bytes; below 0 where it is better."""
        if self._target.psnr_db is not None:
            assert trial.psnr_db is not None
            return self._target.psnr_db - trial.psnr_db
        assert self._target.bytes is not None
        return trial.bytes - self._target.bytes

    def _reaches(self, trial: _Trial, near_db: float) -> bool:
        """Tell whether a trial reaches the target; a PSNR may be missed by a little."""
        return self._miss(trial) <= (near_db if self._target.psnr_db is not None else 0)

    def _trial(self, candidate: Candidate, is_last: bool) -> _Trial | None:
        """Fit a network and measure its file, at steps that meet the target if some do; None where
        it was given up on the way, as it would have missed the PSNR."""
        may_end = not is_last and not self._choice.is_largest(candidate)
        wanted_db = self._target.psnr_db if may_end else None
        watch = _Watch(self._outlook, candidate, wanted_db, self._report)
        step = self._first_step(candidate)
        plan = self._at_step(candidate.plan, step)
        plan.settings.limits.check(plan.cost, "encoding it")
        settings = fit_settings(plan)
        batches = make_batches([self._values], plan.spec, settings)
        fitting = Fitting(batches, settings, rounder=rounder(plan))
        (fit,) = fitting.run(watch)
        if watch.given_up is not None:
            self._choice.learn(candidate, watch.given_up.psnr_db)
            self._choice.leave(candidate, is_small=True)
            return None
        trial = self._measured(plan, fit)
        assert trial.psnr_db is not None
        self._choice.learn(candidate, trial.psnr_db, trial.bytes)
        if not self._is_stepped:
            self._choice.leave(candidate, is_small=self._target.psnr_db is not None)
            return trial
        if self._is_far(trial):
            self._choice.leave(candidate, is_small=self._is_small(trial))
            if not is_last and self._may_be_better(trial):
                return trial
        return self._at_best_step(plan, fitting, step, (fit, trial))

    @property
    def _is_stepped(self) -> bool:
        """Tell whether steps of weights follow from the target."""
        return PRECISIONS[self._outlook.plan.options.precision] == AUTO

    def _may_be_better(self, trial: _Trial) -> bool:
        """Tell whether another network is likely to come nearer than a trial."""
        is_far = self._is_stepped and self._is_far(trial)
        return is_far and self._choice.first(self._target) is not None

    def _is_far(self, trial: _Trial) -> bool:
        """Tell whether a trial is farther from the target than other steps would move it."""
        if self._target.bytes is not None:
            return not 1 / _MOST_TIMES < trial.bytes / self._target.bytes < _MOST_TIMES
        return not -_MOST_EXCESS_DB < self._miss(trial) < _STILL_NEAR_DB

    def _is_small(self, trial: _Trial) -> bool:
        """Tell whether a trial has fewer bytes, or less PSNR, than there are to be."""
        return (self._miss(trial) > 0) == (self._target.psnr_db is not None)

    def _first_step(self, candidate: Candidate) -> int:
        """Return the step that suits the PSNR that is aimed at or expected."""
        psnr_db = self._target.psnr_db
        expected_db = candidate.estimate.psnr_db if psnr_db is None else psnr_db
        pixels = self._info.width * self._info.height
        return step_of_error(10 ** (-expected_db / 10), pixels, candidate.weights)

    def _at_step(self, plan: FitPlan, step: int) -> FitPlan:
        return replace(plan, allowance=Allowance.of_step(step, self._info.channels))

    def _at_best_step(
        self, plan: FitPlan, fitting: Fitting, step: int, first: tuple[Fit, _Trial]
    ) -> _Trial:
        """Round a fit at other steps, until it meets the target; return what comes nearest."""
        tried = {step: first}

        def at_step(step: int) -> _Trial:
            if step not in tried:
                own = self._at_step(plan, step)
                (fit,) = fitting.again(Steps(own.allowance), self._report)
                tried[step] = fit, self._measured(own, fit)
            return tried[step][1]

        with suppress(TargetError):
            search(self._target, step, at_step, slope=_SLOPE)
        best = min(tried, key=lambda step: self._badness(tried[step][1]))
        fit, trial = tried[best]
        if is_near(self._target, trial):
            return trial
        return self._with_other_last_layer(plan, best, fit, trial)

    def _badness(self, trial: _Trial) -> tuple[bool, float]:
        """Order trials: those that reach the target first, and the nearest of either."""
        return not self._reaches(trial, _NEAR_DB), abs(self._miss(trial))

    def _with_other_last_layer(self, plan: FitPlan, step: int, fit: Fit, trial: _Trial) -> _Trial:
        """Return a fit that reaches the target with its last layer at the step that meets it.

        What other steps of all layers make of a fit differs by chance; of the last, which is
        rounded after it, it does not.
        """
        tried = {step: trial}

        def at_step(step: int) -> _Trial:
            if step not in tried:
                tried[step] = self._measured(self._at_step(plan, step), fit)
            return tried[step]

        with suppress(TargetError):
            search(self._target, step, at_step, slope=_SLOPE)
        return min(tried.values(), key=self._badness)

    def _measured(self, plan: FitPlan, fit: Fit) -> _Trial:
        """Write and measure the file of a fit."""
        whole = Fitted(0, fit, self._values)
        item = make_item(plan, self._info, [whole])
        network, weights = fit.network, quantized(plan, whole).weights
        stored = Network(network.spec, network.domain, weights)
        region = Region.whole(self._info.shape)
        decoded = NetworkRenderer(stored, self._info).render(Raster(region, self._info.shape))
        comparison = Comparison()
        comparison.add(self._samples, decoded)
        item = replace(item, comparison=comparison)
        metadata = self._source.metadata.without(plan.settings.strip)
        size = len(item_file(self._info, metadata, item.sections))
        return Measured(item, size, min(comparison.psnr_db(self._info.peak), MOST_DB))


class _Watch:
    """Watches a fit, and gives it up where it is likely to miss a PSNR."""

    def __init__(
        self,
        outlook: Outlook,
        candidate: Candidate,
        wanted_db: float | None,
        report: Report | None,
    ) -> None:
        self._outlook, self._candidate = outlook, candidate
        self._wanted_db, self._report = wanted_db, report
        self._is_judged = False
        self.given_up: Estimate | None = None

    def __call__(self, progress: Progress) -> bool:
        """Tell whether the fit is to end; see `Report`."""
        stopped = self._report is not None and bool(self._report(progress))
        if not self._is_judged and progress.step >= EARLY * self._candidate.plan.steps:
            self._is_judged = True
            assert progress.psnr_db is not None
            estimate = self._outlook.early(progress.psnr_db)
            if self._wanted_db is not None and estimate.psnr_db < self._wanted_db:
                self.given_up = estimate
        return stopped or self.given_up is not None
