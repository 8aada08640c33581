"""Fits of several signals of one shape at once: apart in all but the products that they share.

Each signal gets what `fitting.fit` would give it alone, up to rounding: the same start, a best step
and an end of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.inr.batches import Batch, difference, stack
from inrcodec.codecs.inr.fit import REPORT_EVERY, Fit, FitSettings, psnr_of
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.progress import Progress, Report

__all__ = ["fit_stacked"]


@dataclass
class _Row:
    """Where a signal stands: the steps it has taken, its PSNR in dB, whether it is done."""

    steps: int = 0
    psnr_db: float = -torch.inf
    done: bool = False


class _Bests:
    """The weights of least error so far of each signal, kept on the device."""

    def __init__(self, weights: dict[str, Tensor], signals: int) -> None:
        device = next(iter(weights.values())).device
        self.errors = torch.full((signals,), torch.inf, dtype=torch.float64, device=device)
        self.weights = {name: weight.clone() for name, weight in weights.items()}
        self.open = torch.ones(signals, dtype=torch.bool, device=device)

    def offer(self, errors: Tensor, weights: dict[str, Tensor]) -> None:
        better = (errors < self.errors) & self.open
        self.errors = torch.where(better, errors, self.errors)
        for name, weight in weights.items():
            each = better.repeat_interleave(len(weight) // len(better))
            each = each.reshape(-1, *[1] * (weight.dim() - 1))
            torch.where(each, weight, self.weights[name], out=self.weights[name])


def fit_stacked(
    signals: Sequence[npt.NDArray[np.float32]],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
) -> list[Fit]:
    """Fit a network to each of several signals of one shape; `spec` must be stackable.

    Parameters
    ----------
    signals
        Each (*axes, channels), values from about -1 to 1.
    report
        Called every few steps with the PSNR of all signals together.
    """
    batch = stack(signals, spec, settings.seed, settings.device, settings.overlap)
    weights, count = batch.network.weights, batch.count // len(signals)
    bests, rows = _Bests(weights, len(signals)), [_Row() for _ in signals]
    optimizer = torch.optim.Adam(
        list(weights.values()), settings.learning_rate, betas=settings.betas, fused=True
    )
    began = time.perf_counter()
    for step in range(settings.steps + 1):
        last = step == settings.steps
        optimizer.zero_grad(set_to_none=False)
        with torch.set_grad_enabled(not last):
            bests.offer(_descend(batch, len(signals), train=not last), weights)
        if last or step % REPORT_EVERY == 0:
            _note(rows, bests, step, count, settings.stop_psnr)
            done = last or all(row.done for row in rows)
            if report is not None:
                psnr = psnr_of(float(bests.errors.sum()), count * len(signals))
                elapsed = time.perf_counter() - began
                done = bool(report(Progress(step, settings.steps, psnr, elapsed))) or done
            if done:
                networks = batch.networks(bests.weights)
                both = zip(networks, rows, strict=True)
                return [Fit(network, row.psnr_db, row.steps) for network, row in both]
        for group in optimizer.param_groups:
            group["lr"] = settings.rate_at(step)
        optimizer.step()
    raise AssertionError("the last step returns")


def _descend(batch: Batch, signals: int, train: bool) -> Tensor:
    """(signals,): the squared error of each; its gradients are added to the weights', if it is to
    train."""
    network = batch.network
    scale = 1 / (network.tiling.samples_per_tile * network.domain.channels)
    rows = len(next(iter(network.weights.values())))
    errors = torch.zeros(rows, dtype=torch.float64, device=network.device)
    for chunk in batch.chunks:
        losses = difference(chunk).square().flatten(1).sum(1)
        if train:
            (losses.sum() * scale).backward()  # type: ignore[no-untyped-call]
        errors[chunk.rows] += losses.detach()
    return errors.reshape(signals, -1).sum(1)


def _note(rows: list[_Row], bests: _Bests, step: int, samples: int, stop: float | None) -> None:
    """Bring the signals' standing up to date, and close those that are good enough."""
    for row, error in zip(rows, bests.errors.tolist(), strict=True):
        if row.done:
            continue
        row.steps, row.psnr_db = step, psnr_of(error, samples)
        row.done = stop is not None and row.psnr_db >= stop
    bests.open = torch.tensor([not row.done for row in rows], device=bests.errors.device)
