"""Encoding an image to a target: the smallest network that is likely to do, and another if it does
not.

    candidates ──▶ choice ──▶ fit ──▶ file ──▶ reached? ──▶ EncodedItem
                     ▲         │                  │
                     └─────────┴── what was learnt of this image

"Predicting the Encoding Error of SIRENs", section 3.8: a network is taken whose PSNR is above the
target with a confidence that is asked for. After a quarter of the steps it is predicted again, and
given up for a larger one where it is likely to miss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.inr.chunks import Fitted
from inrcodec.codecs.inr.encode import fit_settings, make_item, quantized
from inrcodec.codecs.inr.fit import Fit, fit
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.prediction.candidates import Candidate, Outlook
from inrcodec.codecs.inr.prediction.choice import Choice
from inrcodec.codecs.inr.prediction.predictor import EARLY, Estimate, load_predictor
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.renderer import NetworkRenderer
from inrcodec.container.items import item_file
from inrcodec.errors import TargetError
from inrcodec.progress import Lasting, Progress, Report
from inrcodec.settings import Target
from inrcodec.signal import ImageInfo, Source
from inrcodec.signal.geometry import Raster, Region
from inrcodec.signal.metrics import Comparison

__all__ = ["encode_to_target"]

_TRIES = 3
# A PSNR that is missed by less, at the last try, counts as reached.
_NEAR_DB = 0.3


@dataclass(frozen=True)
class _Trial:
    """A network that was fitted, as sections and as it was measured."""

    item: EncodedItem
    bytes: int
    psnr_db: float

    def miss(self, target: Target) -> float:
        """Return how far it is from a target, in dB or bytes; 0 where it is reached."""
        if target.psnr_db is not None:
            return max(0.0, target.psnr_db - self.psnr_db)
        assert target.bytes is not None
        return max(0, self.bytes - target.bytes)

    def reaches(self, target: Target, near_db: float) -> bool:
        """Tell whether it reaches a target; a PSNR may be missed by a little."""
        return self.miss(target) <= (near_db if target.psnr_db is not None else 0)

    def __str__(self) -> str:
        return f"{self.bytes} bytes at {self.psnr_db:.2f} dB"


def encode_to_target(source: Source, plan: FitPlan, report: Report | None = None) -> EncodedItem:
    """Fit the smallest network that reaches a PSNR, or the best within some bytes.

    Raises `TargetError`, which says what was reached, where three tries do not get there.
    """
    assert plan.target is not None
    outlook = Outlook(source, plan, load_predictor())
    return _Search(source, outlook, plan.target, plan.options.confidence, report).result()


class _Search:
    """The search for a network; it learns from every fit how this image differs from others."""

    def __init__(
        self,
        source: Source,
        outlook: Outlook,
        target: Target,
        confidence: float,
        report: Report | None,
    ) -> None:
        assert isinstance(source.info, ImageInfo)
        self._source, self._info, self._outlook = source, source.info, outlook
        self._target, self._report = target, report and Lasting(report)
        self._choice = Choice(outlook.candidates(), confidence)
        self._samples = source.read(Region.whole(source.info.shape))
        self._values = to_network(source.info, self._samples)

    def result(self) -> EncodedItem:
        """Fit one network after another, until one reaches the target."""
        trials: list[_Trial] = []
        for number in range(_TRIES):
            chosen = self._choice.first(self._target)
            if chosen is None:
                break
            is_last = number == _TRIES - 1 or self._choice.is_largest(chosen)
            trial = self._trial(chosen, may_end_early=not is_last)
            if trial is not None:
                trials.append(trial)
                if trial.reaches(self._target, 0.0):
                    return trial.item
            if self._report and self._report.stopped:
                break
            self._choice.leave(chosen, self._target)
        for trial in trials:
            if trial.reaches(self._target, _NEAR_DB):
                return trial.item
        nearest = min(trials, key=lambda trial: trial.miss(self._target), default=None)
        found = f"; the nearest is {nearest}" if nearest else ": networks are larger"
        raise TargetError(f"{self._target} cannot be reached{found}")

    def _trial(self, candidate: Candidate, may_end_early: bool) -> _Trial | None:
        """Fit a network and measure its file; None where it was given up on the way, as it would
        have missed the PSNR."""
        wanted_db = self._target.psnr_db if may_end_early else None
        watch = _Watch(self._outlook, candidate, wanted_db, self._report)
        plan = candidate.plan
        plan.settings.limits.check(plan.cost, "encoding it")
        fitted = fit(self._values, plan.spec, fit_settings(plan), watch)
        if watch.given_up is not None:
            self._choice.learn(candidate, watch.given_up.psnr_db)
            return None
        trial = self._measured(candidate, fitted)
        self._choice.learn(candidate, trial.psnr_db)
        return trial

    def _measured(self, candidate: Candidate, fitted: Fit) -> _Trial:
        item = make_item(candidate.plan, self._info, [Fitted(0, fitted, self._values)])
        network = fitted.network
        weights = quantized(candidate.plan, network, self._values).weights
        stored = Network(network.spec, network.domain, weights)
        region = Region.whole(self._info.shape)
        decoded = NetworkRenderer(stored, self._info).render(Raster(region, self._info.shape))
        comparison = Comparison()
        comparison.add(self._samples, decoded)
        item = replace(item, comparison=comparison)
        metadata = self._source.metadata.without(candidate.plan.settings.strip)
        size = len(item_file(self._info, metadata, item.sections))
        return _Trial(item, size, comparison.psnr_db(self._info.peak))


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
            estimate = self._outlook.early(self._candidate, progress.psnr_db)
            if self._wanted_db is not None and estimate.psnr_db < self._wanted_db:
                self.given_up = estimate
        return stopped or self.given_up is not None
