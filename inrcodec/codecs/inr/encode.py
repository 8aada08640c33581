"""Encoding a signal as coordinate networks, one for each chunk.

source ──▶ fit_chunks ──▶ (chunk, Fit) ──▶ quantize ──▶ write_weights ──▶ EncodedItem
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from inrcodec.codecs.base import AUTO, BINARY16, FP16, Precision, Scope, Start
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import PRECISIONS, model_section
from inrcodec.codecs.inr.chunks import Fitted, fit_chunks
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.networks.start import kept_starts
from inrcodec.codecs.inr.options import INITS
from inrcodec.codecs.inr.planning import FitPlan, longest_domain
from inrcodec.codecs.inr.quantization import Quantized, Table, quantize, quantized_by
from inrcodec.codecs.inr.rounding import Halves, Rounder, Steps
from inrcodec.codecs.inr.step_search import remaining_tables
from inrcodec.codecs.inr.weights import read_scope, tables_of_scope, write_weights
from inrcodec.container.sections import Section
from inrcodec.devices import resolve_device
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo, Source

# Samples of signals that are fitted jointly, in a step.
_MOST_POINTS = 1 << 19

__all__ = ["encode_item", "fit_settings", "make_item", "quantized", "rounder"]


def encode_item(
    source: Source, plan: FitPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Fit and quantize the networks of a signal; see `Codec.encode`."""
    given, tables = ({}, {}) if shared is None else _shared(shared, plan)
    settings = fit_settings(plan)
    fits = fit_chunks(source, plan.info, plan.spec, settings, report, given, rounder(plan))
    return make_item(plan, plan.info, fits, tables)


def _shared(payload: bytes, plan: FitPlan) -> tuple[dict[str, Tensor], dict[str, Table]]:
    """Read the weights of a `SHAR` section, and their tables."""
    precision = Precision(PRECISIONS[plan.options.precision])
    where = (payload, plan.spec, longest_domain(plan.info), Scope.SHARED, precision)
    weights = {name: torch.from_numpy(array) for name, array in read_scope(*where).items()}
    return weights, tables_of_scope(*where)


def rounder(plan: FitPlan) -> Rounder | None:
    """Return what rounds weights within a plan's fit."""
    if PRECISIONS[plan.options.precision] == AUTO:
        # Weights that are to be kept as they are, are rounded after the fit.
        return None if plan.settings.keep_float else Steps(plan.allowance)
    return Halves() if len(plan.info.shape) == 1 else None


def quantized(
    plan: FitPlan, fitted: Fitted, shared: Mapping[str, Table] | None = None
) -> Quantized:
    """Quantize a network that was fitted to a chunk as a plan has it, shared weights by tables that
    there are."""
    network = fitted.fit.network
    if PRECISIONS[plan.options.precision] == FP16:
        return quantize(network.arrays())
    arrays = network.arrays()
    here = Network(network.spec, network.domain, arrays, network.tiles)
    starts = kept_starts(network.spec, network.domain, fitted.fit.start)
    known = {**fitted.fit.tables, **(shared or {})}
    tables = remaining_tables(here, fitted.values, known, starts, plan.allowance)
    return quantized_by(arrays, tables, starts)


def make_item(
    plan: FitPlan,
    info: SignalInfo,
    fits: Iterable[Fitted],
    shared: Mapping[str, Table] | None = None,
) -> EncodedItem:
    """Quantize the networks of a signal's chunks, shared weights by tables that there are; chunks
    without a network are silent."""
    start, steps, module = Start(), 0, None
    sections: list[Section] = []
    for fitted in fits:
        network, start = fitted.fit.network, fitted.fit.start
        weights = quantized(plan, fitted, shared)
        sections += write_weights(network.spec, network.domain, weights, 1 + fitted.chunk)
        steps = max(steps, fitted.fit.steps)
        if plan.settings.keep_float:
            module = NetworkModule(plan.spec, info, network.weights)
    halves = PRECISIONS[plan.options.precision] == FP16
    precision = BINARY16 if halves else Precision.of_start(start)
    sections.insert(0, model_section(plan.spec, precision))
    device = resolve_device(plan.settings.device)
    return EncodedItem(info, sections, steps, module=module, device=device)


def fit_settings(plan: FitPlan, signals: int = 1) -> FitSettings:
    """Return how a plan's network is fitted, together with those of so many signals in all."""
    domain = longest_domain(plan.info)
    points = signals * plan.spec.points_a_step(domain)
    return FitSettings(
        plan.steps,
        plan.learning_rate,
        stop_psnr=plan.options.stop_psnr,
        seed=plan.settings.seed,
        device=resolve_device(plan.settings.device),
        points=min(points, _MOST_POINTS),
        overlap=plan.info.chunks.overlap,
        audio=len(plan.info.shape) == 1,
        matrix_rate=plan.matrix_rate,
        prior=plan.spec.newest_prior(domain) if INITS[plan.options.init] else 0,
    )
