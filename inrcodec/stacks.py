"""Encoding several signals at once, each to a file of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from inrcodec.codecs.headers import domain_of
from inrcodec.codecs.inr.stacking import fit_stacked, is_stackable
from inrcodec.codecs.registry import model_by_name
from inrcodec.encoding import Encoded, encode_signal, fit_settings, measured, network_file
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.settings import Settings
from inrcodec.signal import ImageInfo, Source
from inrcodec.signal.geometry import Region

__all__ = ["encode_stack"]


def encode_stack(
    signals: Sequence[Source], settings: Settings, report: Report | None = None
) -> list[Encoded]:
    """Encode several signals, each to a file of its own, up to rounding the one that
    `encode_signal` makes.

    Images of one shape and depth are fitted together, where the model is a coordinate network
    whose weights are all the signal's own. `seconds` are an equal share of a stack's.
    """
    encoded: dict[int, Encoded] = {}
    for members in _stacks(signals, settings):
        if len(members) == 1:
            encoded[members[0]] = encode_signal(signals[members[0]], settings, report)
        else:
            several = _encode_alike([signals[k] for k in members], settings, report)
            encoded |= zip(members, several, strict=True)
    return [encoded[k] for k in range(len(signals))]


def _stacks(signals: Sequence[Source], settings: Settings) -> list[list[int]]:
    """Which signals to fit together."""
    stacks: dict[object, list[int]] = {}
    for k, signal in enumerate(signals):
        key: object = k
        own, info = settings.resolved(signal.info.name), signal.info
        if model_by_name(own.model).family == "network" and isinstance(info, ImageInfo):
            domain = domain_of(info)
            if is_stackable(own.plan(domain).spec, domain):
                key = (domain, info.bits_per_sample)
        stacks.setdefault(key, []).append(k)
    return list(stacks.values())


def _encode_alike(
    signals: list[Source], settings: Settings, report: Report | None
) -> list[Encoded]:
    """Encode signals that can be fitted together."""
    began = time.perf_counter()
    first = signals[0].info
    settings = settings.resolved(first.name)
    plan = settings.plan(domain_of(first))
    cost = plan.spec.encoding_cost(domain_of(first), plan.steps)
    several = Cost(len(signals) * cost.memory, len(signals) * cost.work)
    settings.limits.check(several, "encoding them together")
    values = [first.values(signal.read(Region.whole(first.shape))) for signal in signals]
    fits = fit_stacked(values, plan.spec, fit_settings(settings, plan, first), report)
    encoded = []
    for signal, fit in zip(signals, fits, strict=True):
        data = network_file(fit, plan.spec, signal, settings)
        encoded.append(measured(signal, settings, data, fit.steps, began))
    share = (time.perf_counter() - began) / len(signals)
    return [replace(one, seconds=share) for one in encoded]
