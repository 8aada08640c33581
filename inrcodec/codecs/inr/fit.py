"""Fitting: gradient descent of a network's weights on a signal's samples.

Every step sees every sample. Networks of all tiles are trained at once; samples go through in
chunks that fit the caches (of a CPU) or memory (of a GPU), their gradients added up, so the
result does not depend on how much memory there is.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.inr.batches import Batch, batches, squared_error
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.errors import UsageError
from inrcodec.progress import Progress, Report

__all__ = ["REPORT_EVERY", "Fit", "FitSettings", "fit", "fit_jointly", "psnr_of"]

REPORT_EVERY = 10


@dataclass(frozen=True)
class FitSettings:
    """How to fit.

    Attributes
    ----------
    steps
        Updates of all weights, at least 0.
    learning_rate
        Adam's, at the start; it falls to 0 along a half cosine.
    stop_psnr
        Stop once the fit reaches this many dB on unrounded samples; None: never.
    seed
        Of the weights' start.
    device
        A torch device.
    points
        Of more samples than these a step goes through so many, drawn at random; None: all.
    overlap
        Samples by which tiles reach into their neighbours.
    audio signal
        Begin as networks of audio do (see `spectral`), and round their first layers to what a
        file holds before the last quarter of the steps, in which the others make up for it: high
        frequencies are sensitive to rounding.
    constant
        Keep the learning rate as it starts, as papers do.
    betas
        Adam's decay of its means of gradients and of their squares.
    """

    steps: int
    learning_rate: float
    stop_psnr: float | None = None
    seed: int = 0
    device: str = "cpu"
    points: int | None = None
    overlap: int = 0
    audio: bool = False
    constant: bool = False
    # The second below Adam's usual 0.999: fits are short, and the scale of gradients falls by
    # orders of magnitude within them.
    betas: tuple[float, float] = (0.9, 0.99)

    def __post_init__(self) -> None:
        if self.steps < 0:
            raise UsageError(f"{self.steps} steps; 0 is the least")
        if self.stop_psnr is not None and math.isnan(self.stop_psnr):
            raise UsageError("the PSNR to stop at is not a number")
        if not 0 < self.learning_rate < math.inf:
            raise UsageError(f"learning rate {self.learning_rate}; it must be above 0")

    @property
    def rounding_step(self) -> int | None:
        """The step before which first layers are rounded, to stay so; None for never."""
        return self.steps - self.steps // 4 if self.audio else None

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        if self.constant:
            return self.learning_rate
        return self.learning_rate * (1 + math.cos(math.pi * step / self.steps)) / 2


@dataclass(frozen=True)
class Fit:
    """The best network of a fit, its PSNR in dB on unrounded samples, and the steps it took."""

    network: Network
    psnr_db: float
    steps: int

    def scaled(self, gain: float) -> Fit:
        """The fit with `gain` times its values."""
        return replace(self, network=self.network.scaled(gain))


class _Best:
    """The weights of least error so far, kept on the device without waiting for it."""

    def __init__(self, weights: list[Tensor]) -> None:
        self.error = torch.full((), math.inf, dtype=torch.float64, device=weights[0].device)
        self.weights = [weight.clone() for weight in weights]

    def offer(self, error: Tensor, weights: list[Tensor]) -> None:
        better = error < self.error
        self.error = torch.where(better, error, self.error)
        for kept, weight in zip(self.weights, weights, strict=True):
            torch.where(better, weight, kept, out=kept)


def fit(
    values: npt.NDArray[np.float32],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> Fit:
    """Fit a network to one signal; see `fit_jointly`."""
    (result,) = fit_jointly([values], spec, settings, report, shared)
    return result


def fit_jointly(
    signals: Sequence[npt.NDArray[np.float32]],
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
        Called every few steps.
    shared
        Shared weights (1, *shape) that the signals take as they are; None to fit them too.

    Returns
    -------
    For each signal the best of its networks before, between and after the steps: the same step
    for all; the last where steps go through samples only. The PSNR is that of all signals together.
    """
    frozen = {name: w.to(settings.device) for name, w in (shared or {}).items()}
    parts = batches(
        signals,
        spec,
        settings.seed,
        settings.device,
        frozen,
        settings.points,
        settings.overlap,
        settings.audio,
    )
    # Shared weights are the same tensors in all batches.
    everything = {id(w): w for part in parts for w in part.network.weights.values()}
    given = {id(w) for w in frozen.values()}
    weights = [w for key, w in everything.items() if key not in given]
    sampled = any(part.turns > 1 for part in parts)
    best = _Best(weights)
    first_layers = {id(w) for part in parts for w in _first_layers(part.network)}
    first = [w for w in weights if id(w) in first_layers]
    rest = [w for w in weights if id(w) not in first_layers]
    optimizer = torch.optim.Adam(
        [{"params": group} for group in (rest, first) if group],
        settings.learning_rate,
        betas=settings.betas,
        fused=True,
    )
    count = sum(part.count for part in parts)
    began = time.perf_counter()
    for step in range(settings.steps + 1):
        last = step == settings.steps
        if step == settings.rounding_step:
            for weight in first:
                weight.copy_(weight.half())
            optimizer.param_groups = optimizer.param_groups[:1]
            # What was before is not what a file will hold.
            best.error.fill_(math.inf)
        optimizer.zero_grad(set_to_none=False)
        with torch.set_grad_enabled(not last):
            errors = [_descend(part, step, train=not last) for part in parts]
            error = torch.stack(errors).sum()
        if sampled:
            # Errors of different samples do not compare: the newest weights count as the best.
            best.error.fill_(math.inf)
        best.offer(error, weights)
        if last or step % REPORT_EVERY == 0:
            psnr = psnr_of(float(best.error), count)
            elapsed = time.perf_counter() - began
            done = last or (settings.stop_psnr is not None and psnr >= settings.stop_psnr)
            if report is not None:
                done = bool(report(Progress(step, settings.steps, psnr, elapsed))) or done
            if done:
                kept = everything | dict(zip(map(id, weights), best.weights, strict=True))
                return _results(parts, kept, psnr, step)
        for group in optimizer.param_groups:
            group["lr"] = settings.rate_at(step)
        optimizer.step()
    raise AssertionError("the last step returns")


