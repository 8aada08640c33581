"""Encoding a signal as coordinate networks, one for each chunk.

source ──▶ fit_chunks ──▶ (chunk, Fit) ──▶ quantize ──▶ write_weights ──▶ EncodedItem
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inrcodec.codecs.base import FP16, Scope
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import PRECISIONS, model_section
from inrcodec.codecs.inr.chunks import Fitted, fit_chunks
from inrcodec.codecs.inr.fit_settings import FitSettings
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.codecs.inr.networks.network import Network
from inrcodec.codecs.inr.planning import FitPlan, longest_domain
from inrcodec.codecs.inr.quantization import Quantized, quantize
from inrcodec.codecs.inr.step_search import choose_steps
from inrcodec.codecs.inr.weights import read_scope, write_weights
from inrcodec.devices import resolve_device
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo, Source

__all__ = ["encode_item", "fit_settings", "make_item", "quantized"]


def encode_item(
    source: Source, plan: FitPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Fit and quantize the networks of a signal; see `Codec.encode`."""
    given = None if shared is None else _shared_weights(shared, plan)
    fits = fit_chunks(source, plan.info, plan.spec, fit_settings(plan), report, given)
    return make_item(plan, plan.info, fits)


def _shared_weights(payload: bytes, plan: FitPlan) -> dict[str, Tensor]:
    """Read the weights of a `SHAR` section."""
    domain = longest_domain(plan.info)
    weights = read_scope(payload, plan.spec, domain, Scope.SHARED, FP16)
    return {name: torch.from_numpy(array) for name, array in weights.items()}


def quantized(plan: FitPlan, network: Network, values: npt.NDArray[np.float32]) -> Quantized:
    """Quantize a network that was fitted to values as a plan has it."""
    if PRECISIONS[plan.options.precision] == FP16:
        return quantize(network.arrays())
    return choose_steps(network.on("cpu") if network.device else network, values)


def make_item(plan: FitPlan, info: SignalInfo, fits: Iterable[Fitted]) -> EncodedItem:
    """Quantize the networks of a signal's chunks; those without one are silent."""
    sections = [model_section(plan.spec, PRECISIONS[plan.options.precision])]
    steps, module = 0, None
    for chunk, result, values in fits:
        network = result.network
        weights = quantized(plan, network, values)
        sections += write_weights(network.spec, network.domain, weights, 1 + chunk)
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
