"""A signal to the sections of coordinate networks, one for each chunk."""

from __future__ import annotations

import torch

from inrcodec.codecs.base import Scope
from inrcodec.codecs.codec import EncodedItem
from inrcodec.codecs.headers import PRECISIONS, model_section
from inrcodec.codecs.inr.chunks import fit_chunks
from inrcodec.codecs.inr.fit import Fit, FitSettings
from inrcodec.codecs.inr.module import NetworkModule
from inrcodec.codecs.inr.planning import FitPlan, longest_domain
from inrcodec.codecs.inr.quantization import dequantize, quantize
from inrcodec.codecs.inr.weights import read_scope, write_weights
from inrcodec.container.sections import Section
from inrcodec.devices import resolve_device
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo, Source

__all__ = ["encode_item", "fit_settings", "header_section", "item_of_fit", "weight_sections"]


def encode_item(
    source: Source, plan: FitPlan, shared: bytes | None = None, report: Report | None = None
) -> EncodedItem:
    """Fit and quantize the networks of a signal; see `Codec.encode`."""
    given = None
    if shared is not None:
        domain = longest_domain(plan.info)
        arrays = dequantize(read_scope(shared, plan.spec, domain, Scope.SHARED))
        given = {name: torch.from_numpy(array) for name, array in arrays.items()}
    if plan.info.chunks.count == 1:
        fits = fit_chunks(source, plan.info, plan.spec, fit_settings(plan), report, given)
        return item_of_fit(next((fit for _, fit in fits), None), plan, plan.info)
    sections, steps = [header_section(plan)], 0
    how = fit_settings(plan)
    for chunk, result in fit_chunks(source, plan.info, plan.spec, how, report, given):
        sections += weight_sections(result, 1 + chunk)
        steps = max(steps, result.steps)
    return EncodedItem(plan.info, sections, steps)


def item_of_fit(result: Fit | None, plan: FitPlan, info: SignalInfo) -> EncodedItem:
    """A signal of one chunk with a fitted network, or of silence without one."""
    sections = [header_section(plan)]
    if result is None:
        return EncodedItem(info, sections, 0)
    module = None
    if plan.settings.keep_float:
        module = NetworkModule(plan.spec, info, result.network.weights)
    return EncodedItem(info, [*sections, *weight_sections(result)], result.steps, module=module)


def header_section(plan: FitPlan) -> Section:
    """The `NETW` section of a plan's network."""
    return model_section(plan.spec, PRECISIONS[plan.options.precision])


def weight_sections(result: Fit, item: int = 1) -> list[Section]:
    """The sections of a fitted network's weights."""
    network = result.network
    return write_weights(network.spec, network.domain, quantize(network.arrays()), item)


def fit_settings(plan: FitPlan, points: int | None = None) -> FitSettings:
    """How a plan's network is fitted; a step goes through so many points."""
    return FitSettings(
        plan.steps,
        plan.learning_rate,
        plan.options.stop_psnr,
        plan.settings.seed,
        resolve_device(plan.settings.device),
        points,
        plan.info.chunks.overlap,
        len(plan.info.shape) == 1,
    )
