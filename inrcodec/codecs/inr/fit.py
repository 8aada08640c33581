"""Fitting: gradient descent of networks' weights on the samples of signals.

    signals ──▶ batches ──▶ Fitting ──▶ a Fit for each signal

A step sees every sample, unless there are too many. Networks of all tiles, and of all signals that
are fitted together, are trained at once. Samples go through in microbatches that fit the caches
(of a CPU) or memory (of a GPU), their gradients added up, so that the result does not depend on how
much memory there is. Late in a fit weights may be rounded, one part after another (`rounding`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from inrcodec.codecs.base import Scope
from inrcodec.codecs.inr.batches import make_batches, make_part, make_stack
from inrcodec.codecs.inr.best import psnr_of
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.fitting import REPORT_EVERY, Fit, Fitting
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.rounding import Rounder
from inrcodec.progress import Report

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

Values = npt.NDArray[np.float32]


def fit(
    values: Values,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
    rounder: Rounder | None = None,
) -> Fit:
    """Fit a network to one signal; see `fit_jointly`."""
    (result,) = fit_jointly([values], spec, settings, report, shared, rounder)
    return result


def fit_jointly(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
    rounder: Rounder | None = None,
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
    rounder
        Rounds weights late in the fit.

    Returns
    -------
    For each signal the best of its networks before, between and after the steps: the same step
    for all; the last where steps go through samples only. The PSNR is that of all signals together.
    """
    fixed = {name: weight.to(settings.device) for name, weight in (shared or {}).items()}
    batches = make_batches(signals, spec, settings, fixed)
    return Fitting(batches, settings, 1, rounder, fixed.values()).run(report)


def fit_stacked(
    signals: Sequence[Values],
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    seeds: Sequence[int] | None = None,
    first_seed: int | None = None,
    rounder: Rounder | None = None,
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
    rounder
        Rounds weights late in the fit.
    """
    batch = make_stack(signals, spec, settings, seeds)
    if first_seed is not None:
        batch.start_first_layers(first_seed)
    return Fitting([batch], settings, len(signals), rounder).run(report)


def fit_tiles(
    values: Values,
    start: Network,
    settings: FitSettings,
    tiles: Sequence[int],
    report: Report | None = None,
    with_common: bool = False,
    rounder: Rounder | None = None,
) -> Fit:
    """Fit some of a signal's tiles from the weights of a network, with what tiles have in common
    or without: then that stays as it is.

    Returns
    -------
    The best weights of these tiles, as `fit` has it; the PSNR is that of what they cover.
    """
    batch = make_part(values, start, tiles, settings)
    of_tiles = {t.name for t in start.spec.tensors(start.domain) if t.scope is Scope.TILE}
    common = [weight for name, weight in batch.network.weights.items() if name not in of_tiles]
    fixed = () if with_common else common
    (result,) = Fitting([batch], settings, 1, rounder, fixed).run(report)
    return result
