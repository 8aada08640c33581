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

from inrcodec.codecs.headers import domain_of
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import NetworkSpec, Scope
from inrcodec.errors import UsageError
from inrcodec.progress import Progress, Report
from inrcodec.signal import AudioInfo, SignalInfo, Source
from inrcodec.signal.audio import LONGEST_CHUNK, SHORTEST_CHUNK

__all__ = ["fit_chunks", "full_scale", "with_chunks"]


def with_chunks(info: SignalInfo, seconds: float | None) -> SignalInfo:
    """The format with chunks of at most `seconds`, all of about one length."""
    if not isinstance(info, AudioInfo):
        if seconds is not None:
            raise UsageError("an image has no chunk")
        return info
    longest = LONGEST_CHUNK if seconds is None else round(seconds * info.rate)
    if not SHORTEST_CHUNK <= longest <= LONGEST_CHUNK:
        least, most = SHORTEST_CHUNK / info.rate, LONGEST_CHUNK / info.rate
        raise UsageError(f"chunks of {seconds:g} s; {least:.2g} to {most:.3g} s are possible")
    count = math.ceil(info.frames / longest)
    return replace(info, chunk=max(SHORTEST_CHUNK, math.ceil(info.frames / count)))


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
    signal: Source,
    info: SignalInfo,
    spec: NetworkSpec,
    settings: FitSettings,
    report: Report | None = None,
    shared: Mapping[str, Tensor] | None = None,
) -> Iterator[tuple[int, Fit]]:
    """Fit the chunks that `info` cuts a signal into; silent ones are left out.

    An audio signal's chunk is fitted at full scale: its networks are scaled down in their last layers.
    If the report asks to stop, chunks that are not begun are left silent, with a warning.
    """
    count = info.chunks.count
    watch = _Watch(report, count)
    if count > 1:
        # What cannot be read is found before hours of fitting, not after.
        for chunk in range(count):
            signal.read(info.covered(chunk))
    for watch.chunk in range(count):
        values, gain = full_scale(info, signal.read(info.covered(watch.chunk)), spec)
        if gain == 0:
            continue
        if watch.stopped:
            _warn_of_the_end(info, watch.chunk)
            return
        if isinstance(info, AudioInfo):
            # A network's values go from -1 to 1, which is 2 from peak to peak.
            watch.above_db = -20 * math.log10(2 * gain)
        stop = settings.stop_psnr
        own = replace(settings, stop_psnr=None if stop is None else stop - watch.above_db)
        result = fit(values, spec, own, watch, shared)
        if watch.stopped and not result.steps and isinstance(info, AudioInfo):
            _warn_of_the_end(info, watch.chunk)
            return
        yield watch.chunk, result.scaled(gain)


def _warn_of_the_end(info: SignalInfo, chunk: int) -> None:
    assert isinstance(info, AudioInfo)
    second = chunk * info.chunk / info.rate
    warnings.warn(f"ended early: silent from {second:.2f} s on", stacklevel=3)


def full_scale(
    info: SignalInfo, samples: npt.NDArray[Any], spec: NetworkSpec
) -> tuple[npt.NDArray[np.float32], float]:
    """What a network is fitted to, and by what its values are then to be multiplied: 0 for a
    audio signal's silence, which needs no network. Audio signals are brought to full scale, unless the
    last layer is not theirs to scale back."""
    values = info.values(samples)
    if not isinstance(info, AudioInfo):
        return values, 1.0
    peak = float(np.abs(values).max())
    last = f"weight{spec.last_layer}"
    shared = {t.name for t in spec.tensors(domain_of(info)) if t.scope is Scope.SHARED}
    if peak == 0 or last in shared:
        return values, float(peak > 0)
    return values / np.float32(peak), peak
