"""Fitting a signal group by group: each is read, fitted and forgotten before the next, so that
memory does not grow with the length of a recording."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from inrcodec.codecs.headers import domain_of
from inrcodec.errors import UsageError
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import NetworkSpec, Scope
from inrcodec.progress import Progress, Report
from inrcodec.signal import SignalInfo, AudioInfo, Source
from inrcodec.signal.audio import LONGEST_GROUP, SHORTEST_GROUP

__all__ = ["fit_groups", "full_scale", "grouped"]


def grouped(format: SignalInfo, seconds: float | None) -> SignalInfo:
    """The format with groups of at most `seconds`, all of about one length."""
    if not isinstance(format, AudioInfo):
        if seconds is not None:
            raise UsageError("a picture has no group")
        return format
    longest = LONGEST_GROUP if seconds is None else round(seconds * format.rate)
    if not SHORTEST_GROUP <= longest <= LONGEST_GROUP:
        least, most = SHORTEST_GROUP / format.rate, LONGEST_GROUP / format.rate
        raise UsageError(f"groups of {seconds:g} s; {least:.2g} to {most:.3g} s are possible")
    count = math.ceil(format.frames / longest)
    return replace(format, group=max(SHORTEST_GROUP, math.ceil(format.frames / count)))


@dataclass
class _Watch:
    """Progress of one group after another as that of one fit; in PSNR of the signal as it is."""

    report: Report | None
    groups: int
    group: int = 0
    above_db: float = 0.0
    stopped: bool = False

    def __call__(self, progress: Progress) -> bool:
        if self.report is None:
            return False
        steps = progress.steps or 0
        whole = Progress(
            self.group * steps + progress.step,
            self.groups * steps,
            None if progress.psnr_db is None else progress.psnr_db + self.above_db,
            progress.elapsed,
        )
        self.stopped = bool(self.report(whole))
        return self.stopped


def fit_groups(
    signal: Source,
    format: SignalInfo,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> Iterator[tuple[int, Fit]]:
    """Fit the groups that `format` cuts a signal into; silent ones are left out.

    A recording's group is fitted at full scale: its networks are scaled down in their last layers.
    If the report asks to stop, groups that are not begun are left silent, with a warning.
    """
    count = format.groups.count
    watch = _Watch(report, count)
    if count > 1:
        # What cannot be read is found before hours of fitting, not after.
        for group in range(count):
            signal.read(format.covered(group))
    for watch.group in range(count):
        values, gain = full_scale(format, signal.read(format.covered(watch.group)), spec)
        if gain == 0:
            continue
        if watch.stopped:
            _warn_of_the_end(format, watch.group)
            return
        if isinstance(format, AudioInfo):
            # A network's values go from -1 to 1, which is 2 from peak to peak.
            watch.above_db = -20 * math.log10(2 * gain)
        stop = settings.stop_psnr
        own = replace(settings, stop_psnr=None if stop is None else stop - watch.above_db)
        result = fit(values, spec, own, watch, shared)
        if watch.stopped and not result.steps and isinstance(format, AudioInfo):
            _warn_of_the_end(format, watch.group)
            return
        yield watch.group, result.scaled(gain)


def _warn_of_the_end(format: SignalInfo, group: int) -> None:
    assert isinstance(format, AudioInfo)
    second = group * format.group / format.rate
    warnings.warn(f"ended early: silent from {second:.2f} s on", stacklevel=3)


def full_scale(
    format: SignalInfo, samples: npt.NDArray[Any], spec: NetworkSpec
) -> tuple[npt.NDArray[np.float32], float]:
    """What a network is fitted to, and by what its values are then to be multiplied: 0 for a
    recording's silence, which needs no network. Recordings are brought to full scale, unless the
    last layer is not theirs to scale back."""
    values = format.values(samples)
    if not isinstance(format, AudioInfo):
        return values, 1.0
    peak = float(np.abs(values).max())
    last = f"weight{spec.last_layer}"
    shared = {t.name for t in spec.tensors(domain_of(format)) if t.scope is Scope.SHARED}
    if peak == 0 or last in shared:
        return values, float(peak > 0)
    return values / np.float32(peak), peak
