"""Fitting a signal chunk by chunk: each is read, fitted and forgotten before the next, so that
memory does not grow with the length of an audio signal."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from inrcodec.codecs.base import Scope, domain_of
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.progress import Progress, Report
from inrcodec.signal import SignalInfo, Source

__all__ = ["fit_chunks", "full_scale"]


@dataclass
class _Watch:
    """Progress of one chunk after another as that of one fit; in PSNR of the signal as it is."""

    report: Report | None
    chunks: int
    chunk: int = 0
    above_db: float = 0.0
    stopped: bool = False

    def __call__(self, progress: Progress) -> bool:
        if self.report is None:
            return False
        steps = progress.steps or 0
        whole = Progress(
            self.chunk * steps + progress.step,
            self.chunks * steps,
            None if progress.psnr_db is None else progress.psnr_db + self.above_db,
            progress.elapsed,
        )
        self.stopped = bool(self.report(whole))
        return self.stopped


def fit_chunks(
    source: Source,
    info: SignalInfo,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> Iterator[tuple[int, Fit]]:
    """Fit the chunks that `info` cuts a signal into; silent ones are left out.

    Audio's chunk is fitted at full scale: its networks are scaled down in their last layers.
    If the report asks to stop, chunks that are not begun are left silent, with a warning.
    """
    count = info.chunks.count
    watch = _Watch(report, count)
    if count > 1:
        # What cannot be read is found before hours of fitting, not after.
        for chunk in range(count):
            source.read(info.covered(chunk))
    low, high = info.value_range
    for watch.chunk in range(count):
        values, gain = full_scale(info, source.read(info.covered(watch.chunk)), spec)
        if gain == 0:
            continue
        if watch.stopped:
            _warn_of_the_end(info, watch.chunk)
            return
        # A network's values are 2 from peak to peak.
        watch.above_db = -20 * math.log10((high - low) * gain)
        stop = settings.stop_psnr
        own = replace(settings, stop_psnr=None if stop is None else stop - watch.above_db)
        result = fit(values, spec, own, watch, shared)
        if watch.stopped and not result.steps and info.has_silence:
            _warn_of_the_end(info, watch.chunk)
            return
        yield watch.chunk, result.scaled(gain)


def _warn_of_the_end(info: SignalInfo, chunk: int) -> None:
    start = info.position(chunk * info.chunks.tile[0])
    warnings.warn(f"ended early: silent from {start} on", stacklevel=3)


def full_scale(
    info: SignalInfo, samples: npt.NDArray[Any], spec: NetworkSpec
) -> tuple[npt.NDArray[np.float32], float]:
    """What a network is fitted to, and the factor of its values.

    The factor is 0 for silence, which needs no network. What may be silent is brought to full
    scale, unless the last layer is not the signal's to scale back.
    """
    values = to_network(info, samples)
    if not info.has_silence:
        return values, 1.0
    peak = float(np.abs(values).max())
    last = f"weight{spec.last_layer}"
    shared = {t.name for t in spec.tensors(domain_of(info)) if t.scope is Scope.SHARED}
    if peak == 0 or last in shared:
        return values, float(peak > 0)
    return values / np.float32(peak), peak