def _first_layers(network: Network) -> list[Tensor]:
    """The matrices that multiply coordinates."""
    return [network.weights[f"weight{layer}"] for layer in network.spec.first_layers]


def _descend(batch: Batch, step: int, train: bool) -> Tensor:
    """The squared error of a batch, judged by what a step goes through; its gradients are added to
    the weights', if it is to train."""
    network = batch.network
    scale = batch.turns / (network.tiling.samples_per_tile * network.domain.channels)
    error = torch.zeros((), dtype=torch.float64, device=network.device)
    chunks = batch.chunks_at(step)
    for chunk in chunks:
        loss = squared_error(chunk)
        if train:
            total = loss * scale
            penalty = network.spec.regularizer(chunk.network.weights)
            if penalty is not None:
                total = total + penalty / len(chunks)
            total.backward()  # type: ignore[no-untyped-call]
        error += loss.detach()
    return error * batch.turns


def _results(parts: list[Batch], kept: dict[int, Tensor], psnr: float, step: int) -> list[Fit]:
    """A fit for each signal, in the order in which they were given."""
    fits: dict[int, Fit] = {}
    for part in parts:
        weights = {name: kept[id(w)] for name, w in part.network.weights.items()}
        for signal, network in zip(part.signals, part.networks(weights), strict=True):
            fits[signal] = Fit(network, psnr, step)
    return [fits[signal] for signal in sorted(fits)]


def psnr_of(squared_error: float, count: int) -> float:
    """PSNR in dB of samples scaled to [-1, 1], peak to peak 2; -inf if they diverged."""
    if not math.isfinite(squared_error):
        return -math.inf
    return 10 * math.log10(4 * count / max(squared_error, 1e-30))
