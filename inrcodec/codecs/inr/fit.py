"""Fitting: gradient descent of networks' weights on the samples of signals.

    signals ──▶ batches ──▶ microbatches ──▶ errors (rows,), gradients ──▶ Adam
                                                  │
                                                  └──▶ best weights so far, by group of rows

A step sees every sample, unless there are too many. Networks of all tiles, and of all signals that
are fitted together, are trained at once. Samples go through in microbatches that fit the caches
(of a CPU) or memory (of a GPU), their gradients added up, so that the result does not depend on how
much memory there is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import Scope
from inrcodec.codecs.inr.batches import Batch, make_batches, make_part, make_stack
from inrcodec.codecs.inr.best import Best, psnr_of
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.progress import Progress, Report

__all__ = [
    "REPORT_EVERY",
    "Fit",
    "FitSettings",
    "fit",
    "fit_jointly",
    "fit_stacked",
    "fit_tiles",
    "psnr_of",
]

REPORT_EVERY = 10

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """The best network of a fit, its PSNR in dB on unrounded samples, and the steps it took.

    `curve` has its best PSNR so far at every `REPORT_EVERY`th step from 0 on, and at the last.
    """

    network: Network
    psnr_db: float
    steps: int
    curve: tuple[float, ...] = ()

    def scaled(self, gain: float) -> Fit:
        """Return the fit with `gain` times its values."""
        return replace(self, network=self.network.scaled(gain))


def fit(
    values: Values,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> Fit:
    """Fit a network to one signal; see `fit_jointly`."""
    (result,) = fit_jointly([values], spec, settings, report, shared)
    return result


def fit_jointly(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> list[Fit]:
    """Fit the networks of several signals of any sizes, which share the spec's shared weights.

    The loss is the sum over tiles of the mean squared error of a tile (of a signal, where a spec
    has no tiles), so that a tile's fit is the same however many tiles there are, a large signal
    counts no more than a small one, and gradients are far above Adam's epsilon.

    Parameters
    ----------
    signals
        Each (*axes, channels), values from about -1 to 1.
    report
        Called every few steps; if it returns true, the fit ends.
    shared
        Shared weights (1, *shape) that the signals take as they are; None to fit them too.

    Returns
    -------
    For each signal the best of its networks before, between and after the steps: the same step
    for all; the last where steps go through samples only. The PSNR is that of all signals together.
    """
    fixed = {name: weight.to(settings.device) for name, weight in (shared or {}).items()}
    batches = make_batches(signals, spec, settings, fixed)
    return _Fitting(batches, settings, groups=1, fixed=fixed.values()).run(report)


def fit_stacked(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    seeds: Sequence[int] | None = None,
    first_seed: int | None = None,
) -> list[Fit]:
    """Fit a network to each of several signals of one shape, in one go.

    Each gets what `fit` gives it alone, up to rounding: the same start, a best step and an end of
    its own. `spec` must be stackable.

    Parameters
    ----------
    signals
        Each (*axes, channels), values from about -1 to 1.
    report
        Called every few steps with the PSNR of all signals together; if it returns true, all end.
    seeds
        Of each signal's start; None for that of the settings.
    first_seed
        Of the start of all first layers; None for each signal's.
    """
    batch = make_stack(signals, spec, settings, seeds)
    if first_seed is not None:
        batch.start_first_layers(first_seed)
    return _Fitting([batch], settings, groups=len(signals)).run(report)


def fit_tiles(
    values: Values,
    start: Network,
    settings: FitSettings,
    tiles: Sequence[int],
    report: Report | None = None,
    with_common: bool = False,
) -> Fit:
    """Fit some of a signal's tiles from the weights of a network, with what tiles have in common
    or without: then that stays as it is.

    Returns
    -------
    The best weights of these tiles, as `fit` has it; the PSNR is that of what they cover.
    """
    batch = make_part(values, start, tiles)
    of_tiles = {t.name for t in start.spec.tensors(start.domain) if t.scope is Scope.TILE}
    common = [weight for name, weight in batch.network.weights.items() if name not in of_tiles]
    fixed = () if with_common else common
    (result,) = _Fitting([batch], settings, groups=1, fixed=fixed).run(report)
    return result


class _Fitting:
    """A fit under way.

    Parameters
    ----------
    batches
        What a step goes through.
    groups
        1 for signals that have their best step in common; as many as signals, which are then rows
        of one batch, for a best step of each.
    fixed
        Weights that are not trained.
    """

    def __init__(
        self,
        batches: Sequence[Batch],
        settings: FitSettings,
        groups: int,
        fixed: Iterable[Tensor] = (),
    ) -> None:
        self.batches = batches
        self.settings = settings
        self.groups = groups
        self.sampled = any(batch.turns > 1 for batch in batches)
        # Shared weights are the same tensors in all batches.
        everything = {id(w): w for batch in batches for w in batch.network.weights.values()}
        without = {id(weight) for weight in fixed}
        self.weights = [weight for key, weight in everything.items() if key not in without]
        first_layers = {id(w) for batch in batches for w in batch.network.first_matrices()}
        self.first = [weight for weight in self.weights if id(weight) in first_layers]
        rest = [weight for weight in self.weights if id(weight) not in first_layers]
        self.optimizer = torch.optim.Adam(
            [{"params": part} for part in (rest, self.first) if part],
            settings.learning_rate,
            betas=settings.betas,
            fused=True,
        )
        count = sum(batch.count for batch in batches)
        self.best = Best(self.weights, groups, count // groups)

    def run(self, report: Report | None) -> list[Fit]:
        """Take all steps, or those until the fit is good enough or the report asks to stop."""
        settings, best = self.settings, self.best
        began = time.perf_counter()
        for step in range(settings.steps + 1):
            last = step == settings.steps
            if step == settings.rounding_step:
                self._round_first_layers()
            errors = self._errors(step, train=not last)
            if self.sampled:
                # Errors of different samples do not compare: the newest weights are the best.
                best.forget()
            best.offer(errors)
            if last or step % REPORT_EVERY == 0:
                best.note(step, settings.stop_psnr)
                progress = Progress(step, settings.steps, best.psnr_db, time.perf_counter() - began)
                stopped = report is not None and report(progress)
                if last or best.done or stopped:
                    break
            self._update(settings.rate_at(step))
        return self._fits()

    def _errors(self, step: int, train: bool) -> Tensor:
        """Return the squared errors of a step, (groups,); write gradients, if it is to train."""
        self.optimizer.zero_grad(set_to_none=False)
        with torch.set_grad_enabled(train):
            errors = [_descend(batch, step, train) for batch in self.batches]
        return torch.cat(errors).reshape(self.groups, -1).sum(1)

    def _update(self, rate: float) -> None:
        """Move the weights against their gradients."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def _round_first_layers(self) -> None:
        """Round first layers to what a file holds, and train the others alone from now on."""
        for weight in self.first:
            weight.copy_(weight.half())
        self.optimizer.param_groups = self.optimizer.param_groups[:1]
        # What was best before is not what a file would hold.
        self.best.forget()

    def _fits(self) -> list[Fit]:
        """Return a fit for each signal, in the order in which they were given."""
        best = dict(zip(map(id, self.weights), self.best.weights, strict=True))
        fits: dict[int, Fit] = {}
        for batch in self.batches:
            weights = {name: best.get(id(w), w) for name, w in batch.network.weights.items()}
            for signal, network in zip(batch.signals, batch.networks(weights), strict=True):
                standing = self.best.standings[signal if self.groups > 1 else 0]
                curve = tuple(standing.curve)
                fits[signal] = Fit(network, standing.psnr_db, standing.steps, curve)
        return [fits[signal] for signal in sorted(fits)]


def _descend(batch: Batch, step: int, train: bool) -> Tensor:
    """Return the squared error of each row of a batch, judged by the samples of a step.

    Its gradients are added to the weights', if it is to train.
    """
    network = batch.network
    scale = batch.turns / (network.tiling.samples_per_tile * network.domain.channels)
    errors = torch.zeros(batch.rows, dtype=torch.float64, device=network.device)
    microbatches = batch.microbatches_at(step)
    for microbatch in microbatches:
        losses = microbatch.squared_errors()
        if train:
            loss = losses.sum() * scale
            penalty = network.spec.regularizer(microbatch.network.weights)
            if penalty is not None:
                loss = loss + penalty / len(microbatches)
            loss.backward()  # type: ignore[no-untyped-call]
        errors[microbatch.rows] += losses.detach()
    return errors * batch.turns
