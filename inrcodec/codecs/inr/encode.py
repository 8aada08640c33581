"""Encoding a signal as coordinate networks, one for each chunk.

source ──▶ fit_chunks ──▶ (chunk, Fit) ──▶ quantize ──▶ write_weights ──▶ EncodedItem
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import PRECISIONS, model_section
from inrcodec.codecs.inr.chunks import fit_chunks
from inrcodec.codecs.inr.fit import Fit
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.codecs.inr.planning import FitPlan, longest_domain
from inrcodec.codecs.inr.quantization import dequantize, quantize
from inrcodec.codecs.inr.weights import read_scope, write_weights
from inrcodec.devices import resolve_device
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo, Source

__all__ = ["encode_item", "fit_settings", "make_item"]


def encode_item(
    source: Source, plan: FitPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Fit and quantize the networks of a signal; see `Codec.encode`."""
    given = None if shared is None else _shared_weights(shared, plan)
    fits = fit_chunks(source, plan.info, plan.spec, fit_settings(plan), report, given)
    return make_item(plan, plan.info, fits)


def _shared_weights(payload: bytes, plan: FitPlan) -> dict[str, Tensor]:
    """Read the weights of a `SHAR` section."""
    symbols = read_scope(payload, plan.spec, longest_domain(plan.info), Scope.SHARED)
    return {name: torch.from_numpy(array) for name, array in dequantize(symbols).items()}


def make_item(plan: FitPlan, info: SignalInfo, fits: Iterable[tuple[int, Fit]]) -> EncodedItem:
    """Quantize the networks of a signal's chunks; those without one are silent."""
    sections = [model_section(plan.spec, PRECISIONS[plan.options.precision])]
    steps, module = 0, None
    for chunk, result in fits:
        network = result.network
        symbols = quantize(network.arrays())
        sections += write_weights(network.spec, network.domain, symbols, 1 + chunk)
        steps = max(steps, result.steps)
        if plan.settings.keep_float:
            module = NetworkModule(plan.spec, info, network.weights)
    device = resolve_device(plan.settings.device)
    return EncodedItem(info, sections, steps, module=module, device=device)


def fit_settings(plan: FitPlan, points: int | None = None) -> FitSettings:
    """Return how a plan's network is fitted, with at most so many points in a step."""
    return FitSettings(
        plan.steps,
        plan.learning_rate,
        stop_psnr=plan.options.stop_psnr,
        seed=plan.settings.seed,
        device=resolve_device(plan.settings.device),
        points=points,
        overlap=plan.info.chunks.overlap,
        audio=len(plan.info.shape) == 1,
    )
