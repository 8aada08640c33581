"""Fitting a signal chunk by chunk.

Each chunk is read, fitted and forgotten before the next, so that memory does not grow with the
length of an audio signal.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from inrcodec.codecs.base import Scope, domain_of
from inrcodec.codecs.inr.fit import Fit, FitSettings, fit
from inrcodec.codecs.inr.networks import NetworkSpec
from inrcodec.codecs.inr.ranges import to_network
from inrcodec.codecs.inr.rounding import Rounder
from inrcodec.progress import Progress, Report
from inrcodec.signal import SignalInfo, Source

__all__ = ["Fitted", "fit_chunks", "full_scale"]


class Fitted(NamedTuple):
    """A chunk's number, its fit, and the values (*axes, channels) that this is to give."""

    chunk: int
    fit: Fit
    values: npt.NDArray[np.float32]


@dataclass
class _WholeReport:
    """A report of one chunk after another as of one fit.

    Attributes
    ----------
    chunk
        The chunk that is being fitted.
    above_db
        How far the PSNR of the signal is above that of the chunk at full scale.
    stopped
        Whether the report asked to stop.
    """

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
    rounder: Rounder | None = None,
) -> Iterator[Fitted]:
    """Fit the chunks that `info` cuts a signal into; yield those that have a network.

    Silent chunks are left out. A chunk of an audio signal is fitted at full scale, and its network
    is scaled down in its last layer. If the report asks to stop, chunks that are not begun are left
    silent, with a warning.
    """
    count = info.chunks.count
    whole = _WholeReport(report, count)
    if count > 1:
        # What cannot be read is found before hours of fitting, not after.
        for chunk in range(count):
            source.read(info.covered(chunk))
    for whole.chunk in range(count):
        values, gain = full_scale(info, source.read(info.covered(whole.chunk)), spec)
        if gain == 0:
            continue
        if whole.stopped:
            _warn_of_the_end(info, whole.chunk)
            return
        whole.above_db = _above_db(info, gain)
        stop = settings.stop_psnr
        own = replace(settings, stop_psnr=None if stop is None else stop - whole.above_db)
        result = fit(values, spec, own, whole, shared, rounder)
        if whole.stopped and not result.steps and info.has_silence:
            _warn_of_the_end(info, whole.chunk)
            return
        # Values are those of the network before that, so they are scaled likewise.
        yield Fitted(whole.chunk, result.scaled(gain), _scaled(values, gain))


def _scaled(values: npt.NDArray[np.float32], gain: float) -> npt.NDArray[np.float32]:
    """Return values times a gain; without one they are not copied."""
    return values if gain == 1 else values * np.float32(gain)


def _above_db(info: SignalInfo, gain: float) -> float:
    """Return how far the PSNR of a signal is above that of its network at full scale."""
    low, high = info.value_range
    # The signal's errors are (high - low) / 2 · gain times the network's, and its PSNR is relative
    # to 1 where the network's is relative to 2.
    return -20 * math.log10((high - low) * gain)


def _warn_of_the_end(info: SignalInfo, chunk: int) -> None:
    start = info.position(chunk * info.chunks.tile[0])
    warnings.warn(f"ended early: silent from {start} on", stacklevel=3)


def full_scale(
    info: SignalInfo, samples: npt.NDArray[Any], spec: NetworkSpec
) -> tuple[npt.NDArray[np.float32], float]:
    """Return the values that a network is fitted to, and the gain that takes them back.

    The gain is 0 for silence, which needs no network. Audio is brought to full scale, unless the
    last layer, which is to be scaled back, is shared with other signals.
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
