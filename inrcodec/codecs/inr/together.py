"""Encoding several signals in one go: those that share weights, and those of one shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inrcodec.codecs.base import Scope, domain_of
from inrcodec.codecs.codec import EncodedItem, Read
from inrcodec.codecs.inr.chunks import Fitted, full_scale
from inrcodec.codecs.inr.encode import fit_settings, make_item, rounder
from inrcodec.codecs.inr.fit import fit_jointly, fit_stacked
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.planning import FitPlan
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.errors import UsageError
from inrcodec.limits import Cost
from inrcodec.progress import Report
from inrcodec.signal import SignalInfo
from inrcodec.signal.geometry import Region

__all__ = ["encode_jointly", "encode_stacked"]


def encode_jointly(
    reads: Sequence[Read], plan: FitPlan, report: Report | None = None
) -> list[EncodedItem]:
    """Encode signals of any sizes whose networks share weights.

    Their samples are in memory, some 20 bytes each. Raises `UsageError` where they cannot share
    weights, `LimitError` where they take more memory together than is allowed.
    """
    values: list[npt.NDArray[np.float32]] = []
    gains: list[float] = []
    infos: list[SignalInfo] = []
    cost = Cost()
    for read in reads:
        with read() as source:
            info = source.info.split_into_chunks(plan.options.chunk)
            _check_sharing(plan.spec, plan.info, info)
            cost += plan.spec.encoding_cost(domain_of(info), plan.steps)
            plan.settings.limits.check(cost, "fitting them together")
            samples = source.read(Region.whole(info.shape))
            own, gain = full_scale(info, samples, plan.spec)
        values.append(own)
        gains.append(gain)
        infos.append(info)
    # Silence needs no network.
    heard = [k for k, gain in enumerate(gains) if gain]
    settings = fit_settings(plan, len(heard))
    given = [values[k] for k in heard]
    fits = fit_jointly(given, plan.spec, settings, report, rounder=rounder(plan)) if heard else []
    scaled = {
        k: [Fitted(0, fit.scaled(gains[k]), values[k] * np.float32(gains[k]))]
        for k, fit in zip(heard, fits, strict=True)
    }
    return [make_item(plan, info, scaled.get(k, [])) for k, info in enumerate(infos)]


def _check_sharing(spec: NetworkSpec, first: SignalInfo, other: SignalInfo) -> None:
    """Raise `UsageError` where networks of two signals cannot share weights."""
    if other.chunks.count > 1:
        raise UsageError(f"{other.chunks.count} chunks are too many for model {spec.name}")
    shapes = [
        [t.shape for t in spec.tensors(domain_of(info)) if t.scope is Scope.SHARED]
        for info in (first, other)
    ]
    if type(first) is not type(other) or shapes[0] != shapes[1]:
        raise UsageError(f"it cannot share weights of model {spec.name} with the first")


def encode_stacked(
    reads: Sequence[Read], plan: FitPlan, report: Report | None = None
) -> list[EncodedItem]:
    """Encode signals of one shape, each to what `encode_item` makes of it alone, up to rounding.

    Raises `LimitError` where they take more memory together than is allowed.
    """
    cost = Cost(len(reads) * plan.cost.memory, len(reads) * plan.cost.work)
    plan.settings.limits.check(cost, "encoding them together")
    values = []
    for read in reads:
        with read() as source:
            values.append(to_network(source.info, source.read(Region.whole(source.info.shape))))
    settings = fit_settings(plan)
    fits = fit_stacked(values, plan.spec, settings, report, rounder=rounder(plan))
    return [
        make_item(plan, plan.info, [Fitted(0, fit, own)])
        for fit, own in zip(fits, values, strict=True)
    ]
