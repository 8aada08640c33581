"""A fit under way: its steps, its best weights, and its end, in which weights may be rounded.

step ──▶ microbatches ──▶ errors (groups,), gradients ──▶ optimizer
                              │
                              └──▶ best weights so far, by group of rows
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from inrcodec.codecs.base import Start
from inrcodec.codecs.inr.batches import Batch
from inrcodec.codecs.inr.best import Best, Standing
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.optimizers import Optimizer
from inrcodec.codecs.inr.quantization import Table
from inrcodec.codecs.inr.rounding import Rounder, Tables
from inrcodec.progress import Progress, Report

__all__ = ["REPORT_EVERY", "Fit", "Fitting"]

REPORT_EVERY = 10
# Steps in which the weights that are left make up for those that are rounded.
_SETTLED = 15
# Steps for each part that is rounded, below which the rest of a fit makes up for nothing.
_FEW = 3


@dataclass(frozen=True)
class Fit:
    """The best network of a fit, its PSNR in dB on unrounded samples, and the steps it took.

    Attributes
    ----------
    curve
        Its best PSNR so far at every `REPORT_EVERY`th step from 0 on, and at the last.
    start
        Of its weights.
    tables
        Of the tensors that were rounded within the fit.
    """

    network: Network
    psnr_db: float
    steps: int
    curve: tuple[float, ...] = ()
    start: Start = field(default_factory=Start)
    tables: Mapping[str, Table] = field(default_factory=dict)

    def scaled(self, gain: float) -> Fit:
        """Return the fit with `gain` times its values."""
        return replace(self, network=self.network.scaled(gain))


@dataclass(frozen=True)
class _Turn:
    """The turn at which weights begin to be rounded: its step, weights, optimizer and standings."""

    step: int
    weights: list[Tensor]
    optimizer: Optimizer
    standings: list[Standing]


class Fitting:
    """A fit, which may end in several ways: its last steps, in which weights are rounded, can be
    taken again.

    Parameters
    ----------
    batches
        What a step goes through.
    groups
        1 for signals that have their best step in common; as many as signals, which are then rows
        of one batch, for a best step of each.
    rounder
        Rounds weights, part after part.
    fixed
        Weights that are not trained.
    """

    def __init__(
        self,
        batches: Sequence[Batch],
        settings: FitSettings,
        groups: int = 1,
        rounder: Rounder | None = None,
        fixed: Iterable[Tensor] = (),
    ) -> None:
        self._batches, self._settings = batches, settings
        self._groups, self._rounder = groups, rounder
        self._sampled = any(len(batch.turns) > 1 for batch in batches)
        # Shared weights are the same tensors in all batches.
        everything = {id(w): w for batch in batches for w in batch.network.weights.values()}
        self._fixed = {id(weight) for weight in fixed}
        self._weights = [weight for key, weight in everything.items() if key not in self._fixed]
        inner = {id(w) for batch in batches for w in batch.network.inner_matrices()}
        matrices = [weight for weight in self._weights if id(weight) in inner]
        self._optimizer = Optimizer(self._weights, matrices, settings)
        count = sum(batch.count for batch in batches)
        self._best = Best(self._weights, groups, count // groups)
        self._parts, self._tables = list(self._rounded_parts()), Tables()
        self._turn: _Turn | None = None

    def _rounded_parts(self) -> Iterator[tuple[int, float | None, list[str]]]:
        """Iterate over what is rounded: before which step, how far the rest of the fit makes up for
        it, and tensors."""
        if self._rounder is None:
            return
        network, steps = self._batches[0].network, self._settings.steps
        own = {name for name, weight in network.weights.items() if id(weight) not in self._fixed}
        parts = self._rounder.parts(network)
        within = round(self._rounder.share * steps)
        settled = min(1.0, within / len(parts) / _SETTLED)
        for k, names in enumerate(parts):
            made_up = settled * (1 - k / max(1, len(parts) - 1))
            step = steps - within + within * k // len(parts)
            few = within < _FEW * len(parts)
            yield step, None if few else made_up, [name for name in names if name in own]

    def run(self, report: Report | None = None) -> list[Fit]:
        """Take all steps, or those until the fit is good enough or the report asks to stop; return
        a fit for each signal."""
        return self._run(0, report)

    def again(self, rounder: Rounder, report: Report | None = None) -> list[Fit]:
        """Round weights once more, otherwise, from where that began; a fit that ended before is as
        it was."""
        if self._turn is None:
            return self._fits()
        self._rounder, self._tables = rounder, {}
        self._parts = list(self._rounded_parts())
        for weight, before in zip(self._weights, self._turn.weights, strict=True):
            weight.copy_(before)
        self._optimizer = self._turn.optimizer.copy()
        self._best.restore(self._turn.standings)
        return self._run(self._turn.step, report)

    def _run(self, first: int, report: Report | None) -> list[Fit]:
        settings, best = self._settings, self._best
        began = time.perf_counter()
        for step in range(first, settings.steps + 1):
            last = step == settings.steps
            while self._parts and self._parts[0][0] <= step:
                self._round(step)
            errors = self._errors(step, train=not last)
            if self._sampled:
                # Errors of different samples do not compare: the newest weights are the best.
                best.forget()
            best.offer(errors)
            if last or step % REPORT_EVERY == 0:
                best.note(step, settings.stop_psnr)
                progress = Progress(step, settings.steps, best.psnr_db, time.perf_counter() - began)
                stopped = report is not None and report(progress)
                if last or best.done or stopped:
                    break
            self._optimizer.step(settings.share_at(step))
        if self._parts and self._batches[0].network.shares:
            self._round_the_rest(step)
        return self._fits()

    def _errors(self, step: int, train: bool) -> Tensor:
        """Return the squared errors of a step, (groups,); write gradients, if it is to train."""
        self._optimizer.clear()
        with torch.set_grad_enabled(train):
            errors = [_descend(batch, step, train) for batch in self._batches]
        return torch.cat(errors).reshape(self._groups, -1).sum(1)

    def _round(self, step: int) -> None:
        """Round the next tensors, and train the others alone from now on."""
        assert self._rounder is not None
        if self._turn is None:
            weights = [weight.clone() for weight in self._weights]
            standings = deepcopy(self._best.standings)
            self._turn = _Turn(step, weights, self._optimizer.copy(), standings)
        _, made_up, names = self._parts.pop(0)
        tables = self._rounder.round(
            self._batches, names, made_up, lambda: self._errors(step, train=False)
        )
        for signal, own in tables.items():
            # Signals that are done keep the weights that they had.
            if not self._standing(signal).done:
                self._tables.setdefault(signal, {}).update(own)
        self._optimizer.fix([b.network.weights[name] for b in self._batches for name in names])
        # What was best before is not what a file would hold.
        self._best.forget()

    def _round_the_rest(self, step: int) -> None:
        """Round all that is left at once: what signals share is to be the same for all of them."""
        for weight, best in zip(self._weights, self._best.weights, strict=True):
            weight.copy_(best)
        # No steps are left in which others could make up for it.
        self._parts = [(step, None, names) for _, _, names in self._parts]
        while self._parts:
            self._round(step)
        self._best.offer(self._errors(step, train=False))

    def _standing(self, signal: int) -> Standing:
        return self._best.standings[signal if self._groups > 1 else 0]

    def _fits(self) -> list[Fit]:
        """Return a fit for each signal, in the order in which they were given."""
        best = dict(zip(map(id, self._weights), self._best.weights, strict=True))
        fits: dict[int, Fit] = {}
        for batch in self._batches:
            weights = {name: best.get(id(w), w) for name, w in batch.network.weights.items()}
            networks = batch.networks(weights)
            for signal, start, network in zip(batch.signals, batch.starts, networks, strict=True):
                standing = self._standing(signal)
                curve, tables = tuple(standing.curve), self._tables.get(signal, {})
                fits[signal] = Fit(network, standing.psnr_db, standing.steps, curve, start, tables)
        return [fits[signal] for signal in sorted(fits)]


def _descend(batch: Batch, step: int, train: bool) -> Tensor:
    """Return the squared error of each row of a batch, judged by the samples of a step.

    Its gradients are added to the weights', if it is to train.
    """
    network = batch.network
    turns = len(batch.turns)
    scale = turns / (network.tiling.samples_per_tile * network.domain.channels)
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
    return errors * turns
